"""Messages kept from Slack's own menus, over real HTTP: guessed, shown, stored once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from csbot.account_channels.model import AccountChannel
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.feedback.model import Feedback
from csbot.slack.model import Channel
from csbot.tasks.model import Task
from csbot.workspace import speech
from csbot.workspace.model import User
from tests.builders import MONDAY, account, contact, feedback

LOG, TASK, LINK = "Log as Check-In", "Make a Task", "Link to Account"
WORDS = "Rollout is stuck, can we talk?"


@pytest.fixture
def room(desk):
    """#cust-acme, which Acme's Ann reads along in, with what she wrote there."""
    slack = desk.slack
    slack.add_user(User("U_ANN", "ann", "Ann Lee", team_id="T_ACME", is_stranger=True))
    slack.add_channel(
        "C_ACME", "cust-acme", members={"U_ANN", "U_DANA", "U_LEE"}, is_ext_shared=True
    )
    desk.add(account("Acme", domain="acme.example"), account("Globex", domain="globex.example"))
    return say(desk, "U_ANN", "C_ACME", WORDS)


def say(desk, who, where, text):
    speech.say(desk.slack, who, where, text)
    return max(desk.slack.messages[where])


def rows(desk, table):
    with desk.sessions() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def chosen(form):
    menu = next(c.element for c in form.controls if c.block_id == "account")
    return menu.get("initial_option", {}).get("text", {}).get("text")


def test_a_customers_message_becomes_a_check_in_once_with_all_that_belongs_to_it(desk, room):
    dana, lee = desk.person("U_DANA"), desk.person("U_LEE")
    form = dana.shortcut(LOG, room).view
    assert (form.title, chosen(form)) == (LOG, "Acme")
    assert "Ann Lee" in form.words
    assert WORDS in form.words
    assert dana.submit(form, {"next_step": "Call Ann"}).ok
    desk.deliver()
    assert "Check-in logged for Acme, from a message of Ann Lee" in dana.last("C_ACME").words
    lee.submit(lee.shortcut(LOG, room).view)
    desk.deliver()
    assert "Dana Reyes has logged this message as a check-in" in lee.last("C_ACME").words
    (checkin,), (kept,) = rows(desk, CheckIn), rows(desk, Capture)
    assert (checkin.note, checkin.channel, checkin.next_step) == (WORDS, "chat", "Call Ann")
    assert (kept.kind, kept.subject_id, kept.text) == ("checkin", checkin.id, WORDS)
    assert (kept.said_by, kept.said_by_slack_id) == ("Ann Lee", "U_ANN")
    assert kept.said_at == datetime.fromtimestamp(float(room), UTC)
    number = room.replace(".", "")
    assert kept.permalink == f"https://northwind.slack.com/archives/C_ACME/p{number}"
    shown = dana.command("/cs timeline acme").ephemeral.words
    assert "Ann Lee wrote in Slack, logged as a check-in" in shown
    assert f"<{kept.permalink}|in Slack>" in shown
    assert all(m.user != "UCSBOT" or m.ephemeral for m in dana.messages("C_ACME"))


def test_a_customers_own_complaint_leaves_theirs_unanswered_and_our_answer_does_not(desk, room):
    with desk.sessions() as session:
        acme = session.scalars(select(Account.id).where(Account.name == "Acme")).one()
    desk.add(feedback(acme, score=2, at=MONDAY))
    dana = desk.person("U_DANA", "C_ACME")

    def answered():
        return rows(desk, Feedback)[0].answered_at is not None

    assert dana.submit(dana.shortcut(LOG, room).view).ok
    assert (len(rows(desk, CheckIn)), answered()) == (1, False)
    ours = say(desk, "U_DANA", "C_ACME", "Ann, we look into it and call you today.")
    assert dana.submit(dana.shortcut(LOG, ours).view, {"account": "Acme"}).ok
    assert (len(rows(desk, CheckIn)), answered()) == (2, True)


@pytest.mark.parametrize("guest", [False, True])
def test_a_colleague_whom_only_slack_knows_answers_and_a_guest_does_not(desk, room, guest):
    desk.slack.add_user(User("U_SAM", "sam", "Sam Support", is_restricted=guest))
    desk.slack.channels["C_ACME"].members.add("U_SAM")
    with desk.sessions() as session:
        acme = session.scalars(select(Account.id).where(Account.name == "Acme")).one()
    desk.add(feedback(acme, score=2, at=MONDAY))
    said = say(desk, "U_SAM", "C_ACME", "I called Ann back, all is well.")
    dana = desk.person("U_DANA", "C_ACME")
    assert dana.submit(dana.shortcut(LOG, said).view, {"account": "Acme"}).ok
    ((checkin,), (found,)) = rows(desk, CheckIn), rows(desk, Feedback)
    assert (checkin.theirs, found.answered_at is None) == (guest, guest)
    assert "Sam Support wrote in Slack" in dana.command("/cs timeline acme").words


