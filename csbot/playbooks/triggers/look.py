"""What a trigger is, and what it is asked with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from csbot.alerts.among import dialect_of
from csbot.alerts.scope import Scope
from csbot.churn import queries as churn
from csbot.conditions.kinds import Field, Kind
from csbot.db.base import UTCDateTime
from csbot.settings import Settings
from csbot.sources import Heard, Word
from csbot.team.model import TeamMember

Rows = Select[Any]
USAGE = "usage"
CUSTOMER = churn.CUSTOMER
AGAIN = "@again "  # in a subject, after that of the cause which is back


class Parameters(BaseModel):
    """What stands after `with:`; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Look:
    """One look for what starts a playbook. Of events those from `since` on.

    `heard` has the last word of each source that fell silent or was silent lately; `team` the
    people in whose zones a day begins, csbot's own where there are none.
    """

    now: datetime
    since: datetime
    parameters: Any
    settings: Settings
    dialect: str
    heard: Mapping[str, Word] = field(default_factory=dict)
    team: Mapping[int, TeamMember] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        session: Session,
        parameters: BaseModel,
        *,
        since: datetime,
        settings: Settings,
        now: datetime,
        team: Mapping[int, TeamMember] | None = None,
    ) -> Self:
        """With what must be known of the product's silence: one query."""
        word = Heard.load(session, settings.config.silent_after, now).word_of(USAGE)
        return cls(now, since, parameters, settings, dialect_of(session), {USAGE: word}, team or {})

    @cached_property
    def scope(self) -> Scope:
        """As the alerts' detectors look, at all accounts; it asks the database nothing."""
        return Scope(cast(Session, None), self.settings, self.now, self.team)

    @property
    def word(self) -> Word:
        """Until when the product has been heard: now, unless it is silent."""
        return self.heard.get(USAGE, Word(self.now, None))

    def lately(self, column: Any) -> ColumnElement[bool]:
        """That it happened from `since` until now."""
        return cast(ColumnElement[bool], column.between(self.since, self.now))

    def later(
        self, column: Any, by: timedelta | SQLColumnExpression[int]
    ) -> ColumnElement[datetime]:
        """The moment in a column, later `by` a time or by a number of minutes."""
        seconds: Any = by.total_seconds() if isinstance(by, timedelta) else by * 60
        if self.dialect == "postgresql":
            interval: Any = func.make_interval(0, 0, 0, 0, 0, 0, seconds)
            return type_coerce(column + interval, UTCDateTime())
        text = literal(str(seconds)) if isinstance(by, timedelta) else cast_to(seconds, String)
        made = func.strftime("%Y-%m-%d %H:%M:%f000", column, text + " seconds")
        return type_coerce(made, UTCDateTime())


@dataclass(frozen=True)
class Trigger:
    """`select` yields account_id, contact_id, subject, subject_id, at and one column a fact.

    An event is every occurrence from `since` until now, a detector what is true now. `part` is
    what its subject_id is a row of (meeting, task, feedback, payment, ticket), for conditions like
    `meeting.kind`.
    """

    name: str
    kind: Literal["event", "detector"]
    what: str
    select: Callable[[Look], Rows]
    facts: dict[str, Field] = field(default_factory=dict)
    parameters: type[BaseModel] = Parameters
    part: str | None = None


def fact(kind: Kind, what: str, example: str) -> Field:
    """What a trigger saw: its column is the frame's, by name."""
    return Field(kind, what, lambda frame: None, example)


def rows(
    account_id: Any,
    *,
    of: Select[*tuple[Any, ...]] | None = None,
    at: Any,
    subject: Any = "",
    subject_id: Any = None,
    contact_id: Any = None,
    **facts: Any,
) -> Rows:
    """The columns that all triggers have, and the facts of one; `of` a query with other columns."""
    named: Any = literal(subject) if isinstance(subject, str) else cast_to(subject, String)
    columns = (
        account_id.label("account_id"),
        _or_null(contact_id).label("contact_id"),
        named.label("subject"),
        _or_null(subject_id).label("subject_id"),
        (literal(at, UTCDateTime()) if isinstance(at, datetime) else at).label("at"),
        *(column.label(name) for name, column in facts.items()),
    )
    if of is None:
        return select(*columns)
    return of.with_only_columns(*columns, maintain_column_froms=True)


def _or_null(column: Any) -> Any:
    return cast_to(null(), Integer) if column is None else column
