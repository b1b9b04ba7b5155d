"""Of who has left: what would change them is asked about first, and nothing of it is a win."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from csbot.audit import AuditEntry
from csbot.checkins.model import CheckIn
from csbot.team.queries import by_slack_id
from tests import builders


def owned(desk, name, stage="churned", **over):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    fields = {"process": "enterprise", "lifecycle_stage": stage, **over}
    return desk.add(builders.account(name, owner_id=dana.id, **fields))


@pytest.fixture
def fjord(desk):
    left = owned(desk, "Fjord Foods")
    desk.add(builders.churn(left.id, effective_on=date(2026, 8, 19)))
    return left


def audits(desk):
    with desk.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry))


@pytest.mark.parametrize(
    "line",
    [
        "checkin {} customer is delighted",
        "nps {} 9 great",
        "csat {} 5",
        "happiness {} 4",
        "task add {} call legal due tomorrow",
        "meeting add {} QBR tomorrow 10:00",
        "assign {} lee",
        "stage {} start",
        "health {} healthy they love it",
        "tag {} vip",
        "renewal {} next: call Max",
        "snooze {} until friday they are on holiday",
        "notes {} they may come back",
        "follow {}",
    ],
)
def test_what_changes_an_account_that_left_asks_first_where_it_was_not_named(desk, fjord, line):
    dana = desk.person("U_DANA", "C_ALERTS")
    before = audits(desk)
    asked = dana.command("/cs " + line.format("foo")).ephemeral
    assert "Do you mean Fjord Foods, which left on" in asked.words
    assert "(you wrote foo)" in asked.words
    assert asked.labels == ["Fjord Foods"]
    assert audits(desk) == before


def test_who_says_that_they_mean_it_has_it_done_as_it_was_typed(desk, fjord):
    dana = desk.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs checkin foo customer is delighted").ephemeral
    done = dana.press(asked, label="Fjord Foods")
    assert "Check-in logged for Fjord Foods" in done.updated[-1].words
    with desk.sessions() as session:
        assert session.scalars(select(CheckIn.note)).all() == ["customer is delighted"]


@pytest.mark.parametrize("name", ["fjord foods", "fjord.example", "#1"])
def test_an_account_that_left_and_is_named_in_full_is_not_asked_about(desk, name):
    left = owned(desk, "Fjord Foods", domain="fjord.example")
    name = name.replace("#1", f"#{left.id}")
    said = desk.person("U_DANA", "C_ALERTS").command(f"/cs checkin {name} asked why").ephemeral
    assert "Check-in logged for Fjord Foods" in said.words


def test_one_that_nobody_recorded_as_leaving_is_asked_about_without_a_day(desk):
    owned(desk, "Fjord Foods")
    asked = desk.person("U_DANA", "C_ALERTS").command("/cs nps foo 9 great").ephemeral
    assert "Do you mean Fjord Foods, which is no customer any more?" in asked.words


@pytest.mark.parametrize("line", ["account foo", "timeline foo", "stage foo", "tasks foo"])
def test_what_only_shows_an_account_that_left_shows_it(desk, fjord, line):
    said = desk.person("U_DANA", "C_ALERTS").command(f"/cs {line}").ephemeral
    assert "Do you mean" not in said.words
    assert "Fjord Foods" in said.words


def test_the_digest_counts_no_win_of_who_has_left(desk, fjord):
    here = owned(desk, "Globex", "adoption")
    at = desk.now - timedelta(minutes=5)
    for one in (fjord, here):
        desk.add(builders.feedback(one.id, score=10, at=at, kind="nps"))
    desk.add(builders.task(here.id))
    said = desk.person("U_DANA", "C_ALERTS").command("/cs digest").ephemeral.words
    assert "Globex" in said
    assert "Fjord Foods" not in said
