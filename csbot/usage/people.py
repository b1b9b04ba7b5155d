"""What the calls say of people: who they are, where they belong, when they logged in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from csbot import audit, clock
from csbot.accounts.matching import company_domain
from csbot.alerts.among import bound, dialect_of, is_one_of
from csbot.alerts.model import Alert
from csbot.alerts.service import touched
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.inbox import fields
from csbot.settings import Settings
from csbot.usage import who
from csbot.usage.model import ProductGroup, ProductUser
from csbot.usage.reading import ANONYMOUS, OWN
from csbot.usage.traits import bounded
from csbot.usage.who import Placed, User, others

EMAIL_MAX = 254
USERS: Any = ProductUser.__table__
GROUPS: Any = ProductGroup.__table__
AT = bindparam("at_", type_=UTCDateTime())
Card = dict[str, str | None]

# Built once: a batch would take longer to put them together than to run them.
SETTLES = (
    update(USERS)
    .where(USERS.c.id == bindparam("id_"), USERS.c.group_id.is_(None))
    .values(group_id=bindparam("group_"))
)
IS_KNOWN_BY = (
    update(USERS)
    .where(USERS.c.id == bindparam("id_"), USERS.c.email.is_(None))
    .values(email=bindparam("email_"))
)
OWNER = USERS.alias("owner")
LOGINS = (
    select(USERS.c.id, OWNER.c.id, OWNER.c.contact_id, USERS.c.last_login_at)
    .join(OWNER, OWNER.c.id == func.coalesce(USERS.c.same_as_id, USERS.c.id))
    .where(USERS.c.last_login_at.is_not(None))
    .order_by(USERS.c.last_login_at)
)


def settle_in(session: Session, new: Iterable[Placed]) -> None:
    """Whoever has no group yet is at home in a group of their own."""
    homes = {
        one.user.id: one.group_id
        for one in new
        if one.user.group_id is None and one.group == one.user.own_group
    }
    if not homes:
        return
    _each(session, SETTLES, [{"id_": id, "group_": home} for id, home in sorted(homes.items())])
    for one in new:
        one.user.group_id = one.user.group_id or homes.get(one.user.id)


def addressed(session: Session, new: Iterable[Placed]) -> set[int]:
    """Whoever counted calls tell the address of, the id or the context, is known by it from now on.

    Who they are, by id. An `identify` may say another one.
    """
    told: dict[int, tuple[User, str]] = {}
    for one in new:
        if one.user.email is None and (
            address := _email(one.call.address) or own_address(one.user)
        ):
            told.setdefault(one.user.id, (one.user, address))
    _each(session, IS_KNOWN_BY, [{"id_": id, "email_": told[id][1]} for id in sorted(told)])
    _address(session, {user.own_group: company_domain(email) for user, email in told.values()})
    for user, email in told.values():
        user.email = email
    return set(told)


def logged_in(
    session: Session, new: Iterable[Placed], *, settings: Settings, now: datetime
) -> None:
    """Only ever forward; an alert about people who are back closes at once."""
    last: dict[int, datetime] = {}
    for one in new:
        if one.call.login:
            last[one.user.id] = max(one.call.at, last.get(one.user.id, one.call.at))
    if last:
        forward(session, USERS, last)
        dialect = dialect_of(session)
        rows = session.execute(_logins(dialect), {"ids": bound(dialect, last)}).all()
        contacts = _pass_on(session, rows)
        if contacts and (quiet := _missed(session, contacts)):
            touched(session, account_ids=quiet, settings=settings, now=now)


@cache
def _logins(dialect: str) -> Any:
    return LOGINS.where(is_one_of(dialect, USERS.c.id, bindparam("ids")))


def pass_on_logins(session: Session, of: ColumnElement[bool]) -> set[int]:
    """From these rows to whom they turned out to be, and to the contacts, which are returned.

    Call it when the rows are written: whom they belong to, another process may say meanwhile.
    """
    return _pass_on(session, session.execute(LOGINS.where(of)).all())


def _pass_on(session: Session, rows: Sequence[Any]) -> set[int]:
    forward(session, USERS, {owner_id: at for id, owner_id, _, at in rows if id != owner_id})
    contacts = {contact_id: at for _, _, contact_id, at in rows if contact_id}
    forward(session, Contact.__table__, contacts)
    return set(contacts)


def forward(session: Session, table: Any, last: Mapping[int, datetime]) -> None:
    """Set the last login of these rows, where it is later than what is known."""
    if last:
        told = [{"id_": id, "at_": at} for id, at in sorted(last.items())]
        session.connection().execute(_forwards(table), told)


@cache
def _forwards(table: Any) -> Any:
    known = table.c.last_login_at
    later = table.c.id == bindparam("id_"), or_(known.is_(None), known < AT)
    return update(table).where(*later).values(last_login_at=AT)


def _missed(session: Session, contacts: Iterable[int]) -> set[int]:
    """Accounts of these contacts that have an open alert about people who stay away."""
    query = (
        select(Alert.account_id)
        .join(Contact, Contact.account_id == Alert.account_id)
        .where(Contact.id.in_(list(contacts)), Alert.kind == "inactive", Alert.closed_at.is_(None))
    )
    return set(session.scalars(query))


def unite(session: Session, told: Iterable[Placed]) -> None:
    """Remember who turned out to be the same person, and their own groups with them."""
    pairs = sorted({(key, one.user.id) for one in told for key in others(one.call)})
    homes = sorted({(OWN + key, one.group_id) for one in told for key in others(one.call)})
    _point(session, USERS, pairs)
    _point(session, GROUPS, homes)
    if pairs:
        pass_on_logins(session, USERS.c.same_as_id.in_({id for _, id in pairs}))


def _point(session: Session, table: Any, pairs: list[tuple[str, int]]) -> None:
    """Rows by key, and all that point to them, point to another row of the table from now on."""
    rows = [{"key_": key, "id_": id} for key, id in pairs]
    itself = select(table.c.id).where(table.c.key == bindparam("key_")).scalar_subquery()
    those = (
        update(table)
        .where(table.c.same_as_id == itself, table.c.id != bindparam("id_"))
        .values(same_as_id=bindparam("id_"))
    )
    this = (
        update(table)
        .where(
            table.c.key == bindparam("key_"),
            table.c.same_as_id.is_(None),
            table.c.id != bindparam("id_"),
        )
        .values(same_as_id=bindparam("id_"))
    )
    _each(session, those, rows)
    _each(session, this, rows)


def identify(session: Session, told: Iterable[Placed], *, now: datetime) -> None:
    """Keep what is known of each; the newest word counts."""
    news = who.told(told, "identify", lambda one: one.user.id)
    if not news:
        return
    users = session.scalars(select(ProductUser).where(ProductUser.id.in_(news)))
    known = {
        user.id: user
        for user in users.all()
        if user.traits_at is None or user.traits_at <= news[user.id].at
    }
    before = {user.contact_id: card(user) for user in known.values() if user.contact_id}
    for id, user in known.items():
        _keep(user, news[id])
    session.flush()
    _address(session, {OWN + u.key: company_domain(u.email or "") for u in known.values()})
    _freshen(session, {u.contact_id: u for u in known.values() if u.contact_id}, before, now)


def _keep(user: ProductUser, news: who.Told) -> None:
    user.traits_at = news.at
    user.traits = bounded({**user.traits, **news.traits})
    user.name = _full_name(news.traits) or user.name
    user.email = _email(news.traits.get("email")) or user.email or own_address(user)


def _freshen(
    session: Session, users: Mapping[int, ProductUser], before: Mapping[int, Card], now: datetime
) -> None:
    """What is news since `before` goes to their contacts, and what was blank there.

    Products repeat all they know at every page: what a person has changed since stays.
    """
    if not users:
        return
    contacts = session.scalars(
        select(Contact).where(Contact.id.in_(users)).order_by(Contact.id).with_for_update()
    )
    for contact in contacts.all():
        told, was = card(users[contact.id]), before[contact.id]
        present = {name: getattr(contact, name) for name in told}
        changed = {
            name: value
            for name, value in told.items()
            if value and value != present[name] and (value != was[name] or not present[name])
        }
        for name, value in changed.items():
            setattr(contact, name, value)
        if changed:
            audit.record(
                session,
                verb="usage.contact_changed",
                subject=f"contact:{contact.id}",
                account=contact.account_id,
                by=None,
                now=now,
                after=changed,
            )


def card(user: ProductUser) -> Card:
    """What a contact is told by, besides the address."""
    title = fields.text(user.traits, "title", longest=200)
    phone = fields.text(user.traits, "phone", longest=50)
    return {"name": user.name, "title": title, "phone": phone, "timezone": _zone(user)}


def _zone(user: ProductUser) -> str | None:
    """The trait `timezone`, where it is a zone's name."""
    told = fields.text(user.traits, "timezone", longest=100)
    return told if told in clock.zones() else None


