"""Usage finds its account, whichever came first: what waits is joined when the other appears."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.db.rows import insert_missing
from csbot.usage import milestones, people
from csbot.usage.model import ProductGroup, ProductUser
from csbot.usage.reading import OWN

SLICE = 2_000  # people a transaction
Ids = Collection[int]


@dataclass(frozen=True)
class Joined:
    """How many groups and people found their account now."""

    groups: int
    people: int


def join(
    session: Session,
    *,
    now: datetime,
    groups: Ids | None = None,
    users: Ids | None = None,
    since: datetime | None = None,
) -> Joined:
    """Link groups to accounts and people to contacts, which are made where they are missing.

    Of all that waits, or only of these groups and users; only with accounts and contacts that are
    new or changed since `since`. At most a slice of people: call it again for the rest.
    """
    fits = {**_at_home(session, users, since), **fitting(session, groups, since)}
    sure = {group: min(accounts) for group, accounts in fits.items() if len(accounts) == 1}
    for group in session.scalars(
        select(ProductGroup).where(ProductGroup.id.in_(sure)).order_by(ProductGroup.id)
    ).all():
        link(session, group, sure[group.id], now=now)
    session.flush()
    _inherit(session, groups)
    return Joined(len(sure), _meet(session, users, now))


def link(session: Session, group: ProductGroup, account_id: int, *, now: datetime) -> None:
    """All that was counted for the group is the account's."""
    group.account_id = account_id
    session.flush()
    audit.record(
        session,
        verb="usage.joined",
        subject=f"group:{group.id}",
        account=account_id,
        by=None,
        now=now,
    )
    milestones.of_groups(session, [group.id], now=now)


def fitting(
    session: Session, groups: Ids | None = None, since: datetime | None = None
) -> dict[int, set[int]]:
    """The accounts that fit each group that has none; the surest sign that says anything decides.

    By id, then domain, then exact name. Several accounts are doubt.
    """
    group, found = ProductGroup, dict[int, set[int]]()
    signs: tuple[ColumnElement[bool], ...] = (
        Account.external_id == group.key,
        Account.domain == func.lower(group.key),
        Account.domain == group.domain,
        Account.name_key == group.name_key,
    )
    waits = group.account_id.is_(None) & group.same_as_id.is_(None) & _of(group.id, groups)
    recent = true() if since is None else Account.updated_at >= since
    for sign in signs:
        rows = session.execute(
            select(group.id, Account.id).join(Account, sign).where(waits, recent)
        )
        _first(found, rows)
    return found


def _first(found: dict[int, set[int]], rows: Iterable[Any]) -> None:
    """What an earlier sign has settled stays."""
    fresh: dict[int, set[int]] = {}
    for group, account in rows:
        if group not in found:
            fresh.setdefault(group, set()).add(account)
    found |= fresh


def _at_home(session: Session, users: Ids | None, since: datetime | None) -> dict[int, set[int]]:
    """Groups of people's own, whose address is a contact's."""
    rows = session.execute(
        select(ProductGroup.id, Contact.account_id)
        .select_from(ProductUser)
        .join(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .join(Contact, Contact.email == ProductUser.email)
        .where(
            ProductUser.contact_id.is_(None),
            ProductGroup.account_id.is_(None),
            ProductGroup.key.startswith(OWN),
            _of(ProductUser.id, users),
            true() if since is None else Contact.created_at >= since,
        )
    )
    found: dict[int, set[int]] = {}
    _first(found, rows)
    return found


def _of(column: Any, ids: Ids | None) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(list(ids))


def _inherit(session: Session, groups: Ids | None) -> None:
    """A group that turned out to be another one has that one's account."""
    other = ProductGroup.__table__.alias("other")
    account = (
        select(other.c.account_id)
        .where(other.c.id == ProductGroup.same_as_id, other.c.account_id.is_not(None))
        .scalar_subquery()
    )
    mine = _of(ProductGroup.same_as_id, groups)
    session.execute(
        update(ProductGroup)
        .where(
            ProductGroup.account_id.is_(None),
            ProductGroup.same_as_id.is_not(None),
            account.is_not(None),
            mine,
        )
        .values(account_id=account)
        .execution_options(synchronize_session=False)
    )


def _meet(session: Session, users: Ids | None, now: datetime) -> int:
    """People whose account is known become its contacts, or are found among them."""
    waiting = session.execute(
        select(ProductUser, ProductGroup.account_id)
        .join(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .where(
            ProductUser.contact_id.is_(None),
            ProductUser.email.is_not(None),
            ProductUser.same_as_id.is_(None),
            ProductGroup.account_id.is_not(None),
            _of(ProductUser.id, users),
        )
        .order_by(ProductUser.id)
        .limit(SLICE)
    ).all()
    met = {(account or 0, user.email or ""): user for user, account in waiting}
    if met:
        known = _contacts(session, met)
        _add(session, {key: met[key] for key in met.keys() - known.keys()}, now)
        known = _contacts(session, met)
        last: dict[int, datetime] = {}
        for user, account in waiting:
            contact = known[account or 0, user.email or ""]
            user.contact_id = contact.id
            if user.last_login_at:
                last[contact.id] = max(user.last_login_at, last.get(contact.id, user.last_login_at))
        session.flush()
        people.forward(session, Contact.__table__, last)
    return len(waiting)


def _contacts(session: Session, met: Collection[tuple[int, str]]) -> dict[tuple[int, str], Contact]:
    accounts, addresses = {account for account, _ in met}, {email for _, email in met}
    query = select(Contact).where(Contact.account_id.in_(accounts), Contact.email.in_(addresses))
    return {(one.account_id, one.email): one for one in session.scalars(query)}


def _add(session: Session, new: dict[tuple[int, str], ProductUser], now: datetime) -> None:
    if not new:
        return
    rows = [
        {"account_id": account, "email": email, "created_at": now, **people.card(user)}
        for (account, email), user in sorted(new.items(), key=lambda item: item[0])
    ]
    insert_missing(session, Contact, rows)
    for account, email in sorted(new):
        audit.record(
            session,
            verb="usage.contact_added",
            subject=f"account:{account}",
            account=account,
            by=None,
            now=now,
            after={"email": email},
        )
