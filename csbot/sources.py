"""When each source of data last told us something: what is silent is not the same as no news."""

from datetime import datetime, timedelta
from typing import Annotated
from weakref import WeakKeyDictionary

from pydantic import Field
from sqlalchemy import Engine, select
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
    """A source that has spoken at least once; `last_at` is at most a minute behind."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


_noted: WeakKeyDictionary[Engine, dict[str, datetime]] = WeakKeyDictionary()


def heard(session: Session, name: str, now: datetime) -> None:
    """This source is alive. Written once a minute and process: its row is everybody's."""
    engine = session.get_bind().engine
    noted = _noted.setdefault(engine, {})
    if name in noted and abs(now - noted[name]) < A_MINUTE:
        return
    statement = insert(session, Source).values(name=name, first_at=now, last_at=now)
    newest = statement.excluded.last_at
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"last_at": newest}, where=Source.last_at < newest
        )
    )
    noted[name] = now


def silent(session: Session, limits: SilentAfter, now: datetime) -> dict[str, datetime]:
    """The sources that fell silent, with the moment of their last word."""
    return {
        name: last
        for name, last in session.execute(select(Source.name, Source.last_at))
        if (limit := limits.of(name)) and now - last > limit
    }
