"""The past of the product's usage: logins and days, each known once its day was over.

An event that came later than its day counts from when it came, as long as csbot has the event;
of the roll-ups only the day is known, and a login is dated noon.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.playbooks.simulate.past import Row, Work
from csbot.settings import Settings
from csbot.sources import Source
from csbot.usage.model import GroupUsage, ProductUser, UsageEvent, UserUsage

DAY, NOON = timedelta(days=1), time(12, tzinfo=UTC)
BATCH = 20_000
Login = tuple[datetime, int, datetime]  # when csbot learned of it, whose, when it was
OWNER = aliased(ProductUser)


def end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(tzinfo=UTC))


@dataclass
class Logins:
    """The last login of people at the customer; only ever forward, as csbot sets it."""

    now: datetime
    table: Table
    by_day: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    others: list[Login] = field(default_factory=list)
    exact: dict[tuple[int, date], datetime] = field(default_factory=dict)

    def until(self, moment: datetime) -> Iterator[Work]:
        # A day of the roll-ups is known at its end; today's, as far as it has come, at once.
        last = self.now.date() if moment >= self.now else moment.date() - DAY
        rows = [
            _row(id, self.exact.get((id, day)) or min(datetime.combine(day, NOON), self.now))
            for day in sorted(day for day in self.by_day if day <= last)
            for id in self.by_day.pop(day)
        ]
        rows += [_row(id, at) for known, id, at in self.others if known <= moment]
        self.others = [login for login in self.others if login[0] > moment]
        if rows:
            yield self._forward(), rows

    def _forward(self) -> Any:
        table, at = self.table, bindparam("to_at", type_=UTCDateTime())
        behind = or_(table.c.last_login_at.is_(None), table.c.last_login_at < at)
        return (
            update(table).where(table.c.id == bindparam("to_id"), behind).values(last_login_at=at)
        )


def _row(id: int, at: datetime) -> Row:
    return {"to_id": id, "to_at": at}


def of_contacts(
    session: Session, settings: Settings, since: datetime, until: datetime, now: datetime
) -> Logins:
    made = Logins(now, Contact.__table__)  # type: ignore[arg-type]
    late = _late(session, settings)
    _from_days(session, made, OWNER.contact_id, late, since, until)
    _from_files(session, made, Contact)
    return made


def of_users(
    session: Session, settings: Settings, since: datetime, until: datetime, now: datetime
) -> Logins:
    """Of users of the product whom no contact is known for, among others."""
    made = Logins(now, ProductUser.__table__)  # type: ignore[arg-type]
    _from_days(session, made, OWNER.id, {}, since, until)
    return made


def _from_days(
    session: Session,
    made: Logins,
    whose: Any,
    late: dict[tuple[int, date], list[Login]],
    since: datetime,
    until: datetime,
) -> None:
    """Before `since` only the newest day counts, unless it was told of late."""
    users = aliased(ProductUser)
    query = (
        select(whose, UserUsage.day, func.sum(UserUsage.logins))
        .join(users, users.id == UserUsage.user_id)
        .join(OWNER, OWNER.id == func.coalesce(users.same_as_id, users.id))
        .where(UserUsage.feature == "", UserUsage.logins > 0, whose.is_not(None))
        .where(UserUsage.day <= until.date())
        .group_by(whose, UserUsage.day)
        .order_by(whose, UserUsage.day)
    )
    for id, day, count in session.execute(query.execution_options(yield_per=10_000)):
        told = late.get((id, day), [])
        if count > len(told):
            made.by_day[day].append(id)
        elif told:
            made.others.append(min(told))
    _newest_only(made, since.date())


def _newest_only(made: Logins, since: date) -> None:
    newest = {id: day for day in sorted(made.by_day) if day < since for id in made.by_day[day]}
    for day in [day for day in made.by_day if day < since]:
        made.by_day[day] = [id for id in made.by_day[day] if newest[id] == day]


def _late(session: Session, settings: Settings) -> dict[tuple[int, date], list[Login]]:
    """Logins that csbot heard of only after their day, by whom and day."""
    names = {name.casefold() for name in settings.config.usage.logins}
    users, sqlite = aliased(ProductUser), session.get_bind().dialect.name == "sqlite"
    came, was = (
        func.date(column if sqlite else func.timezone("UTC", column))
        for column in (UsageEvent.received_at, UsageEvent.at)
    )
    query = (
        select(OWNER.contact_id, UsageEvent.name, UsageEvent.at, UsageEvent.received_at)
        .join(users, users.id == UsageEvent.user_id)
        .join(OWNER, OWNER.id == func.coalesce(users.same_as_id, users.id))
        .where(OWNER.contact_id.is_not(None), came > was, UsageEvent.type != "identify")
    )
    found: dict[tuple[int, date], list[Login]] = defaultdict(list)
    for id, name, at, received in session.execute(query):
        if id and ("*" in names or (name or "").casefold() in names):
            found[id, at.date()].append((received, id, at))
    return found


def _from_files(session: Session, made: Logins, table: Any) -> None:
    """The last login on file that no day of usage has: some file told it, none before that day."""
    days = {id: day for day in sorted(made.by_day) for id in made.by_day[day]}
    late = Counter((id, at.date()) for _, id, at in made.others)
    files = _files(session)
    query = select(table.id, table.last_login_at).where(table.last_login_at.is_not(None))
    for id, at in session.execute(query):
        if days.get(id) == at.date():
            made.exact[id, at.date()] = at
        elif not late[id, at.date()]:
            known = next((read for read in files if read >= at), at)
            made.others.append((known, id, at))


def _files(session: Session) -> list[datetime]:
    query = select(AuditEntry.at).where(AuditEntry.subject == "import:contacts")
    return list(session.scalars(query.order_by(AuditEntry.at)))


class Days:
    """The roll-ups of whole days, of users or of groups, read as they are needed: in one query,
    of which there may be millions of rows.
    """

    def __init__(self, session: Session, table: Table, now: datetime) -> None:
        query = select(table).where(table.c.day <= now.date()).order_by(table.c.day)
        found = session.execute(query.execution_options(yield_per=BATCH))
        self._rows = iter(found.mappings())
        self._table, self._now, self._ahead = table, now, next(self._rows, None)

    def until(self, moment: datetime) -> Iterator[Work]:
        last = self._now.date() if moment >= self._now else moment.date() - DAY
        part: list[Row] = []
        while self._ahead is not None and self._ahead["day"] <= last:
            part.append(dict(self._ahead))
            self._ahead = next(self._rows, None)
            if len(part) == BATCH:
                yield insert(self._table), part
                part = []
        if part:
            yield insert(self._table), part


@dataclass
class Heard:
    """When each source had last told something; of the product by its days, of others till now."""

    rows: list[Row]
    days: list[date]
    limit: timedelta

    def until(self, moment: datetime) -> Iterator[Work]:
        table: Any = Source.__table__
        made = [row for row in (self._as_of(row, moment) for row in self.rows) if row]
        if made:
            yield table.delete(), [{}]
            yield insert(table), made

    def _as_of(self, row: Row, moment: datetime) -> Row | None:
        if row["first_at"] > moment:
            return None
        last = min(row["last_at"], moment)
        if row["name"] != "usage" or not self.days:
            return row | {"last_at": last}
        heard = [min(end_of(day), moment) for day in self.days if day < moment.date()]
        began, ended = self._silence(heard)
        last = min(last, heard[-1]) if heard else last
        return row | {"last_at": last, "silent_from": began, "silent_to": ended}

    def _silence(self, heard: list[datetime]) -> tuple[datetime | None, datetime | None]:
        """The last one that is over."""
        gaps = [
            (a + self.limit, b) for a, b in pairwise(heard) if self.limit and b - a > self.limit
        ]
        return gaps[-1] if gaps else (None, None)


def heard(session: Session, settings: Settings) -> Heard:
    rows = [dict(row) for row in session.execute(select(Source.__table__)).mappings()]
    days = select(GroupUsage.day).where(GroupUsage.feature == "").distinct()
    limit = settings.config.silent_after.of("usage")
    return Heard(rows, sorted(session.scalars(days)) if rows else [], limit)
