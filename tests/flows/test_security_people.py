"""Guests, bots, people who left and other organisations' people, at every door, in every room."""

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import func, select, update

from csbot.account_channels.queries import own_channel
from csbot.accounts.model import Account
from csbot.alerts.routing import route
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.imports.errors import BadCell
from csbot.imports.kinds import FIELDS, Options
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import enqueue
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id, named
from csbot.team.service import grant_access
from csbot.workspace.faults import Fault
from csbot.workspace.model import User
from handlers.ask import PRESSES, SUBMITS, SUGGESTS
from messages.said import Said
from tests.builders import MONDAY, account, member
from tests.flows.test_security_door import COMMAND, form, interact, press, send

NOT_FOR_YOU = "members of this workspace"


def change(desk, slack_id: str, **values: object) -> None:
    with desk.sessions.begin() as session:
        changed = update(TeamMember).where(TeamMember.slack_id == slack_id).values(**values)
        session.execute(changed)


OUTSIDERS = {
    "an outsider": ("U_LEE", {"id": "U_LEE"}, {"is_outsider": True}),
    "who left": ("U_PRIYA", {"id": "U_PRIYA"}, {"active": False}),
    "of elsewhere": ("U_DANA", {"id": "U_DANA", "team_id": "T_OTHER"}, {}),
}


def test_every_button_form_and_menu_is_closed_to_who_may_not_come_in(desk):
    acme = desk.add(account("Acme"))
    for who, (slack_id, user, values) in OUTSIDERS.items():
        change(desk, slack_id, slack_checked_at=desk.now, **values)
        for action in PRESSES:
            asked = press(action, str(acme.id), user=user, trigger_id=f"{who}.{action}")
            assert interact(desk, asked).status_code == 200
        for view in SUBMITS:
            refused = interact(desk, form(callback_id=view) | {"user": user, "trigger_id": view})
            assert NOT_FOR_YOU in refused.text, who
        for action in SUGGESTS:
            asked = {"type": "block_suggestion", "team": {"id": "T"}, "user": user, "value": ""}
            assert interact(desk, asked | {"action_id": action}).json() == {"options": []}, who
    with desk.sessions() as session:
        said = [str(payload) for payload in session.scalars(select(OutgoingMessage.payload))]
        assert session.scalar(select(func.count(AuditEntry.id))) == 0
    assert len(said) == 3 * len(PRESSES)
    assert all(NOT_FOR_YOU in text and "Acme" not in text for text in said)


@pytest.mark.parametrize("outsider", [{"is_outsider": True}, {"active": False}])
def test_every_command_is_closed_to_them_too(desk, outsider):
    desk.add(account("Acme"))
    change(desk, "U_DANA", slack_checked_at=desk.now, **outsider)
    for text in ("account acme", "my", "help", "renewals --share", "checkin acme hello"):
        answer = send(desk, urlencode(COMMAND | {"text": text}))
        assert NOT_FOR_YOU in answer.text
        assert "Acme" not in answer.text


def silent(desk) -> None:
    """Slack does not say who anybody is."""
    for _ in range(3):
        desk.slack.faults.order(Fault(mode="error", error="fatal_error", method="users.info"))


@pytest.mark.parametrize("days", [None, 2])
def test_while_slack_is_silent_the_team_comes_in_as_what_they_are(desk, days):
    desk.add(account("Acme"))
    checked = None if days is None else desk.now - timedelta(days=days)
    change(desk, "U_ROBIN", slack_checked_at=checked)
    silent(desk)
    robin = desk.person("U_ROBIN", "C_ALERTS")
    assert "Acme" in robin.command("/cs account acme").words
    assert "Only" in robin.command("/cs nps acme 4").words


def test_whom_the_team_does_not_know_waits_until_slack_answers(desk):
    desk.add(account("Acme"))
    desk.slack.add_user(User("U_NEW", "new", "New Colleague"))
    desk.slack.channels["C_ALERTS"].members.add("U_NEW")
    silent(desk)
    words = desk.person("U_NEW", "C_ALERTS").command("/cs account acme").words
    assert "cannot ask Slack" in words
    assert "Try again" in words
    assert "48k" not in words


@pytest.mark.parametrize("outsider", [{"is_outsider": True}, {"active": False}])
def test_what_slack_last_said_against_somebody_holds_while_it_is_silent(desk, outsider):
    desk.add(account("Acme"))
    change(desk, "U_DANA", slack_checked_at=desk.now - timedelta(days=9), **outsider)
    silent(desk)
    assert NOT_FOR_YOU in desk.person("U_DANA", "C_ALERTS").command("/cs account acme").words


def test_an_admin_s_word_does_not_stand_above_slack_s_while_it_is_silent(desk):
    ada = desk.add(member("Ada King", role="admin"))
    change(desk, "U_DANA", is_outsider=True, active=False, slack_checked_at=desk.now)
    with desk.sessions.begin() as session:
        grant_access(
            session, slack_id="U_DANA", name="Dana", role="csm", by=ada, now=desk.now,
            settings=desk.settings,
        )  # fmt: skip
    silent(desk)
    assert NOT_FOR_YOU in desk.person("U_DANA", "C_ALERTS").command("/cs my").words


