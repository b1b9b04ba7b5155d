"""When each source of data last told us something: what is silent is not the same as no news."""

from datetime import datetime, timedelta
from typing import Annotated, NamedTuple
from weakref import WeakKeyDictionary

from pydantic import Field
from sqlalchemy import Engine, select, update
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


def word_of(session: Session, name: str, limits: SilentAfter, now: datetime) -> Word:
    """One question for all that a look at this source's facts must know of its silence."""
    found = select(Source.last_at, Source.silent_from, Source.silent_to).where(Source.name == name)
    last, began, ended = session.execute(found).first() or (None, None, None)
    limit = limits.of(name)
    until = last + limit if last and limit and now - last > limit else now
    return Word(until, (began, ended) if began and ended else None)


def silent(session: Session, limits: SilentAfter, now: datetime) -> dict[str, datetime]:
    """The sources that fell silent, with the moment of their last word."""
    return {
        name: last
        for name, last in session.execute(select(Source.name, Source.last_at))
        if (limit := limits.of(name)) and now - last > limit
    }
