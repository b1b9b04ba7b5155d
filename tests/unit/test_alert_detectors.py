"""What each detector sees, on both databases, at its edges; and against a plain evaluator."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts import service
from csbot.alerts.detectors import DETECTORS
from csbot.alerts.finding import Finding
from csbot.alerts.scope import Scope
from tests.builders import MONDAY, feedback, meeting, member, renewal, task
from tests.unit.alert_world import DAY, HOUR, World, at, words

SECOND = timedelta(seconds=1)


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[World]:
    with sessions.begin() as session:
        yield World(session)


def find(world: World, kind: str, **more: object) -> list[Finding]:
    scope = Scope.load(world.session, world.settings, world.now, **more)  # type: ignore[arg-type]
    return sorted(DETECTORS[kind].find(scope), key=lambda one: (one.account_id, one.subject))


def seen(world: World, kind: str) -> list[tuple[str, str]]:
    """Subject and severity of what is found."""
    return [(one.subject, one.severity) for one in find(world, kind)]


def test_exactly_seven_days_is_inactive_and_a_second_less_is_not(world: World) -> None:
    acme = world.account()
    world.contact(acme, days=7)
    assert [one.evidence["days"] for one in find(world, "inactive")] == [7]
    globex = world.account("Globex")
    world.contact(globex, days=7 - 1 / 86_400)
    assert [one.account_id for one in find(world, "inactive")] == [acme.id]


def test_who_never_logged_in_is_not_missed(world: World) -> None:
    acme = world.account()
    world.contact(acme, days=None)
    assert find(world, "inactive") == []
    world.contact(acme, "Max Orr", days=8)
    (one,) = find(world, "inactive")
    assert (one.evidence["inactive"], one.evidence["known"]) == (1, 1)


def test_some_are_counted_against_all_who_ever_logged_in(world: World) -> None:
    acme = world.account(arr=None)
    for name, days in (("Ann", 9), ("Bea", 8), ("Cem", 1), ("Dov", 0), ("Eve", 6), ("Fox", None)):
        world.contact(acme, name, days=days)
    (one,) = find(world, "inactive")
    assert (one.evidence["inactive"], one.evidence["known"], one.severity) == (2, 5, "info")


@pytest.mark.parametrize(
    ("over", "severity"),
    [
        ({"arr": 50_000}, "critical"),
        ({"arr": None, "health": 49}, "critical"),
        ({"arr": 49_999, "health": 50}, "soon"),
        ({"arr": None, "health": None}, "soon"),
    ],
)
def test_everybody_gone_is_tiered_by_arr_and_health(
    world: World, over: dict[str, object], severity: str
) -> None:
    world.quiet(**over)
    assert seen(world, "inactive") == [("", severity)]


def test_churned_customers_are_left_alone(world: World) -> None:
    lost = world.quiet(lifecycle_stage="churned", owner_id=None)
    world.add(feedback(lost.id))
    world.add(renewal(lost.id))
    for kind in ("inactive", "feedback", "renewal", "unowned"):
        assert find(world, kind) == []


def test_the_champion_is_named_first_then_who_decides_then_who_was_there_last(
    world: World,
) -> None:
    acme = world.account()
    world.contact(acme, "Ula User", days=8, role="user")
    world.contact(acme, "Max Orr", days=12, role="Decision_Maker")
    world.contact(acme, "Ann Lee", days=20, role="champion")
    world.contact(acme, "Zoe Zim", days=7.5, role=None)
    world.detect()
    names = [one["name"] for one in world.alert().evidence["people"]]
    assert names == ["Ann Lee", "Max Orr", "Zoe Zim"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    st.lists(
        st.tuples(
            st.lists(st.none() | st.integers(0, 20 * 24), max_size=4),
            st.none() | st.sampled_from([0, 49_999, 50_000]),
            st.none() | st.sampled_from([49, 50]),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_the_query_for_silence_finds_what_a_plain_loop_finds(
    world: World, accounts: list[tuple[list[int | None], int | None, int | None, bool]]
) -> None:
    expected = {}
    with world.session.begin_nested() as undo:
        for n, (hours, arr, health, churned) in enumerate(accounts):
            stage = "churned" if churned else "adoption"
            row = world.account(f"A{n}", arr=arr, health=health, lifecycle_stage=stage)
            for m, ago in enumerate(hours):
                days = None if ago is None else ago / 24
                world.contact(row, f"P{m}", days=days)
            if (severity := evaluate(hours, arr, health)) and not churned:
                expected[row.id] = severity
        found = {one.account_id: one.severity for one in find(world, "inactive")}
        undo.rollback()
    assert found == expected


def evaluate(hours: list[int | None], arr: int | None, health: int | None) -> str | None:
    known = [one for one in hours if one is not None]
    gone = [one for one in known if one >= 7 * 24]
    stake = (arr or 0) >= 50_000 or (100 if health is None else health) < 50
    if not gone:
        return None
    everybody = len(gone) == len(known)
    return {(True, True): "critical", (False, False): "info"}.get((everybody, stake), "soon")


ZONES = ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Not/AZone"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    st.lists(
        st.tuples(
            st.integers(-3, 5),
            st.none() | st.integers(0, 3),
            st.none() | st.integers(0, 3),
            st.sampled_from(["high", "normal"]),
            st.booleans(),
        ),
        max_size=6,
    ),
    st.integers(0, 23),
)
def test_the_query_for_tasks_finds_what_a_plain_loop_finds(
    world: World,
    tasks: list[tuple[int, int | None, int | None, str, bool]],
    hour: int,
) -> None:
    world.now = MONDAY.replace(hour=hour)
    expected = {}
    with world.session.begin_nested() as undo:
        people = [
            world.add(member(f"M{n} X", timezone=zone, slack_id=None))
            for n, zone in enumerate(ZONES)
        ]
        for n, (offset, who, owner, priority, done) in enumerate(tasks):
            row = world.account(f"A{n}", owner_id=None if owner is None else people[owner].id)
            due = MONDAY.date() + timedelta(days=offset)
            made = world.add(
                task(
                    row.id, due_on=due, priority=priority, done_at=world.now if done else None,
                    assignee_id=None if who is None else people[who].id,
                )
            )  # fmt: skip
            zone = ZONES[next((one for one in (who, owner) if one is not None), 0)]
            days = (
                due - world.now.astimezone(ZoneInfo(zone if "Not" not in zone else "UTC")).date()
            ).days
            if days <= 2 and not done:
                expected[str(made.id)] = days
        found = {one.subject: one.evidence["days"] for one in find(world, "task")}
        undo.rollback()
    assert found == expected


def test_a_task_is_due_by_its_assignee_s_calendar(world: World) -> None:
    world.lee.timezone = "Pacific/Kiritimati"  # 14 hours ahead
    acme = world.account()
    world.add(task(acme.id, due_on=MONDAY.date(), assignee_id=world.lee.id, priority="high"))
    world.now = MONDAY.replace(hour=9)
    assert [s for _, s in seen(world, "task")] == ["soon"]
    world.now = MONDAY.replace(hour=10)  # Tuesday there
    assert [s for _, s in seen(world, "task")] == ["critical"]


def test_a_task_is_no_older_than_its_being_added(world: World) -> None:
    acme = world.account()
    world.add(task(acme.id, due_on=MONDAY.date() + DAY, created_at=MONDAY))
    assert find(world, "task")[0].since == MONDAY


def test_a_task_of_somebody_who_left_is_the_owner_s(world: World) -> None:
    world.lee.active = False
    acme = world.account()
    world.add(task(acme.id, assignee_id=world.lee.id))
    assert find(world, "task")[0].person_id == world.dana.id


def test_a_customer_who_waits_for_an_answer_is_found_until_somebody_answers(world: World) -> None:
    acme = world.account()
    row = world.add(feedback(acme.id, score=5, comment="slow"))
    world.add(feedback(acme.id, score=9))
    assert seen(world, "feedback") == [(str(row.id), "soon")]
    world.detect()
    row.answered_at, row.answered_by_id = world.now, world.lee.id
    world.session.flush()
    world.detect()
    assert world.alerts(all=True)[0].closed_because == "Lee Wong answered on 23 Nov."


def test_old_feedback_is_history_but_an_alert_of_it_stays_until_somebody_answers(
    world: World,
) -> None:
    acme = world.account()
    row = world.add(feedback(acme.id, at=world.now - timedelta(days=29)))
    world.add(feedback(acme.id, at=world.now - timedelta(days=31)))
    assert [subject for subject, _ in seen(world, "feedback")] == [str(row.id)]
    world.detect()
    world.detect(after=timedelta(days=5))
    assert [alert.subject for alert in world.alerts() if alert.kind == "feedback"] == [str(row.id)]


@pytest.mark.parametrize(
    ("zone", "starts", "now", "found"),
    [
        ("UTC", "2026-11-24T00:00", "2026-11-23T09:00", True),
        ("UTC", "2026-11-24T23:59", "2026-11-23T09:00", True),
        ("UTC", "2026-11-25T00:00", "2026-11-23T09:00", False),
        ("UTC", "2026-11-23T23:00", "2026-11-23T09:00", False),
        ("America/Los_Angeles", "2026-11-25T07:59", "2026-11-23T09:00", True),
        ("America/Los_Angeles", "2026-11-25T08:00", "2026-11-23T09:00", False),
        # The days on which the clocks change are 23 and 25 hours long in Berlin.
        ("Europe/Berlin", "2027-03-28T21:59", "2027-03-27T09:00", True),
        ("Europe/Berlin", "2027-03-28T22:00", "2027-03-27T09:00", False),
        ("Europe/Berlin", "2026-10-25T22:59", "2026-10-24T09:00", True),
        ("Europe/Berlin", "2026-10-25T23:00", "2026-10-24T09:00", False),
    ],
)
def test_tomorrow_is_the_organizer_s_tomorrow(
    world: World, zone: str, starts: str, now: str, found: bool
) -> None:
    world.lee.timezone = zone
    acme = world.account()
    world.add(meeting(acme.id, starts_at=at(starts).replace(tzinfo=UTC), organizer_id=world.lee.id))
    world.now = at(now).replace(tzinfo=UTC)
    raised = [one for one in find(world, "meeting_tomorrow") if not one.keeps]
    assert bool(raised) is found


def test_a_meeting_is_announced_the_day_before_and_an_hour_before_and_closes_when_it_starts(
    world: World,
) -> None:
    acme = world.account()
    world.add(
        meeting(
            acme.id, starts_at=MONDAY + DAY, organizer_id=world.lee.id, agenda="Rollout",
            attendees=["Ann", "Max"],
        )
    )  # fmt: skip
    world.detect()
    card = world.outbox()[0]
    assert "“Success session” with Acme is tomorrow" in card.payload["text"]
    assert "Agenda: Rollout" in card.payload["blocks"][0]["text"]["text"]
    world.send_all()
    world.detect(DAY - HOUR)
    kinds = [alert.kind for alert in world.alerts()]
    assert kinds == ["meeting_tomorrow", "meeting_soon"]
    assert "is today" in world.outbox("update")[0].payload["text"]
    world.send_all()
    world.detect(HOUR)
    assert [alert.closed_because for alert in world.alerts(all=True)] == ["It has started."] * 2
    assert world.alerts() == []


@pytest.mark.parametrize("starts", [MONDAY + DAY, at("2026-11-25 00:30+00:00")])
def test_the_hour_s_alert_takes_the_place_of_the_day_s_unless_somebody_has_that(
    world: World, starts: datetime
) -> None:
    rows = [world.account(name) for name in ("Acme", "Globex")]
    for row in rows:
        world.add(meeting(row.id, starts_at=starts))
    world.now = starts - DAY
    world.detect(kinds=["meeting_tomorrow"], at_once=True)
    world.send_all()
    kept = world.alerts()[1]
    service.take(
        world.session, alert_id=kept.id, by=world.dana, now=world.now, settings=world.settings
    )
    world.send_all()
    world.detect(DAY - HOUR)
    world.send_all()
    assert world.detect(timedelta(minutes=1)).closed == 1
    standing = [(alert.kind, alert.account_id == kept.account_id) for alert in world.alerts()]
    assert sorted(standing) == [
        ("meeting_soon", False), ("meeting_soon", True), ("meeting_tomorrow", True)
    ]  # fmt: skip
    said = "Closed: “Success session” with Acme starts soon. A newer message has it."
    assert said in words(world.outbox("update"))
    world.send_all()
    before = len(world.outbox())
    world.detect(timedelta(minutes=1))
    assert len(world.outbox()) == before


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"outcome": "cancelled"}, "It was cancelled."),
        ({"starts_at": MONDAY + 5 * DAY}, "It moved to 28 Nov, 09:00 UTC."),
    ],
)
def test_a_meeting_that_moves_or_is_cancelled_closes_its_alert(
    world: World, change: dict[str, object], because: str
) -> None:
    acme = world.account()
    row = world.add(meeting(acme.id, starts_at=MONDAY + DAY))
    world.detect()
    for name, value in change.items():
        setattr(row, name, value)
    world.session.flush()
    world.detect()
    assert world.alerts(all=True)[0].closed_because == because


def test_a_meeting_is_soon_from_sixty_minutes_before_until_it_starts(world: World) -> None:
    acme = world.account()
    world.add(meeting(acme.id, starts_at=MONDAY))
    for before, found in ((HOUR + SECOND, 0), (HOUR, 1), (SECOND, 1), (timedelta(0), 0)):
        world.now = MONDAY - before
        assert len(find(world, "meeting_soon")) == found


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ({"due_on": date(2027, 2, 21)}, True),  # in 90 days
        ({"due_on": date(2027, 2, 22)}, False),
        ({"next_step": "call Max"}, False),
        ({"next_step": "   "}, True),
        ({"status": "renewed"}, False),
        ({"due_on": date(2026, 11, 1)}, True),  # past due and still open
    ],
)
def test_a_renewal_in_its_window_without_a_next_step(
    world: World, over: dict[str, object], found: bool
) -> None:
    acme = world.account()
    world.add(renewal(acme.id, **over))
    assert bool(find(world, "renewal")) is found


def test_an_account_without_an_owner_or_with_one_who_left(world: World) -> None:
    world.lee.active = False
    rows = [
        world.account("A", owner_id=None, arr=60_000),
        world.account("B", owner_id=world.lee.id),
    ]
    world.account("C")
    found = find(world, "unowned")
    assert [(one.account_id, one.severity) for one in found] == [
        (rows[0].id, "soon"),
        (rows[1].id, "info"),
    ]
    world.detect(kinds=["unowned"])
    assert all("<@U_PRIYA>" in r.payload["blocks"][0]["text"]["text"] for r in world.outbox())
    rows[0].owner_id = world.dana.id
    world.session.flush()
    world.detect(kinds=["unowned"])
    assert world.alerts(all=True)[0].closed_because == "Dana Reyes owns it now."


@pytest.mark.parametrize("kind", list(DETECTORS))
def test_each_detector_can_look_at_a_few_accounts_only(world: World, kind: str) -> None:
    for name in ("Acme", "Globex"):
        row = world.quiet(name, owner_id=None)
        world.add(feedback(row.id))
        world.add(task(row.id))
        world.add(renewal(row.id))
        world.add(meeting(row.id, starts_at=MONDAY + DAY))
        world.add(meeting(row.id, starts_at=MONDAY + HOUR / 2))
        world.unpaid(row)
        world.asked(row)
    everybody = {one.account_id for one in find(world, kind)}
    assert len(everybody) == 2
    for account_id in everybody:
        found = find(world, kind, accounts=[account_id])
        assert {one.account_id for one in found} == {account_id}
    assert find(world, kind, accounts=[]) == []


def test_without_any_team_csbot_s_own_zone_counts(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        world = World(session)
        acme = world.account(owner_id=None)
        for one in (world.dana, world.lee, world.priya):
            session.delete(one)
        session.flush()
        world.add(task(acme.id))
        world.add(renewal(acme.id))
        world.add(meeting(acme.id, starts_at=MONDAY + DAY))
        assert world.detect().raised == 4
