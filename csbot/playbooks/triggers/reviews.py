"""Business reviews: which customers have had none for too long."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import and_, case, exists, func, or_, select

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.conditions.moments import utc_day
from csbot.meetings.model import Meeting
from csbot.meetings.reading import REVIEW
from csbot.playbooks.triggers.limits import counted
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows


class Each(Parameters):
    """A review every so many `days`."""

    days: Annotated[int, BeforeValidator(counted), Setting(ge=7, le=400)] = 90


def review_due(look: Look) -> Rows:
    """Of whoever has been through onboarding, or had a review before: so long since both.

    One that is arranged counts, and one of which nobody has said yet how it went.
    """
    days, ended = timedelta(days=look.parameters.days), Account.onboarding_ended_at
    theirs = and_(Meeting.account_id == Account.id, Meeting.kind == REVIEW)
    held = and_(theirs, Meeting.outcome == "attended", Meeting.starts_at <= look.now)
    newest = select(func.max(Meeting.starts_at)).where(held).scalar_subquery()
    last = case((or_(ended.is_(None), newest > ended), newest), else_=ended)
    counts = or_(Meeting.outcome == "attended", Meeting.outcome.is_(None))
    return rows(Account.id, at=look.later(last, days), since=utc_day(last)).where(
        CUSTOMER,
        Account.onboarding_stage.is_(None),
        or_(ended <= look.now - days, and_(ended.is_(None), exists().where(held))),
        ~exists().where(theirs, counts, Meeting.starts_at > look.now - days),
    )


TRIGGERS = (
    Trigger(
        "review.due", "detector",
        "A customer's last business review, or the end of their onboarding, is some days (90) "
        "past, and none is arranged.",
        review_due, parameters=Each,
        facts={
            "trigger.since": fact(
                Kind.TEXT, "The day of it; words show it as one.", "2026-08-20"
            )
        },
    ),
)  # fmt: skip
