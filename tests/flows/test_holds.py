"""A quiet start and the guard against floods, as admins and everybody else see them in Slack."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from csbot.access import Role
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.away.model import Absence
from csbot.contacts import Contact
from csbot.doctor import examine
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.queries import open_holds
from csbot.imports.command import GOOD, import_command
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from csbot.workspace.model import User
from schedules.runner import Runner
from schedules.table import named
from tests import builders
from tests.builders import MONDAY

DAY, MINUTES = timedelta(days=1), timedelta(minutes=2)
ADMINS = ("U_ALEX", "U_KIM")


@pytest.fixture
def calm(desk):
    """The desk with two admins, where everything that is there has been looked at."""
    for slack_id, name in zip(ADMINS, ("Alex Kim", "Kim Lo"), strict=True):
        desk.slack.add_user(User(slack_id, name.split()[0].lower(), name))
        desk.add(builders.member(name, role=Role.ADMIN, slack_id=slack_id))
    with desk.sessions() as session:
        desk.dana_id = by_slack_id(session, "U_DANA").id
    return desk


def scheduled(desk, after=MINUTES, job="detect"):
    """The schedule's own turn, in a period of its own, and what it asked to be sent."""
    desk.at(desk.now + after)
    assert Runner(desk.wiring).tick(named(job))
    desk.deliver()


def said(desk):
    """Every message that anybody has received."""
    with desk.slack.lock:
        rooms = [list(room.values()) for room in desk.slack.messages.values()]
    return [message for room in rooms for message in room]


def customers(desk, many, *, quiet=0, name="Firm", days=9):
    """So many accounts of Dana's, at the first `quiet` of which nobody has logged in for days."""
    rows = [
        builders.account(f"{name}{n}", domain=f"{name}{n}.example".lower(), owner_id=desk.dana_id)
        for n in range(many)
    ]
    desk.add(*rows)
    last = [desk.now - timedelta(days=days if n < quiet else 0) for n in range(many)]
    desk.add(*(builders.contact(r.id, last_login_at=at) for r, at in zip(rows, last, strict=True)))
    return rows


def imported(desk, tmp_path, many, quiet):
    """The same by two files, as an installer has them."""
    lines = [f"Firm{n},firm{n}.example,dana@vendor.example,1000" for n in range(many)]
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("\n".join(["name,domain,owner_email,arr", *lines]))
    contacts = tmp_path / "contacts.csv"
    last = [(desk.now - timedelta(days=9 if n < quiet else 0)).isoformat() for n in range(many)]
    lines = [f"firm{n}.example,ann{n}@firm{n}.example,{last[n]}" for n in range(many)]
    contacts.write_text("\n".join(["account,email,last_login_at", *lines]))
    for kind, path in (("accounts", accounts), ("contacts", contacts)):
        assert import_command(desk.wiring, kind, path) == GOOD


def notice(desk, who="U_ALEX"):
    return [m for m in desk.person(who).messages() if not m.ephemeral][-1]


def cards(desk):
    """What stands in the channel itself; what nobody took in time is told in threads."""
    return [m for m in desk.in_channel() if m.thread_ts in (None, m.ts)]


def count(desk, *where, of=Alert.id):
    with desk.sessions() as session:
        return session.scalar(select(func.count(of)).where(*where))


def verbs(desk):
    with desk.sessions() as session:
        query = select(AuditEntry.verb).where(AuditEntry.verb.startswith("hold."))
        return [v for v in session.scalars(query.order_by(AuditEntry.id)) if v != "hold.first_look"]


def go_quiet(desk, accounts):
    with desk.sessions.begin() as session:
        session.execute(
            update(Contact)
            .where(Contact.account_id.in_([one.id for one in accounts]))
            .values(last_login_at=desk.now - timedelta(days=8))
        )


