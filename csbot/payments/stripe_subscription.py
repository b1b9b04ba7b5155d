"""Reads one subscription of Stripe: what it brings a month, its plan, its term."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import found, instant, need_text, text
from csbot.payments import rules
from csbot.payments.facts import SubscriptionFacts
from csbot.payments.rules import Discount, Item
from csbot.payments.stripe_fields import (
    ID_MAX,
    ITEMS_MOST,
    OBJECT,
    PLAN_MAX,
    a_currency,
    amount,
    listed,
    whole,
)

Part = Mapping[str, Any]
# Which of two events of the same second came last.
RANKS = {
    "customer.subscription.created": 0,
    "customer.subscription.updated": 1,
    "customer.subscription.trial_will_end": 1,
    "customer.subscription.paused": 2,
    "customer.subscription.resumed": 2,
    "customer.subscription.deleted": 9,
}
REASON_MAX = 300
WAIVED = ("void", "mark_uncollectible")  # of collection that is paused: nobody will pay for it
NOT_SENT = "a discount was not sent along"
OF_ALL = "a discount on the customer is not taken off"
COUPON = f"{OBJECT}.discounts.coupon."
_MADE_UP = re.compile(r"(price|plan|prod)_\w{8,}")


def subscription(body: Part, kind: str, at: datetime) -> tuple[SubscriptionFacts, tuple[str, ...]]:
    """With what its revenue leaves out, in words.

    `at` is the event's time: a discount that had ended by then takes nothing off.
    """
    held = found(body, OBJECT)
    parts = _parts(held)
    money = a_currency(_currency(held, parts))
    notes: list[str] = []
    named: list[str] = []
    items = [
        _item(part, _where(held, place), at, money, notes, named)
        for place, part in enumerate(parts)
    ]
    discounts = _discounts(held, at, money, named) or _of_customer(held, at, money, notes)
    status = (
        "canceled" if kind.endswith(".deleted") else need_text(body, f"{OBJECT}.status", longest=50)
    )
    term, waived = _term(held, parts, items), _waived(held, notes)
    mrr = _mrr(items, discounts, money) if status in rules.COUNTED and not waived else Decimal(0)
    facts = SubscriptionFacts(
        subscription=need_text(body, f"{OBJECT}.id", longest=ID_MAX),
        rank=RANKS[kind],
        status=status,
        mrr=rules.to_cents(mrr),
        arr=rules.to_cents(mrr * rules.MONTHS),
        currency=money,
        plan=_plan(held, _main(parts, items)),
        renews_on=_day(term),
        term_months=rules.main_item(items).months if items else None,
        trial_ends_at=instant(held, "trial_end"),
        ends_at=_ends(held, term),
        reason=_reason(held, [*notes, *named]),
        unsent=_unsent(held, parts, items, mrr, money) if named else None,
    )
    return facts, tuple(dict.fromkeys(notes))


def discounts_all(body: Part, at: datetime) -> bool:
    """Whether a customer has a discount on whatever they subscribe to."""
    held = found(body, f"{OBJECT}.discount")
    return isinstance(held, Mapping) and _lasts(held, at)


def _of_customer(held: Part, at: datetime, money: str, notes: list[str]) -> tuple[Discount, ...]:
    """One on the customer counts where the subscription has none; it is there if expanded."""
    if found(held, "discounts") or not isinstance(found(held, "customer.discount"), Mapping):
        return ()
    return _taken_off([found(held, "customer.discount")], at, money, notes)


def _waived(held: Part, notes: list[str]) -> bool:
    """Collection may be paused while the subscription runs; drafts will be collected later."""
    behavior = text(held, "pause_collection.behavior")
    if behavior:
        notes.append("collecting payments is paused")
    return behavior in WAIVED


def _parts(held: Part) -> list[Part]:
    """Its items; before there were several, the plan stood in the subscription itself."""
    items = list(listed(held, "items.data"))
    return items or ([held] if isinstance(found(held, "plan"), Mapping) else [])


def _where(held: Part, place: int) -> str:
    """What the names of an item's fields begin with."""
    return f"{OBJECT}.items.data.{place}." if found(held, "items.data") else f"{OBJECT}."


def _currency(held: Part, parts: list[Part]) -> str | None:
    """Since 2020 it is told of the subscription, before that of the prices alone."""
    places = ("price.currency", "plan.currency")
    told = [text(held, "currency"), *(text(part, place) for part in parts for place in places)]
    return next((value for value in told if value), None)


def _item(
    part: Part, where: str, at: datetime, money: str, notes: list[str], named: list[str]
) -> Item:
    price, plan = "price.recurring", "plan"
    interval = text(part, f"{price}.interval") or text(part, f"{plan}.interval") or "month"
    metered = "metered" in (text(part, f"{price}.usage_type"), text(part, f"{plan}.usage_type"))
    unit = _unit(part, where)
    if unit is None and not metered:
        notes.append("a price in tiers is not counted")
    if interval not in rules.A_MONTH:
        raise Unreadable(f"{where}price.recurring.interval", "must be day, week, month or year")
    counted = "price" if found(part, f"{price}.interval_count") else "plan"
    intervals = f"{price}.interval_count" if counted == "price" else f"{plan}.interval_count"
    return Item(
        unit=unit,
        quantity=_quantity(part),
        interval=interval,
        intervals=whole(part, intervals, least=1, most=1200),
        metered=metered,
        pack=_pack(part),
        pack_up=text(part, "price.transform_quantity.round") != "down",
        discounts=_discounts(part, at, money, named),
    )