def _address(session: Session, addresses: Mapping[str, str]) -> None:
    """A group of somebody's own has the domain of their address."""
    statement = (
        update(GROUPS)
        .where(GROUPS.c.key == bindparam("key_"), GROUPS.c.account_id.is_(None))
        .values(domain=bindparam("domain_"))
    )
    rows = [{"key_": key, "domain_": domain} for key, domain in sorted(addresses.items()) if domain]
    _each(session, statement, rows)


def _full_name(traits: Mapping[str, Any]) -> str | None:
    both = (fields.text(traits, part, longest=100) for part in ("firstName", "lastName"))
    return fields.text(traits, "name", longest=200) or " ".join(filter(None, both)) or None


def own_address(user: User | ProductUser) -> str | None:
    """Ids of users often are their addresses."""
    return None if user.key.startswith(ANONYMOUS) else _email(user.key)


def _email(told: Any) -> str | None:
    """None for what cannot be an address."""
    if not isinstance(told, str) or "@" not in told:
        return None
    found = fields.text({"it": told}, "it", longest=EMAIL_MAX + 1) or ""
    name, _, domain = found.lower().partition("@")
    fits = name and "." in domain and " " not in name + domain and len(found) <= EMAIL_MAX
    return f"{name}@{domain}" if fits else None


def move(session: Session, told: Iterable[Placed]) -> None:
    """A `group` call says where somebody is at home; what they did alone belongs there too."""
    homes = {one.user.id: one for one in _in_time(told) if one.call.type == "group"}
    if not homes:
        return
    statement = (
        update(USERS).where(USERS.c.id == bindparam("id_")).values(group_id=bindparam("group_"))
    )
    rows = [{"id_": id, "group_": one.group_id} for id, one in sorted(homes.items())]
    _each(session, statement, rows)
    _point(session, GROUPS, sorted({(o.user.own_group, o.group_id) for o in homes.values()}))


def _in_time(told: Iterable[Placed]) -> list[Placed]:
    return sorted(told, key=lambda one: one.call.at)


def _each(session: Session, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(statement, rows)
