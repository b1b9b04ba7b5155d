"""What customers said: recorded in one line or in a form."""

from collections.abc import Callable

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.accounts.lookup import Found
from csbot.feedback import rules, service
from csbot.feedback.reading import read_line
from csbot.feedback.service import Recorded
from csbot.words import first_word, unquoted
from handlers import fields
from handlers.ask import Answer, Command, Submission, on_command, on_submit
from messages.feedback import FeedbackForm, FeedbackRecorded, FeedbackUnclear
from messages.ids import View

LONGEST_BY_BUTTON = 1_800


def _recording(kind: str) -> Callable[[Command], Answer]:
    """The command named after a kind of feedback."""

    def command(ask: Command) -> Answer:
        require(ask.person, May.LOG)
        return _record(ask, kind) if ask.text else FeedbackForm(kind=kind)

    return on_command(kind)(command)


nps, csat, happiness = map(_recording, rules.SCALES)


@on_submit(View.FEEDBACK)
def submitted(ask: Submission) -> Answer:
    recorded = service.record_feedback(
        ask.session,
        account_id=fields.account_id(ask),
        kind=ask.text("kind"),
        score=fields.whole(ask, "score", "A whole number, please.", most=10),
        comment=fields.optional(ask, "comment"),
        email=fields.optional(ask, "email"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return _recorded(recorded, None)


def _record(ask: Command, kind: str) -> Answer:
    found = take_to_change(ask.session, ask.text, person=ask.person)
    if not found.rest:
        return FeedbackForm(account_id=found.account.id, account=found.account.name, kind=kind)
    least, most = rules.SCALES[kind]
    line = read_line(found.rest, least=least, most=most)
    if line is None:
        return _unclear(found, kind)
    recorded = service.record_feedback(
        ask.session, account_id=found.account.id, kind=kind, score=line.score,
        comment=line.comment, by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return _recorded(recorded, found.guessed)


def _unclear(found: Found, kind: str) -> Answer:
    """With a button that fills in the form; what is too long for a button stands in it at once."""
    least, most = rules.SCALES[kind]
    wrong, words = first_word(found.rest)
    account, comment = found.account, unquoted(words)
    if len(comment) > LONGEST_BY_BUTTON:
        return FeedbackForm(account_id=account.id, account=account.name, kind=kind, comment=comment)
    return FeedbackUnclear(
        wrong=wrong,
        comment=comment,
        command=kind,
        least=least,
        most=most,
        account_id=account.id,
        account=account.name,
    )


def _recorded(recorded: Recorded, wrote: str | None) -> FeedbackRecorded:
    feedback = recorded.feedback
    return FeedbackRecorded(
        account_id=recorded.account.id,
        account=recorded.account.name,
        kind=rules.NAMES[feedback.kind],
        score=feedback.score,
        most=rules.SCALES[feedback.kind][1],
        called=rules.called(kind=feedback.kind, score=feedback.score),
        comment=feedback.comment,
        level=recorded.level,
        negative=feedback.negative,
        again=recorded.again,
        wrote=wrote,
    )