def _unit(part: Part, where: str) -> Decimal | None:
    """With the decimals of a cent where they are told."""
    places = ("unit_amount_decimal", "unit_amount", "amount_decimal", "amount")
    for whose in ("price", "plan"):
        for place in places:
            told = amount(part, f"{whose}.{place}", under=where)
            if told is not None:
                return max(told, Decimal(0))
    return None


def _quantity(part: Part) -> Decimal:
    """One, where it is not told."""
    if found(part, "quantity") is None:
        return Decimal(1)
    return Decimal(whole(part, "quantity", most=10**9))


def _pack(part: Part) -> Decimal | None:
    size = whole(part, "price.transform_quantity.divide_by", most=10**9) or whole(
        part, "plan.transform_usage.divide_by", most=10**9
    )
    return Decimal(size) if size else None


def _discounts(part: Part, at: datetime, money: str, notes: list[str]) -> tuple[Discount, ...]:
    """A list since 2022, one before; of those that were not sent along only the id is there."""
    several, single = list(listed(part, "discounts")), found(part, "discount")
    chosen = several or ([single] if isinstance(single, Mapping) else [])
    ids = found(part, "discounts")
    if isinstance(ids, list) and len(ids) > len(several) and (several or not chosen):
        notes.append(NOT_SENT)
    return _taken_off(chosen, at, money, notes)


def _unsent(
    held: Part, parts: list[Part], items: list[Item], mrr: Decimal, money: str
) -> dict[str, Any] | None:
    """Discounts of which only the id is there, or that of the coupon: of all, and of single items.

    An item's share is what is left of it when what is known is taken off all of them.
    """
    whole = rules.monthly(items, (), money)
    left = mrr / whole if whole else Decimal(0)
    single = {
        id: {"full": str(rules.monthly([item], (), money) * left), "rate": str(item.a_month * left)}
        for part, item in zip(parts, items, strict=True)
        if part is not held
        for id in _ids(part)
    }
    ids = sorted({*_ids(held), *single})
    rate = rules.main_item(items).a_month if items else Decimal(0)
    told = {"ids": ids, "full": str(mrr), "rate": str(rate), "single": single}
    return told if ids else None


def _ids(part: Part) -> set[str]:
    several = found(part, "discounts")
    some = several[:ITEMS_MOST] if isinstance(several, list) else []
    told = (one if isinstance(one, str) else _nameless(one) for one in some)
    return {id for one in told if (id := text({"id": one}, "id", longest=ID_MAX))}


def _nameless(told: Any) -> str | None:
    """Its id, where the coupon is but an id."""
    return None if isinstance(_coupon(told), Mapping) else text(told, "id")


def _taken_off(
    chosen: Iterable[Part], at: datetime, money: str, notes: list[str]
) -> tuple[Discount, ...]:
    read = (_discount(one, at, money, notes) for one in chosen)
    return tuple(discount for discount in read if discount)


def _discount(told: Part, at: datetime, money: str, notes: list[str]) -> Discount | None:
    """None for one that is over or for one invoice only, and where the coupon is but an id."""
    coupon = _coupon(told)
    if not _lasts(told, at):
        return None
    if not isinstance(coupon, Mapping):
        notes.extend([NOT_SENT] if coupon else [])
        return None
    percent = amount(coupon, "percent_off", under=COUPON) or Decimal(0)
    same = (text(coupon, "currency") or money).upper() == money
    off = amount(coupon, "amount_off", under=COUPON) or Decimal(0) if same else Decimal(0)
    return Discount(min(max(percent, Decimal(0)), Decimal(100)), max(off, Decimal(0)))


def _coupon(told: Part) -> Any:
    return found(told, "coupon") or found(told, "source.coupon")


def _lasts(told: Part, at: datetime) -> bool:
    end = instant(told, "end")
    return (end is None or end > at) and text(_coupon(told), "duration") != "once"


def _mrr(items: list[Item], discounts: tuple[Discount, ...], money: str) -> Decimal:
    total = rules.monthly(items, discounts, money)
    if total > rules.MOST:
        raise Unreadable(f"{OBJECT}.items", f"must add up to at most {rules.MOST:,} a month")
    return total


def _main(parts: list[Part], items: list[Item]) -> Part:
    if not parts:
        return {}
    return parts[items.index(rules.main_item(items))]


def _plan(held: Part, part: Part) -> str | None:
    """As people call it; an id that Stripe made up is no name."""
    names = (
        "price.nickname", "plan.nickname", "plan.name", "price.product.name", "plan.product.name",
        "price.lookup_key", "price.metadata.plan", "plan.metadata.plan",
    )  # fmt: skip
    told = [
        *(text(part, name, longest=PLAN_MAX) for name in names),
        text(held, "metadata.plan", longest=PLAN_MAX),
        *(_chosen(part, place) for place in ("plan.id", "price.id", "price.product")),
    ]
    return next((name for name in told if name), None)


def _chosen(part: Part, place: str) -> str | None:
    told = text(part, place, longest=PLAN_MAX)
    return told if told and not _MADE_UP.fullmatch(told) else None


def _term(held: Part, parts: list[Part], items: list[Item]) -> datetime | None:
    """When the term that runs ends; items may differ, the dearest decides."""
    return instant(_main(parts, items), "current_period_end") or instant(held, "current_period_end")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _ends(held: Part, term: datetime | None) -> datetime | None:
    told = instant(held, "ended_at") or instant(held, "cancel_at")
    return told or (term if found(held, "cancel_at_period_end") is True else None)


def _reason(held: Part, notes: list[str]) -> str | None:
    """Why it ends, as far as Stripe was told, and what of it could not be counted."""
    asked = (text(held, f"cancellation_details.{name}") for name in ("reason", "feedback"))
    words = [*(word.replace("_", " ") for word in asked if word), *notes]
    return ", ".join(dict.fromkeys(words))[:REASON_MAX] or None
