"""Asking for access, granting it, and one's own settings."""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select

from csbot.audit import AuditEntry
from csbot.outbox.model import OutgoingMessage
from csbot.team.model import TeamMember
from csbot.workspace.model import User
from tests.builders import member


@pytest.fixture
def office(desk):
    """Noa is a colleague whom csbot does not know; Ada and Abe are the admins."""
    for slack_id, name in (("U_NOA", "Noa Levi"), ("U_ADA", "Ada King"), ("U_ABE", "Abe Fox")):
        desk.slack.add_user(User(slack_id, name.split()[0].lower(), name))
        desk.slack.channels["C_ALERTS"].members.add(slack_id)
    desk.add(member("Ada King", role="admin"), member("Abe Fox", role="admin"))
    return desk


def asked_for(desk, message):
    with desk.sessions() as session:
        query = select(OutgoingMessage.lane).where(OutgoingMessage.message == message)
        return sorted(session.scalars(query))


def role_of(desk, slack_id):
    with desk.sessions() as session:
        return session.scalar(select(TeamMember.role).where(TeamMember.slack_id == slack_id))


def count(desk, verb):
    with desk.sessions() as session:
        return session.scalar(select(func.count()).where(AuditEntry.verb == verb))


def shown_in_home(desk, who):
    return desk.person(who)._form(desk.slack.homes[who]).words


def ask(desk):
    noa = desk.person("U_NOA", "C_ALERTS")
    return noa, noa.command("/cs my").ephemeral


def test_the_request_reaches_each_admin_once_however_often_it_is_pressed(office):
    noa, offer = ask(office)
    assert "Asked Abe Fox and Ada King" in noa.press(offer, label="Ask for Access").words
    for _ in range(3):
        assert "You have asked already" in noa.press(offer, label="Ask for Access").words
    assert asked_for(office, "access_requested") == ["U_ABE", "U_ADA"]
    assert count(office, "team.access_asked") == 1


def test_one_press_lets_them_in_with_a_role_and_the_others_see_who_did_it(office):
    noa, offer = ask(office)
    noa.home()
    noa.press(offer, label="Ask for Access")
    office.deliver()
    assert "Ask for Access" in shown_in_home(office, "U_NOA")
    ada, abe = office.person("U_ADA"), office.person("U_ABE")
    request, other = ada.last(), abe.last()
    assert ada.press(request, label="Make CSM").ok
    assert role_of(office, "U_NOA") == "csm"
    assert count(office, "team.access_granted") == 1
    office.deliver()
    assert "Ada King made Noa Levi a CSM in csbot" in abe.last().words
    assert abe.last().labels == []
    assert "already, as csm" in abe.press(other, label="Make Manager").words
    assert role_of(office, "U_NOA") == "csm"
    assert "Welcome: Ada King made you a CSM" in noa.last().words
    assert "Noa Levi: nothing needs you now" in shown_in_home(office, "U_NOA")
    assert "You own no accounts yet" in noa.command("/cs my").words


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("first", ["typed", "job"])
def test_a_newcomer_is_called_and_lives_as_slack_says_until_they_say_otherwise(
    office, first, known
):
    """`known`: the address is somebody's already, and stays theirs."""
    office.slack.users["U_NOA"].tz = "Europe/Berlin"
    office.slack.users["U_NOA"].email = "Noa.Levi@vendor.example"
    if known:
        office.add(member("Noa L", email="noa.levi@vendor.example", slack_id=None))
    noa, offer = ask(office)
    noa.press(offer, label="Ask for Access")
    office.deliver()
    assert "Noa Levi asks" in office.person("U_ADA").last().text
    office.person("U_ADA").press(office.person("U_ADA").last(), label="Make CSM")
    if first == "job":
        office.run("people")
    assert "(Europe/Berlin)" in noa.command("/cs settings").words
    with office.sessions() as session:
        row = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_NOA")).one()
    address = "u_noa@slack.invalid" if known else "noa.levi@vendor.example"
    assert (row.name, row.email) == ("Noa Levi", address)
    noa.command("/cs settings zone America/New_York")
    office.at(office.now + timedelta(days=1))
    office.run("people")
    assert "(America/New_York)" in noa.command("/cs settings").words


@pytest.mark.parametrize("value", ["U_NOA:admin", "U_NOA", ":csm", "u_noa:csm", "U_NOA:csm:x"])
def test_a_forged_grant_changes_nothing(office, value):
    noa, offer = ask(office)
    noa.press(offer, label="Ask for Access")
    office.deliver()
    ada = office.person("U_ADA")
    request = ada.last()
    request.raw["blocks"][-1]["elements"][0]["value"] = value
    request.blocks[-1]["elements"][0]["value"] = value
    ada.press(request, label="Make CSM")
    assert role_of(office, "U_NOA") in (None, "csm")
    assert role_of(office, "U_NOA") != "admin"


