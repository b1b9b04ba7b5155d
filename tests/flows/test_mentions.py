"""@csbot in channels, threads and direct messages: the words of /cs, read by whom they are for."""

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError

from csbot import faults
from csbot.checkins.model import CheckIn
from csbot.slack.manifest import build
from csbot.tasks.model import Task
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
    assert not card.ephemeral
    assert card.thread_ts == thread
    assert "Globex" in card.text
    assert "$48k" in card.words
    (own,) = ask(desk, "U_DANA", "and you, @csbot: Globex?")
    assert not own.ephemeral
    assert own.thread_ts != thread
    assert len(desk.person("U_LEE").messages("C_OTHER", thread)) == 3


@pytest.mark.parametrize("words", ["what about Globex?", "who owns globex", "How is Globex doing"])
def test_an_account_named_amid_plain_words_is_shown_as_well(desk, globex, words):
    (card,) = ask(desk, "U_DANA", f"hey @csbot {words}")
    assert not card.ephemeral
    assert "$48k" in card.words


def test_where_another_organisation_reads_along_only_the_asker_does_and_is_told_why(desk, globex):
    both = {"U_DANA", "U_LEE"}
    desk.slack.add_channel("C_SHARED", "ext-globex", members=both, is_ext_shared=True)
    desk.slack.add_channel("C_SOON", "ext-soon", members=both, is_pending_ext_shared=True)
    for words in ("@csbot globex", "@csbot my --share"):
        (card,) = ask(desk, "U_DANA", words, channel="C_SHARED")
        assert card.ephemeral
        assert OTHERS in card.words
    assert [m for m in desk.person("U_LEE").messages("C_SHARED") if m.user == "UCSBOT"] == []
    # Slack's event does not say so: the last look before sending finds it out.
    assert ask(desk, "U_DANA", "@csbot globex", channel="C_SOON") == []
    desk.deliver()
    told = desk.person("U_DANA").last()
    assert "Globex" in told.text
    assert OTHERS in told.words
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
        assert said.ephemeral, name
        assert not more, name
        if typed.view:
            opened = ada.press(said, label="Open the Form").view
            assert (opened.callback_id, opened.inputs) == (
                typed.view.callback_id,
                typed.view.inputs,
            )
            ada.close(opened, cleared=True)
        elif typed.ephemeral and name != "test":  # which says that there was one just now
            assert said.text == typed.ephemeral.text, name
    assert desk.slack.bot_faults == []


def test_words_that_change_something_do_it_once_however_often_slack_says_so(desk, globex):
    (said,) = ask(desk, "U_DANA", "@csbot checkin globex Called Ann, all well")
    assert said.ephemeral
    assert "Check-in logged for Globex" in said.text
    again = {
        "type": "app_mention", "user": "U_DANA", "channel": "C_OTHER", "ts": "1795424401.000001",
        "text": "<@UCSBOT> task add globex Call Max due friday",
    }  # fmt: skip
    for event_id in ("Ev1", "Ev1", "Ev2"):
        desk.slack.events.post(again, event_id=event_id)
        desk.slack.events.wait_idle()
    desk.deliver()
    with desk.sessions() as session:
        assert session.scalars(select(CheckIn.note)).all() == ["Called Ann, all well"]
        assert session.scalars(select(Task.title)).all() == ["Call Max"]
    told = [m.text for m in answers(desk) if "already" in m.text or "Added task" in m.text]
    assert len(told) == 1


def test_a_question_is_answered_in_the_thread_by_the_card_for_everybody(desk, globex):
    desk.add(account("Globe Theatre"))
    thread = begin(desk)
    (question,) = ask(desk, "U_DANA", "@csbot glob", thread=thread)
    assert question.ephemeral
    assert "Which one?" in question.words
    desk.person("U_DANA").press(question, label="Globex")
    desk.deliver()
    card = desk.person("U_LEE").messages("C_OTHER", thread)[-1]
    assert card.thread_ts == thread
    assert "$48k" in card.words
    assert not card.ephemeral


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("@csbot", "Show My Accounts"),
        ("@csbot renewls 90d", "renewals 90d"),
        ("@csbot checkin globex <!channel> " + "x" * 4_500, "At most 3,000"),
        ("@csbot task add globex call legal due fryday", "fryday"),
        ("@csbot thank you &amp; goodbye", "I know no command"),
    ],
)
def test_what_cannot_be_done_is_told_to_the_asker_alone_with_a_way_on(desk, globex, words, told):
    (said,) = ask(desk, "U_DANA", words)
    assert said.ephemeral
    assert told in said.words
    assert desk.slack.all_pings == []
    assert desk.slack.bot_faults == []


def test_a_viewer_reads_the_card_alone_and_outsiders_and_strangers_are_told_who_may(desk, globex):
    slack = desk.slack
    slack.add_user(User("U_ANN", "ann", "Ann Lee", team_id="T_ACME", is_stranger=True))
    slack.add_user(User("U_GUEST", "gus", "Gus Guest", is_restricted=True))
    slack.add_user(User("U_NEW", "new", "Nell New"))
    slack.channels["C_OTHER"].members |= {"U_ANN", "U_GUEST", "U_NEW"}
    (card,) = ask(desk, "U_ROBIN", "@csbot globex")
    assert card.ephemeral
    assert "Globex" in card.text
    for who, told in (("U_ANN", "members"), ("U_GUEST", "members"), ("U_NEW", "does not know")):
        (said,) = ask(desk, who, "@csbot globex")
        assert said.ephemeral
        assert told in said.words
        assert "Globex" not in said.words


