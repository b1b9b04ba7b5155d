"""How alerts reach me, kind by kind; settings in words; role defaults that move."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from csbot.alerts.model import AlertChoice
from csbot.audit import AuditEntry
from csbot.team.model import TeamMember
from tests.builders import MONDAY, account, feedback, task


@pytest.fixture
def dana(desk):
    """Dana, whose only customer has an overdue task and unhappy feedback."""
    with desk.sessions() as session:
        me = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
    acme = desk.add(account(owner_id=me.id))
    desk.add(
        task(acme.id, assignee_id=me.id, due_on=MONDAY.date() - timedelta(days=1)),
        feedback(acme.id, score=5),
    )
    return desk.person("U_DANA", "C_ALERTS")


def chosen(desk):
    with desk.sessions() as session:
        return {row.kind: row.by for row in session.scalars(select(AlertChoice))}


def entries(desk, verb):
    with desk.sessions() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.verb == verb)))


def mentioning(shown):
    return [one for one in shown if "<@U_DANA>" in str(one.blocks)]


def test_a_kind_goes_another_way_than_the_rest(desk, dana):
    form = dana.press(dana.command("/cs settings").ephemeral, label="Choose by Kind").view
    second = dana.submit(form, {"task": "dm", "feedback": "digest"}).view
    assert second.title == "My Alerts by Kind"
    assert dana.submit(second, {}).ok
    assert chosen(desk) == {"task": "dm", "feedback": "digest"}
    assert "but 2 kinds of alert another way; your digest" in dana.command("/cs settings").words
    desk.run("detect")
    assert mentioning(desk.in_channel()) == []
    assert [one for one in dana.messages() if "Call legal" in one.words]
    assert not [one for one in dana.messages() if "5 of 10" in one.words]
    assert len(entries(desk, "team.alerts_chosen")) == 1


def test_what_is_critical_reaches_me_whatever_i_chose(desk, dana):
    form = dana.press(dana.command("/cs settings").ephemeral, label="Choose by Kind").view
    dana.submit(form, {"task": "digest", "feedback": "digest"})
    with desk.sessions.begin() as session:
        mine = session.scalars(select(TeamMember.id).where(TeamMember.slack_id == "U_DANA")).one()
        rich = account("Globex", owner_id=mine, arr=900_000)
        session.add(rich)
        session.flush()
        session.add(feedback(rich.id, score=1))
    desk.run("detect")
    assert len(mentioning(desk.in_channel())) == 1
    assert "Globex" in mentioning(desk.in_channel())[0].words


def test_the_same_twice_leaves_one_trace_and_undo_goes_back(desk, dana):
    shown = dana.command("/cs settings").ephemeral
    for _ in range(2):
        form = dana.press(shown, label="Choose by Kind").view
        assert dana.submit(form, {"task": "dm"}).ok
    assert len(entries(desk, "team.alerts_chosen")) == 1
    assert "as before" in dana.command("/cs undo").words
    assert chosen(desk) == {}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("digest 7:15", {"digest_at": time(7, 15)}),
        ("Digest at 7am, alerts dm", {"digest_at": time(7), "alerts_by": "dm"}),
        ("hours 8 - 16:30", {"work_starts": time(8), "work_ends": time(16, 30)}),
        ("zone Asia/Tokyo", {"timezone": "Asia/Tokyo"}),
    ],
)
def test_settings_in_words(desk, words, found):
    said = desk.person("U_DANA", "C_ALERTS").command(f"/cs settings {words}").words
    assert "Saved." in said
    with desk.sessions() as session:
        me = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        assert {name: getattr(me, name) for name in found} == found
    assert len(entries(desk, "team.settings_changed")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "digest soon",
        "digest 25:00",
        "alerts sms",
        "hours 9",
        "zone Mars/Base",
        "<!here>",
        "digest never",
        "digest 9:00, alerts sms",
    ],
)
def test_words_that_do_not_fit_change_nothing(desk, words):
    said = desk.person("U_DANA", "C_ALERTS").command(f"/cs settings {words}").words
    assert "Nothing was saved" in said or "no time zone" in said
    assert entries(desk, "team.settings_changed") == []


def test_hours_over_midnight_are_said_to_be_so(desk):
    dana = desk.person("U_DANA", "C_ALERTS")
    assert (
        "You work 18:00 to 09:00 on the next day" in dana.command("/cs settings hours 18-9").words
    )
    assert "next day" not in dana.command("/cs settings hours 9-18").words


def test_a_role_default_moves_who_has_not_chosen_and_nobody_else(desk):
    with desk.sessions.begin() as session:
        people = {m.slack_id: m for m in session.scalars(select(TeamMember))}
        people["U_PRIYA"].role = "admin"
        people["U_LEE"].alerts_by = "mention"
    priya = desk.person("U_PRIYA", "C_ALERTS")
    assert "as a direct message" in priya.command("/cs admin alerts_by.csm dm").words
    told = {
        who: desk.person(who, "C_ALERTS").command("/cs settings").ephemeral.text
        for who in ("U_DANA", "U_LEE", "U_ROBIN", "U_PRIYA")
    }
    assert "direct messages" in told.pop("U_DANA")
    assert all("mention you in the channel" in text for text in told.values())
