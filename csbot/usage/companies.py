"""`group` calls: companies of the product become accounts, or bring theirs up to date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.matching import FREE_MAIL
from csbot.accounts.model import Account
from csbot.accounts.rules import name_key, process_for
from csbot.imports.accounts import DEFAULTS
from csbot.imports.errors import BadCell
from csbot.imports.values import read_domain
from csbot.inbox import fields
from csbot.settings import Settings
from csbot.usage import joining, who
from csbot.usage.model import ProductGroup
from csbot.usage.traits import bounded
from csbot.usage.who import Placed

OURS = ("name", "domain", "website", "plan", "industry", "segment", "arr", "createdAt")
FOLLOWED = ("plan", "industry")  # the product knows these best
CUSTOM_MOST = 100
ARR_MOST = 10**12
ACCOUNTS: Any = Account.__table__
Card = dict[str, Any]


def tell(session: Session, told: Iterable[Placed], *, settings: Settings, now: datetime) -> None:
    """The newest word on each group; one that no account fits becomes an account."""
    news = who.told(told, "group", lambda one: one.group_id)
    if not news:
        return
    found = session.scalars(
        select(ProductGroup).where(ProductGroup.id.in_(news)).order_by(ProductGroup.id)
    )
    groups = [
        group
        for group in found.all()
        if group.traits_at is None or group.traits_at <= news[group.id].at
    ]
    before = {group.id: _card(group) for group in groups}
    for group in groups:
        _keep(group, news[group.id].traits, news[group.id].at)
    session.flush()
    _accounts(session, groups, before, settings, now)


def _keep(group: ProductGroup, traits: Mapping[str, Any], at: datetime) -> None:
    group.traits_at = at
    group.traits = bounded({**group.traits, **traits})
    group.name = fields.text(traits, "name", longest=200) or group.name
    group.name_key = name_key(group.name) if group.name else None
    group.domain = _domain(traits) or group.domain


def _domain(traits: Mapping[str, Any]) -> str | None:
    for name in ("domain", "website"):
        told = fields.text(traits, name, longest=300)
        try:
            host = read_domain(told) if told else ""
        except BadCell:
            continue
        if host and host not in FREE_MAIL:
            return host
    return None


def _accounts(
    session: Session,
    groups: list[ProductGroup],
    before: Mapping[int, Card],
    settings: Settings,
    now: datetime,
) -> None:
    unknown = [group for group in groups if group.account_id is None]
    fits = joining.fitting(session, {group.id for group in unknown})
    sure = {group: min(accounts) for group, accounts in fits.items() if len(accounts) == 1}
    joining.link(session, sure, now=now)
    known = [group for group in groups if group.account_id is not None or group.id in fits]
    _add(session, [group for group in unknown if group.id not in fits], settings, now)
    _update(session, known, before, now)


def _add(
    session: Session, groups: Sequence[ProductGroup], settings: Settings, now: datetime
) -> None:
    """An account each, in one statement; without an owner: the digest and an alert ask for one."""
    if not groups:
        return
    rows = [_made(group, settings, now) for group in groups]
    added = insert(ACCOUNTS).returning(ACCOUNTS.c.external_id, ACCOUNTS.c.id)
    ids: dict[str, int] = {key: id for key, id in session.connection().execute(added, rows)}
    told = []
    for group, row in zip(groups, rows, strict=True):
        group.account_id = ids[group.key]
        name = {"name": row["name"]}
        told.append(_told("usage.account_added", group.account_id, {}, name, now))
    audit.record_all(session, told)


def _made(group: ProductGroup, settings: Settings, now: datetime) -> dict[str, Any]:
    card = _card(group)
    process = process_for(
        segment=card["segment"], arr=card["arr"], thresholds=settings.config.thresholds
    )
    return {
        **DEFAULTS,
        **card,
        "external_id": group.key,
        "name_key": name_key(card["name"]),
        "customer_since": _since(group.traits, now),
        "process": process.value,
        "custom": _rest(group.traits),
        "created_at": now,
        "updated_at": now,
    }


def _card(group: ProductGroup) -> Card:
    """The account's fields, as the product has them."""
    return {
        "name": group.name or group.domain or group.key,
        "domain": group.domain,
        "segment": fields.text(group.traits, "segment", longest=100),
        "arr": _amount(group.traits),
        **{name: fields.text(group.traits, name, longest=100) for name in FOLLOWED},
    }


def _update(
    session: Session, groups: Iterable[ProductGroup], before: Mapping[int, Card], now: datetime
) -> None:
    known = {group.account_id: group for group in groups if group.account_id is not None}
    accounts = session.scalars(
        select(Account).where(Account.id.in_(known)).order_by(Account.id).with_for_update()
    )
    told = []
    for account in accounts.all():
        group = known[account.id]
        changed = _wanted(account, group, before[group.id])
        was = {name: getattr(account, name) for name in changed}
        custom = _more(account.custom, group.traits)
        if not changed and custom == account.custom:
            continue
        for name, value in changed.items():
            setattr(account, name, value)
        account.name_key, account.custom = name_key(account.name), custom
        account.updated_at = now
        if changed:
            told.append(_told("usage.account_changed", account.id, was, changed, now))
    audit.record_all(session, told)


def _wanted(account: Account, group: ProductGroup, before: Card) -> Card:
    """What is news since `before`, and what was blank.

    Products repeat all they know at every page: what a person or another system has changed
    since stays as that has it.
    """
    own = account.external_id == group.key

    def takes(name: str, value: Any) -> bool:
        present = getattr(account, name)
        if value is None or present is None:
            return value is not None
        news = value not in (present, before[name])
        return news and (name in FOLLOWED or (own and present == before[name]))

    return {name: value for name, value in _card(group).items() if takes(name, value)}


def _more(custom: dict[str, Any] | None, traits: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**(custom or {}), **_rest(traits)}
    return dict(list(merged.items())[:CUSTOM_MOST])


def _rest(traits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in traits.items() if name not in OURS}


def _amount(traits: Mapping[str, Any]) -> Decimal | None:
    told = fields.number(traits, "arr")
    return None if told is None or not 0 <= told < ARR_MOST else round(Decimal(told), 2)


def _since(traits: Mapping[str, Any], now: datetime) -> datetime | None:
    told = fields.instant(traits, "createdAt")
    return told if told and told <= now else None


def _told(verb: str, account_id: int, before: Card, after: Card, now: datetime) -> dict[str, Any]:
    return audit.entry(
        verb=verb,
        subject=f"account:{account_id}",
        account=account_id,
        by=None,
        now=now,
        before={name: str(before[name]) for name in after if before.get(name) is not None} or None,
        after={name: str(value) for name, value in after.items()},
    )
