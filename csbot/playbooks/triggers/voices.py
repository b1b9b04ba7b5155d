"""What customers say: feedback and support requests."""

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.conditions.subject_fields import level_of
from csbot.feedback.model import Feedback
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows


def _feedback() -> Rows:
    found = rows(
        Feedback.account_id,
        at=Feedback.at,
        subject=Feedback.id,
        subject_id=Feedback.id,
        contact_id=Feedback.contact_id,
        score=Feedback.score,
        scale=Feedback.kind,
        level=level_of(Feedback),
        negative=Feedback.negative,
    )
    return found.join(Account, Account.id == Feedback.account_id).where(CUSTOMER)


def received(look: Look) -> Rows:
    return _feedback().where(look.lately(Feedback.at))


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
)  # fmt: skip
