"""What shows that a stage can be left and the next one entered: all of it in one query."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.checkins.model import CheckIn
from csbot.conditions.sql import Frame, where
from csbot.conditions.text import fold, folded
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.onboarding.model import Requirements, StageTick
from csbot.onboarding.stages import Criterion, Shows, Stage
from csbot.usage.model import Milestone, ProductGroup

ANY = "any"  # kind of meeting
LOGIN, FIRST_VALUE = "login", "first_value"
SINCE: ColumnElement[datetime] = func.coalesce(Account.onboarding_stage_since, Account.created_at)
Place = tuple[Stage, Stage | None]  # the stage that an account is in, and the one behind it
Found = dict[str, frozenset[str]]


def found(
    session: Session, account_id: int, stage: Stage, following: Stage | None, *, now: datetime
) -> Found:
    """The keys of the criteria: of the stage those `seen` and `ticked`, of the next one `ready`."""
    return of_many(session, {account_id: (stage, following)}, now=now)[account_id]


def of_many(session: Session, places: Mapping[int, Place], *, now: datetime) -> dict[int, Found]:
    """The same by account, of all that there are, in one query."""
    asked = [
        (place, *one) for place in dict.fromkeys(places.values()) for one in _asked(*place, now)
    ]
    query = select(Account.id, *(met for *_, met in asked)).where(Account.id.in_(places))
    made = {}
    for id, *row in session.execute(query):
        told: dict[str, set[str]] = {"seen": set(), "ticked": set(), "ready": set()}
        for (place, kind, key, _), met in zip(asked, row, strict=True):
            if met and place == places[id]:
                told[kind].add(key)
        made[id] = {kind: frozenset(keys) for kind, keys in told.items()}
    return made


def _asked(
    stage: Stage, following: Stage | None, now: datetime
) -> Iterator[tuple[str, str, ColumnElement[bool]]]:
    for one in stage.criteria:
        yield "seen", one.key, _shown(one, now)
        yield "ticked", one.key, _ticked(one, stage)
    for one in following.entry if following else ():
        yield "ready", one.key, _shown(one, now)


def met(criterion: Criterion, stage: Stage, now: datetime) -> ColumnElement[bool]:
    """Of whatever accounts a query has: that it is seen or ticked off."""
    return or_(_ticked(criterion, stage), _shown(criterion, now))


def _ticked(criterion: Criterion, stage: Stage) -> ColumnElement[bool]:
    if not criterion.by_hand:
        return literal(False)
    return exists().where(
        StageTick.account_id == Account.id,
        StageTick.stage == stage.key,
        StageTick.criterion == criterion.key,
    )


def _shown(criterion: Criterion, now: datetime) -> ColumnElement[bool]:
    match criterion.shows:
        case Shows.MEETING:
            return _met(criterion.what)
        case Shows.TOUCH:
            return _touched(criterion.what)
        case Shows.EVENT:
            return _happened(criterion.what)
        case Shows.REQUIREMENTS:
            return exists().where(
                Requirements.account_id == Account.id,
                Requirements.why_bought.is_not(None),
                Requirements.intended_use.is_not(None),
            )
        case Shows.WHEN:
            return where(criterion.what, Frame(now))
        case _:
            return false()


def _met(kind: str) -> ColumnElement[bool]:
    held = exists().where(
        Meeting.account_id == Account.id, Meeting.outcome == "attended", Meeting.starts_at >= SINCE
    )
    return held if kind == ANY else held.where(folded(Meeting.kind) == fold(kind))


def _touched(channel: str | Literal[True]) -> ColumnElement[bool]:
    touched = exists().where(CheckIn.account_id == Account.id, CheckIn.at >= SINCE, ~CheckIn.theirs)
    return touched if channel is True else touched.where(CheckIn.channel == channel)


def _happened(event: str) -> ColumnElement[bool]:
    if event == LOGIN:
        return exists().where(Contact.account_id == Account.id, Contact.last_login_at.is_not(None))
    reached = exists().where(
        ProductGroup.account_id == Account.id,
        Milestone.group_id == ProductGroup.id,
        Milestone.name == event,
    )
    return or_(reached, Account.first_value_at.is_not(None)) if event == FIRST_VALUE else reached