def test_a_viewer_may_ask_for_more_and_gets_it_once(office):
    robin = office.person("U_ROBIN", "C_ALERTS")
    refused = robin.command("/cs renewals").ephemeral
    assert "Asked Abe Fox and Ada King" in robin.press(refused, label="Ask for Access").words
    assert "asked already" in robin.press(refused, label="Ask for Access").words
    office.deliver()
    ada = office.person("U_ADA")
    request = ada.last()
    assert "now a viewer" in request.words
    assert ada.press(request, label="Make CSM").ok
    assert role_of(office, "U_ROBIN") == "csm"
    assert "already, as csm" in ada.press(request, label="Make Manager").words
    assert role_of(office, "U_ROBIN") == "csm"


def test_without_an_admin_it_says_so(desk):
    desk.slack.add_user(User("U_NOA", "noa", "Noa Levi"))
    desk.slack.channels["C_ALERTS"].members.add("U_NOA")
    noa, offer = ask(desk)
    assert "no admin yet" in noa.press(offer, label="Ask for Access").words


def test_help_reaches_the_admins_once_an_hour(office):
    dana = office.person("U_DANA", "C_ALERTS")
    shown = dana.command("/cs help").ephemeral
    assert "Told Abe Fox and Ada King" in dana.press(shown, label="Tell an Admin").words
    assert "knows already" in dana.press(shown, label="Tell an Admin").words
    assert asked_for(office, "help_wanted") == ["U_ABE", "U_ADA"]


def test_help_about_one_command_shows_its_examples_alone(desk):
    dana = desk.person("U_DANA", "C_ALERTS")
    for topic in ("task", "tasks", "Tasks please"):
        shown = dana.command(f"/cs help {topic}").words
        assert "/cs tasks overdue" in shown
        assert "/cs task add acme call legal due friday !high" in shown
        assert "/cs help` shows everything" in shown
        assert "/cs nps" not in shown
    for topic in ("", "csat", "bananas", "<!channel>"):
        assert "/cs nps acme" in dana.command(f"/cs help {topic}").words


def test_settings_say_in_one_sentence_what_will_reach_me(desk):
    dana = desk.person("U_DANA", "C_ALERTS")
    shown = dana.command("/cs settings").ephemeral
    assert shown.text == (
        "Alerts mention you in the channel; your digest comes at 08:30, Monday to Friday."
    )
    form = dana.press(shown, label="Change My Settings").view
    assert "As usual in my role: in the channel" in form.words
    assert dana.submit(form, {}).ok  # unchanged, so what is usual may still change for her
    with desk.sessions() as session:
        assert session.scalars(select(AuditEntry)).all() == []
    form = dana.press(shown, label="Change My Settings").view
    seen = dana.submit(
        form,
        {"alerts_by": "dm", "digest_at": "07:15", "work_ends": "16:00", "timezone": "Asia/Tokyo"},
    )
    assert seen.ok
    with desk.sessions() as session:
        me = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        entry = session.scalars(select(AuditEntry)).one()
    assert (me.alerts_by, me.digest_at, me.work_ends, me.timezone) == (
        "dm",
        time(7, 15),
        time(16),
        "Asia/Tokyo",
    )
    assert entry.after == {
        "alerts_by": "dm",
        "digest_at": "07:15",
        "work_ends": "16:00",
        "timezone": "Asia/Tokyo",
    }
    assert "direct messages; your digest comes at 07:15" in dana.command("/cs settings").words


@pytest.mark.parametrize(
    ("values", "field"),
    [({"timezone": "Mars/Base"}, "timezone"), ({"work_ends": "09:00"}, "work_ends")],
)
def test_a_wrong_setting_is_marked_and_nothing_is_kept(desk, values, field):
    dana = desk.person("U_DANA", "C_ALERTS")
    form = dana.press(dana.command("/cs settings").ephemeral, label="Change My Settings").view
    told = dana.submit(form, values | {"digest_at": "06:00"}).errors[field]
    assert not set("*`") & set(told), "a form shows marks as they stand"
    assert count(desk, "team.settings_changed") == 0


def test_a_fault_is_told_with_its_code_and_help_names_the_one_admin(desk):
    desk.slack.add_user(User("U_ADA", "ada", "Ada King"))
    desk.add(member("Ada King", role="admin"))
    dana = desk.person("U_DANA", "C_ALERTS")
    assert dana.command("/cs help").ephemeral.labels[1] == "Tell Ada"
    desk.slack.add_user(User("U_NOA", "noa", "Noa Levi"))
    desk.slack.channels["C_ALERTS"].members.add("U_NOA")
    assert ask(desk)[1].labels == ["Ask Ada for Access"]
    with desk.wiring.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE accounts RENAME TO accounts_gone")
    try:
        shown = dana.command("/cs my").ephemeral
    finally:
        with desk.wiring.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE accounts_gone RENAME TO accounts")
    code = shown.words.split("noted as *")[1][:4]
    for _ in range(2):
        assert dana.press(shown, label="Tell an Admin").ok
    desk.deliver()
    (told,) = desk.person("U_ADA").messages()
    assert f"csbot's log under *{code}*" in told.words
