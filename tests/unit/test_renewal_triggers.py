"""What starts a playbook of renewals: exactly those that it should, with their facts."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import MONDAY, renewal
from tests.unit.alert_world import DAY
from tests.unit.test_playbook_triggers import Triggers


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[Triggers]:
    with sessions() as session:
        yield Triggers(session)


def due(world: Triggers, name: str, days: int, *, stage: str = "adoption", **over: Any) -> int:
    held = world.account(name, lifecycle_stage=stage)
    made = renewal(held.id, due_on=MONDAY.date() + days * DAY, **over)
    return int(world.add(made).id)


def test_a_window_holds_from_its_first_day_until_the_renewal_is_closed(world: Triggers) -> None:
    first, planned, late = (
        due(world, "A", 90), due(world, "B", 10, next_step="Call"), due(world, "C", -3),
    )  # fmt: skip
    due(world, "D", 91)
    due(world, "E", 10, status="won")
    due(world, "F", 10, stage="churned")
    assert world.subjects("renewal.window") == {first, planned, late}
    assert world.subjects("renewal.window", days="2 days") == {late}


def test_a_window_opens_by_the_calendar_of_whoever_owns_the_account(world: Triggers) -> None:
    world.dana.timezone = "Pacific/Kiritimati"  # there it is tomorrow already
    held = world.account("A", owner_id=world.dana.id)
    world.add(renewal(held.id, due_on=MONDAY.date() + 91 * DAY))
    world.now = MONDAY.replace(hour=12)
    assert world.accounts("renewal.window") == [held.id]
    world.dana.timezone = "UTC"
    world.session.flush()
    assert world.accounts("renewal.window") == []


def test_past_due_begins_the_day_after(world: Triggers) -> None:
    late = due(world, "A", -1, next_step="Call")
    due(world, "B", 0)
    due(world, "C", -9, status="lost")
    [row] = world.sees("renewal.past_due")
    assert (row["subject_id"], row["due_on"], row["category"]) == (late, "2026-11-22", "probable")


def test_a_call_and_the_data_disagree_from_two_categories_on(world: Triggers) -> None:
    worse = due(world, "A", 50, category="commit", signal="best_case", signal_why=["health 41"])
    better = due(world, "B", 50, category="at_risk", signal="probable", signal_why=[])
    due(world, "C", 50, category="probable", signal="best_case")
    due(world, "D", 50, category="at_risk")
    due(world, "E", 50, category="commit", signal="at_risk", status="won")
    due(world, "F", 181, category="commit", signal="at_risk")
    rows = {row["subject_id"]: row for row in world.sees("renewal.disagreement")}
    assert set(rows) == {worse, better}
    told = rows[worse]
    assert (told["category"], told["signal"], told["reason"]) == (
        "commit", "best case", "health 41"
    )  # fmt: skip
    assert [bool(rows[id]["worse"]) for id in (worse, better)] == [True, False]
    assert rows[better]["reason"] is None


def test_a_renewal_is_closed_when_it_is_won_or_lost_also_of_who_has_left(world: Triggers) -> None:
    hour = timedelta(hours=1)
    won = due(
        world, "A", 50, status="won", closed_at=MONDAY - hour, final_amount=Decimal("52000.50"),
        final_months=24,
    )  # fmt: skip
    lost = due(world, "B", 5, status="lost", closed_at=MONDAY - hour, stage="churned")
    due(world, "C", 5, status="renewed", closed_at=MONDAY - hour)
    due(world, "D", 5, status="won", closed_at=MONDAY - 90 * DAY)
    rows = {row["subject_id"]: row for row in world.sees("renewal.closed")}
    assert set(rows) == {won, lost}
    told = rows[won]
    assert (told["outcome"], told["amount"], told["months"]) == ("won", 52_000.5, 24)
    assert (rows[lost]["outcome"], rows[lost]["amount"]) == ("lost", None)
