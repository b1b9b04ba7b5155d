"""A quiet start and the guard against floods, as admins and everybody else see them in Slack."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from csbot.access import Role
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.queries import open_holds
from csbot.imports.command import GOOD, import_command
from csbot.team.model import TeamMember
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
    return desk.person(who).last()


def count(desk, *where, of=Alert.id):
    with desk.sessions() as session:
        return session.scalar(select(func.count(of)).where(*where))


def verbs(desk):
    with desk.sessions() as session:
        query = select(AuditEntry.verb).where(AuditEntry.verb.startswith("hold."))
        return [v for v in session.scalars(query.order_by(AuditEntry.id)) if v != "hold.first_look"]


def wakes(desk, contact_names):
    with desk.sessions.begin() as session:
        session.execute(update(Contact).values(last_login_at=desk.now))


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
    digest = calm.person("U_DANA").command("/cs digest")
    assert "300" in digest.messages[-1].words or "295" in digest.messages[-1].words

    with calm.sessions() as session:
        lively = session.scalar(select(Contact.id).order_by(Contact.id.desc()))
    calm.at(calm.now + DAY)
    with calm.sessions.begin() as session:
        awake = Contact.last_login_at > MONDAY - DAY
        session.execute(update(Contact).where(awake).values(last_login_at=calm.now))
        gone = {"last_login_at": calm.now - timedelta(days=8)}
        session.execute(update(Contact).where(Contact.id == lively).values(gone))
    scheduled(calm)
    (posted,) = calm.in_channel()
    assert "Firm999" in posted.text
    scheduled(calm)
    assert calm.in_channel() == [posted]
