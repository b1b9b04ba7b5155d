"""The past of the product's usage: logins and days, each known once its day was over.

An event that came later than its day counts from when it came, as long as csbot has the event;
of the roll-ups only the day is known: a login counts from its beginning.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Select,
    String,
    Table,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from csbot.alerts.among import among, dialect_of, is_one_of
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.playbooks.simulate.past import Row, Work
from csbot.settings import Settings
from csbot.sources import Source
from csbot.usage.model import GroupUsage, ProductUser, UsageEvent, UserUsage

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
BATCH = 20_000
Login = tuple[datetime, int, datetime]  # when csbot learned of it, whose, when it was
OWNER = aliased(ProductUser)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))


@dataclass
class Logins:
    """The last login of people at the customer; only ever forward, as csbot sets it.

    `days` has the ids of who logged in on a day, as they stand in JSON: there may be millions.
    """

    now: datetime
    table: Table
    days: dict[date, str] = field(default_factory=dict)
    others: list[Login] = field(default_factory=list)
    _next: int = 0

    def until(self, moment: datetime) -> Iterator[Work]:
        for day in self._over(moment):
            yield (
                self._of_day,
                [{"to_at": start_of(day) + SECOND, "ids": f"[{self.days.pop(day)}]"}],
            )
        first = self._next
        while self._next < len(self.others) and self.others[self._next][0] <= moment:
            self._next += 1
        told = [{"to_id": id, "to_at": at} for _, id, at in self.others[first : self._next]]
        if told:
            yield self._of_one, told

    def _over(self, moment: datetime) -> list[date]:
        """A day of the roll-ups is known at its end; today's, as far as it has come, at once."""
        last = self.now.date() if moment >= self.now else moment.date() - DAY
        return sorted(day for day in self.days if day <= last)

    @property
    def _forward(self) -> Any:
        at, column = bindparam("to_at", type_=UTCDateTime()), self.table.c.last_login_at
        return update(self.table).where(or_(column.is_(None), column < at)).values(last_login_at=at)

    @property
    def _of_one(self) -> Any:
        return self._forward.where(self.table.c.id == bindparam("to_id"))

    @property
    def _of_day(self) -> Any:
        return self._forward.where(is_one_of("sqlite", self.table.c.id, bindparam("ids")))


def of_contacts(
    session: Session, settings: Settings, since: datetime, until: datetime, now: datetime
) -> Logins:
    made = Logins(now, Contact.__table__)  # type: ignore[arg-type]
    late = _late(session, settings)
    newest = _from_days(session, made, OWNER.contact_id, late, since, until)
    _from_files(session, made, Contact, newest)
    made.others.sort()
    return made


def of_users(session: Session, since: datetime, until: datetime, now: datetime) -> Logins:
    """Of users of the product whom no contact is known for, among others."""
    made = Logins(now, ProductUser.__table__)  # type: ignore[arg-type]
    _from_days(session, made, OWNER.id, {}, since, until)
    return made


Late = dict[int, dict[date, list[Login]]]


def _from_days(
    session: Session, made: Logins, whose: Any, late: Late, since: datetime, until: datetime
) -> dict[int, date]:
    """Of the time before `since` only the newest day counts. Returns everybody's newest day."""
    first, last = since.date(), until.date()
    others = ~among(session, whose, late) if late else true()
    lists = _per_day(session, whose).where(UserUsage.day.between(first, last), others)
    made.days = {day: ids for day, ids in session.execute(lists.group_by(UserUsage.day))}
    newest = _newest(session, whose, others, last)
    for id, day in _newest(session, whose, others & (UserUsage.day < first), last).items():
        _note(made, id, day)
    _of_the_late(session, made, whose, late, first, last)
    return newest


def _logins(*columns: Any) -> Select[Any]:
    users = aliased(ProductUser)
    return (
        select(*columns)
        .select_from(UserUsage)
        .join(users, users.id == UserUsage.user_id)
        .join(OWNER, OWNER.id == func.coalesce(users.same_as_id, users.id))
        .where(UserUsage.feature == "", UserUsage.logins > 0)
    )


def _per_day(session: Session, whose: Any) -> Select[Any]:
    """A day and the ids of all who logged in on it, as one text."""
    text = cast(whose, String)
    postgres = dialect_of(session) == "postgresql"
    listed = func.string_agg(text, ",") if postgres else func.group_concat(text, ",")
    return _logins(UserUsage.day, listed).where(whose.is_not(None))


def _newest(session: Session, whose: Any, of: Any, last: date) -> dict[int, date]:
    query = _logins(whose, func.max(UserUsage.day)).where(whose.is_not(None), of)
    return dict(session.execute(query.where(UserUsage.day <= last).group_by(whose)).all())


def _note(made: Logins, id: int, day: date) -> None:
    made.days[day] = f"{made.days[day]},{id}" if day in made.days else str(id)


def _of_the_late(
    session: Session, made: Logins, whose: Any, late: Late, first: date, last: date
) -> None:
    """Day by day: one on which every login was told of late is not known at its end."""
    if not late:
        return
    query = _logins(whose, UserUsage.day, func.sum(UserUsage.logins))
    query = query.where(among(session, whose, late), UserUsage.day <= last)
    newest: dict[int, date] = {}
    for id, day, count in session.execute(query.group_by(whose, UserUsage.day)):
        told = late[id].get(day, [])
        if count <= len(told):
            made.others.append(min(told))
        elif day >= first:
            _note(made, id, day)
        else:
            newest[id] = max(day, newest.get(id, day))
    for id, day in newest.items():
        _note(made, id, day)


def _late(session: Session, settings: Settings) -> Late:
    """Logins that csbot heard of only after their day, by whom and day."""
    names = {name.casefold() for name in settings.config.usage.logins}
    users, sqlite = aliased(ProductUser), dialect_of(session) == "sqlite"
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
    found: Late = defaultdict(lambda: defaultdict(list))
    for id, name, at, received in session.execute(query):
        if id and ("*" in names or (name or "").casefold() in names):
            found[id][at.date()].append((received, id, at))
    return found


def _from_files(session: Session, made: Logins, table: Any, newest: dict[int, date]) -> None:
    """The last login on file, to the minute where a day of usage has it.

    Another one some file has told: none before that moment.
    """
    late = {(id, at) for _, id, at in made.others}
    files = _files(session)
    query = select(table.id, table.last_login_at).where(table.last_login_at.is_not(None))
    for id, at in session.execute(query):
        if newest.get(id) == at.date():
            made.others.append((min(start_of(at.date()) + DAY, made.now), id, at))
        elif (id, at) not in late:
            made.others.append((next((read for read in files if read >= at), at), id, at))


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
        heard = [min(start_of(day) + DAY, moment) for day in self.days if day < moment.date()]
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