def test_what_a_customer_wrote_leaves_the_move_with_us_and_our_answer_passes_it_on(desk, room):
    with desk.sessions() as session:
        acme = session.scalars(select(Account.id).where(Account.name == "Acme")).one()
    desk.add(contact(acme, "Max", last_login_at=MONDAY - timedelta(days=9)))

    def card():
        for job in ("detect", "deliver"):
            desk.run(job)
        return next(m.words for m in desk.in_channel() if "logged in" in m.text)

    assert "On us" in card()
    dana = desk.person("U_DANA", "C_ACME")
    desk.at(desk.now + timedelta(minutes=2))
    assert dana.submit(dana.shortcut(LOG, room).view).ok
    assert "On customer" not in card()
    ours = say(desk, "U_DANA", "C_ACME", "Ann, I call you today.")
    desk.at(desk.now + timedelta(minutes=2))
    assert dana.submit(dana.shortcut(LOG, ours).view, {"account": "Acme"}).ok
    assert "On customer" in card()


def test_what_was_logged_from_a_message_stands_once_in_the_timeline(desk, room):
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.shortcut(LOG, room).view
    assert dana.submit(form, {"note": "Ann is stuck with SSO", "sentiment": "negative"}).ok
    told = dana.command("/cs timeline acme").words
    assert told.count(WORDS) == 1
    assert f"logged as a check-in, negative: {WORDS} (noted: Ann is stuck with SSO)" in told
    assert told.count("stuck with SSO") == 1
    assert dana.submit(dana.shortcut(LOG, room).view, {"account": "Globex"}).ok
    assert dana.command("/cs timeline globex").words.count(WORDS) == 1


def test_a_task_and_a_link_keep_who_asked_for_it_and_undo_forgets_both(desk, room):
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.shortcut(TASK, room).view
    assert (form.title, chosen(form)) == (TASK, "Acme")
    assert dana.submit(form, {"account": "Globex", "due_on": "2026-12-04"}).ok
    for _ in range(2):
        dana.submit(dana.shortcut(LINK, room).view)
    desk.deliver()
    (task,), (first, second) = rows(desk, Task), rows(desk, Capture)
    assert (task.title, first.kind, first.subject_id) == (WORDS, "task", task.id)
    assert (second.kind, second.subject_id) == ("link", None)
    assert first.account_id != second.account_id
    answers = [m.text for m in dana.messages("C_ACME") if m.ephemeral]
    assert sorted(text.split(":")[0] for text in answers) == [
        f"Added task {task.id} for Globex", "Linked to Acme",
        "You have linked this message for Acme already; nothing was doubled.",
    ]  # fmt: skip
    assert "The message is linked to the account no more" in dana.command("/cs undo").words
    assert [kept.kind for kept in rows(desk, Capture)] == ["task"]


def test_undoing_a_check_in_forgets_the_message_too_so_that_it_can_be_kept_anew(desk, room):
    dana = desk.person("U_DANA", "C_OTHER")
    for _ in range(2):
        assert dana.submit(dana.shortcut(LOG, room).view).ok
        assert len(rows(desk, CheckIn)) == len(rows(desk, Capture)) == 1
        dana.command("/cs undo")
        assert rows(desk, CheckIn) == rows(desk, Capture) == []


def test_the_account_is_guessed_from_what_follows_the_channel_or_stands_in_the_text(desk, room):
    acme, globex = desk.add(account("Initech"), account("Umbrella Care", domain="umbrella.example"))
    desk.add(
        contact(acme.id, "Max Roe", email="max@initech.example"),
        AccountChannel(
            channel_id="C_WINS", account_id=globex.id, name="cs-wins", followed_at=MONDAY,
            bookmarks={},
        ),
    )  # fmt: skip
    dana = desk.person("U_DANA")
    told = {
        ("C_OTHER", "Max <mailto:max@initech.example|max@initech.example> called"): "Initech",
        ("C_OTHER", "They say at umbrella.example: all is well"): "Umbrella Care",
        ("C_OTHER", "Is umbrella care's contract signed?"): "Umbrella Care",
        ("C_OTHER", "Acme or Initech, who knows"): "Initech",
        ("C_OTHER", "Lunch anybody?"): None,
        ("C_WINS", "Acme signed"): "Umbrella Care",
        ("C_ACME", "We are better than Globex"): "Acme",
    }
    for (channel, text), name in told.items():
        form = dana.shortcut(LINK, say(desk, "U_LEE", channel, text)).view
        assert chosen(form) == name, text
        dana.close(form)
    assert not dana.submit(dana.shortcut(LINK, say(desk, "U_LEE", "C_OTHER", "?")).view).ok


