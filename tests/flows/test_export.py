"""What is exported can be imported again, and changes nothing; formulas stay text."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.command import export, show_account
from csbot.accounts.rules import Health
from csbot.accounts.service import show_health
from csbot.errors import Refused
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.imports.service import import_file
from csbot.revenue import Revenue
from csbot.settings import Config, Environment, Settings
from tests.builders import MONDAY, account, contact, feedback, meeting, member, task

SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
KINDS = ["team", "accounts", "contacts", "tasks", "meetings", "feedback", "revenue"]


def revenue(account_id: int, mrr: str, **over: Any) -> Revenue:
    day, over = over.pop("day", date(2026, 1, 5)), {"currency": "USD"} | over
    return Revenue(account_id=account_id, effective_on=day, mrr=Decimal(mrr), **over)


@pytest.fixture
def office(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    with sessions.begin() as session:
        session.add(dana := member(slack_id="U0DANA0001"))
        session.flush()
        session.add(
            evil := account(
                '=HYPERLINK("http://evil.example")',
                external_id="a1",
                domain="evil.example",
                owner_id=dana.id,
                industry="Logistics",
                customer_since=MONDAY - timedelta(days=400),
            )
        )
        session.add(account("Twin", domain="twin.one"))
        session.add(twin := account("Twin", domain="twin.two", arr=None, renewal_on=None))
        session.flush()
        session.add_all(
            [
                contact(
                    evil.id,
                    "@Ann Lee",
                    email="ann@c.example",
                    phone="+49 30 1234",
                    last_login_at=MONDAY - timedelta(days=3),
                ),
                contact(twin.id, "Ümit", email="u@c.example", role=None),
                task(evil.id, "-1 day: call", assignee_id=dana.id, priority="high"),
                task(evil.id, "Done already", done_at=MONDAY),
                meeting(twin.id, attendees=["ann@c.example", "Max"], agenda="one\ntwo"),
                revenue(evil.id, "650.5"),
                revenue(evil.id, "0", day=date(2026, 6, 1), source="stripe"),
                revenue(twin.id, "48000", currency="JPY"),
                feedback(evil.id, email="ann@c.example", comment="+1, but “slow”; really"),
            ]
        )
        show_health(session, account_id=evil.id, status=Health.STRUGGLING, now=MONDAY)
    return sessions


def exported(sessions: sessionmaker[Session], kind: str) -> bytes:
    out = io.StringIO()
    with sessions() as session:
        csv.writer(out).writerows(export(session, kind))
    return out.getvalue().encode()


def imported(sessions: sessionmaker[Session], kind: str, raw: bytes) -> Any:
    table = read_table(raw, kind=kind, options=Options())
    with sessions.begin() as session:
        return import_file(
            session, table=table, by=None, now=MONDAY, dry_run=False, settings=SETTINGS
        )


@pytest.mark.parametrize("kind", KINDS)
def test_importing_an_export_changes_nothing(office: sessionmaker[Session], kind: str) -> None:
    raw = exported(office, kind)
    report = imported(office, kind, raw)
    assert report.ok, report.bad()
    assert (report.created, report.changed) == (0, 0)
    assert report.unchanged == len(raw.decode().splitlines()) - 1 - raw.decode().count("one\ntwo")
    assert exported(office, kind) == raw


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_can_run_in_a_spreadsheet(office: sessionmaker[Session], kind: str) -> None:
    for row in csv.reader(io.StringIO(exported(office, kind).decode())):
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell for cell in row)


def test_finished_tasks_are_not_exported(office: sessionmaker[Session]) -> None:
    assert b"Done already" not in exported(office, "tasks")


def test_an_unknown_kind_is_refused_with_the_known_ones(office: sessionmaker[Session]) -> None:
    with office() as session, pytest.raises(Refused, match="accounts, contacts, team"):
        export(session, "secrets")


def test_the_json_of_an_account_has_the_promised_keys(office: sessionmaker[Session]) -> None:
    promised = (
        "name domain arr currency segment plan process lifecycle_stage onboarding_stage health "
        "renewal_date owner tags pipelines score contacts tasks meetings checkins feedback "
        "payments alerts usage timeline"
    )
    with office() as session:
        shown = show_account(session, "a1", settings=SETTINGS, now=MONDAY)
    assert set(promised.split()) <= set(shown)
    assert shown["owner"] == "dana@vendor.example"
    assert shown["arr"] == 48_000
    assert shown["tags"] == ["Struggling"]
    assert shown["pipelines"] == {"Customer Health Status": "Struggling"}
    assert shown["contacts"][0]["last_login_at"] == "2026-11-20T09:00:00Z"
    assert shown["first_value"] == {
        "at": None, "what": None, "days": None, "goal_days": 30, "milestone": "first_value",
        "late": True,
    }  # fmt: skip
    assert shown["payments"] == shown["usage"] == []
    assert [event["kind"] for event in shown["timeline"]] == ["feedback"]
