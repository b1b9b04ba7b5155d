"""@csbot in channels, threads and direct messages: the words of /cs, read by whom they are for."""

import pytest
from sqlalchemy import select

from csbot.checkins.model import CheckIn
from csbot.workspace.model import User
from handlers.ask import COMMANDS
from tests.builders import account, member

OTHERS = "shared with another organisation"


@pytest.fixture
def globex(desk):
    return desk.add(account("Globex", domain="globex.example", arr=48_000))


def ask(desk, who, words, channel="C_OTHER", thread=None):
    """What came of it: all messages of csbot there that this person sees."""
    person = desk.person(who)
    person.say(words, channel=channel, thread_ts=thread)
    asked = max(m.ts for m in desk.slack.messages[channel].values() if m.user == who)
    desk.deliver()
    return [m for m in person.messages(channel, thread or asked) if m.user == "UCSBOT"]


def begin(desk, channel="C_OTHER"):
    desk.person("U_LEE").say("Anything new?", channel=channel)
    return max(desk.slack.messages[channel])


def test_an_accounts_name_puts_its_card_into_the_thread_for_everybody(desk, globex):
    thread = begin(desk)
    (card,) = ask(desk, "U_DANA", "@csbot globex", thread=thread)
    assert not card.ephemeral and card.thread_ts == thread
    assert "Globex" in card.text and "$48k" in card.words
    (own,) = ask(desk, "U_DANA", "and you, @csbot: Globex?")
    assert not own.ephemeral and own.thread_ts != thread
    assert len(desk.person("U_LEE").messages("C_OTHER", thread)) == 3


def test_where_another_organisation_reads_along_only_the_asker_does_and_is_told_why(desk, globex):
    both = {"U_DANA", "U_LEE"}
    desk.slack.add_channel("C_SHARED", "ext-globex", members=both, is_ext_shared=True)
    desk.slack.add_channel("C_SOON", "ext-soon", members=both, is_pending_ext_shared=True)
    for words in ("@csbot globex", "@csbot my --share"):
        (card,) = ask(desk, "U_DANA", words, channel="C_SHARED")
        assert card.ephemeral and OTHERS in card.words
    assert [m for m in desk.person("U_LEE").messages("C_SHARED") if m.user == "UCSBOT"] == []
    # Slack's event does not say so: the last look before sending finds it out.
    assert ask(desk, "U_DANA", "@csbot globex", channel="C_SOON") == []
    desk.deliver()
    assert "Globex" in desk.person("U_DANA").last().text
    assert not [m for m in desk.slack.messages["C_SOON"].values() if m.bot_id]


def test_every_command_says_in_a_thread_what_it_says_after_the_slash_to_the_asker_alone(
    desk, globex
):
    desk.add(member("Ada Min", role="admin"))
    desk.slack.add_user(User("U_ADA", "ada", "Ada Min", email="ada@vendor.example"))
    desk.slack.channels["C_OTHER"].members.add("U_ADA")
    ada, thread = desk.person("U_ADA", "C_OTHER"), begin(desk)
    for name in sorted(COMMANDS):
        typed = ada.command(f"/cs {name}")
        if typed.view:
            ada.close(typed.view, cleared=True)
        before = len(ada.messages("C_OTHER", thread))
        ask(desk, "U_ADA", f"@csbot {name}", thread=thread)
        said, *more = ada.messages("C_OTHER", thread)[before + 1 :]
        assert said.ephemeral and not more, name
        if typed.view:
            opened = ada.press(said, label="Open the Form").view
            assert (opened.callback_id, opened.inputs) == (typed.view.callback_id, typed.view.inputs)
            ada.close(opened, cleared=True)
        elif typed.ephemeral and name != "test":  # which says that there was one just now
            assert said.text == typed.ephemeral.text, name
    assert desk.slack.bot_faults == []
