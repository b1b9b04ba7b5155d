"""Usage finds its account, whichever came first: what waits is joined when the other appears."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.db.rows import insert_missing
from csbot.usage import milestones, people
from csbot.usage.model import ProductGroup, ProductUser
from csbot.usage.reading import OWN

SLICE = 2_000  # groups and people a transaction
IN_THE_DARK = timedelta(minutes=15)  # a change is seen only when its transaction has ended
Ids = Collection[int]


@dataclass(frozen=True)
class Joined:
    """How many groups and people found their account now."""

    groups: int
    people: int


def join_all(sessions: sessionmaker[Session], *, now: datetime) -> Joined:
    """With what is new of accounts and contacts; with all of them once an hour."""
    since = now - IN_THE_DARK if now.minute else None
    groups = people = 0
    most = SLICE
    while most >= SLICE:
        with sessions.begin() as session:
            found = join(session, now=now, since=since)
        groups, people = groups + found.groups, people + found.people
        most = max(found.groups, found.people)
    return Joined(groups, people)


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
    new or changed since `since`. At most a slice of each: call it again for the rest.
    """
    fits = {**_at_home(session, users, since), **fitting(session, groups, since)}
    sure = {group: min(accounts) for group, accounts in fits.items() if len(accounts) == 1}
    sure = dict(sorted(sure.items())[:SLICE])
    link(session, sure, now=now)
    _inherit(session, groups)
    guests = _recognize(session, users, since)
    return Joined(len(sure), guests + _meet(session, users, now))


def link(session: Session, pairs: Mapping[int, int], *, now: datetime) -> None:
    """All that was counted for these groups is these accounts', of which each is told once."""
    if not pairs:
        return
    rows = [{"id": group, "account_id": account} for group, account in sorted(pairs.items())]
    session.execute(update(ProductGroup), rows)
    told = [
        audit.entry(verb="usage.joined", subject=f"account:{id}", account=id, by=None, now=now)
        for id in sorted(set(pairs.values()))
    ]
    audit.record_all(session, told)
    milestones.of_groups(session, pairs, now=now)


def fitting(
    session: Session, groups: Ids | None = None, since: datetime | None = None
) -> dict[int, set[int]]:
    """The accounts that fit each group that has none; the surest sign that says anything decides.

    By id, then domain, then exact name. Several accounts are doubt.
    """
    if since is not None:  # an account of long ago may be what makes it doubt
        new = Account.updated_at >= since
        asked = [_fits(session, sign, None).where(new) for sign in SIGNS]
        groups = {row[0] for query in asked for row in session.execute(query)}
    if groups is not None and not groups:
        return {}
    found: dict[int, set[int]] = {}
    for sign in SIGNS:
        _first(found, session.execute(_fits(session, sign, groups)))
    return found


SIGNS: tuple[ColumnElement[bool], ...] = (
    Account.external_id == ProductGroup.key,
    Account.domain == func.lower(ProductGroup.key),
    Account.domain == ProductGroup.domain,
    Account.name_key == ProductGroup.name_key,
)


def _fits(session: Session, sign: ColumnElement[bool], groups: Ids | None) -> Any:
    group = ProductGroup
    waits = group.account_id.is_(None) & group.same_as_id.is_(None) & _of(session, group.id, groups)
    return select(group.id, Account.id).join(Account, sign).where(waits)


def _first(found: dict[int, set[int]], rows: Iterable[Any]) -> None:
    """What an earlier sign has settled stays."""
    fresh: dict[int, set[int]] = {}
    for group, account in rows:
        if group not in found:
            fresh.setdefault(group, set()).add(account)
    found |= fresh


