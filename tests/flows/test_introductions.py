"""The first minute: each person is introduced once, without a ping of its own, and may close it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from csbot.alerts.service import detect
from csbot.audit import AuditEntry
from csbot.holds.model import HeldAlert, Hold
from csbot.imports.command import import_command
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.workspace.defaults import BOT_USER
from csbot.workspace.model import User
from tests.builders import MONDAY, account, hold, member, task
from tests.flows.desk import Desk

MEETS = "This is csbot"


@pytest.fixture
def newcomers(desk: Desk) -> Desk:
    """Nobody has met csbot yet; Dana has a customer whose task is overdue."""
    with desk.sessions.begin() as session:
        fresh = update(TeamMember).values(introduced_at=None, introduction_closed_at=None)
        session.execute(fresh)
        dana = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        acme = account("Acme", owner_id=dana.id)
        session.add(acme)
        session.flush()
        session.add(task(acme.id, assignee_id=dana.id, due_on=date(2026, 11, 20)))
    return desk


def reach(desk: Desk, by: str) -> None:
    with desk.sessions.begin() as session:
        session.execute(update(TeamMember).values(alerts_by=by))


def read(desk: Desk, slack_id: str) -> list[str]:
    """All that somebody reads: their direct messages, and the alerts channel as they see it."""
    person = desk.person(slack_id)
    return [one.words for place in (None, "#cs-alerts") for one in person.messages(place)]


def met(desk: Desk, slack_id: str = "U_DANA") -> int:
    return sum(MEETS in words for words in read(desk, slack_id))


def alerts(desk: Desk) -> None:
    desk.run("reminders")
    desk.deliver()


def digests(desk: Desk) -> None:
    desk.run("digest")
    desk.deliver()


def test_whom_an_alert_mentions_first_reads_it_beside_the_alert_alone(newcomers):
    alerts(newcomers)
    dana, lee = newcomers.person("U_DANA"), newcomers.person("U_LEE")
    beside = [m for m in dana.messages("#cs-alerts") if m.ephemeral]
    assert [m.text for m in beside] == [
        "This is csbot: it tells you when a customer of yours needs something, and you act on it "
        "right here."
    ]
    assert "Alerts mention you in the channel; your digest comes at 08:30" in beside[0].words
    assert dana.messages() == []
    assert met(newcomers, "U_LEE") == 0
    digests(newcomers)
    assert (met(newcomers), met(newcomers, "U_LEE")) == (1, 1)
    assert "Closed." in dana.press(beside[0], label="Close Introduction").words
    assert met(newcomers) == 0
    assert lee.last().labels[-3:] == [
        "Show My Accounts", "Change My Settings", "Close Introduction",
    ]  # fmt: skip


def test_a_first_direct_message_carries_it_and_is_the_only_ping(newcomers):
    reach(newcomers, "dm")
    alerts(newcomers)
    (direct,) = newcomers.person("U_DANA").messages()
    assert "Alerts reach you as direct messages" in direct.words
    assert met(newcomers) == 1
    newcomers.person("U_DANA").press(direct, label="Acknowledge")
    newcomers.deliver()
    (direct,) = newcomers.person("U_DANA").messages()
    assert MEETS not in direct.words  # who acts on it has understood


def test_it_is_closed_for_good_in_a_digest_that_stays_as_it_was(newcomers):
    digests(newcomers)
    dana = newcomers.person("U_DANA")
    (digest,) = dana.messages()
    assert dana.press(digest, label="Close Introduction").ok
    newcomers.deliver()
    (left,) = [m for m in dana.messages() if not m.ephemeral]
    assert [b.get("text") for b in left.blocks] == [b.get("text") for b in digest.blocks[:-2]]
    assert "Closed." in dana.press(digest, label="Close Introduction").words
    newcomers.at(MONDAY + timedelta(days=1))
    digests(newcomers)
    alerts(newcomers)
    assert met(newcomers) == 0
    with newcomers.sessions() as session:
        member = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        assert member.introduced_at < member.introduction_closed_at < MONDAY + timedelta(hours=1)


def test_a_viewer_is_told_what_viewers_may(newcomers):
    digests(newcomers)
    words = newcomers.person("U_ROBIN").last().words
    assert "you may read all of it" in words
    assert "act on it" not in words


def test_who_comes_back_after_a_month_hears_once_what_is_new(newcomers):
    dana = newcomers.person("U_DANA")
    with newcomers.sessions.begin() as session:
        session.execute(update(TeamMember).values(seen_at=MONDAY - timedelta(days=29)))
        lee = update(TeamMember).where(TeamMember.slack_id == "U_LEE")
        session.execute(lee.values(seen_at=MONDAY - timedelta(days=31)))
    for slack_id in ("U_DANA", "U_LEE", "U_LEE"):
        newcomers.person(slack_id, "C_ALERTS").command("/cs help")
    newcomers.deliver()
    assert dana.messages() == []
    (news,) = newcomers.person("U_LEE").messages()
    assert news.text.startswith("Welcome back. Since 23 Oct 2026 csbot has learned")
    newcomers.at(MONDAY + timedelta(hours=25))
    newcomers.person("U_LEE", "C_ALERTS").command("/cs help")
    newcomers.deliver()
    assert len(newcomers.person("U_LEE").messages()) == 1


def test_a_visit_is_noted_once_a_day(newcomers):
    def noted():
        with newcomers.sessions() as session:
            query = select(TeamMember.seen_at).where(TeamMember.slack_id == "U_DANA")
            return session.scalar(query)

    dana = newcomers.person("U_DANA", "C_ALERTS")
    dana.command("/cs help")
    first = noted()
    newcomers.at(MONDAY + timedelta(hours=23))
    dana.command("/cs help")
    assert noted() == first
    newcomers.at(MONDAY + timedelta(hours=25))
    dana.command("/cs help")
    assert noted() > first + timedelta(days=1)
    with newcomers.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def import_team(desk, folder, size):
    """Priya and others; Slack knows the addresses of all but the last two."""
    rows = ["email,name,role", "priya@vendor.example,Priya Shah,admin"]
    for number in range(2, size + 1):
        rows.append(f"p{number}@vendor.example,Person {number},csm")
        if number <= size - 2:
            address = f"p{number}@vendor.example"
            desk.slack.add_user(User(f"U_P{number}", f"p{number}", "Somebody", email=address))
    file = folder / "team.csv"
    file.write_text("\n".join(rows))
    import_command(desk.wiring, "team", file)


def test_installing_messages_nobody_but_the_installer_whose_checklist_stays_current(desk, tmp_path):
    with desk.sessions.begin() as session:
        session.execute(delete(TeamMember))
    desk.settings.env.csbot_admins.append("U_PRIYA")
    desk.run("people")
    desk.deliver()
    priya = desk.person("U_PRIYA")
    assert "People: nobody but you. Run csbot import team FILE" in priya.last().words
    assert "Channels: csbot is in" in priya.last().words
    import_team(desk, tmp_path, 11)
    desk.run("people")
    desk.deliver()
    (told,) = priya.messages()
    assert told.text == "csbot is installed; 2 steps left until it works for your team."
    assert "People: 9 of 11 matched with Slack" in told.words
    assert "Their addresses differ from Slack's: Person 10 and Person 11" in told.words
    assert "To tell your team, copy this:" in told.words
    others = [id for id in desk.slack.users if id not in ("U_PRIYA", BOT_USER)]
    assert [desk.person(id).messages() for id in others] == [[]] * len(others)
    calls = len(desk.slack.calls)
    desk.run("people")
    desk.deliver()
    assert [c.method for c in desk.slack.calls[calls:] if c.method.startswith("chat.")] == []


def test_home_introduces_csbot_at_the_first_visit_until_it_is_closed(newcomers):
    dana = newcomers.person("U_DANA")

    def home():
        dana.home()
        newcomers.deliver()
        shown = dana.home()
        newcomers.deliver()
        return shown

    assert home().words.count(MEETS) == 1
    assert home().words.count(MEETS) == 1
    digests(newcomers)
    alerts(newcomers)
    assert met(newcomers) == 0  # neither in the digest nor beside the alert
    dana.press(home(), label="Close Introduction")
    newcomers.deliver()
    assert MEETS not in home().words
    lee = newcomers.person("U_LEE")  # has met it in the digest
    lee.home()
    newcomers.deliver()
    assert MEETS not in lee.home().words


def test_the_checklist_says_what_is_held_until_somebody_decides(desk):
    desk.settings.env.csbot_admins.append("U_PRIYA")
    with desk.sessions.begin() as session:
        session.execute(update(TeamMember).values(created_at=MONDAY))
    acme, held = desk.add(account("Acme"), hold(reason="start"))
    desk.add(
        HeldAlert(
            kind="task", playbook="tasks", account_id=acme.id, subject="1", hold_id=held.id,
            severity="soon",
        )
    )  # fmt: skip
    desk.run("people")
    desk.deliver()
    (told,) = desk.person("U_PRIYA").messages()
    assert "Go live: 1 alert waits for your answer. Press Go Live" in told.words
    with desk.sessions.begin() as session:
        session.execute(update(Hold).values(ended="released", ended_at=MONDAY))
    desk.run("people")
    desk.deliver()
    (told,) = desk.person("U_PRIYA").messages()
    assert "Done: Go live: nothing is held back" in told.words
    assert "Sources: none has sent anything yet" in told.words
    desk.at(MONDAY + timedelta(days=31))
    desk.add(member("Noor Haddad", slack_id=None))
    desk.run("people")
    desk.deliver()
    assert desk.person("U_PRIYA").last().words == told.words  # after a month it rests


def test_an_alert_that_changes_before_it_is_sent_still_introduces_csbot(newcomers):
    reach(newcomers, "dm")
    for title in ("Call legal", "Call legal again", "Call legal twice"):
        with newcomers.sessions.begin() as session:
            session.execute(update(Task).values(title=title))
            detect(session, settings=newcomers.settings, now=newcomers.now)
    newcomers.deliver()
    (told,) = newcomers.person("U_DANA").messages()
    assert "Call legal twice" in told.words
    assert told.words.count(MEETS) == 1
