"""`/cs undo` and `/cs brief` through Slack's protocol: what people type, and then read."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.checkins.model import CheckIn
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from tests import builders

MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(desk):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    return desk.add(builders.account("Acme", owner_id=dana.id))


@pytest.fixture
def dana(desk):
    return desk.person("U_DANA", "C_ALERTS")


def later(desk, by=MINUTE):
    desk.at(desk.now + by)


def approves(desk, acme):
    """A message to a customer, which goes out."""
    mail = {"channel": "email", "to": "Pia Vogel", "subject": "Look what your team has reached"}
    desk.add(
        AuditEntry(at=desk.now, by_id=acme.owner_id, verb="touch.approved", subject="touch:1",
                   account_id=acme.id, after=mail)
    )  # fmt: skip


def owner(desk) -> str:
    with desk.sessions() as session:
        of_acme = select(Account.owner_id).where(Account.name == "Acme").scalar_subquery()
        return session.scalar(select(TeamMember.name).where(TeamMember.id == of_acme))


def direct(desk, slack_id):
    desk.deliver()
    return [one.text for one in desk.person(slack_id).messages() if not one.ephemeral]


def test_an_account_can_be_handed_to_somebody_who_takes_something_back_there(desk, acme, dana):
    """The hand-over holds the account until the other one has begun."""
    dana.command("/cs notes acme Max decides")
    later(desk)
    held, ended = threading.Event(), threading.Event()

    def slowly(*args):
        if "UPDATE accounts SET owner_id" in args[2] and not held.is_set():
            held.set()
            ended.wait(1)

    with desk.sessions() as session:
        engine = session.get_bind()
        lee = by_slack_id(session, "U_LEE").id
    with desk.sessions.begin() as session:
        session.get_one(Account, acme.id).owner_id = lee
    event.listen(engine, "before_cursor_execute", slowly)
    try:
        with ThreadPoolExecutor(2) as pool:
            priya = desk.person("U_PRIYA", "C_ALERTS")
            given = pool.submit(priya.command, "/cs assign acme @dana")
            assert held.wait(30)
            undone = pool.submit(dana.command, "/cs undo")
            undone.add_done_callback(lambda _: ended.set())
    finally:
        event.remove(engine, "before_cursor_execute", slowly)
    assert owner(desk) == "Dana Reyes"
    assert "did not work" not in given.result().words + undone.result().words


def test_a_hand_over_is_taken_back_and_the_new_owner_hears_of_both_once(desk, acme, dana):
    dana.command("/cs assign acme @lee")
    assert owner(desk) == "Lee Park"
    later(desk)
    seen = dana.command("/cs undo")
    assert seen.ephemeral is not None
    assert "Taken back: Owner changed from Dana Reyes to Lee Park (Acme)." in seen.words
    assert "Dana Reyes owns it again." in seen.words
    assert owner(desk) == "Dana Reyes"
    for _ in range(2):
        again = dana.command("/cs undo").words
        assert "You took this back just now: *Owner changed" in again
        assert "as far back as I go" in again
    told = direct(desk, "U_LEE")
    assert len(told) == 2
    assert "took this back for Acme" in told[1]
    assert direct(desk, "U_DANA") == []


def test_the_message_of_an_alert_follows_the_check_in_and_its_way_back(desk, acme, dana):
    desk.add(builders.feedback(acme.id, email="gus@c.example"))
    desk.run("detect")
    (card,) = desk.in_channel()
    later(desk)
    dana.command("/cs checkin acme called Gus, all is well")
    desk.deliver()
    assert desk.in_channel()[0].labels == []
    later(desk)
    seen = dana.command("/cs undo")
    assert "Taken back: Check-in logged: called Gus, all is well (Acme)." in seen.words
    assert "The feedback waits for an answer again." in seen.words
    desk.deliver()
    (now,) = desk.in_channel()
    assert (now.ts, now.labels) == (card.ts, ["Acknowledge", "Log Check-In"])
    with desk.sessions() as session:
        assert session.scalars(select(CheckIn)).all() == []
        assert [a.state for a in session.scalars(select(Alert))] == ["open"]
    assert "Acknowledge" in now.labels
    dana.press(now, label="Acknowledge")
    desk.deliver()
    assert "Dana Reyes" in desk.in_channel()[0].words


def test_an_acknowledgement_is_taken_back_by_the_command_as_by_the_menu(desk, acme, dana):
    desk.add(builders.feedback(acme.id))
    desk.run("detect")
    (card,) = desk.in_channel()
    dana.press(card, label="Acknowledge")
    later(desk)
    assert "The alert is open again." in dana.command("/cs undo").words
    desk.deliver()
    assert "Acknowledge" in desk.in_channel()[0].labels


def test_what_has_changed_since_stays_and_is_said_with_who(desk, acme, dana):
    dana.command("/cs health acme struggling quiet for weeks")
    later(desk)
    desk.person("U_LEE", "C_ALERTS").command("/cs health acme steady they are back")
    later(desk)
    assert "Since then Lee Park has changed it" in dana.command("/cs undo").words
    later(desk, timedelta(minutes=9))
    assert "works for 10 minutes" in dana.command("/cs undo").words


def test_behind_what_stays_the_last_act_that_can_go_back_is_one_press_away(desk, acme, dana):
    approves(desk, acme)
    later(desk)
    assert "Before that" not in dana.command("/cs undo").words
    dana.command("/cs task add acme call legal due friday")
    later(desk)
    approves(desk, acme)
    later(desk)
    seen = dana.command("/cs undo")
    assert "who has read one cannot unread it." in seen.words, "and is not cut"
    assert "Before that: Task added: call legal (Acme)" in seen.words
    with desk.sessions() as session:
        assert session.scalar(select(func.count(Task.id))) == 1, "nothing unasked"
    pressed = dana.press(seen.ephemeral, label="Undo That")
    assert "Taken back: Task added: call legal (Acme)." in pressed.words
    with desk.sessions() as session:
        assert session.scalar(select(func.count(Task.id))) == 0
    assert "You took this back" in dana.press(seen.ephemeral, label="Undo That").words


def test_an_offer_to_take_back_is_void_once_something_else_was_done(desk, acme, dana):
    dana.command("/cs task add acme call legal due friday")
    later(desk)
    approves(desk, acme)
    later(desk)
    seen = dana.command("/cs undo")
    later(desk)
    dana.command("/cs health acme steady")
    later(desk)
    assert "something else since" in dana.press(seen.ephemeral, label="Undo That").words
    with desk.sessions() as session:
        assert session.scalar(select(func.count(Task.id))) == 1


def test_hostile_words_come_back_as_words(desk, acme, dana):
    dana.command("/cs checkin acme <!channel> *bold* <https://evil.example|here> `x`")
    later(desk)
    blocks = str(dana.command("/cs undo").ephemeral.blocks)
    assert "<!channel>" not in blocks
    assert "<https" not in blocks


def test_a_viewer_a_stranger_and_who_has_done_nothing(desk, acme, dana):
    for who in (desk.person("U_ROBIN", "C_ALERTS"), dana):
        assert "You have changed nothing yet" in who.command("/cs undo").words
    assert "I did not read" in dana.command("/cs undo everything").words
    with desk.sessions() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 0


def test_a_brief_is_private_unless_it_is_shared_and_can_be_kept(desk, acme, dana):
    seen = dana.command("/cs brief acme qbr")
    assert "Business review of Acme: $48k ARR" in seen.words
    assert seen.ephemeral is not None
    assert desk.in_channel() == []
    for _ in range(2):
        dana.press(seen.ephemeral, label="Keep")
    assert [text.split(":")[0] for text in direct(desk, "U_DANA")] == ["Business review of Acme"]
    dana.command("/cs brief acme --share")
    desk.deliver()
    assert [one.text.split(":")[0] for one in desk.in_channel()] == ["Hand-over brief of Acme"]
    form = dana.command("/cs brief").view
    assert dana.submit(form, {"account": "Acme"}).ok


def test_a_viewer_reads_a_brief_without_amounts(desk, acme):
    robin = desk.person("U_ROBIN", "C_ALERTS")
    words = robin.command("/cs brief acme").words
    assert "Amounts are for CSMs and managers" in words
    assert "$" not in words
    assert "Only CSMs" in robin.command("/cs brief acme --share").words


def test_a_brief_takes_no_task_to_come_for_a_risk_and_no_work_of_ours_for_value(desk, acme, dana):
    goals = {
        "A renewal": {"renewal.open": False},
        "Back again": {"account.login_since_start": True},
        "A payment": {"any": [{"not": {"payment.settled": False}}]},
    }
    for title, condition in goals.items():
        version = desk.add(
            PlaybookVersion(
                name=title, digest=title, source="own", seen_at=desk.now,
                definition={"title": title, "goal": {"condition": condition, "within": "9 days"}},
            )
        )  # fmt: skip
        desk.add(
            PlaybookRun(playbook=title, version_id=version.id, account_id=acme.id, subject="",
                        state="finished", started_at=desk.now, over_at=desk.now, goal_at=desk.now)
        )  # fmt: skip
    desk.add(builders.task(acme.id, due_on=desk.now.date() + timedelta(days=14)))
    words = dana.command("/cs brief acme qbr").words
    assert "overdue" not in words
    assert "Playbooks that reached their goal: Back again (" in words
    assert "A renewal" not in words
    assert "A payment" not in words
    desk.add(builders.task(acme.id, due_on=desk.now.date() - timedelta(days=2)))
    assert "1 task overdue, the oldest by 2 days" in dana.command("/cs brief acme qbr").words


def test_a_task_that_is_due_again_on_a_day_of_another_year_says_which(desk, acme, dana):
    desk.add(builders.task(acme.id, assignee_id=acme.owner_id, due_on=date(2026, 12, 30)))
    desk.at(datetime(2027, 1, 4, 9, tzinfo=UTC))
    dana.home()
    desk.deliver()
    dana.press(dana.home(), label="Postpone…")
    assert dana.submit(None, {"due_on": "2027-01-08"}).ok
    assert "It is due 30 Dec 2026 again." in dana.command("/cs undo").words