def test_a_first_look_that_finds_300_is_one_message_and_from_today_pings_nobody(calm, tmp_path):
    imported(calm, tmp_path, 1_000, 300)
    scheduled(calm)
    received = said(calm)
    assert {message.channel for message in received} == {calm.person(who).dm for who in ADMINS}
    assert len(received) == len(ADMINS)
    asked = notice(calm)
    assert asked.text == (
        "csbot would raise 300 alerts for 1 person now, 0 critical; 0 accounts have no owner."
    )
    assert asked.labels == ["Go Live", "Start from Today", "Show…"]

    assert calm.person("U_ALEX").press(asked, label="Start from Today").ok
    scheduled(calm)
    assert len(said(calm)) == len(ADMINS)
    assert (
        notice(calm, "U_KIM").text
        == "Alex Kim starts from today: 300 alerts are known and ping nobody."
    )
    assert notice(calm, "U_KIM").labels == []
    assert count(calm, Alert.closed_at.is_(None), Alert.post_at.is_(None)) == 300
    digest = calm.person("U_DANA").command("/cs digest").messages[-1]
    assert "300" in digest.words
    assert "Soon, known, on you" in digest.words
    assert "new" not in digest.words.replace("nothing new", "")

    dana = calm.person("U_DANA")
    dana.home()
    calm.deliver()
    shown = dana.home().words
    assert "300 alerts need you" in shown
    assert "the first 5 of 300" in shown
    calm.deliver()

    with calm.sessions() as session:
        lively = session.scalar(select(Contact.id).order_by(Contact.id.desc()))
    calm.at(calm.now + DAY)
    with calm.sessions.begin() as session:
        awake = Contact.last_login_at > MONDAY - DAY
        session.execute(update(Contact).where(awake).values(last_login_at=calm.now))
        gone = {"last_login_at": calm.now - timedelta(days=8)}
        session.execute(update(Contact).where(Contact.id == lively).values(gone))
    scheduled(calm)
    (posted,) = cards(calm)
    assert "Firm999" in posted.text
    scheduled(calm)
    assert cards(calm) == [posted]


@pytest.fixture
def flooded(calm):
    """Two of 40 had been quiet; then all fell silent on one day, and a task of Firm0 is overdue."""
    accounts = customers(calm, 40, quiet=2)
    scheduled(calm)
    assert len(cards(calm)) == 2
    calm.at(MONDAY + DAY)
    go_quiet(calm, accounts)
    due = {"due_on": (MONDAY - DAY).date(), "priority": "high", "assignee_id": calm.dana_id}
    calm.add(builders.task(accounts[0].id, "Send the contract", **due))
    scheduled(calm)
    return accounts


def test_a_flood_is_one_question_and_what_is_urgent_goes_on(calm, flooded):
    *before, posted = cards(calm)
    assert len(before) == 2
    assert "Send the contract" in posted.text
    asked = notice(calm)
    assert asked.text == (
        "Held back: “Users who stay away” would raise 38 alerts at once, 0 critical;"
        " usually 2 at most."
    )
    assert "95 % of all accounts dropped on the same day, 16 Nov." in asked.words
    assert asked.labels == ["Release", "Drop", "Wait"]
    scheduled(calm)
    assert (len(calm.person("U_ALEX").messages()), len(cards(calm))) == (1, 3)
    with calm.sessions() as session:
        (held,) = open_holds(session)
    assert (held.reason, held.title, held.alerts) == ("flood", "Users who stay away", 38)
    warned = [f for f in examine(calm.wiring).findings if f.what.startswith("holds:")]
    assert [f.what for f in warned] == [
        "holds: 38 alerts are held back (2 minutes ago),"
        " far more than the playbook Users who stay away usually finds"
    ]


