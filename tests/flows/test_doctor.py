"""`csbot doctor` finds what is wrong in Slack, the database and the team, and says the mend."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from csbot import clock
from csbot.doctor import examine
from csbot.exposure import COLLABORATOR
from csbot.inbox.model import Received
from csbot.slack.manifest import OPTIONAL, REQUIRED
from csbot.sources import Source
from csbot.workspace.faults import Fault
from tests.builders import account, member


def levels(report):
    return {finding.what: finding.level for finding in report.findings}


def said(report, word):
    return [f for f in report.findings if word in f.what]


def test_a_healthy_installation_is_told_what_to_do_next(desk):
    report = examine(desk.wiring)
    assert not said(report, "environment:"), report.text()
    assert report.well, report.text()
    assert report.text().endswith("Next: csbot run")


def test_every_channel_that_is_routed_to_is_looked_at(desk):
    desk.slack.channels["C_ALERTS"].archived = True
    desk.slack.channels["C_WINS"].members.discard("UCSBOT")
    desk.slack.channels["C_OTHER"].is_ext_shared = True
    desk.add(account("Acme", channel="#gone"), account("Bolt", channel="#other"))
    report = examine(desk.wiring)
    assert not report.well
    assert "archived" in said(report, "#cs-alerts")[0].what
    assert "/invite @csbot" in said(report, "#cs-wins")[0].mend
    assert "shared with another organisation" in said(report, "#other")[0].what
    assert "create it" in said(report, "#gone")[0].mend


def test_a_revoked_token_is_named_with_its_mend(desk):
    desk.slack.tokens[desk.slack.bot_token].state = "token_revoked"
    report = examine(desk.wiring)
    assert not report.well
    assert "reinstall" in said(report, "token")[0].mend


def test_a_slack_that_asks_to_wait_is_no_reason_for_a_new_token(desk):
    desk.slack.faults.order(Fault("auth.test", "ratelimited", retry_after=30))
    (told,) = said(examine(desk.wiring), "slack: it says ratelimited")
    assert "reinstall" not in told.mend


@pytest.mark.parametrize("scope", [scope.name for scope in REQUIRED])
def test_a_missing_required_scope_is_a_fault(desk, scope):
    desk.slack.tokens[desk.slack.bot_token].scopes.discard(scope)
    found = said(examine(desk.wiring), f"scope {scope} is missing")
    assert [f.level for f in found] == ["bad"]


def test_a_missing_optional_scope_is_only_told(desk):
    desk.slack.tokens[desk.slack.bot_token].scopes -= {scope.name for scope in OPTIONAL}
    report = examine(desk.wiring)
    assert report.well
    assert len(said(report, "optional scope")) == len(OPTIONAL)


def test_people_without_slack_and_unknown_zones_are_named(desk):
    desk.add(member("Noor Haddad", slack_id=None, timezone="Mars/Base"))
    report = examine(desk.wiring)
    assert said(report, "'Mars/Base' is unknown")
    assert said(report, "have no Slack id")


def test_a_database_behind_its_migrations_is_a_fault(desk):
    with desk.wiring.engine.begin() as connection:
        head = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("DELETE FROM alembic_version"))
    try:
        found = said(examine(desk.wiring), "migrations")
    finally:
        with desk.wiring.engine.begin() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    assert [f.mend for f in found] == ["run: csbot db upgrade"]


def test_a_source_that_fell_silent_is_told_apart_from_one_that_speaks(desk):
    long_ago = clock.now() - timedelta(hours=80)
    desk.add(
        Source(name="usage", first_at=long_ago, last_at=long_ago),
        Source(name="billing", first_at=long_ago, last_at=long_ago),
    )
    report = examine(desk.wiring)
    usage, billing = said(report, "source usage")[0], said(report, "source billing")[0]
    assert (usage.level, billing.level) == ("warn", "ok")
    assert "silent for 80 hours" in usage.what
    assert "silent_after.usage" in usage.mend
    assert not said(report, "source tickets"), "a team need not have every source"


def test_what_was_set_aside_is_counted_with_the_command_that_shows_it(desk):
    now = clock.now()
    desk.add(
        Received(source="zendesk", event_id="1", received_at=now, state="set_aside"),
        Received(source="typeform", event_id="2", received_at=now, state="waiting"),
    )
    report = examine(desk.wiring)
    assert "csbot inbox list" in said(report, "set aside")[0].mend
    assert said(report, "not known yet: 1 delivery")[0].level == "ok"


@pytest.mark.parametrize(
    ("host", "public", "warned"),
    [("10.0.0.5", "", True), ("127.0.0.1", "", False), ("10.0.0.5", "https://cs.example/", False)],
)
def test_plain_http_beyond_this_machine_is_warned_of(desk, monkeypatch, host, public, warned):
    monkeypatch.setattr(desk.settings.env, "csbot_host", host)
    monkeypatch.setattr(desk.settings.env, "csbot_public_url", public)
    found = said(examine(desk.wiring), "plain http")
    assert [f.level for f in found] == (["warn"] if warned else [])


def test_it_asks_for_the_second_collaborator_whom_it_cannot_see(desk):
    report = examine(desk.wiring)
    assert COLLABORATOR in report.findings
    assert "? ask  people: has the Slack app a second collaborator" in report.text()
