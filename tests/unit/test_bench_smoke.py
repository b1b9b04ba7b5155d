"""The benchmarks run and count right, at their smallest; nothing here looks at the time taken."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.db.engine import open_database
from csbot.onboarding.filters import Filters
from csbot.onboarding.overview import overview
from csbot.playbooks.folders import LIBRARY
from csbot.team.model import TeamMember
from messages.onboarding_list import OnboardingList
from tests.bench import (
    company,
    completion,
    home,
    onboarding,
    places,
    posting,
    renewals,
    requests,
    scan,
    scans,
    usage,
    usage_questions,
)
from tests.bench.by_hand_triggers import STARTS, WATCHED
from tests.bench.report import Table, markdown, ratio
from tests.databases import KINDS, fresh_postgres, migrated

SIZES = (100, 200)


@pytest.fixture(scope="module", params=KINDS)
def figures(request: pytest.FixtureRequest) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"detect": [], "digest": []}
    for size in SIZES:
        with _place(request) as url:
            engine = open_database(url)
            company.fill(engine, size)
            engine.dispose()
            for name, seen in found.items():
                seen.append(scan.measured(name, url, rounds=1) | {"accounts": size})
    return found


def _place(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    if request.param == "sqlite":
        return places.database("sqlite")
    return _postgres(request.getfixturevalue("postgres_server"))


@contextmanager
def _postgres(server: str) -> Iterator[str]:
    with fresh_postgres(server) as url:
        migrated(url).dispose()
        yield url


def test_a_company_has_ten_contacts_an_account_and_an_owner_for_most(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    company.fill(engine, 300)
    with sessions() as session:
        assert session.scalar(select(func.count(Account.id))) == 300
        assert session.scalar(select(func.count(Contact.id))) == 3_000
        assert session.scalar(select(func.count(TeamMember.id))) == company.csm_count(300) + 1
        ownerless = select(func.count(Account.id)).where(Account.owner_id.is_(None))
        assert session.scalar(ownerless) == 3
        session.add(Account(name="New", name_key="new", process="x", lifecycle_stage="x",
                            created_at=company.NOW, updated_at=company.NOW))  # fmt: skip
        session.flush()


def test_no_two_customers_have_the_same_name() -> None:
    assert len({company.name(number) for number in range(1, 5_001)}) == 5_000


def test_every_playbook_of_the_library_has_its_sql_by_hand() -> None:
    named = {path.stem for path in LIBRARY.glob("*.yaml")}
    assert named == STARTS.keys() | WATCHED.keys()


def test_detect_raises_what_the_sql_by_hand_finds(figures: dict[str, Any]) -> None:
    assert [seen["same rows"] for seen in figures["detect"]] == [True, True]
    assert [seen["raised"] for seen in figures["detect"]] == [21, 32]


def test_a_second_run_changes_nothing(figures: dict[str, Any]) -> None:
    assert [seen["again changed"] for scan in figures.values() for seen in scan] == [0] * 4


@pytest.mark.parametrize("run", ["first statements", "again statements"])
def test_the_number_of_statements_does_not_grow(figures: dict[str, Any], run: str) -> None:
    for seen in figures.values():
        assert seen[0][run] == seen[1][run]


def test_the_next_day_changes_every_alert_in_as_many_statements(figures: dict[str, Any]) -> None:
    small, large = figures["detect"]
    assert small["changed"] >= small["raised"]
    assert small["changed statements"] == large["changed statements"]


def test_everybody_gets_a_digest(figures: dict[str, Any]) -> None:
    people = [company.csm_count(size) + 1 for size in SIZES]
    assert [seen["raised"] for seen in figures["digest"]] == people


def test_scans_are_shown_with_a_row_for_each_size(figures: dict[str, Any]) -> None:
    made = scans.tables("sqlite", figures)
    assert [len(table.rows) for table in made] == [2, 2, 2]
    assert all(len(row) == len(table.columns) for table in made for row in table.rows)


def test_a_scan_is_measured_in_a_process_of_its_own() -> None:
    seen = scans.measure("sqlite", scans.Plan(sizes=(50,), rounds=1), "digest")
    assert [one["raised"] for one in seen["digest"]] == [2]
    assert seen["digest"][0]["peak MB"] > 0


def test_requests_are_answered_and_do_their_work() -> None:
    ratios, figures = requests.bench("sqlite", requests.Plan(accounts=150, requests=16, rounds=1))
    assert [row[0] for row in ratios.rows] == ["/cs account", "Acknowledge", "channel_rename"]
    assert len(figures.rows) == 9
    assert all(len(row) == len(made.columns) for made in (ratios, figures) for row in made.rows)


def test_posting_sends_each_message_once_and_within_the_limits() -> None:
    plan = posting.Plan(messages=20, channels=4, scale=20, urgent=2)
    seen = posting.measure("sqlite", posting.cases(plan)[0], plan)
    assert (seen.posted, seen.refused, len(seen.waits)) == (22, 0, 2)


def test_what_the_limits_allow_is_the_slower_of_channel_and_workspace() -> None:
    assert posting.Case("", 300, limit=300, messages=600, channels=20).allowed == 119
    assert posting.Case("", 580, limit=600, messages=60, channels=2).allowed == 29


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio([2.0, 30.0, 4.0], [1.0, 10.0, 4.0]) == 2.0


def test_a_table_is_written_as_markdown() -> None:
    table = Table("T", ("what", "n"), notes=["small"])
    table.add("a", 1)
    assert markdown(table).splitlines() == [
        "### T", "", "| what | n |", "| --- | ---: |", "| a | 1 |", "", "- small",
    ]  # fmt: skip


def test_usage_is_taken_and_counted() -> None:
    plan = usage.Plan(batches=4, size=10, at_once_people=3, people=30, rounds=1)
    table = usage.bench("sqlite", plan)
    assert [row[0] for row in table.rows] == [usage.BATCH, usage.BULK, usage.EMPTY]


def test_rollups_answer_every_question() -> None:
    table = usage_questions.bench("sqlite", [usage_questions.Plan(10_000, rounds=1)])
    assert [len(row) for row in table.rows] == [len(table.columns)]


def test_onboarding_is_listed_as_the_sql_by_hand_has_it(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    company.fill(engine, 280)
    with sessions.begin() as session:
        onboarding.put_in_stages(session)
        for owner in (None, 1):
            chosen = Filters(owners=(owner,) if owner else (), everybody=True)
            me = session.get_one(TeamMember, 1)
            shown = overview(session, chosen, person=me, now=company.NOW)
            assert isinstance(shown, OnboardingList)
            found = [shown.count, shown.late, len(shown.lines)]
            assert onboarding.by_hand(session, engine.dialect.name, owner) == found
            assert shown.late > 0
    table = onboarding.bench("sqlite", onboarding.Plan(accounts=60, rounds=1))
    assert [len(row) for row in table.rows] == [len(table.columns)] * 5


def test_names_are_completed_and_compared() -> None:
    table = completion.bench("sqlite", completion.Plan(accounts=50, asked=3))
    assert [len(row) for row in table.rows] == [len(table.columns)] * 5


def test_renewals_are_listed_and_compared() -> None:
    table = renewals.bench("sqlite", renewals.Plan(accounts=50, rounds=1))
    assert [row[0] for row in table.rows] == list(renewals._kinds())
    assert [row[2] for row in table.rows[:4]] == ["11", "11", "11", "12"]  # names of owners


def test_home_is_drawn_and_compared() -> None:
    table = home.bench("sqlite", home.Plan(accounts=50, rounds=1))
    whose = ["a CSM", "an admin with a team", "a viewer, of all"]
    assert [row[0] for row in table.rows] == whose + [f"{one}, one in ten away" for one in whose]