def test_a_flood_is_released_once_whoever_presses_how_often(calm, flooded):
    mine, theirs = notice(calm), notice(calm, "U_KIM")
    assert calm.person("U_ALEX").press(mine, label="Release").ok
    calm.deliver()
    (group,) = cards(calm)[3:]
    assert "38" in group.text
    again = calm.person("U_ALEX").press(mine, label="Release")
    assert "You released these alerts just now" in again.messages[-1].text
    late = calm.person("U_KIM").press(theirs, label="Drop")
    assert "Alex Kim released these alerts just now" in late.messages[-1].text
    assert notice(calm, "U_KIM").text == "Alex Kim released 38 alerts of “Users who stay away”."
    assert notice(calm, "U_KIM").labels == []
    scheduled(calm)
    assert len(cards(calm)) == 4
    assert verbs(calm) == ["hold.opened", "hold.released"]
    assert count(calm, of=HeldAlert.hold_id) == 0
    assert "cannot be" in calm.person("U_ALEX").command("/cs undo").messages[-1].words


def test_what_is_dropped_stays_unsaid_until_it_has_gone_away_and_come_back(calm, flooded):
    assert calm.person("U_ALEX").press(notice(calm), label="Drop").ok
    calm.deliver()
    assert notice(calm).text == "Alex Kim dropped 38 alerts of “Users who stay away”."
    scheduled(calm)
    assert len(cards(calm)) == 3
    with calm.sessions.begin() as session:
        session.execute(update(Contact).values(last_login_at=calm.now))
    scheduled(calm)
    assert count(calm, of=HeldAlert.hold_id) == 0
    go_quiet(calm, flooded[30:35])
    scheduled(calm)
    assert len(cards(calm)) == 8


def test_whoever_waits_is_asked_again_after_a_day_and_the_rest_joins(calm, flooded):
    alex, theirs = calm.person("U_ALEX"), notice(calm, "U_KIM")
    assert alex.press(notice(calm), label="Wait").ok
    scheduled(calm, timedelta(hours=23))
    (only,) = alex.messages()
    assert "I ask again on" in only.words
    assert only.labels == ["Release", "Drop", "Show…"]
    told = calm.person("U_KIM").press(theirs, label="Wait")
    assert "It waits already. I ask again on Wed 25 Nov, 09:02." in told.messages[-1].text
    customers(calm, 3, quiet=3, name="Late")
    scheduled(calm, timedelta(hours=2))
    first, second = alex.messages()
    assert second.labels == ["Release", "Drop", "Wait"]
    assert "41 alerts" in second.text
    assert first.text == second.text
    shown = alex.press(only, label="Show…")
    assert "41 alerts are held back" in shown.view.words
    assert len(cards(calm)) == 3


def test_what_stops_being_true_leaves_and_a_hold_of_nothing_is_over(calm, flooded):
    mine = notice(calm)
    with calm.sessions.begin() as session:
        some = Contact.account_id.in_([one.id for one in flooded[2:12]])
        session.execute(update(Contact).where(some).values(last_login_at=calm.now))
    scheduled(calm)
    assert "28 alerts" in notice(calm).text
    with calm.sessions.begin() as session:
        session.execute(update(Contact).values(last_login_at=calm.now))
    scheduled(calm)
    assert notice(calm).text == (
        "Nothing is held any more: none of what “Users who stay away” had found is true now."
    )
    told = calm.person("U_ALEX").press(mine, label="Release")
    assert "None of this was true any more" in told.messages[-1].text
    assert (len(cards(calm)), verbs(calm)) == (3, ["hold.opened", "hold.gone"])


def test_a_run_by_hand_and_a_small_first_look_post_at_once(calm, tmp_path):
    imported(calm, tmp_path, 12, 5)
    scheduled(calm)
    assert len(cards(calm)) == 5
    customers(calm, 12, quiet=12, name="More")
    calm.run("detect")
    assert len(cards(calm)) == 6
    assert verbs(calm) == []


def test_a_look_at_a_few_kinds_leaves_the_first_look_to_the_one_at_all(calm, tmp_path):
    imported(calm, tmp_path, 20, 0)
    with calm.sessions() as session:
        ids = session.scalars(select(Contact.account_id)).all()
    due = {"due_on": MONDAY.date(), "assignee_id": calm.dana_id}
    calm.add(*(builders.task(id, **due) for id in ids))
    scheduled(calm, job="reminders")
    assert said(calm) == []
    scheduled(calm)
    assert "20 alerts" in notice(calm).text
    scheduled(calm, job="reminders")
    assert len(said(calm)) == len(ADMINS)
    assert calm.person("U_ALEX").press(notice(calm), label="Go Live").ok
    calm.deliver()
    assert len(cards(calm)) == 1


