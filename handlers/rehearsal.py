"""A test alert, asked for and pressed."""

from csbot.access import May, require
from csbot.errors import Refused
from csbot.rehearsal import rehearse
from csbot.words import said
from handlers.ask import Answer, Command, Press, on_command, on_press
from messages.ids import Action
from messages.rehearsal import TestAlertSent
from messages.said import Said


@on_command("test")
def test(ask: Command) -> Answer:
    require(ask.person, May.REHEARSE)
    wanted = ask.text.casefold().removeprefix("alert").strip()
    if wanted not in ("", "channel", "in channel"):
        raise Refused(
            "I can send a test alert to you, `/cs test alert`, or to the alerts channel, "
            f"`/cs test alert channel`. I did not read {said(ask.text)}."
        )
    fresh = rehearse(
        ask.session, by=ask.person, settings=ask.settings, now=ask.now, in_channel=bool(wanted)
    )
    return TestAlertSent(channel=ask.settings.alerts_channel if wanted else None, again=not fresh)


@on_press(Action.TEST_TAKE)
def taken(ask: Press) -> Answer:
    return Said(
        sentence="Buttons work. Of a real alert everybody would now read that you have it; "
        "this one was a test, and nothing has changed."
    )
