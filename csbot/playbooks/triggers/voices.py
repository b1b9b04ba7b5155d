"""What customers say: feedback and support requests."""

from csbot.accounts.model import Account
from csbot.alerts.detectors import feedback as detector
from csbot.conditions.kinds import Kind
from csbot.conditions.subject_fields import level_of
from csbot.feedback.model import Feedback
from csbot.playbooks.triggers.limits import Lately, scoped
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows
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