def test_who_is_let_in_is_looked_up_once_more_when_they_come(desk):
    ada = desk.add(member("Ada King", role="admin"))
    change(desk, "U_DANA", active=False, is_outsider=True, slack_checked_at=desk.now)
    with desk.sessions.begin() as session:
        grant_access(
            session, slack_id="U_DANA", name="Dana", role="csm", by=ada, now=desk.now,
            settings=desk.settings,
        )  # fmt: skip
    desk.slack.users["U_DANA"].is_restricted = True
    assert NOT_FOR_YOU in desk.person("U_DANA", "C_ALERTS").command("/cs my").words


@pytest.mark.parametrize("outsider", [{"is_outsider": True}, {"active": False}])
def test_nothing_is_written_to_who_may_not_come_in_and_the_admins_hear_why(desk, outsider):
    desk.add(member("Ada King", role="admin"))
    change(desk, "U_LEE", **outsider)
    with desk.sessions.begin() as session:
        enqueue(session, Said(sentence="Acme is at risk"), to="U_LEE", key="k", now=desk.now)
    desk.deliver()
    assert desk.person("U_LEE").messages() == []
    with desk.sessions() as session:
        sent = session.scalar(select(OutgoingMessage).where(OutgoingMessage.key == "k"))
        assert (sent.state, sent.last_error) == ("dead", "outsider")
        told = select(OutgoingMessage.payload).where(OutgoingMessage.lane == "U_ADA")
        assert "is a guest" in str(session.scalar(told))


@pytest.mark.parametrize("outsider", [{"is_outsider": True}, {"active": False}])
def test_nobody_from_outside_can_be_named_or_pinged(desk, outsider):
    change(desk, "U_LEE", **outsider)
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE")
        for written in ("<@U_LEE>", "@lee", "Lee Park"):
            with pytest.raises(Refused):
                named(session, written)
        assert Scope.load(session, desk.settings, MONDAY).person(lee.id) is None


ROOMS = ["#acme", "#acme-интернал", "C0123", "G0123"]
NO_ROOMS = [
    "U_LEE",
    "W0123",
    "D0123",
    "@lee",
    "<!channel>",
    "#a b",
    "#<@U1>",
    "C0123>",
    "#",
    "Acme",
]


def test_an_accounts_own_channel_is_a_channel_and_no_person(desk):
    desk.add(account("Acme", channel="U_OUT"))
    desk.run("detect")
    with desk.sessions() as session:
        lanes = set(session.scalars(select(OutgoingMessage.lane)))
        assert session.scalar(select(Account.channel)) == "U_OUT"
    assert "U_OUT" not in lanes
    assert lanes
    with desk.sessions.begin() as session:
        acme = session.scalars(select(Account)).one()
        for own in (*NO_ROOMS, *ROOMS):
            acme.channel = own
            session.flush()
            found = own_channel(session, acme.id)
            to = route(desk.settings, kind="task", own=found, segment=None).channel
            assert to == (own if own in ROOMS else "#cs-alerts")


def read(cell: str) -> object:
    return FIELDS["accounts"]["channel"].prepare(
        [cell], Options(zone=ZoneInfo("UTC"), dates=None, numbers=None)
    )(cell)


@pytest.mark.parametrize("cell", [cell for cell in NO_ROOMS if cell != "#"])
def test_a_file_cannot_route_an_account_to_a_person(cell):
    with pytest.raises(BadCell):
        read(cell)


@pytest.mark.parametrize(
    ("cell", "is_read_as"), [("#acme", "#acme"), ("acme", "#acme"), ("<#C01|acme>", "C01")]
)
def test_a_channel_is_read_however_it_is_written(cell, is_read_as):
    assert read(cell) == is_read_as


def test_an_admin_by_settings_whom_slack_calls_a_guest_stays_outside(desk):
    desk.slack.add_user(User("U_BOSS", "boss", "Boss", is_restricted=True))
    desk.slack.channels["C_ALERTS"].members.add("U_BOSS")
    desk.settings.env.csbot_admins.append("U_BOSS")
    boss = desk.person("U_BOSS", "C_ALERTS")
    assert NOT_FOR_YOU in boss.command("/cs my").words
    desk.slack.users["U_BOSS"].is_restricted = False
    desk.slack.faults.order(Fault(mode="error", error="missing_scope", method="users.info"))
    assert "cannot ask Slack" in boss.command("/cs my").words
    assert NOT_FOR_YOU not in boss.command("/cs my").words


def test_what_anybody_may_fetch_holds_no_customers_data(desk):
    desk.add(account("Umbrella", channel="#umbrella"))
    desk.run("detect")
    for path in ("/metrics", "/health/ready", "/health/live", "/docs", "/openapi.json", "/nope"):
        shown = httpx.get(f"{desk.url}{path}", timeout=30).text.casefold()
        assert "umbrella" not in shown
        assert "u_dana" not in shown
