"""When an account first had what it bought the product for: noted once, seen or told by a person.

Time to value runs from becoming a customer, where nobody knows that from the start of onboarding,
else from the day it was added.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, case, func, literal, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.conditions.lengths import whole_days
from csbot.conditions.text import folded
from csbot.db.base import UTCDateTime
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding.aims import Aim, FirstValue
from csbot.team.model import TeamMember
from csbot.usage.model import Milestone, ProductGroup
from messages.text import day

VERB, WHAT_MAX = "first_value.reached", 200
NOTHING = {"first_value_at": None, "first_value_what": None}


def find_reached(session: Session, *, now: datetime, settings: FirstValue) -> int:
    """Note it for all accounts whose milestone has come; returns for how many.

    One statement looks, however many accounts there are.
    """
    wanted = _of_segments(settings, lambda aim: literal(aim.milestone))
    at = (
        select(func.min(Milestone.reached_at))
        .join(ProductGroup, ProductGroup.id == Milestone.group_id)
        .where(ProductGroup.account_id == Account.id, Milestone.name == wanted)
        .scalar_subquery()
    )
    names = {settings.milestone, *(aim.milestone for aim in settings.segments.values())}
    came = (
        select(ProductGroup.account_id)
        .join(Milestone, Milestone.group_id == ProductGroup.id)
        .where(Milestone.name.in_(sorted(names)))
    )
    found = session.execute(
        update(Account)
        .where(Account.first_value_at.is_(None), Account.id.in_(came), at.is_not(None))
        .values(first_value_at=at, first_value_what=wanted)
        .returning(Account.id, Account.first_value_at, Account.first_value_what),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    entries = [_entry(id, at, what, by=None, now=now) for id, at, what in found if at and what]
    audit.record_all(session, entries)
    return len(entries)


def reach(
    session: Session, *, account_id: int, what: str, by: TeamMember, now: datetime
) -> Account:
    """A person says that it is reached, and with what; Refused when it was before."""
    require(by, May.ADVANCE)
    said = " ".join(what.split())
    if not said:
        raise Refused("Write what they got, for example `first report sent`.", field="what")
    if len(said) > WHAT_MAX:
        raise Refused(f"At most {WHAT_MAX} characters.", field="what")
    account = account_by_id(session, account_id, lock=True)
    if account.first_value_at is not None:
        raise Refused(
            f"{account.name} reached first value on {day(account.first_value_at.date())} "
            f"({account.first_value_what}). It is recorded once."
        )
    account.first_value_at, account.first_value_what, account.updated_at = now, said, now
    audit.record_all(session, [_entry(account.id, now, said, by=by.id, now=now)])
    return account


def _entry(
    account_id: int, at: datetime, what: str, *, by: int | None, now: datetime
) -> dict[str, Any]:
    after = {"first_value_at": at.isoformat(), "first_value_what": what}
    return audit.entry(
        verb=VERB, subject=f"account:{account_id}", account=account_id, by=by, now=now,
        before=NOTHING, after=after,
    )  # fmt: skip


def since(account: Any = Account) -> ColumnElement[datetime]:
    """The moment from which an account's time to value runs; of the table or of an alias."""
    made: ColumnElement[datetime] = func.coalesce(
        account.customer_since, account.onboarding_began_at, account.created_at
    )
    return made


def began(account: Account) -> datetime:
    """As `since`, of a row."""
    return account.customer_since or account.onboarding_began_at or account.created_at


def days_to(since: datetime, reached_at: datetime) -> int:
    """Whole days; what was reached before they were a customer took none."""
    return max(0, (reached_at - since).days)


def late(settings: FirstValue, *, now: datetime, account: Any = Account) -> ColumnElement[bool]:
    """That it has not come within its time, or came after it."""
    until = func.coalesce(account.first_value_at, literal(now, UTCDateTime()))
    days = _of_segments(settings, lambda aim: literal(aim.days), account)
    missed: ColumnElement[bool] = whole_days(since(account), until) > days
    return missed


def days_taken(account: Any = Account) -> ColumnElement[int | None]:
    """NULL while it is not reached."""
    taken: ColumnElement[int] = whole_days(since(account), account.first_value_at)
    return case((account.first_value_at.is_not(None), taken))


def _of_segments(
    settings: FirstValue, worth: Callable[[Aim], Any], account: Any = Account
) -> ColumnElement[Any]:
    """What an aim is worth, of each account's own segment."""
    own = {name: worth(aim) for name, aim in settings.folded().items()}
    if not own:
        return cast(ColumnElement[Any], worth(settings))
    return case(own, value=folded(account.segment), else_=worth(settings))