def _at_home(session: Session, users: Ids | None, since: datetime | None) -> dict[int, set[int]]:
    """Groups of people's own, whose address is a contact's."""
    query = (
        select(ProductGroup.id, Contact.account_id, ProductUser.id)
        .select_from(ProductUser)
        .join(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .join(Contact, Contact.email == ProductUser.email)
        .where(
            ProductUser.contact_id.is_(None),
            ProductGroup.account_id.is_(None),
            ProductGroup.key.startswith(OWN),
        )
    )
    found: dict[int, set[int]] = {}
    rows = _asked(session, query, users, since)
    _first(found, ((row[0], row[1]) for row in rows))
    return found


def _recognize(session: Session, users: Ids | None, since: datetime | None) -> int:
    """People without a home, as all they do is done for groups that the events name.

    One contact of their address is them, whoever's; several are doubt.
    """
    query = (
        select(Contact.id, Contact.account_id, ProductUser.id)
        .join(ProductUser, ProductUser.email == Contact.email)
        .where(
            ProductUser.contact_id.is_(None),
            ProductUser.group_id.is_(None),
            ProductUser.same_as_id.is_(None),
        )
    )
    found: dict[int, set[int]] = {}
    for contact, _, user in _asked(session, query, users, since):
        found.setdefault(user, set()).add(contact)
    sure = {user: min(several) for user, several in found.items() if len(several) == 1}
    rows = [{"id": user, "contact_id": contact} for user, contact in sorted(sure.items())[:SLICE]]
    if rows:
        session.execute(update(ProductUser), rows)
        people.pass_on_logins(session, among(session, people.USERS.c.id, sure))
    return len(rows)


def _asked(
    session: Session, query: Any, users: Ids | None, since: datetime | None
) -> Iterable[Any]:
    """Its rows of contacts and (the third) users: of these users, of those with new contacts."""
    if since is not None:
        users = {row[2] for row in session.execute(query.where(Contact.created_at >= since))}
    if users is not None and not users:
        return ()
    return session.execute(query.where(_of(session, ProductUser.id, users)))


def _of(session: Session, column: Any, ids: Ids | None) -> ColumnElement[bool]:
    return true() if ids is None else among(session, column, ids)


def _inherit(session: Session, groups: Ids | None) -> None:
    """A group that turned out to be another one has that one's account."""
    other = ProductGroup.__table__.alias("other")
    account = (
        select(other.c.account_id)
        .where(other.c.id == ProductGroup.same_as_id, other.c.account_id.is_not(None))
        .scalar_subquery()
    )
    mine = _of(session, ProductGroup.same_as_id, groups)
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
            _of(session, ProductUser.id, users),
        )
        .order_by(ProductUser.id)
        .limit(SLICE)
    ).all()
    met = {(account or 0, user.email or ""): user for user, account in waiting}
    if met:
        known = _contacts(session, met)
        _add(session, {key: met[key] for key in met.keys() - known.keys()}, now)
        known = _contacts(session, met)
        for user, account in waiting:
            user.contact_id = known[account or 0, user.email or ""].id
        session.flush()
        ids = {user.id for user, _ in waiting}
        people.pass_on_logins(session, among(session, people.USERS.c.id, ids))
    return len(waiting)


def _contacts(session: Session, met: Collection[tuple[int, str]]) -> dict[tuple[int, str], Contact]:
    # By address alone: with the accounts as well SQLite tries every account with every address.
    query = select(Contact).where(Contact.email.in_({email for _, email in met}))
    return {(one.account_id, one.email): one for one in session.scalars(query)}


def _add(session: Session, new: dict[tuple[int, str], ProductUser], now: datetime) -> None:
    if not new:
        return
    rows = [
        {"account_id": account, "email": email, "created_at": now, **people.card(user)}
        for (account, email), user in sorted(new.items(), key=lambda item: item[0])
    ]
    insert_missing(session, Contact, rows)
    told = [
        audit.entry(
            verb="usage.contact_added", subject=f"account:{account}", account=account, by=None,
            now=now, after={"email": email},
        )
        for account, email in sorted(new)
    ]  # fmt: skip
    audit.record_all(session, told)
