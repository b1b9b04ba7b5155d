"""Briefs: all that matters of a customer, to hand over or to review with them."""

from csbot.accounts.lookup import take_account
from csbot.brief.service import brief
from csbot.errors import Refused
from csbot.kept.service import keep
from csbot.words import number, said
from handlers import commands
from handlers.ask import STALE, Answer, Command, Press, on_command, on_press
from messages.answers import AccountPickForm
from messages.ids import Action

KINDS = {"": False, "handover": False, "hand-over": False, "qbr": True, "review": True}


@on_command("brief")
def brief_of(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="brief")
    found = take_account(ask.session, ask.text, person=ask.person)
    with commands.understood(found.account.name):
        review = _kind(found.rest)
    return brief(
        ask.session, found.account.id, review=review, viewer=ask.person, settings=ask.settings,
        now=ask.now, wrote=found.guessed,
    )  # fmt: skip


def _kind(text: str) -> bool:
    """Whether a business review is wanted."""
    if text.casefold() not in KINDS:
        raise Refused(f"I know `handover` and `qbr`; I did not read {said(text)}.")
    return KINDS[text.casefold()]


@on_press(Action.BRIEF_KEEP)
def kept(ask: Press) -> Answer:
    written, _, kind = ask.value.partition(":")
    if number(written) is None or not kind or kind not in KINDS:
        raise Refused(STALE)
    question = f"brief:{ask.value}"
    return keep(ask.session, question, person=ask.person, settings=ask.settings, now=ask.now)
