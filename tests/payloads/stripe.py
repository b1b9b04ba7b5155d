"""Stripe's events in the shapes of four API versions; the values are ours."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

V2016, V2020, BASIL, DAHLIA = "2016-07-06", "2020-03-02", "2025-04-30.basil", "2026-04-22.dahlia"
VERSIONS = (V2016, V2020, BASIL, DAHLIA)
DAY = 86_400
_numbers = count(1)


def unix(text: str) -> int:
    """Of an ISO date or time, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def event(kind: str, held: dict[str, Any], *, at: str, version: str = DAHLIA, **over: Any) -> Any:
    """The envelope; before 2017 `request` was an id or nothing, since then an object."""
    request = None if version == V2016 else {"id": None, "idempotency_key": None}
    return {
        "id": f"evt_1Story{next(_numbers):08}",
        "object": "event",
        "api_version": version,
        "created": unix(at),
        "data": {"object": held},
        "livemode": True,
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
        **over,
    }


def customer(
    id: str = "cus_Quietwater01", *, version: str = DAHLIA, metadata: Any = None, **over: Any
) -> dict[str, Any]:
    balance = "account_balance" if version == V2016 else "balance"
    fields: dict[str, Any] = {
        "id": id,
        "object": "customer",
        balance: 0,
        "created": unix("2026-01-05"),
        "currency": "usd",
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": "billing@quietwater.example",
        "livemode": True,
        "metadata": metadata or {},
        "shipping": None,
    }
    if version == V2016:
        fields["sources"] = {"object": "list", "data": [], "has_more": False, "total_count": 0}
    else:
        fields["name"] = "Quietwater Freight"
    return fields | over


def price(
    amount: Any = 40_000,
    *,
    interval: str = "month",
    count: int = 1,
    currency: str = "usd",
    nickname: str | None = None,
    usage_type: str = "licensed",
    **over: Any,
) -> dict[str, Any]:
    return {
        "id": "price_1NwQuietwater0001",
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "currency": currency,
        "lookup_key": None,
        "metadata": {},
        "nickname": nickname,
        "product": "prod_NwQuietwater01",
        "recurring": {"interval": interval, "interval_count": count, "usage_type": usage_type},
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
        **over,
    }


def plan_of(price: dict[str, Any], version: str) -> dict[str, Any]:
    """The older twin of a price; in 2016 it had a name of its own and no product."""
    recurring = price["recurring"]
    made = {
        "id": "growth" if version == V2016 else price["id"],
        "object": "plan",
        "amount": price["unit_amount"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "metadata": {},
        "nickname": price["nickname"],
    }
    if version == V2016:
        del made["nickname"]
        return made | {"name": price["nickname"], "statement_descriptor": None}
    return made | {"product": price["product"], "usage_type": recurring["usage_type"]}


def item(price: dict[str, Any], quantity: int | None, ends: int, version: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": f"si_{price['id'][6:]}",
        "object": "subscription_item",
        "created": unix("2026-01-05"),
        "plan": plan_of(price, version),
    }
    if version != V2016:
        made |= {"price": price, "metadata": {}}
    if quantity is not None:
        made["quantity"] = quantity
    if version in (BASIL, DAHLIA):
        made |= {"current_period_start": ends - 30 * DAY, "current_period_end": ends}
        made["discounts"] = []
    return made


def subscription(
    *prices: tuple[dict[str, Any], int | None],
    id: str = "sub_1Quietwater0001",
    of: str = "cus_Quietwater01",
    status: str = "active",
    ends: str = "2027-01-05",
    version: str = DAHLIA,
    **over: Any,
) -> dict[str, Any]:
    """One item at 400.00 a month where no price is given."""
    until = unix(ends)
    items = [item(one, many, until, version) for one, many in prices or [(price(), 1)]]
    made: dict[str, Any] = {
        "id": id,
        "object": "subscription",
        "cancel_at_period_end": False,
        "canceled_at": None,
        "created": unix("2026-01-05"),
        "customer": of,
        "ended_at": None,
        "items": {"object": "list", "data": items, "has_more": False, "total_count": len(items)},
        "metadata": {},
        "status": status,
        "trial_end": None,
        "trial_start": None,
    }
    if version in (V2016, V2020):
        made |= {"current_period_start": until - 30 * DAY, "current_period_end": until}
        made |= {"discount": None, "plan": items[0]["plan"], "quantity": items[0].get("quantity")}
    else:
        made |= {"currency": items[0]["price"]["currency"], "discounts": [], "cancel_at": None}
        made |= {"billing_mode": {"type": "flexible"}, "customer_account": None}
        made["cancellation_details"] = {"comment": None, "feedback": None, "reason": None}
    return made | over


def invoice(
    id: str = "in_1Quietwater0001",
    *,
    of: str | None = "cus_Quietwater01",
    amount: int = 40_000,
    paid: bool = False,
    attempts: int = 1,
    following: str | None = None,
    on: str = "2026-11-20",
    currency: str = "usd",
    version: str = DAHLIA,
    **over: Any,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": id,
        "object": "invoice",
        "amount_due": amount,
        "attempt_count": attempts,
        "attempted": True,
        "currency": currency,
        "customer": of,
        "livemode": True,
        "metadata": {},
        "next_payment_attempt": unix(following) if following else None,
        "total": amount,
    }
    if version == V2016:
        return made | {"date": unix(on), "paid": paid, "closed": paid, "forgiven": False} | over
    moments = {"finalized_at": unix(on), "paid_at": unix(on) + 60 if paid else None}
    made |= {
        "amount_paid": amount if paid else 0,
        "amount_remaining": 0 if paid else amount,
        "created": unix(on),
        "customer_email": "billing@quietwater.example",
        "customer_name": "Quietwater Freight",
        "status": "paid" if paid else "open",
        "status_transitions": {**moments, "marked_uncollectible_at": None, "voided_at": None},
    }
    if version == V2020:
        return made | {"paid": paid, "subscription": "sub_1Quietwater0001", "charge": None} | over
    details = {"metadata": {}, "subscription": "sub_1Quietwater0001"}
    parent = {"type": "subscription_details", "subscription_details": details}
    return made | {"parent": parent, "total_taxes": []} | over


def charge(refunded: int, *, amount: int = 40_000, of: str | None = "cus_Quietwater01") -> Any:
    return {
        "id": "ch_3Quietwater0001",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": refunded,
        "currency": "usd",
        "customer": of,
        "invoice": None,
        "metadata": {},
        "paid": True,
        "refunded": refunded == amount,
        "status": "succeeded",
    }


def checkout(reference: str | None, *, of: str = "cus_Quietwater01", **over: Any) -> Any:
    return {
        "id": "cs_live_b1Quietwater",
        "object": "checkout.session",
        "amount_total": 40_000,
        "client_reference_id": reference,
        "currency": "usd",
        "customer": of,
        "customer_details": {"email": "ann@quietwater.example", "name": None},
        "customer_email": None,
        "metadata": {},
        "mode": "subscription",
        "payment_status": "paid",
        "status": "complete",
        "subscription": "sub_1Quietwater0001",
        **over,
    }
