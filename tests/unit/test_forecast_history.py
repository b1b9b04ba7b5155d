"""What is counted on, by hand and by the code; and what it was as each week began."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.jobs import JobRun
from csbot.renewals import forecast, history
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import Terms
from csbot.renewals.model import (
    ForecastWeek,
    Renewal,
    RenewalCategoryChange,
    RenewalMove,
)
from csbot.renewals.overview import overview
from csbot.renewals.telling import told
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from messages.render import render
from messages.text import short_day
from tests.builders import MONDAY, account, member, renewal
from tests.unit.test_renewals_list import add, due, words

SETTINGS = Settings(Environment(), Config())
LIKELY = SETTINGS.config.forecast.model_dump()
WEEK = timedelta(days=7)


def item(amount: int, **over: Any) -> Terms:
    known = {name: Decimal(over.pop(name)) for name in ("forecast", "final") if name in over}
    amounts = {f"{name}_amount": value for name, value in known.items()}
    fields = {"category": "commit", "currency": "USD", **over, **amounts}
    return Terms(id=1, due_on=MONDAY.date(), amount_due=Decimal(amount), **fields)


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (item(100), 100),
        (item(100, category="probable"), 75),
        (item(100, category="best_case"), 45),
        (item(100, category="at_risk"), 15),
        (item(100, forecast=80), 80),
        (item(100, category="probable", forecast=80), 60),
        (item(100, forecast=130), 100),
        (item(100, forecast=0), 0),
        (item(100, status="won", final=130), 100),
        (item(100, status="won", final=70, category="at_risk"), 70),
        (item(100, status="renewed"), 100),
        (item(100, status="lost"), 0),
    ],
)
def test_what_is_counted_on_of_a_renewal(one: Terms, counted: int) -> None:
    assert forecast.expected(one, LIKELY) == counted


# The example of docs/renewals.md, reckoned by hand there.
EXAMPLE = [
    item(120_000, category="commit"),
    item(80_000, category="probable", forecast=60_000),
    item(40_000, category="best_case", forecast=50_000),
    item(20_000, category="at_risk"),
    item(50_000, status="won", final=65_000),
    item(30_000, status="won", final=24_000),
    item(20_000, status="lost"),
]


def test_the_forecast_is_won_and_commit_and_the_weighted_rest() -> None:
    (usd,) = forecast.outlooks(EXAMPLE, LIKELY).values()
    assert usd.due == 360_000
    assert (usd.won, usd.commit, usd.rest) == (74_000, 120_000, 45_000 + 18_000 + 3_000)
    assert usd.forecast == 260_000
    assert (usd.closed, usd.signed) == (100_000, 89_000)  # gross 74 %, net 89 %


@pytest.fixture
def dana(sessions: sessionmaker[Session]) -> TeamMember:
    with sessions.begin() as session:
        made: TeamMember = add(session, member())
    return made


def note(sessions: sessionmaker[Session], now: Any = MONDAY) -> int:
    with sessions.begin() as session:
        return history.note_week(session, settings=SETTINGS, now=now)


def test_a_week_is_noted_once_as_its_first_run_finds_it(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        for days, category in ((5, "commit"), (6, "commit"), (40, "probable"), (900, "commit")):
            due(session, f"A{days}", dana, days, category=category, segment="enterprise")
        due(session, "Won", dana, 7, status="won", final_amount=Decimal(50_000), closed_at=MONDAY)
        due(session, "Gone", dana, 7, status="withdrawn", closed_at=MONDAY)
        half = due(session, "Half", None, 5, forecast_amount=Decimal("33.35"), category="at_risk")
        half.amount_due = Decimal("1000.10")
    assert note(sessions) == 4
    assert note(sessions, MONDAY + timedelta(days=3)) == 0
    with sessions.begin() as session:
        session.query(JobRun).delete()  # as the auditor forgets them after a while
    assert note(sessions) == 0
    with sessions() as session:
        rows = session.scalars(
            select(ForecastWeek).order_by(ForecastWeek.due_month, ForecastWeek.amount)
        ).all()
    assert {row.week_on for row in rows} == {date(2026, 11, 23)}
    assert [
        (row.due_month.month, row.category, row.status, row.count, row.amount, row.expected)
        for row in rows
    ] == [
        (11, "at_risk", "open", 1, Decimal("1000.10"), Decimal("5.00")),
        (11, "probable", "won", 1, Decimal(48_000), Decimal(48_000)),
        (11, "commit", "open", 2, Decimal(96_000), Decimal(96_000)),
        (1, "probable", "open", 1, Decimal(48_000), Decimal(36_000)),
    ]  # fmt: skip


def test_the_next_week_is_another_and_those_of_long_ago_are_forgotten(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        due(session, "A", dana, 40)
    for weeks in (0, 1, 110):
        assert note(sessions, MONDAY + weeks * WEEK) == (1 if weeks < 110 else 0)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(ForecastWeek)) == 0


def ask(session: Session, dana: TeamMember, *, now: Any = MONDAY, **filters: Any) -> Any:
    return told(session, Filters(**filters), person=dana, settings=SETTINGS, now=now)


def listed(session: Session, dana: TeamMember, now: Any, **filters: Any) -> Any:
    shown = overview(session, Filters(**filters), person=dana, settings=SETTINGS, now=now)
    return getattr(shown, "sums", ())


def test_the_history_tells_how_the_forecast_of_the_same_months_has_gone(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        held = due(session, "Grumpy", dana, 40, category="commit", segment="enterprise")
        due(session, "Euro", None, 41, currency="EUR", segment="self-service",
            amount_due=Decimal(40_000))  # fmt: skip
        due(session, "Beyond", dana, 200)
    note(sessions, MONDAY - WEEK)
    with sessions.begin() as session:
        session.get_one(Renewal, held.id).category = "at_risk"
        add(session, RenewalCategoryChange(
            renewal_id=held.id, at=MONDAY - timedelta(days=2), by_id=dana.id, before="commit",
            after="at_risk", reason="Champion <!here> left",
        ))  # fmt: skip
    note(sessions)
    with sessions() as session:
        shown = ask(session, dana)
        mine = ask(session, dana, owners=(dana.id,))
        nobody = ask(session, dana, owners=(0,))
    said = render(shown)
    assert said["text"] == (
        "Forecast of renewals due November to February 2027: $7k of $48k (15 %), "
        "down $41k since 16 Nov"
    )
    assert "By week: 16 Nov $48k · 23 Nov $7k · now $7k" in words(shown)
    assert "Worse: 1 account, $48k" in words(shown)
    assert "• Grumpy $48k, commit to at risk: _Champion &lt;!here&gt; left_" in words(shown)
    assert "Left out: EUR." in words(shown)
    assert mine.weeks == shown.weeks
    assert mine.others == ()
    assert (nobody.weeks, nobody.movements) == ((), ())
    assert "No week is known yet" in words(nobody)
    [chart] = [block for block in said["blocks"] if block["type"] == "data_visualization"]
    assert chart["chart"]["axis_config"]["categories"] == ["16 Nov", "23 Nov", "Now"]


def test_two_years_ahead_were_noted_as_far_as_they_are_looked_at(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        due(session, "Near", dana, 10, category="commit")
        due(session, "Far", dana, 725, category="commit")
    note(sessions, MONDAY - 12 * WEEK)
    with sessions() as session:
        shown = ask(session, dana, window="24m")
    assert [week.forecast.amount for week in shown.weeks] == [96_000]
    assert shown.now.forecast.amount == 96_000


def test_what_moved_within_the_week_is_told_by_kind(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    recent, long_ago = MONDAY - timedelta(days=2), MONDAY - timedelta(days=9)
    with sessions.begin() as session:
        won = due(session, "Won", dana, 20, status="won", closed_at=recent)
        won.final_amount = Decimal(40_000)
        due(session, "Lost", dana, 21, status="lost", closed_at=recent, category="best_case")
        due(session, "Old", dana, 22, status="won", closed_at=long_ago)
        up = due(session, "Up", dana, 23, category="commit")
        back = due(session, "Back", dana, 24, category="commit")
        later = due(session, "Later", dana, 300)
        for id, steps in ((up.id, ("at_risk", "probable", "commit")),
                          (back.id, ("commit", "at_risk", "commit"))):  # fmt: skip
            for before, after in pairwise(steps):
                add(session, RenewalCategoryChange(
                    renewal_id=id, at=recent, by_id=None, before=before, after=after, reason=after,
                ))  # fmt: skip
        add(session, RenewalMove(
            renewal_id=later.id, at=recent, due_on=date(2027, 1, 10), amount_due=Decimal(50_000),
            currency="USD",
        ))  # fmt: skip
        found = {one.kind: one.changes[0] for one in ask(session, dana).movements}
    assert {kind: (one.account, one.what, one.why) for kind, one in found.items()} == {
        "Won": ("Won", "$40k signed", None),
        "Lost": ("Lost", "was best case", None),
        "Better": ("Up", "at risk to commit", "commit"),
        "Moved": ("Later", "10 Jan 2027 to 19 Sep 2027, $50k before", None),
    }


def test_many_changes_are_counted_and_the_largest_named(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        for n in range(9):
            due(session, f"<!here> A{n}", dana, 20, status="lost", closed_at=MONDAY,
                amount_due=Decimal(1000 * n))  # fmt: skip
        shown = ask(session, dana)
    assert [one.count for one in shown.movements] == [9]
    assert "• &lt;!here&gt; A8 $8k, was probable" in words(shown)
    assert "and 4 more" in words(shown)


def test_the_sum_of_the_notes_is_what_the_list_says(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    """The formula in SQL and the one in Python agree."""
    with sessions.begin() as session:
        owned = account("Owned", domain=None, owner_id=dana.id)
        add(session, owned)
        for n, one in enumerate(EXAMPLE):
            fields = {
                name: getattr(one, name)
                for name in ("category", "status", "amount_due", "forecast_amount", "final_amount")
            }
            add(session, renewal(owned.id, due_on=MONDAY.date() + timedelta(days=n), **fields))
        now = history.current(session, Filters(), LIKELY, names=[], today=MONDAY.date())["USD"]
    (usd,) = forecast.outlooks(EXAMPLE, LIKELY).values()
    assert (now.due, now.won, now.commit, now.rest) == (usd.due, usd.won, usd.commit, usd.rest)


def test_the_history_says_by_what_its_last_point_differs_from_the_list(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    later = MONDAY + timedelta(days=10)  # 3 December
    today = later.date()
    with sessions.begin() as session:
        for name, days, over in (
            ("Soon", 20, {"category": "commit", "forecast_amount": Decimal(40_000)}),
            ("After", 109, {"category": "probable"}),  # 12 March, the window ends on the 3rd
            ("Signed", 8, {"status": "won", "final_amount": Decimal(20_000),
                           "closed_at": MONDAY - timedelta(days=2)}),
            ("Lost", 8, {"status": "lost", "closed_at": MONDAY - timedelta(days=2)}),
            ("Overdue", -3, {"category": "best_case"}),
            ("Long gone", -3, {"status": "won", "closed_at": MONDAY}),
            ("Euro", 109, {"currency": "EUR"}),
        ):  # fmt: skip
            due(session, name, dana, days, **over)
    with sessions() as session:
        shown = ask(session, dana, now=later)
        mine = ask(session, dana, now=later, owners=(dana.id,), categories=("commit",))
        quarter = [
            (ask(session, dana, now=later, window=code), listed(session, dana, later, window=code))
            for code in ("q0", "q1")
        ]
        sums = listed(session, dana, later)
    assert sums[0].forecast.amount == 40_000 + 48_000 * 45 / 100
    assert (
        f"The list until {short_day(today + timedelta(days=90))} says $62k of $96k. Whole months "
        "are compared here: plus $20k of $96k closed earlier in them, plus $36k of $48k due later "
        "in them, less $22k of $48k due before them, that is $96k of $192k."
    ) in words(shown)
    assert mine.beside is None
    for history_told, found in quarter:
        assert history_told.beside is None
        [one] = found[:1]
        assert (one.due, one.forecast) == (history_told.now.due, history_told.now.forecast)