def test_apps_and_edits_are_not_answered_and_csbot_never_answers_itself(desk, globex):
    base = {"type": "app_mention", "channel": "C_OTHER", "user": "U_DANA", "text": "<@UCSBOT> my"}
    odd = [
        {"edited": {"user": "U_DANA", "ts": "1.000001"}}, {"bot_id": "B1"},
        {"subtype": "bot_message"}, {"user": None},
    ]  # fmt: skip
    for n, more in enumerate(odd):
        desk.slack.events.post(base | {"ts": f"1795424400.00000{n}"} | more)
    im = desk.person("U_DANA").dm
    for more in ({"bot_id": "BCSBOT", "user": "UCSBOT"}, {"subtype": "message_changed"}):
        changed = {
            "type": "message",
            "channel_type": "im",
            "channel": im,
            "text": "my",
            "ts": "1.1",
        }
        desk.slack.events.post(changed | more)
    desk.slack.events.wait_idle()
    desk.deliver()
    assert answers(desk) == []
    assert all(d["failure"] is None for d in desk.slack.deliveries)


def test_in_direct_messages_no_mention_is_needed_and_the_answer_stays(desk, globex):
    dana = desk.person("U_DANA")
    for words in ("globex", "@csbot globex", "account globex"):
        dana.say(words)
        desk.deliver()
        card = dana.last()
        assert not card.ephemeral
        assert card.thread_ts is None
        assert "Globex" in card.text
    first = dana.messages()[0]
    dana.say("globex", thread_ts=first.ts)
    desk.deliver()
    assert dana.messages(dana.dm, first.ts)[-1].user == "UCSBOT"
    dana.say("checkin globex")
    desk.deliver()
    assert dana.press(dana.last(), label="Open the Form").view.callback_id == "checkin.log.v1"


def test_without_the_optional_scope_direct_messages_are_not_heard_and_commands_are(desk, globex):
    """Slack sends `message.im` only to whom `im:history` is granted."""
    manifest = build()
    assert "message.im" in manifest["settings"]["event_subscriptions"]["bot_events"]
    assert "im:history" in manifest["oauth_config"]["scopes"]["bot_optional"]
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    for token in desk.slack.tokens.values():
        token.scopes = set(token.scopes) - {"im:history"}
    dana = desk.person("U_DANA")
    dana.say("globex")
    desk.deliver()
    assert answers(desk) == []
    assert "Globex" in dana.command("/cs globex").words


def answers(desk):
    rooms = desk.slack.messages.values()
    return [m for room in rooms for m in room.values() if m.bot_id]


def test_a_fault_is_told_to_whoever_asked_with_the_code_by_which_it_is_found(
    desk, globex, monkeypatch
):
    def broken(_):
        raise RuntimeError("broken")

    monkeypatch.setitem(COMMANDS, "tasks", broken)
    (told,) = ask(desk, "U_DANA", "@csbot tasks")
    assert told.ephemeral
    assert "did not work" in told.words


def test_a_form_is_done_though_its_answer_cannot_be_shared(desk, globex):
    """Else Slack would show an error of its own, and the same would be sent once more."""

    def fail(_, __, statement, values, *___):
        if statement.startswith("INSERT INTO outbox") and "answer:" in str(values):
            raise OperationalError(statement, None, Exception("disk I/O error"))

    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command("/cs checkin globex --share").view
    event.listen(Engine, "before_cursor_execute", fail)
    try:
        told = dana.submit(form, {"note": "went well"})
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert (told.error, told.errors) == (None, {})
    dana.command("/cs my")  # with which what had to wait is written down
    with desk.sessions() as session:
        assert session.scalar(select(func.count(CheckIn.id))) == 1
        (noted,) = faults.newest(session, now=desk.now, most=5)
    assert noted.asked == "form checkin.log.v1"


def test_what_a_form_comes_to_is_shared_where_that_was_asked_for(desk, globex):
    """Whatever leads to the form: nothing written, an account in doubt, a date that is none."""
    both = {"U_DANA", "U_LEE"}
    desk.slack.add_channel("C_SHARED", "ext-globex", members=both, is_ext_shared=True)
    desk.add(account("Globe Theatre", domain="theatre.example"))
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")

    def shared(form):
        before = len(lee.messages("C_OTHER"))
        assert dana.submit(form, {"note": "went *well*"}).errors == {}
        desk.deliver()
        return [m.text for m in lee.messages("C_OTHER")[before:] if not m.ephemeral]

    assert len(shared(dana.command("/cs checkin globex --share").view)) == 1
    assert shared(dana.command("/cs checkin globex").view) == []
    which = dana.command("/cs checkin glob --share").ephemeral
    assert len(shared(dana.press(which, label="Globex").view)) == 1
    unread = dana.command("/cs task add globex call due fryday --share").ephemeral
    form = dana.press(unread, label="Fill In the Form").view
    assert dana.submit(form, {"due_on": "2026-12-01"}).errors == {}
    desk.deliver()
    assert "call" in [m for m in lee.messages("C_OTHER") if not m.ephemeral][-1].words
    (behind,) = ask(desk, "U_DANA", "@csbot checkin globex --share")
    assert behind.ephemeral
    form = dana.press(behind, label="Open the Form").view
    asked = behind.thread_ts
    dana.submit(form, {"note": "in the thread"})
    desk.deliver()
    assert "in the thread" in lee.messages("C_OTHER", asked)[-1].words
    there = desk.person("U_DANA", "C_SHARED")
    there.submit(there.command("/cs checkin globex --share").view, {"note": "between us"})
    desk.deliver()
    assert not any("Globex" in m.words for m in desk.person("U_LEE").messages("C_SHARED"))
    assert OTHERS in there.last(there.dm).words
