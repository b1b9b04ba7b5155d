"""Files that people ask for: made by whoever is free, sent once, told of when they cannot be."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.inbox.asked import LEASE, TRIES
from csbot.inbox.model import Received
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def priya(desk):
    """Has asked for the list of renewals, of which there is one."""
    held = desk.add(builders.account("Acme"))
    desk.add(builders.renewal(held.id))
    made = desk.person("U_PRIYA", "C_OTHER")
    made.command("/cs renewals export")
    return made


def row(session) -> Received:
    return session.scalars(select(Received).where(Received.source == "file")).one()


def test_what_another_worker_is_at_is_left_to_it_and_taken_over_when_it_was_killed(desk, priya):
    with desk.sessions.begin() as session:
        row(session).tries, row(session).tried_at = 1, desk.now
    desk.run("files")
    assert desk.slack.files == {}
    desk.run("files", at=desk.now + LEASE + timedelta(seconds=1))
    assert len(desk.slack.files) == 1
    with desk.sessions() as session:
        assert (row(session).state, row(session).body, row(session).tries) == ("done", None, 2)


def test_a_file_that_fails_each_time_is_given_up_and_said(desk, priya):
    with desk.sessions.begin() as session:
        row(session).tries, row(session).tried_at = TRIES, desk.now - LEASE
    for _ in range(2):
        desk.run("files")
    desk.deliver()
    (told,) = priya.messages()
    assert told.text == "“list of renewals” could not be made."
    assert desk.slack.files == {}


@pytest.mark.parametrize("change", [{"active": False}, {"is_outsider": True}, {"slack_id": None}])
def test_who_has_left_or_turned_out_a_guest_gets_nothing(desk, priya, change):
    with desk.sessions.begin() as session:
        who = by_slack_id(session, "U_PRIYA")
        for name, value in change.items():
            setattr(who, name, value)
    desk.run("files")
    desk.deliver()
    assert desk.slack.files == {}
    assert priya.messages() == []


def test_a_kind_that_a_later_version_no_longer_makes_is_passed_over(desk, priya):
    with desk.sessions.begin() as session:
        row(session).kind = "hologram"
    assert "0 files sent" in desk.run("files")
    with desk.sessions() as session:
        assert row(session).state == "done"


def test_without_the_scope_the_way_on_is_told(desk, priya):
    desk.slack.tokens[desk.slack.bot_token].scopes -= {"files:write"}
    desk.run("files")
    desk.deliver()
    (told,) = priya.messages()
    assert "“renewals-2026-11-23.csv, 1 line” could not be sent." in told.text
    assert "adds the scope files:write" in told.words
