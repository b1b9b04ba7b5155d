"""Whatever comes, in whatever order and however often: the roll-ups are a recount's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.settings import Settings
from csbot.usage import queries
from csbot.usage.meaning import Meaning
from csbot.usage.model import GroupUsage, ProductGroup, UsageEvent, UserUsage
from csbot.usage.pruning import prune
from csbot.usage.queries import Velocity
from csbot.usage.reading import Envelope, read_call
from csbot.usage.service import take
from csbot.usage.settings import Usage
from tests.builders import MONDAY, account
from tests.databases import empty
from tests.usage_counts import recounted, rolled_up

SETTINGS = Settings.load()


def event(number: int, **over: Any) -> dict[str, Any]:
    return {
        "type": "track", "userId": "u", "event": "Search", "messageId": f"m{number}",
        "timestamp": "2026-11-20T10:00:00Z", "properties": {"duration": 60},
    } | over  # fmt: skip


def send(
    sessions: sessionmaker[Session],
    events: list[dict[str, Any]],
    *,
    usage: Usage = SETTINGS.config.usage,
    now: datetime = MONDAY,
) -> int:
    told = Settings(SETTINGS.env, SETTINGS.config.model_copy(update={"usage": usage}))
    calls = [read_call(one, Envelope(now), Meaning(usage)) for one in events]
    with sessions.begin() as session:
        return take(session, calls, source="env", settings=told, now=now)


def few(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


EVENTS = st.lists(
    st.builds(
        lambda number, **parts: event(number, **parts),
        st.integers(0, 40),
        type=few("track", "track", "page", "screen", "identify", "group", "alias"),
        userId=few("u", "v", "w", ""),
        anonymousId=few("x", "y"),
        previousId=few("x", "u", "z"),
        groupId=few("g", "h"),
        event=few("Search", "Signed In", "Report Exported"),
        name=few(None, "Home"),
        timestamp=few("2026-11-20T23:59:59Z", "2026-11-21T00:00:00+00:00", "2026-11-21T01:00+02"),
        properties=few({}, {"duration": 60}, {"feature": "maps", "duration": 7}),
    ),
    max_size=40,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS, cuts=st.lists(st.integers(1, 10), min_size=1), again=st.booleans())
def test_the_rollups_are_what_a_recount_of_the_events_says(engine, sessions, events, cuts, again):
    empty(engine)
    rest = events * (2 if again else 1)
    while rest:
        for size in cuts:
            part, rest = rest[:size], rest[size:]
            send(sessions, part)
    with sessions() as session:
        assert rolled_up(session) == recounted(session)
        stored = session.scalars(select(UsageEvent.message_id)).all()
    assert sorted(stored) == sorted({one["messageId"] for one in events})


def test_a_large_batch_of_which_most_came_before_is_counted_once(sessions):
    many = [event(n, userId=f"u{n % 90}", event=f"Opened {n % 7}") for n in range(1_300)]
    assert send(sessions, many[:1_201]) == 1_201
    assert send(sessions, [*many, many[0]]) == 99
    assert send(sessions, many) == 0
    with sessions() as session:
        assert rolled_up(session) == recounted(session)
        assert session.scalar(select(func.count(UsageEvent.id))) == 1_300


def test_names_that_hold_ids_do_not_fill_the_database(sessions):
    usage = Usage(features_a_day=3)
    for part in range(4):
        send(sessions, [event(part * 9 + n, event=f"Opened {part * 9 + n}") for n in range(9)],
             usage=usage)  # fmt: skip
    send(sessions, [event(99, event="Opened 0")], usage=usage)
    with sessions() as session:
        rows = {row.feature: row.events for row in session.scalars(select(GroupUsage))}
    assert rows == {"": 37, "Opened 0": 2, "Opened 1": 1, "Opened 2": 1, "other": 33}


def test_raw_events_go_after_their_days_and_what_was_counted_stays(sessions):
    old = MONDAY - timedelta(days=91)
    send(sessions, [event(n) for n in range(3)], now=old)
    send(sessions, [event(n) for n in range(3, 5)], now=MONDAY)
    assert prune(sessions, settings=SETTINGS, now=MONDAY) == 3
    assert prune(sessions, settings=SETTINGS, now=MONDAY) == 0
    with sessions() as session:
        assert session.scalar(select(func.count(UsageEvent.id))) == 2
        total = select(func.sum(UserUsage.events)).where(UserUsage.feature == "")
        assert session.scalar(total) == 5


@pytest.fixture
def acme(sessions: sessionmaker[Session]) -> int:
    with sessions.begin() as session:
        row = account("Acme", external_id="g")
        session.add(row)
        session.flush()
        return row.id


def days_ago(days: int, number: int, **over: Any) -> dict[str, Any]:
    at = MONDAY - timedelta(days=days)
    return event(number, timestamp=at.isoformat(), context={"groupId": "g"}, **over)


def test_velocity_is_the_last_28_whole_days_against_the_28_before(sessions, acme):
    with sessions() as session:
        assert queries.velocity(session, [acme], MONDAY.date()) == {}
    send(sessions, [
        *(days_ago(0, n) for n in range(5)),  # today is not over
        *(days_ago(days, 10 + days) for days in (1, 28)),
        *(days_ago(days, 100 + days) for days in (29, 40, 55, 56)),
        days_ago(57, 200),
    ])  # fmt: skip
    link(sessions, acme)
    with sessions() as session:
        found = queries.velocity(session, [acme, 999], MONDAY.date())
        assert found == {acme: Velocity(2, 4)}
        assert found[acme].change == -0.5
        seconds = queries.velocity(session, [acme], MONDAY.date(), of="active_seconds")
        assert seconds == {acme: Velocity(120, 240)}
        seen = queries.overview(session, acme, MONDAY.date())
    assert seen is not None
    assert (seen.minutes, seen.events) == (Velocity(2, 4), Velocity(2, 4))


def test_nothing_before_is_no_velocity():
    assert Velocity(3, 0).change is None


def test_minutes_top_features_and_last_login_of_an_account(sessions, acme):
    send(sessions, [
        days_ago(1, 1, properties={"duration": 600, "feature": "maps"}),
        days_ago(1, 2, properties={"duration": 300, "feature": "maps"}, userId="v"),
        days_ago(9, 3, properties={"duration": 60, "feature": "maps"}),
        days_ago(1, 4, event="Signed In", properties={}),
    ])  # fmt: skip
    link(sessions, acme)
    with sessions() as session:
        span = {"since": MONDAY.date() - timedelta(days=2), "until": MONDAY.date()}
        assert queries.minutes_on(session, account_id=acme, feature="maps", **span) == 15
        assert queries.minutes_on(session, account_id=acme, **span) == 15
        maps, signed_in = queries.top_features(session, acme, MONDAY.date())
        assert (maps.name, maps.minutes, maps.events) == ("maps", Velocity(16, 0), Velocity(3, 0))
        assert (signed_in.name, signed_in.events) == ("Signed In", Velocity(1, 0))
        later = MONDAY.date() + timedelta(days=28)
        assert queries.top_features(session, acme, later)[0].minutes == Velocity(0, 16)
        listed = queries.listed(session, acme)
        assert [(row["day"], row["feature"], row["active_minutes"]) for row in listed] == [
            ("2026-11-14", None, 1.0), ("2026-11-14", "maps", 1.0),
            ("2026-11-22", None, 15.0), ("2026-11-22", "Signed In", 0.0),
            ("2026-11-22", "maps", 15.0),
        ]  # fmt: skip


def test_the_last_login_is_that_of_users_and_contacts_together(sessions, acme):
    send(sessions, [event(1, type="group", groupId="g", traits={}), event(2, event="Signed In")])
    with sessions() as session:
        assert queries.last_login(session, acme) == datetime(2026, 11, 20, 10, tzinfo=UTC)
        assert queries.last_login(session, 999) is None


def link(sessions: sessionmaker[Session], account_id: int) -> None:
    with sessions.begin() as session:
        session.scalars(select(ProductGroup)).one().account_id = account_id
