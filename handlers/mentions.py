"""Slack in: csbot spoken to, as @csbot where others read along, or alone in direct messages.

The words are those of `/cs`. An event has no trigger, so a form waits behind a button.
"""

import re

from csbot.access import May, allows
from csbot.errors import Refused
from csbot.inbox.service import first_time
from csbot.outbox.answering import Asked, tell
from csbot.team import whom_to_ask
from csbot.words import first_word
from handlers import commands
from handlers.ask import COMMANDS, STALE, Answer, Command, Happened, Press, on_event, on_press
from handlers.commands import Parsed
from messages.form import Form
from messages.ids import Action
from messages.mentions import FormBehindButton
from messages.said import Said
from messages.sharing import SHARE

TOO_LONG = (
    "That needs a form, and is too long for its button. "
    "Type the same as a `/cs` command, outside of a thread."
)
_TO_US = r"^.*?<@{me}(?:\|[^>]*)?>[\s,:]*"


@on_event("app_mention")
def mentioned(ask: Happened) -> None:
    _serve(ask)


@on_event("message")
def written(ask: Happened) -> None:
    """Only what is said to csbot alone: it reads along nowhere else."""
    if ask.event.get("channel_type") == "im":
        _serve(ask)


@on_press(Action.COMMAND_FORM)
def form_wanted(ask: Press) -> Answer:
    """The value is the command as it was written, which opens its form now."""
    value = ask.value.removesuffix(SHARE)
    name, rest = first_word(value)
    if name not in COMMANDS:
        raise Refused(STALE)
    return commands.run(ask, name, rest, shared=value != ask.value)


def _serve(ask: Happened) -> None:
    """Slack may tell of the same words twice, by events of two kinds."""
    said = f"{ask.channel}:{ask.event.get('ts')}"
    if first_time(ask.session, source="slack", event_id=said, now=ask.now):
        _respond(ask)


def _respond(ask: Happened) -> None:
    parsed = commands.parse_command(_to_us(ask))
    try:
        with ask.session.begin_nested():  # what is refused half-way changes nothing
            answer, shared = _answer(ask, parsed)
    except Refused as refusal:
        answer, shared = Said(sentence=whom_to_ask.said(ask.session, refusal)), False
    if isinstance(answer, Form):
        answer = _behind_button(parsed)
    if answer is not None:
        tell(ask.session, answer, asked=_asked(ask), shared=shared, now=ask.now)


def _to_us(ask: Happened) -> str:
    """What follows the mention; all of it where csbot is not mentioned."""
    text = str(ask.event.get("text") or "")
    return re.sub(_TO_US.format(me=re.escape(ask.me)), "", text, count=1, flags=re.DOTALL)


def _answer(ask: Happened, parsed: Parsed) -> tuple[Answer, bool]:
    """The answer, and whether everybody there is meant to read it."""
    typed = _command(ask, parsed.rest, parsed.shared)
    known = parsed.name in COMMANDS
    meant = None if known else commands.account_meant(typed, parsed.name)
    if meant is None:
        return commands.answer(typed, parsed.name), parsed.shared
    shared = allows(ask.person.role, May.SHARE)
    return commands.answer(_command(ask, meant, shared), "account"), shared


def _command(ask: Happened, text: str, shared: bool) -> Command:
    return Command(
        session=ask.session, settings=ask.settings, person=ask.person, now=ask.now,
        channel=ask.channel, text=text, shared=shared,
    )  # fmt: skip


def _behind_button(parsed: Parsed) -> FormBehindButton | Said:
    made = FormBehindButton(command=parsed.name, rest=parsed.rest)
    return made if made.fits else Said(sentence=TOO_LONG)


def _asked(ask: Happened) -> Asked:
    return Asked(
        by=str(ask.person.slack_id), channel=str(ask.channel), ts=str(ask.event.get("ts")),
        thread=ask.thread, outside=ask.outside,
        allowed=tuple(ask.settings.config.channels.shared_allowed),
    )  # fmt: skip
