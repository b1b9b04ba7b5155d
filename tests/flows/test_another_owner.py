"""Alerts whose account becomes somebody else's: who hears of it, what is written down, and how it
is taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.alerts.model import Alert, AlertPromise
from csbot.audit import AuditEntry
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.imports.service import import_file
from csbot.team.queries import by_slack_id
from tests import builders

MINUTE = timedelta(minutes=1)


@pytest.fixture
def dana_id(desk) -> int:
    with desk.sessions() as session:
        return by_slack_id(session, "U_DANA").id


@pytest.fixture
def raised(desk, dana_id) -> Account:
    """An alert of Dana's in #cs-alerts."""
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    return acme


def imports(desk, *names, owner="lee@vendor.example"):
    rows = "".join(f"{name},{owner}\n" for name in names)
    table = read_table(f"name,owner_email\n{rows}".encode(), kind="accounts", options=Options())
    with desk.sessions.begin() as session:
        report = import_file(
            session, table=table, by=None, now=desk.now, dry_run=False, settings=desk.settings
        )
    assert (report.ok, report.changed) == (True, len(names))


def look(desk, after=MINUTE):
    desk.at(desk.now + after)
    desk.run("detect")
    desk.deliver()


def calls(desk, slack_id):
    """What called this person: replies that name them, and direct messages."""
    person = desk.person(slack_id)
    replies = [m for card in desk.in_channel() for m in person.messages("C_ALERTS", card.ts)[1:]]
    return [m.words for m in replies if f"<@{slack_id}>" in m.words] + [
        m.words for m in person.messages()
    ]


def acknowledged(desk):
    assert desk.person("U_DANA").press(desk.in_channel()[0], label="Acknowledge").ok
    desk.at(desk.now + MINUTE)


def entries(desk, verb):
    with desk.sessions() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.verb == verb)).all()
        return [(one.by_id, one.before, one.after) for one in found]


def test_whoever_an_import_makes_the_owner_is_called_once(desk, raised):
    imports(desk, "Acme")
    look(desk)
    look(desk)
    (call,) = calls(desk, "U_LEE")
    assert "Yours now: somebody at Acme gave 5" in call
    assert calls(desk, "U_DANA") == []


def test_whoever_gets_many_by_an_import_is_called_once_for_all(desk, dana_id):
    names = ["Acme", "Globex", "Initech"]
    for name in names:
        made = desk.add(builders.account(name, owner_id=dana_id))
        desk.add(builders.feedback(made.id, 5))
    desk.run("detect")
    imports(desk, *names)
    look(desk)
    look(desk)
    (call,) = calls(desk, "U_LEE")
    assert "(and 2 more)" in call
    look(desk, timedelta(hours=3))
    assert len(calls(desk, "U_PRIYA")) == 0


def test_it_waits_for_the_new_owner_s_hours(desk, raised):
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_LEE").timezone = "Asia/Tokyo"  # 18:00 there, and over for the day
    imports(desk, "Acme")
    look(desk)
    assert calls(desk, "U_LEE") == []
    look(desk, timedelta(hours=15))  # 09:01 there
    (call,) = calls(desk, "U_LEE")
    assert "Yours now: somebody at Acme gave 5" in call


def test_whoever_wants_direct_messages_gets_one_and_the_digest_s_friend_none(desk, raised):
    with desk.sessions.begin() as session:
        lee = by_slack_id(session, "U_LEE")
        lee.alerts_by = "dm"
    imports(desk, "Acme")
    look(desk)
    (message,) = desk.person("U_LEE").messages()
    assert "Yours now: somebody at Acme gave 5" in message.words
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").alerts_by = "digest"
    imports(desk, "Acme", owner="dana@vendor.example")
    look(desk)
    assert calls(desk, "U_DANA") == []


def test_whom_a_person_named_hears_it_from_them_alone(desk, raised):
    assert desk.person("U_PRIYA", "C_OTHER").command("/cs assign acme @lee").ok
    desk.deliver()
    look(desk)
    (call,) = calls(desk, "U_LEE")
    assert "Yours now" not in call


@pytest.mark.parametrize("how", ["a person", "an import"])
def test_what_is_open_again_is_written_down(desk, dana_id, raised, how):
    acknowledged(desk)
    if how == "a person":
        assert desk.person("U_PRIYA", "C_OTHER").command("/cs assign acme @lee").ok
    else:
        imports(desk, "Acme")
        look(desk)
    ((by, before, after),) = entries(desk, "alert.reopened")
    assert (by, before) == (None, {"state": "taken", "by": dana_id})
    assert (after["state"], after["by"]) == ("open", None)
    assert "Alert open again" in desk.person("U_DANA", "C_OTHER").command("/cs timeline acme").words


@pytest.mark.parametrize("how", ["account", "everything"])
@pytest.mark.parametrize("looked", [False, True])
def test_a_hand_over_taken_back_leaves_it_with_whoever_had_it(desk, dana_id, raised, how, looked):
    acknowledged(desk)
    priya = desk.person("U_PRIYA", "C_OTHER")
    if how == "account":
        assert priya.command("/cs assign acme @lee").ok
    else:
        priya.home()
        desk.deliver()
        priya.press(priya.home(), label="Hand Over…", value="0")
        priya.submit(None, {"former": "U_DANA", "person": "U_LEE"})
        assert priya.submit(None, {}).ok
    if looked:
        look(desk)
        desk.run("reminders")  # the promise is void now
    assert "Dana Reyes owns it again" in priya.command("/cs undo").words
    look(desk)
    with desk.sessions() as session:
        alert = session.scalars(select(Alert)).one()
        kept = select(AlertPromise.member_id).where(AlertPromise.ended_at.is_(None))
        assert (alert.state, alert.taken_by_id) == ("taken", dana_id)
        assert session.scalars(kept).all() == [dana_id]
    assert "Dana Reyes has it" in desk.in_channel()[0].words
    assert len(entries(desk, "undo.alert.reopened")) == 1


def test_what_the_new_owner_took_and_let_go_stays_open_when_it_is_taken_back(desk, raised):
    acknowledged(desk)
    priya, lee = desk.person("U_PRIYA", "C_OTHER"), desk.person("U_LEE")
    assert priya.command("/cs assign acme @lee").ok
    desk.at(desk.now + MINUTE)
    desk.deliver()
    assert lee.press(desk.in_channel()[0], label="Acknowledge").ok
    desk.at(desk.now + MINUTE)
    desk.deliver()
    lee.choose(desk.in_channel()[0], "Undo")
    desk.at(desk.now + MINUTE)
    assert "Dana Reyes owns it again" in priya.command("/cs undo").words
    with desk.sessions() as session:
        assert session.scalars(select(Alert.state)).all() == ["open"]