@pytest.mark.parametrize("who", ["U_PRIYA", "U_DANA", "U_ROBIN"])
def test_without_an_admin_the_channel_is_asked_and_nobody_there_decides(desk, tmp_path, who):
    imported(desk, tmp_path, 12, 12)
    scheduled(desk)
    (asked,) = cards(desk)
    for label in ("Go Live", "Start from Today", "Show…"):
        seen = desk.person(who).press(asked, label=label)
        assert "Only admins can release alerts that are held back" in seen.messages[-1].text
    assert verbs(desk) == ["hold.opened"]
    assert count(desk, Hold.ended_at.is_(None), of=Hold.id) == 1


def test_who_covers_for_an_admin_reads_what_waits_and_an_admin_decides(calm):
    with calm.sessions.begin() as session:
        alex, lee = by_slack_id(session, "U_ALEX"), by_slack_id(session, "U_LEE")
        session.add(Absence(member_id=alex.id, cover_id=lee.id, made_at=calm.now,
                            starts_at=calm.now, ends_at=calm.now + 3 * DAY))  # fmt: skip
    customers(calm, 12, quiet=12)
    scheduled(calm)
    assert notice(calm).text == notice(calm, "U_KIM").text == notice(calm, "U_LEE").text
    seen = calm.person("U_LEE").press(notice(calm, "U_LEE"), label="Release")
    assert "Only admins can release" in seen.messages[-1].text
    assert calm.person("U_KIM").press(notice(calm, "U_KIM"), label="Release").ok
    calm.deliver()
    assert notice(calm, "U_LEE").text.startswith("Kim Lo released 12 alerts")


def due_tomorrow(desk, accounts):
    due = {"due_on": (MONDAY + 2 * DAY).date(), "priority": "high", "assignee_id": desk.dana_id}
    desk.add(*(builders.task(one.id, f"Call {one.name}", **due) for one in accounts))


@pytest.fixture
def busy(calm):
    """Twelve tasks are due tomorrow where there had never been one."""
    accounts = customers(calm, 12)
    scheduled(calm)
    calm.at(MONDAY + DAY)
    due_tomorrow(calm, accounts)
    scheduled(calm)
    assert cards(calm) == []
    return notice(calm)


def test_what_was_dropped_is_said_when_it_has_become_critical(calm, busy):
    assert calm.person("U_ALEX").press(busy, label="Drop").ok
    scheduled(calm)
    assert cards(calm) == []
    with calm.sessions.begin() as session:  # ten are no flood
        some = session.scalars(select(Task).order_by(Task.id).limit(2)).all()
        for task in some:
            task.done_at = calm.now
    scheduled(calm, 2 * DAY)
    (card,) = cards(calm)
    assert "10" in card.text
    assert "<@U_DANA>" in card.words
    assert count(calm, of=HeldAlert.hold_id) == 0


def test_many_that_were_dropped_and_turn_critical_at_once_are_a_flood_again(calm, busy):
    assert calm.person("U_ALEX").press(busy, label="Drop").ok
    for _ in range(2):
        scheduled(calm, 2 * DAY)
    assert cards(calm) == []
    assert "12 alerts at once, 12 critical" in notice(calm).text
    assert calm.person("U_ALEX").press(notice(calm), label="Drop").ok
    scheduled(calm)
    assert cards(calm) == []
    assert verbs(calm) == ["hold.opened", "hold.dropped"] * 2
    assert count(calm, Hold.ended_at.is_(None), of=Hold.id) == 0


def test_what_waits_for_a_decision_is_told_as_urgent_as_it_is_now(calm, busy):
    assert "12 alerts at once, 0 critical" in busy.text
    scheduled(calm, 2 * DAY)
    assert "12 alerts at once, 12 critical" in notice(calm).text
    assert cards(calm) == []
