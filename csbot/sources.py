"""When each source of data last told us something: what is silent is not the same as no news."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, NamedTuple, Self
from weakref import WeakKeyDictionary

from pydantic import Field
from sqlalchemy import Engine, Row, Select, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot.db.base import Base
from csbot.db.rows import insert
from csbot.section import Section

A_MINUTE = timedelta(minutes=1)
Hours = Annotated[int, Field(ge=0, le=24 * 365)]


class SilentAfter(Section):
    """Hours without a word after which a source counts as silent; 0 for never.

    Longer than a weekend: what rests on Saturdays is not broken on Mondays.
    """

    usage: Hours = 72
    billing: Hours = 24 * 14
    surveys: Hours = 24 * 60
    tickets: Hours = 24 * 7
    meetings: Hours = 24 * 7
    generic: Hours = 0

    def of(self, source: str) -> timedelta:
        return timedelta(hours=getattr(self, source, 0))


class Source(Base):
    """A source that has spoken at least once; `last_at` is at most a minute behind.

    `silent_from` and `silent_to` are its last silence, from when it counted as one.
    """

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    silent_from: Mapped[datetime | None]
    silent_to: Mapped[datetime | None]


class Word(NamedTuple):
    """`until` is now, or since when a source has counted as silent; `silence` its last one before,
    from when to when.
    """

    until: datetime
    silence: tuple[datetime, datetime] | None

    def back(self, length: timedelta) -> datetime:
        """The moment so long before; the time that the source was silent does not count."""
        at = self.until - length
        if self.silence is not None and at < self.silence[1] <= self.until:
            at -= self.silence[1] - self.silence[0]
        return at


_noted: WeakKeyDictionary[Engine, dict[str, datetime]] = WeakKeyDictionary()


def heard(session: Session, name: str, limits: SilentAfter, now: datetime) -> None:
    """This source is alive. Written once a minute and process: its row is everybody's."""
    engine = session.get_bind().engine
    noted = _noted.setdefault(engine, {})
    if name in noted and abs(now - noted[name]) < A_MINUTE:
        return
    _end_of_silence(session, name, limits.of(name), now)
    statement = insert(session, Source).values(name=name, first_at=now, last_at=now)
    newest = statement.excluded.last_at
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"last_at": newest}, where=Source.last_at < newest
        )
    )
    noted[name] = now


def _end_of_silence(session: Session, name: str, limit: timedelta, now: datetime) -> None:
    if not limit:
        return
    was = session.scalar(
        select(Source.last_at).where(Source.name == name, Source.last_at < now - limit)
    )
    if was is not None:
        ended = update(Source).where(Source.name == name, Source.last_at == was)
        session.execute(ended.values(silent_from=was + limit, silent_to=now))


@dataclass(frozen=True)
class Heard:
    """All that a look must know of its sources' silence: one question."""

    rows: Mapping[str, Row[str, datetime, datetime | None, datetime | None]]
    limits: SilentAfter
    now: datetime

    @classmethod
    def load(cls, session: Session, limits: SilentAfter, now: datetime) -> Self:
        return cls({row.name: row for row in session.execute(_all())}, limits, now)

    @property
    def silent(self) -> dict[str, datetime]:
        """The sources that fell silent, with the moment of their last word."""
        return {name: row.last_at for name, row in self.rows.items() if self._silent_since(name)}

    def word_of(self, name: str) -> Word:
        row = self.rows.get(name)
        until = self._silent_since(name) or self.now
        began, ended = (row.silent_from, row.silent_to) if row else (None, None)
        return Word(until, (began, ended) if began and ended else None)

    def _silent_since(self, name: str) -> datetime | None:
        row, limit = self.rows.get(name), self.limits.of(name)
        return row.last_at + limit if row and limit and self.now - row.last_at > limit else None


@cache
def _all() -> Select[str, datetime, datetime | None, datetime | None]:
    return select(Source.name, Source.last_at, Source.silent_from, Source.silent_to)


def silent(session: Session, limits: SilentAfter, now: datetime) -> dict[str, datetime]:
    return Heard.load(session, limits, now).silent
