"""What customers say: feedback and support requests."""

from datetime import timedelta

from sqlalchemy import and_, case, exists, func, or_, select

from csbot.accounts.model import Account
from csbot.alerts.detectors import feedback as detector
from csbot.conditions.kinds import Kind
from csbot.conditions.subject_fields import level_of
from csbot.feedback.model import Feedback
from csbot.playbooks.triggers.limits import Days, Lately, scoped
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.tickets.model import Ticket
from csbot.tickets.rules import STATUSES


def _feedback(of: Rows | None = None) -> Rows:
    return rows(
        Feedback.account_id,
        at=Feedback.at,
        subject=Feedback.id,
        subject_id=Feedback.id,
        contact_id=Feedback.contact_id,
        score=Feedback.score,
        scale=Feedback.kind,
        level=level_of(Feedback),
        negative=Feedback.negative,
        of=of,
    )


def received(look: Look) -> Rows:
    found = _feedback().join(Account, Account.id == Feedback.account_id)
    return found.where(CUSTOMER, look.lately(Feedback.at))


def unanswered(look: Look) -> Rows:
    return _feedback(detector.unanswered(scoped(look, days="feedback_alert_days")))


def opened(look: Look) -> Rows:
    found = rows(
        Ticket.account_id,
        at=Ticket.opened_at,
        subject=Ticket.id,
        subject_id=Ticket.id,
        contact_id=Ticket.contact_id,
        priority=Ticket.priority,
        sentiment=Ticket.sentiment,
    )
    return found.join(Account, Account.id == Ticket.account_id).where(
        CUSTOMER,
        Ticket.status.in_(STATUSES),  # all there are: the index begins with it
        look.lately(Ticket.opened_at),
    )


class Asking(Parameters):
    """No answer for `days`."""

    days: Days = 90


def survey_due(look: Look) -> Rows:
    """Of whoever has been through onboarding, or has answered before: so long since both.

    Of anybody else it is not known when they were asked last.
    """
    days = timedelta(days=look.parameters.days)
    ended, theirs = Account.onboarding_ended_at, Feedback.account_id == Account.id
    newest = select(func.max(Feedback.at)).where(theirs).scalar_subquery()
    last = case((or_(ended.is_(None), newest > ended), newest), else_=ended)
    found = rows(Account.id, at=look.later(last, days))
    # Not by `last` itself: SQLite would go through all answers for each account.
    return found.where(
        CUSTOMER,
        Account.onboarding_stage.is_(None),
        or_(ended <= look.now - days, and_(ended.is_(None), exists().where(theirs))),
        ~exists().where(theirs, Feedback.at > look.now - days),
    )


FACTS = {
    "trigger.score": fact(Kind.NUMBER, "The score.", "9"),
    "trigger.scale": fact(Kind.TEXT, "nps, csat or happiness.", "nps"),
    "trigger.level": fact(Kind.TEXT, "Very Happy, Happy, Neutral or Not Happy.", "Happy"),
    "trigger.negative": fact(Kind.FLAG, "It counts as bad news.", "true"),
}
TRIGGERS = (
    Trigger(
        "feedback.received", "event", "A customer answers a survey, or somebody notes it.",
        received, facts=FACTS, part="feedback",
    ),
    Trigger(
        "feedback.unanswered", "detector", "Bad news from a customer that nobody has answered.",
        unanswered, facts=FACTS, parameters=Lately, part="feedback",
    ),
    Trigger(
        "survey.due", "detector",
        "A customer's last answer, or the end of their onboarding, is some days (90) past.",
        survey_due, parameters=Asking,
    ),
    Trigger(
        "ticket.opened", "event", "A customer asks support for help.",
        opened, part="ticket",
        facts={
            "trigger.priority": fact(Kind.TEXT, "low, normal, high or urgent.", "urgent"),
            "trigger.sentiment": fact(
                Kind.NUMBER, "How it sounds, from -100 to 100.", "-40"
            ),
        },
    ),
)  # fmt: skip
