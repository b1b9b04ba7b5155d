"""What the data say of a renewal: the table of points, and that it is kept for all at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account, HealthChange
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.renewals.model import Renewal
from csbot.renewals.rules import apart
from csbot.renewals.signal import Facts, told
from csbot.renewals.signalling import tell_all
from csbot.settings import Config, Environment, Settings
from csbot.sources import Source
from tests.builders import MONDAY, account, contact, feedback, renewal

SETTINGS = Settings(Environment(), Config())
WEEKS_AGO = MONDAY - timedelta(days=37)


@pytest.mark.parametrize(
    ("facts", "category", "why"),
    [
        ({}, "probable", ()),
        ({"health": 60}, "probable", ()),
        ({"health": 75}, "commit", ("health 75",)),
        ({"health": 80, "unpaid": True}, "probable", ("health 80", "an invoice is not paid")),
        ({"health": 49}, "best_case", ("health 49",)),
        ({"health": 24}, "at_risk", ("health 24",)),
        ({"health": 80, "health_change": -10}, "best_case", ("health 80, down 10 in 7 days",)),
        ({"health": 45, "health_change": -12}, "best_case", ("health 45, down 12 in 7 days",)),
        ({"health": 41, "health_change": -22}, "at_risk", ("health 41, down 22 in 7 days",)),
        ({"health": 70, "health_change": -20}, "best_case", ("health 70, down 20 in 7 days",)),
        ({"nps": 9}, "commit", ("the last NPS answer was 9",)),
        ({"nps": 8}, "probable", ()),
        ({"nps": 6}, "best_case", ("the last NPS answer was 6",)),
        ({"critical": True}, "best_case", ("a critical alert is open",)),
        ({"usage_change": -30}, "best_case", ("use is down 30 % in 28 days",)),
        ({"usage_change": -29, "last_login": MONDAY}, "probable", ()),
        ({"last_login": WEEKS_AGO}, "best_case", ("nobody has logged in for 5 weeks",)),
        ({"unpaid": True, "days_left": 30}, "best_case",
         ("an invoice is not paid", "little time is left")),
        ({"nps": 9, "days_left": 5}, "commit", ("the last NPS answer was 9",)),
        ({"critical": True, "last_login": WEEKS_AGO}, "at_risk",
         ("nobody has logged in for 5 weeks", "a critical alert is open")),
    ],
)  # fmt: skip
def test_each_fact_counts_its_points_of_doubt(
    facts: dict[str, Any], category: str, why: tuple[str, ...]
) -> None:
    said = told(Facts(**{"days_left": 90} | facts), low_health=50, now=MONDAY)
    assert (said.category, said.why) == (category, why)


@pytest.mark.parametrize(
    ("of", "values", "says"),
    [
        ("health", (51, 49, 51, 54, 49, 55), "probable best_case best_case best_case best_case "
                                             "probable"),
        ("health", (26, 24, 26, 29, 30, 54, 55), "best_case at_risk at_risk at_risk best_case "
                                                 "best_case probable"),
        ("health", (75, 74, 76, 79, 80), "commit probable probable probable commit"),
        ("health_change", (-9, -20, -9, -16, -5, -4), "probable best_case best_case best_case "
                                                      "best_case probable"),
        ("usage_change", (-29, -30, -29, -21, -20), "probable best_case best_case best_case "
                                                    "best_case"),
        ("usage_change", (-30, -19), "best_case probable"),
        ("nps", (9, 8, 9), "commit probable commit"),
    ],
)  # fmt: skip
def test_the_signal_gets_worse_at_a_limit_and_better_only_well_past_it(
    of: str, values: tuple[int, ...], says: str
) -> None:
    before, said = None, []
    for value in values:
        facts = Facts(**{"days_left": 90, "health": 60, of: value})
        before = told(facts, low_health=50, now=MONDAY, before=before).category
        said.append(str(before))
    assert said == says.split()


def test_an_account_at_the_threshold_does_not_flap(sessions: sessionmaker[Session]) -> None:
    """Its manager, who is told of what is two categories apart, is told once."""
    with sessions.begin() as session:
        made = near(session, health=26)
        held = session.get_one(Account, made.account_id)
        said = []
        for hour, health in enumerate((26, 24, 26, 24, 28, 24, 30)):
            held.health = health
            session.flush()
            tell_all(session, settings=SETTINGS, now=MONDAY + timedelta(hours=hour))
            said.append((made.signal, made.signal_why))
        assert [signal for signal, _ in said] == ["best_case", *["at_risk"] * 5, "best_case"]
        assert said[4][1] == ["health 28"]
        assert made.signal_at == MONDAY + timedelta(hours=6)


@pytest.mark.parametrize(
    ("category", "signal", "differ"),
    [
        ("commit", "best_case", True), ("commit", "probable", False),
        ("probable", "at_risk", True), ("at_risk", "commit", True), ("at_risk", "best_case", False),
    ],
)  # fmt: skip
def test_two_categories_apart_are_a_disagreement(category: str, signal: str, differ: bool) -> None:
    assert apart(category=category, signal=signal) is differ


def near(session: Session, name: str = "Acme", *, days: int = 50, **over: Any) -> Renewal:
    held = account(name, domain=None, **over)
    session.add(held)
    session.flush()
    made = renewal(held.id, due_on=MONDAY.date() + timedelta(days=days))
    session.add(made)
    session.flush()
    return made


def tell(session: Session) -> int:
    return tell_all(session, settings=SETTINGS, now=MONDAY)


def test_a_signal_is_made_of_what_is_stored_and_written_only_when_it_changes(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        made = near(session, health=41)
        id = made.account_id
        session.add_all([
            HealthChange(account_id=id, at=MONDAY - timedelta(days=8), score=63),
            feedback(id, 3),
            contact(id, last_login_at=WEEKS_AGO),
            Alert(
                account_id=id, kind="inactive", subject="", severity="critical", state="open",
                evidence={}, fingerprint="", channel="#cs-alerts", changed_at=MONDAY,
                opened_at=MONDAY, since=MONDAY, version=1,
            ),
        ])  # fmt: skip
        assert tell(session) == 1
        assert (made.signal, made.signal_at) == ("at_risk", MONDAY)
        assert made.signal_why == [
            "health 41, down 22 in 7 days", "nobody has logged in for 5 weeks",
            "a critical alert is open", "the last NPS answer was 3",
        ]  # fmt: skip
        assert tell(session) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        later = MONDAY + timedelta(days=8)
        assert tell_all(session, settings=SETTINGS, now=later) == 1
        assert "nobody has logged in for 6 weeks" in made.signal_why
        assert (made.signal, made.signal_at) == ("at_risk", MONDAY)  # since then, with other words


def test_only_open_renewals_of_the_next_half_year_have_one(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        near(session, "Far", days=181)
        closed = near(session, "Closed")
        closed.status = "won"
        late = near(session, "Late", days=-5)
        session.flush()
        assert tell(session) == 1
        assert late.signal == "probable"
        late.due_on = MONDAY.date() + timedelta(days=300)
        session.flush()
        assert tell(session) == 1
        assert (late.signal, late.signal_why, late.signal_at) == (None, None, None)


def test_what_a_silent_product_does_not_tell_counts_neither_way(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        made = near(session, health=None)
        session.add(contact(made.account_id, last_login_at=WEEKS_AGO))
        gone = MONDAY - timedelta(days=20)
        session.add(Source(name="usage", first_at=gone, last_at=gone))
        session.flush()
        tell(session)
        assert (made.signal, made.signal_why) == ("probable", [])


def test_a_thousand_renewals_take_as_many_statements_as_ten(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        for n in range(10):
            near(session, f"A{n}")
        ten = statements(engine, session)
        held = [account(f"B{n}", domain=None, health=20) for n in range(900)]
        session.add_all(held)
        session.flush()
        day = MONDAY.date() + timedelta(days=9)
        session.add_all([renewal(one.id, due_on=day) for one in held])
        session.flush()
        assert statements(engine, session) == ten


def statements(engine: Engine, session: Session) -> int:
    seen: list[str] = []
    count = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    tell(session)
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)
