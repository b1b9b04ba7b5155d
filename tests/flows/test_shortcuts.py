"""Messages kept from Slack's own menus, over real HTTP: guessed, shown, stored once, and no more."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from csbot.account_channels.model import AccountChannel
from csbot.audit import AuditEntry
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.tasks.model import Task
from csbot.workspace import speech
from csbot.workspace.model import User
from tests.builders import MONDAY, account, contact

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
    assert "Ann Lee" in form.words and WORDS in form.words
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