def test_who_and_what_is_mentioned_is_kept_by_name_and_asked_for_only_if_unknown(desk, room):
    desk.add(
        Channel(
            id="C_WINS", name="as-known", is_private=False, is_archived=False,
            is_ext_shared=False, is_member=True, checked_at=MONDAY,
        ),
    )  # fmt: skip
    desk.slack.add_channel("C_BOARD", "board-only", members={"U_LEE"}, kind="private")
    desk.slack.users["U_LEE"].real_name = "As Slack Knows"
    ts = say(desk, "U_LEE", "C_OTHER", "As Slack has it:")
    desk.slack.messages["C_OTHER"][ts].text = (
        "hey <@UCSBOT> ask <@U_LEE> or <@U_ANN> in <#C_WINS> <#C_OTHER> <#C_BOARD>, "
        "<!subteam^S1|@sales> <@U_GONE> <!date^1^{date}|Monday>"
    )
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.shortcut(TASK, ts).view
    words = (
        "hey @csbot ask @Lee Park or @Ann Lee in #as-known #other #channel, @sales @somebody Monday"
    )
    assert words in form.words
    assert dana.submit(form, {"account": "Acme", "due_on": "2026-12-04"}).ok
    assert [row.text for row in rows(desk, Capture)] == [words]


def test_hostile_and_endless_words_are_shown_kept_and_told_as_words(desk, room):
    evil = "<!channel> *bold* https://evil.example `x` \u202e& <@U_DANA> 🙂ü " + "x" * 3_500
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.shortcut(LINK, say(desk, "U_ANN", "C_ACME", evil)).view
    assert dana.submit(form).ok
    desk.deliver()
    (kept,) = rows(desk, Capture)
    assert kept.text.startswith("<!channel> *bold* https://evil.example `x` & ")
    assert kept.text.endswith("…")
    assert 2_000 < len(kept.text) < 3_000
    assert "evil.example" in dana.command("/cs timeline acme").words
    assert desk.slack.bot_faults == []
    assert [ping for _, ping in desk.slack.all_pings] == [f"<{kept.permalink}|in Slack>"]


@pytest.mark.parametrize("name", [LOG, TASK, LINK, "Log a Check-In"])
def test_viewers_and_outsiders_are_refused_before_anything_opens(desk, room, name):
    message = None if name == "Log a Check-In" else say(desk, "U_LEE", "C_OTHER", "Acme called")
    seen = desk.person("U_ROBIN").shortcut(name, message)
    desk.deliver()
    assert seen.view is None
    told = [*seen.messages, *desk.person("U_ROBIN").messages()]
    assert "Only CSMs, managers and admins can" in "".join(one.words for one in told)
    assert desk.person("U_ANN").shortcut(name, message).error == "not_for_outsiders"
    assert rows(desk, Capture) == []


def test_the_shortcut_for_everywhere_opens_the_form_of_a_check_in(desk, room):
    dana = desk.person("U_DANA")
    form = dana.shortcut("Log a Check-In").view
    assert form.callback_id == "checkin.log.v1"
    assert dana.submit(form, {"account": "Acme", "note": "Called Ann"}).ok
    desk.deliver()
    assert [row.note for row in rows(desk, CheckIn)] == ["Called Ann"]
    assert "Check-in logged" in dana.last().words
    assert rows(desk, Capture) == []


def test_what_csbot_or_nobody_said_can_be_kept_and_what_says_nothing_is_refused(desk, room):
    dana = desk.person("U_DANA", "C_OTHER")
    desk.slack.users["U_NEW"] = User("U_NEW", "new", "Nell New")
    desk.slack.channels["C_OTHER"].members.add("U_NEW")
    assert "Nell New" in dana.shortcut(LINK, say(desk, "U_NEW", "C_OTHER", "Hello")).view.words
    quiet = say(desk, "U_LEE", "C_OTHER", "\u200e")
    assert "no words to keep" in dana.shortcut(LINK, quiet).words
    with desk.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
