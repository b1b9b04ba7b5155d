"""csbot's settings, changed in Slack: who may, what wins, and when it counts."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from csbot.audit import AuditEntry
from csbot.outbox.model import OutgoingMessage
from csbot.overrides import Override
from csbot.sources import Source
from csbot.team.model import TeamMember
from csbot.workspace.faults import Fault
from csbot.workspace.model import User
from tests.builders import MONDAY, account, contact, member
from tests.flows.conftest import CONFIG, seated, wired

LOCKED = """
[thresholds]
renewal_window_days = 60
[locked]
keys = [
  "thresholds.renewal_window_days",
  "alerts_by",
]
"""


@pytest.fixture
def office(engine, database_url, workspace, tmp_path, monkeypatch):
    """The desk with two admins, Ada and Abe, and a csbot.toml that locks two things."""
    with (
        wired(database_url, workspace, tmp_path, monkeypatch, CONFIG + LOCKED) as wiring,
        seated(wiring, workspace) as desk,
    ):
        for slack_id, name in (("U_ADA", "Ada King"), ("U_ABE", "Abe Fox")):
            desk.slack.add_user(User(slack_id, name.split()[0].lower(), name))
            desk.slack.channels["C_ALERTS"].members.add(slack_id)
        desk.add(member("Ada King", role="admin"), member("Abe Fox", role="admin"))
        yield desk


def entries(desk):
    with desk.sessions() as session:
        query = select(AuditEntry).where(AuditEntry.verb.like("%settings.changed"))
        return list(session.scalars(query.order_by(AuditEntry.id)))


def section(person, name):
    return answer(person.choose(person.command("/cs admin").ephemeral, name))


def answer(seen):
    """What stands where the press was."""
    return (seen.updated or seen.messages)[-1]


def quiet_account(desk):
    """Nobody has logged in for eight days: an alert by the default of seven."""
    dana = member_id(desk, "U_DANA")
    acme = desk.add(account(owner_id=dana))
    desk.add(contact(acme.id, last_login_at=MONDAY - timedelta(days=8)))


def member_id(desk, slack_id):
    with desk.sessions() as session:
        return session.scalar(select(TeamMember.id).where(TeamMember.slack_id == slack_id))


def raised(desk):
    with desk.sessions() as session:
        return session.scalar(select(func.count()).where(AuditEntry.verb == "alert.raised"))


def test_a_value_set_in_slack_counts_at_the_next_run_and_goes_back(office):
    quiet_account(office)
    ada = office.person("U_ADA", "C_ALERTS")
    shown = section(ada, "What becomes an alert")
    assert "Nobody has logged in for: *7* days, default" in shown.words
    assert "*60* days, csbot.toml, locked in line 13" in shown.words
    form = ada.press(shown, label="Change Settings").view
    assert ada.submit(form, {"thresholds.inactive_days": "9"}).ok
    office.deliver()
    said = ada.last("C_ALERTS").words
    assert "Saved: Nobody has logged in for" in said
    assert "*9* days, set here by Ada King on" in said
    office.run("detect")
    assert raised(office) == 0
    entry = entries(office)[0]
    assert (entry.subject, entry.before["value"], entry.after["value"]) == (
        "setting:thresholds.inactive_days", None, 9,
    )  # fmt: skip
    panel = ada.command("/cs admin --share").ephemeral  # not for everybody to read
    assert "1 set in Slack" in panel.words
    shown = section(ada, "What becomes an alert")
    done = ada.choose(shown, "Nobody has logged in for")
    assert "*7* days, default" in done.words
    ada.choose(shown, "Nobody has logged in for")
    assert len(entries(office)) == 2
    office.run("detect")
    assert raised(office) == 1


def test_words_do_the_same_and_undo_takes_it_back(office):
    ada = office.person("U_ADA", "C_ALERTS")
    said = ada.command("/cs admin thresholds.low_health 35").words
    assert "*35* of 100, set here by Ada King" in said
    ada.command("/cs admin thresholds.low_health 35")
    assert len(entries(office)) == 1
    assert "as before" in ada.command("/cs undo").words
    assert "*50* of 100, default" in ada.command("/cs admin worth").words
    ada.command("/cs admin thresholds.low_health 30")
    ada.command("/cs admin thresholds.low_health back")
    with office.sessions() as session:
        assert session.scalars(select(Override)).all() == []


@pytest.mark.parametrize(
    ("words", "opens"),
    [
        ("role defaults", "Role defaults."), ("What becomes an alert", "What becomes an alert."),
        ("channels  and", "Channels and routing."), ("last errors", "Last errors: none."),
        ("alerts held back", "Alerts held back: none."),
    ],
)  # fmt: skip
def test_a_section_opens_by_its_title_as_it_stands_in_the_menu(office, words, opens):
    assert office.person("U_ADA").command(f"/cs admin {words}").ephemeral.text == opens


def test_a_section_is_kept_and_stays_current_for_admins_alone(office):
    ada = office.person("U_ADA", "C_ALERTS")
    shown = ada.command("/cs admin thresholds").ephemeral
    assert ada.press(shown, label="Keep").ok
    office.deliver()
    assert "*7* days, default" in ada.messages()[-1].words
    office.person("U_ABE").command("/cs admin thresholds.inactive_days 9")
    office.run("kept")
    assert "*9* days, set here by Abe Fox" in ada.messages()[-1].words
    with office.sessions.begin() as session:
        session.execute(
            update(TeamMember).where(TeamMember.slack_id == "U_ADA").values(role="manager")
        )
    office.run("kept")
    assert "days" not in ada.messages()[-1].words


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("thresholds.renewal_window_days 30", "line 13 of csbot.toml"),
        ("alerts_by.csm dm", "line 14 of csbot.toml"),
        ("thresholds.inactive_days nine", "Write a whole number from 0 to 730."),
        ("thresholds.inactive_days -1", "Write a whole number from 0 to 730."),
        ("alerts_by.admin diggest", "did you mean `digest`?"),
        ("channels.alerts <!channel>", "is no channel"),
        ("channels.segments enterprise", "Write a line each"),
        ("delivery.lease 1", "no setting"),
        ("thresholds 9", "is a section: `/cs admin thresholds` shows"),
        ("thresholds.inactive_dayz 9", "did you mean `thresholds.inactive_days`?"),
        ("thresholdz", "no setting *thresholdz* in Slack, did you mean `thresholds"),
        ("banana", "`/cs admin` shows those there are"),
        ("channels.alerts #nowhere", "type /invite @csbot in #nowhere"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(office, words, why):
    assert why in office.person("U_ADA", "C_ALERTS").command(f"/cs admin {words}").words
    assert entries(office) == []


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("thresholds", "What becomes an alert"),
        ("thresholds.low_health", "Money, health and scores"),
        ("alerts_by", "Role defaults"),
        ("Flood", "Quiet start and floods"),
        ("holds", "Alerts held back"),
    ],
)
def test_a_section_opens_by_any_of_its_names(office, word, title):
    said = office.person("U_ADA", "C_ALERTS").command(f"/cs admin {word}").words
    assert title in said
    assert "\u02cb" not in said, "our own marks are drawn, not made harmless"


def test_alerts_go_to_no_channel_that_is_not_there_and_a_silent_slack_hinders_nobody(office):
    ada = office.person("U_ADA", "C_ALERTS")
    office.slack.channels["C_WINS"].members.discard("UCSBOT")
    form = ada.press(section(ada, "Channels and routing"), label="Change Settings").view
    to = {"channels.alerts": "#other", "channels.segments": "smb = #cs-wins"}
    ((field, told),) = ada.submit(form, to).errors.items()
    assert field == "channels.segments"
    assert "#cs-wins: csbot is not in it. To mend it: type /invite @csbot in #cs-wins" in told
    assert entries(office) == []
    assert len([c for c in office.slack.calls if c.method == "conversations.list"]) == 1
    office.slack.faults.order(Fault("conversations.list", "error", error="missing_scope"))
    said = ada.command("/cs admin channels.alerts #nowhere").words
    assert "Saved: Alerts go to. Slack could not be asked about #nowhere" in said
    assert len(entries(office)) == 1


def test_a_wrong_value_is_marked_at_its_field_and_nothing_is_kept(office):
    ada = office.person("U_ADA", "C_ALERTS")
    form = ada.press(section(ada, "What becomes an alert"), label="Change Settings").view
    wrong = {"thresholds.inactive_days": "x" * 2_000, "thresholds.group_above": "7"}
    assert "thresholds.inactive_days" in ada.submit(form, wrong).errors
    assert entries(office) == []
    assert "locked" in ada.press(section(ada, "Role defaults"), label="Change Settings").words


def test_the_second_of_two_admins_sees_what_changed_meanwhile(office):
    ada, abe = office.person("U_ADA", "C_ALERTS"), office.person("U_ABE", "C_ALERTS")
    forms = [
        who.press(section(who, "What becomes an alert"), label="Change Settings").view
        for who in (ada, abe)
    ]
    assert ada.submit(forms[0], {"thresholds.inactive_days": "9"}).ok
    refused = abe.submit(forms[1], {"thresholds.inactive_days": "5"})
    assert "Ada King has changed this meanwhile: it is 9 now" in str(refused.errors)
    assert abe.submit(forms[1], {"thresholds.inactive_days": "7", "thresholds.group_above": "8"}).ok
    with office.sessions() as session:
        rows = session.execute(select(Override.key, Override.value)).all()
    assert sorted(map(tuple, rows)) == [
        ("thresholds.group_above", 8), ("thresholds.inactive_days", 9),
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["U_PRIYA", "U_DANA", "U_ROBIN"])
def test_nobody_but_admins_sees_or_changes_them(office, who):
    other = office.person(who, "C_ALERTS")
    for words in ("", " errors", " thresholds.inactive_days 3"):
        assert "Only admins can change csbot's settings" in other.command(f"/cs admin{words}").words
    assert entries(office) == []


def test_who_is_an_admin_no_more_is_refused_at_what_they_had_open(office):
    ada = office.person("U_ADA", "C_ALERTS")
    ada.command("/cs admin thresholds.low_health 40")
    shown = section(ada, "Money, health and scores")
    form = ada.press(shown, label="Change Settings").view
    with office.sessions.begin() as session:
        session.execute(update(TeamMember).where(TeamMember.name == "Ada King").values(role="csm"))
    assert "Only admins" in str(ada.submit(form, {"thresholds.low_health": "30"}).errors)
    assert "Only admins" in ada.press(shown, label="Change Settings").words
    assert "Only admins" in ada.choose(shown, "Poor health is under").words
    assert "Only admins" in ada.choose(shown, "Show All Sections").words
    assert len(entries(office)) == 1


def test_routing_holds_and_troubles_are_told(office):
    ada = office.person("U_ADA", "C_ALERTS")
    office.add(
        Source(name="billing", first_at=MONDAY, last_at=MONDAY - timedelta(days=20)),
        OutgoingMessage(
            key="x", call="post", message="alert", lane="#gone", payload={}, state="dead",
            created_at=MONDAY, not_before=MONDAY, last_error="channel_not_found",
        ),
    )  # fmt: skip
    panel = ada.command("/cs admin").ephemeral
    assert "billing silent" in panel.words
    assert "1 trouble to look at under Last errors" in panel.words
    for _ in ("once", "twice"):
        shown = answer(ada.press(panel, label="Show Last Errors")).words
        assert "alert to #gone: channel_not_found, just now" in shown
    assert "Alerts held back: none." in (none := ada.choose(panel, "Alerts held back").words)
    assert "until an admin decides" not in none
    assert "billing: last heard 20 days ago, silent" in ada.choose(panel, "Health of sources").words
    form = ada.press(section(ada, "Channels and routing"), label="Change Settings").view
    to = {"channels.alerts": "#other", "channels.segments": "mid-market = #cs-wins"}
    assert ada.submit(form, to).ok
    quiet_account(office)
    office.run("detect")
    assert [shown.words for shown in office.in_channel("#cs-wins")]
    assert "*#other*, set here by Ada" in ada.command("/cs admin channels").words
