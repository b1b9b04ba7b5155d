"""What a condition is asked of: the rows of a query, by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement

from csbot.accounts.model import Account
from csbot.onboarding.aims import FirstValue


@dataclass(frozen=True)
class Frame:
    """Each part is a table, an alias or whatever has its columns; None is not there.

    `started_at` is a run's start. `facts` are the trigger's, by name (`trigger.level`). `silent`
    are the sources that tell nothing at present (csbot.sources.silent): what they alone can tell
    is not known then. Dates are compared by `today`, the date in UTC unless it is given.
    `first_value` are the settings of that name.
    """

    now: datetime
    account: Any = Account
    contact: Any = None
    meeting: Any = None
    task: Any = None
    feedback: Any = None
    payment: Any = None
    ticket: Any = None
    renewal: Any = None
    started_at: Any = None
    facts: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    day: date | None = None
    first_value: FirstValue = field(default_factory=FirstValue)

    @property
    def today(self) -> date:
        return self.day or self.now.date()

    def part(self, name: str) -> Any:
        """The part that fields like `contact.role` are about; None for facts."""
        return getattr(self, name.partition(".")[0], None)
