"""How bad, whom it reaches, and when: tables of the pure rules."""

from datetime import time
from decimal import Decimal
from itertools import product

import pytest

from csbot.access import Role
from csbot.alerts import rules
from csbot.alerts.rules import Change, Part, Reach, next_ping, reach
from csbot.settings import AlertsBy, Thresholds
from csbot.team.rules import alerts_by as by
from tests.builders import member
from tests.unit.alert_world import at

LIMITS = Thresholds()


@pytest.mark.parametrize(
    ("arr", "health", "stake"),
    [
        (None, None, False),
        (Decimal("49999.99"), 50, False),
        (Decimal(50_000), None, True),
        (None, 49, True),
        (Decimal(0), 0, True),
    ],
)
def test_at_stake_is_much_money_or_poor_health(
    arr: Decimal | None, health: int | None, stake: bool
) -> None:
    assert rules.at_stake(arr, health, LIMITS) is stake


@pytest.mark.parametrize(
    ("gone", "known", "stake", "severity"),
    [
        (0, 5, True, None),
        (1, 5, False, "info"),
        (1, 5, True, "soon"),
        (5, 5, False, "soon"),
        (5, 5, True, "critical"),
        (1, 1, False, "soon"),
    ],
)
def test_how_bad_silence_is(gone: int, known: int, stake: bool, severity: str | None) -> None:
    assert rules.inactive(gone=gone, known=known, stake=stake) == severity


@pytest.mark.parametrize(
    ("days", "priority", "expected"),
    [
        (3, "high", None),
        (2, "high", ("info", 0)),
        (1, "low", ("info", 0)),
        (0, "high", ("soon", 1)),
        (-1, "normal", ("soon", 2)),
        (-1, "high", ("critical", 3)),
        (-400, "low", ("soon", 2)),
    ],
)
def test_how_bad_a_task_is(days: int, priority: str, expected: tuple[str, int] | None) -> None:
    assert rules.task(days=days, priority=priority, soon_days=2) == expected


@pytest.mark.parametrize(
    ("scale", "score", "high", "severity"),
    [
        ("nps", 3, False, "critical"),
        ("nps", 4, False, "soon"),
        ("nps", 6, True, "critical"),
        ("csat", 1, False, "soon"),
        ("happiness", 2, True, "critical"),
    ],
)
def test_how_bad_feedback_is(scale: str, score: int, high: bool, severity: str) -> None:
    assert rules.feedback(scale=scale, score=score, high=high) == severity


@pytest.mark.parametrize(
    ("days", "stake", "severity"),
    [
        (61, True, "info"),
        (60, True, "soon"),
        (60, False, "info"),
        (30, False, "soon"),
        (30, True, "critical"),
        (-5, False, "soon"),
    ],
)
def test_how_bad_a_renewal_without_a_plan_is(days: int, stake: bool, severity: str) -> None:
    assert rules.renewal(days=days, stake=stake) == severity


SATURDAY = "2026-11-28T12:00+00:00"


@pytest.mark.parametrize(
    ("kind", "severity", "zone", "now", "when"),
    [
        ("inactive", "soon", "UTC", "2026-11-23T10:00+00:00", "2026-11-23T10:00+00:00"),
        ("inactive", "soon", "UTC", "2026-11-23T20:00+00:00", "2026-11-24T09:00+00:00"),
        ("inactive", "critical", "UTC", "2026-11-23T20:00+00:00", "2026-11-23T20:00+00:00"),
        ("meeting_soon", "soon", "UTC", SATURDAY, SATURDAY),
        ("meeting_tomorrow", "info", "UTC", SATURDAY, "2026-11-30T09:00+00:00"),
        ("task", "soon", "America/New_York", "2026-11-23T10:00+00:00", "2026-11-23T14:00+00:00"),
        # The clocks go forward on that Sunday: nine o'clock is an hour earlier in UTC.
        ("task", "info", "Europe/Berlin", "2027-03-26T20:00+00:00", "2027-03-29T07:00+00:00"),
    ],
)
def test_when_somebody_may_be_told(
    kind: str, severity: str, zone: str, now: str, when: str
) -> None:
    person = member(
        timezone=zone, working_days=[1, 2, 3, 4, 5], work_starts=time(9), work_ends=time(18)
    )
    found = next_ping(kind=kind, severity=severity, person=person, now=at(now))
    assert found == at(when)


LOUD = {
    (Change.RAISED, Part.OWNER),
    (Change.RISEN, Part.OWNER),
    (Change.WOKEN, Part.OWNER),
    (Change.MOVED, Part.OWNER),
    (Change.HANDED_OVER, Part.OWNER),
    (Change.HANDED_OVER, Part.OLD_OWNER),
}


def expected(change: Change, part: Part, alerts_by: str, severity: str) -> str:
    """The same in other words: everything that makes a noise, spelled out."""
    if (change, part) == (Change.ESCALATED, Part.MANAGER):
        return "mention"
    if (change, part) == (Change.UNANSWERED, Part.OWNER):
        return "dm" if severity == "critical" and alerts_by != "dm" else "nothing"
    if (change, part) == (Change.UNKEPT, Part.OWNER):
        return "digest" if alerts_by == "digest" and severity != "critical" else "dm"
    if (change, part) not in LOUD:
        return "nothing"
    if severity == "critical" and alerts_by == "digest":
        return "mention"
    return alerts_by


@pytest.mark.parametrize("severity", ["critical", "soon", "info"])
@pytest.mark.parametrize("alerts_by", ["mention", "dm", "digest"])
@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("change", list(Change))
def test_each_change_reaches_each_person_in_one_way(
    change: Change, part: Part, alerts_by: str, severity: str
) -> None:
    way = reach(change=change, part=part, alerts_by=alerts_by, severity=severity)
    assert way == expected(change, part, alerts_by, severity)
    assert part is not Part.ACTOR or way is Reach.NOTHING


WAYS = ("mention", "dm", "digest")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("change", list(Change))
def test_a_kinds_own_way_wins_over_ones_own_and_that_over_the_roles(
    change: Change, role: Role
) -> None:
    """Every setting of a person in every role, with every change: none is without its channel."""
    settings = product(WAYS, ("role", *WAYS), (None, *WAYS), ("critical", "soon", "info"), Part)
    for of_role, own, of_kind, severity, part in settings:
        defaults = AlertsBy(**dict.fromkeys(Role, "mention") | {role: of_role})
        way = by(member(role=role, alerts_by=own), defaults, of_kind)
        wanted = of_kind if of_kind else of_role if own == "role" else own
        assert way == wanted
        found = reach(change=change, part=part, alerts_by=way, severity=severity)
        assert found == expected(change, part, wanted, severity)
        if severity == "critical" and (change, part) in LOUD:
            assert found in (Reach.MENTION, Reach.DM)


def test_a_wish_for_the_digest_never_hides_what_is_critical() -> None:
    for change in (Change.RAISED, Change.RISEN, Change.HANDED_OVER):
        way = reach(change=change, part=Part.OWNER, alerts_by="digest", severity="critical")
        assert way is Reach.MENTION
