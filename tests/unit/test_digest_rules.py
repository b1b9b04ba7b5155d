"""When a digest is due, over every change of clocks, and what it spells out."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.digests.rules import (
    SPELLED_MAX,
    Item,
    age,
    begins_week,
    choose,
    due,
    look,
    since_words,
)
from csbot.team.model import TeamMember
from tests.builders import MONDAY, member

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
FIVE_MINUTES = timedelta(minutes=5)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CLOCKS = [
    ("America/New_York", date(2027, 3, 14), time(2, 30), "2027-03-14 07:30"),  # 02:30 is skipped
    ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01 05:30"),  # 01:30 comes twice
    ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03 14:45"),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03 15:45"),
    ("Asia/Beirut", date(2027, 3, 28), time(0, 0), "2027-03-27 22:00"),  # midnight is skipped
    ("Africa/Cairo", date(2027, 4, 30), time(0, 30), "2027-04-29 22:30"),
    ("America/Sao_Paulo", date(2026, 11, 23), time(8, 30), "2026-11-23 11:30"),
    ("America/Sao_Paulo", date(2018, 11, 4), time(0, 15), "2018-11-04 03:15"),
    ("Asia/Kathmandu", date(2026, 11, 23), time(8, 30), "2026-11-23 02:45"),
    ("Pacific/Apia", date(2026, 11, 23), time(8, 30), "2026-11-22 19:30"),
    ("Pacific/Apia", date(2011, 12, 31), time(8, 30), "2011-12-30 18:30"),  # the 30th never was
    ("Europe/Berlin", date(2026, 10, 25), time(8, 30), "2026-10-25 07:30"),
]


@pytest.mark.parametrize(("name", "day", "at", "first"), CLOCKS)
def test_every_local_date_has_one_moment_through_every_change_of_clocks(
    name: str, day: date, at: time, first: str
) -> None:
    someone = member(timezone=name, digest_at=at, working_days=EVERY_DAY)
    tick = utc(first) - timedelta(days=2)
    seen: dict[date, datetime] = {}
    while tick < utc(first) + timedelta(days=2):
        if (found := due(someone, tick)) is not None:
            seen.setdefault(found, tick)
        tick += FIVE_MINUTES
    assert seen[day] == utc(first)
    days = sorted(seen)
    missing = {date(2011, 12, 30)} if name == "Pacific/Apia" else set()
    expected = {days[0] + timedelta(n) for n in range((days[-1] - days[0]).days + 1)}
    assert set(days) == expected - missing


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-11-23 13:29:59", None),
        ("2026-11-23 13:30", date(2026, 11, 23)),
        ("2026-11-24 04:59", date(2026, 11, 23)),  # late, but still the 23rd in New York
        ("2026-11-24 05:00", None),
        ("2026-11-28 15:00", None),  # a Saturday
    ],
)
def test_a_late_start_still_counts_on_the_same_local_date(now: str, found: date | None) -> None:
    someone = member(timezone="America/New_York", digest_at=time(8, 30))
    assert due(someone, utc(now)) == found


@pytest.mark.parametrize(
    ("working", "first"),
    [
        ([1, 2, 3, 4, 5], 1),
        ([7, 1, 2, 3, 4], 7),
        ([6, 7, 1, 2, 3], 6),
        ([2, 4], 2),
        ([3], 3),
        (EVERY_DAY, 1),
    ],
)
def test_the_week_begins_after_the_longest_rest(working: list[int], first: int) -> None:
    someone = member(working_days=working)
    week = [date(2026, 11, 23) + timedelta(n) for n in range(7)]
    assert [day.isoweekday() for day in week if begins_week(someone, day)] == [first]


@pytest.mark.parametrize(
    ("ago", "words"),
    [(0, "this morning"), (1, "yesterday"), (3, "Friday"), (6, "Tuesday"), (11, "12 Nov")],
)
def test_since_is_said_as_people_say_it(ago: int, words: str) -> None:
    since = MONDAY - timedelta(days=ago)
    assert since_words(since, today=MONDAY.date(), member=member()) == words


def test_time_passing_is_no_news_but_facts_are() -> None:
    seen = {"inactive": 3, "known": 5, "days": 9, "people": [{"name": "Ann", "last": "x"}]}

    def of(**over: object) -> str:
        return look(kind="inactive", severity="soon", evidence=seen | over)

    assert of() == of(days=10, people=[])
    assert of() != of(inactive=4)
    assert of() != look(kind="inactive", severity="critical", evidence=seen)


def item(id: int, look: str = "a", **over: object) -> Item:
    fields: dict[str, object] = {
        "severity": "soon", "stake": Decimal(1), "opened_at": MONDAY, "taken": False,
    }  # fmt: skip
    return Item(id=id, look=look, **fields | over)  # type: ignore[arg-type]


def test_new_ones_come_first_then_changed_ones_by_severity_and_stake() -> None:
    items = [
        item(1, "old"),
        item(2, "new"),
        item(3, severity="critical", look="new"),
        item(4),
        item(5, stake=Decimal(9)),
        item(6, severity="critical"),
    ]
    chosen = choose(items, before={1: "old", 2: "old", 3: "old"}, begins_week=False)
    assert [one.id for one in chosen.spelled] == [6, 5, 4, 3, 2]
    assert [one.id for one in chosen.folded] == [1]


def test_what_somebody_has_in_hand_is_folded_until_there_is_news() -> None:
    items = [item(1, taken=True), item(2, "b", taken=True), item(3, taken=True)]
    chosen = choose(items, before={2: "a", 3: "a"}, begins_week=True)
    assert [one.id for one in chosen.spelled] == [2]
    assert [one.id for one in chosen.folded] == [1, 3]


LOOKS = st.sampled_from("abc")
ITEMS = st.lists(
    st.builds(
        item,
        st.integers(1, 30),
        LOOKS,
        severity=st.sampled_from(["critical", "soon"]),
        stake=st.integers(0, 5).map(Decimal),
    ),
    unique_by=lambda one: one.id,
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(ITEMS, st.dictionaries(st.integers(1, 30), LOOKS), st.booleans())
def test_what_changed_is_shown_and_what_did_not_is_folded(
    items: list[Item], before: dict[int, str], first_day: bool
) -> None:
    chosen = choose(items, before=before, begins_week=first_day)
    everything = [*chosen.spelled, *chosen.folded, *chosen.waiting]
    assert sorted(one.id for one in everything) == sorted(one.id for one in items)
    assert len(chosen.spelled) <= SPELLED_MAX
    assert len(chosen.spelled) == SPELLED_MAX or not chosen.waiting
    for one in items:
        known = before.get(one.id) == one.look
        if not known:
            assert one not in chosen.folded
        elif not first_day:
            assert one in chosen.folded
    assert not (first_day and chosen.folded)


@settings(max_examples=100, deadline=None)
@given(ITEMS)
def test_whatever_waits_gets_its_turn_the_next_day(items: list[Item]) -> None:
    before: dict[int, str] = {}
    shown: set[int] = set()
    for _ in range(len(items) // SPELLED_MAX + 1):
        chosen = choose(items, before=before, begins_week=False)
        assert not shown & {one.id for one in chosen.spelled}
        shown |= {one.id for one in chosen.spelled}
        before = chosen.shown(before)
    assert shown == {one.id for one in items}


def test_an_item_is_new_since_the_last_digest_then_counts_its_days() -> None:
    def aged(opened: datetime, last: datetime | None, who: TeamMember | None = None) -> str:
        one = item(1, opened_at=opened)
        return age(one, today=MONDAY.date(), member=who or member(), last=last, now=MONDAY)

    friday = MONDAY - timedelta(days=3)
    assert aged(MONDAY - timedelta(days=2), friday) == "new"
    assert aged(friday - timedelta(hours=1), friday) == "day 4"
    assert aged(MONDAY - timedelta(hours=23), None) == "new"
    assert aged(MONDAY - timedelta(hours=25), None) == "day 2"
