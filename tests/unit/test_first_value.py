"""First value: when it counts as reached, how long it took, and how many have it in time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.access import Role
from csbot.accounts.choosing import segment_key
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.conditions.frame import Frame
from csbot.conditions.grammar import parse
from csbot.conditions.sql import where
from csbot.errors import Forbidden, Refused
from csbot.onboarding import first_value, value_report
from csbot.onboarding.aims import Aim, FirstValue
from csbot.onboarding.filters import Filters
from csbot.usage.model import Milestone, ProductGroup
from messages.render import render
from tests.builders import MONDAY, account, member

DAY = timedelta(days=1)
SETTINGS = FirstValue(segments={"Enterprise": Aim(milestone="report-sent", days=45)})


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def used(session: Session, name: str, milestones: dict[str, int], **over: Any) -> Account:
    """An account whose product group reached these milestones so many days ago."""
    made: Account = add(session, account(name, domain=None, **over))
    group = add(session, ProductGroup(key=name, account_id=made.id, first_seen_at=MONDAY))
    for what, days in milestones.items():
        add(session, Milestone(group_id=group.id, name=what, reached_at=MONDAY - days * DAY))
    return made


def reached(session: Session) -> dict[str, tuple[str | None, int]]:
    session.expire_all()
    query = select(Account).where(Account.first_value_at.is_not(None))
    return {
        one.name: (one.first_value_what, (MONDAY - one.first_value_at).days)
        for one in session.scalars(query)
        if one.first_value_at
    }


def test_what_counts_is_the_milestone_of_the_segment(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        used(session, "Small", {"first_value": 3, "report-sent": 9}, segment="smb")
        used(session, "Nameless", {"first_value": 4}, segment=None)
        used(session, "Large", {"first_value": 3, "report-sent": 2}, segment="ENTERPRISE ")
        used(session, "Not yet", {"first_value": 3}, segment="enterprise")
        used(session, "Other", {"invited": 3})
        assert first_value.find_reached(session, now=MONDAY, settings=SETTINGS) == 3
        assert reached(session) == {
            "Small": ("first_value", 3),
            "Nameless": ("first_value", 4),
            "Large": ("report-sent", 2),
        }


def test_it_is_noted_once_and_never_moves(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        made = used(session, "Acme", {"first_value": 3})
        assert first_value.find_reached(session, now=MONDAY, settings=SETTINGS) == 1
        other = add(session, ProductGroup(key="2", account_id=made.id, first_seen_at=MONDAY))
        add(session, Milestone(group_id=other.id, name="first_value", reached_at=MONDAY - 9 * DAY))
        assert first_value.find_reached(session, now=MONDAY + DAY, settings=SETTINGS) == 0
        assert reached(session)["Acme"] == ("first_value", 3)
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.verb == first_value.VERB))
        assert (entry.by_id, entry.account_id, entry.before) == (
            None, made.id, {"first_value_at": None, "first_value_what": None},
        )  # fmt: skip
        assert entry.after
        assert entry.after["first_value_what"] == "first_value"


def test_many_are_found_in_as_many_statements_as_one(
    sessions: sessionmaker[Session], engine: Engine
) -> None:
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    counts = []
    for size in (1, 30):
        with sessions.begin() as session:
            for number in range(size):
                used(session, f"A{size}-{number}", {"first_value": 1})
            seen.clear()
            assert first_value.find_reached(session, now=MONDAY, settings=SETTINGS) == size
            counts.append(len(seen))
    assert counts == [2, 2]


def test_a_person_records_it_with_what_it_was(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        dana, made = add(session, member()), add(session, account())
        how: dict[str, Any] = {"account_id": made.id, "by": dana, "now": MONDAY}
        first_value.reach(session, what="  first   report sent ", **how)
        assert (made.first_value_at, made.first_value_what) == (MONDAY, "first report sent")
        with pytest.raises(Refused, match="on 23 Nov 2026 \\(first report sent\\)"):
            first_value.reach(session, what="again", **how)
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.verb == first_value.VERB))
        assert (entry.by_id, entry.before) == (dana.id, first_value.NOTHING)
        assert first_value.find_reached(session, now=MONDAY, settings=SETTINGS) == 0


@pytest.mark.parametrize(("what", "said"), [("  ", "Write what"), ("x" * 201, "At most 200")])
def test_nothing_and_too_much_are_no_first_value(
    sessions: sessionmaker[Session], what: str, said: str
) -> None:
    with sessions.begin() as session:
        dana, made = add(session, member()), add(session, account())
        with pytest.raises(Refused, match=said):
            first_value.reach(session, account_id=made.id, what=what, by=dana, now=MONDAY)


def test_a_viewer_records_none(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        lee, made = add(session, member(role=Role.VIEWER)), add(session, account())
        with pytest.raises(Forbidden):
            first_value.reach(session, account_id=made.id, what="x", by=lee, now=MONDAY)


def test_conditions_know_whether_it_came_when_and_whether_that_was_too_late(
    sessions: sessionmaker[Session],
) -> None:
    """Day 30 is in time where 30 are allowed; before they were a customer counts as day 0."""
    with sessions.begin() as session:
        for name, age, ago, segment in (
            ("soon", 30, None, "smb"), ("over", 31, None, "smb"), ("big", 31, None, "enterprise"),
            ("in time", 60, 30, "smb"), ("too late", 60, 29, "smb"), ("trial", 10, 20, "smb"),
        ):  # fmt: skip
            dates = {"first_value_at": None if ago is None else MONDAY - ago * DAY}
            dates["customer_since"] = MONDAY - age * DAY
            add(session, account(name, segment=segment, domain=None, **dates))
        frame = Frame(MONDAY, first_value=SETTINGS)
        found = {
            said: {
                one.name
                for one in session.scalars(
                    select(Account).where(where(parse({f"account.{said}": test}), frame))
                )
            }
            for said, test in (
                ("first_value", {"is": True}),
                ("first_value_late", {"is": True}),
                ("days_to_first_value", {"at_least": 30}),
            )
        }
        days = dict(session.execute(select(Account.name, first_value.days_taken())).all())
    assert found == {
        "first_value": {"in time", "too late", "trial"},
        "first_value_late": {"over", "too late"},
        "days_to_first_value": {"in time", "too late"},
    }
    assert days == {
        "soon": None, "over": None, "big": None, "in time": 30, "too late": 31, "trial": 0,
    }  # fmt: skip


def test_the_report_counts_in_time_those_of_whom_it_is_known(
    sessions: sessionmaker[Session],
) -> None:
    """Who still has time counts neither way; who was late counts, and so do their days."""
    with sessions.begin() as session:
        for number, (age, took, segment) in enumerate((
            (200, 10, "smb"), (200, 20, "smb"), (100, 40, "smb"), (90, None, "smb"),
            (3, None, "smb"), (2, 1, "Enterprise"), (40, None, "Enterprise"), (400, 5, "smb"),
        )):  # fmt: skip
            since = MONDAY - age * DAY
            at = None if took is None else since + took * DAY
            held = {"customer_since": since, "first_value_at": at, "segment": segment}
            add(session, account(f"A{number}", domain=None, **held))
        report = value_report.report(session, Filters(), settings=SETTINGS, now=MONDAY)
        smb, large = report.segments
        assert (smb.label, smb.began, smb.in_time, smb.known, smb.median) == ("smb", 5, 2, 4, 20)
        assert smb.share == "2 of 4 in time (50 %, likely 15 to 85 %)"
        assert smb.rest == ", goal 30 days, median 20 days, 1 still has time"
        assert (large.began, large.in_time, large.known, large.goal) == (2, 1, 1, 45)
        assert (report.whole.began, report.whole.in_time, report.whole.known) == (7, 3, 5)
        assert [(line.label, line.began) for line in report.quarters] == [
            ("2026, quarter 2", 2), ("2026, quarter 3", 2), ("2026, quarter 4", 3),
        ]  # fmt: skip
        chosen = Filters(segments=(segment_key("enterprise"),))
        only = value_report.report(session, chosen, settings=SETTINGS, now=MONDAY)
        assert (only.scope, only.whole.began) == ("Enterprise", 2)
        none = Filters(owners=(99_999_999,))
        empty = value_report.report(session, none, settings=SETTINGS, now=MONDAY)
        assert render(empty)["text"].endswith("customers of the last 12 months: there are none")
        assert empty.whole.share == "none is due yet"


def test_an_account_says_in_a_clause_how_it_stands() -> None:
    made = account(customer_since=MONDAY - 40 * DAY)
    said = [value_report.in_words(made, settings=SETTINGS, now=MONDAY)]
    made.first_value_at, made.first_value_what = MONDAY - 5 * DAY, "first report"
    said.append(value_report.in_words(made, settings=SETTINGS, now=MONDAY))
    made.customer_since = MONDAY - 9 * DAY
    said.append(value_report.in_words(made, settings=SETTINGS, now=MONDAY))
    assert said == [
        "not reached, was due by 13 Nov 2026", "reached after 35 of 30 days, late (first report)",
        "reached after 4 of 30 days (first report)",
    ]  # fmt: skip
