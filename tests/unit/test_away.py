"""Who stands in for whom; how a time away is read; and that nobody is looked up one by one."""

from datetime import date, timedelta

import pytest

from csbot.alerts.scope import Scope
from csbot.away import reading
from csbot.away.cover import Cover
from csbot.away.model import Absence
from csbot.away.queries import line_for
from csbot.away.rules import Span, loop, stand_in
from csbot.away.service import say_away, say_back
from csbot.digests.service import send_due
from csbot.errors import Refused
from csbot.settings import Config, Environment, Settings
from handlers import away as handlers
from handlers.ask import Press
from tests.builders import MONDAY, account, member, task
from tests.statements import statements

DAY = timedelta(days=1)
SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
# Dana, Lee and Sam are Priya's; Priya is Ada's.
TEAM = {
    id: member(name, id=id, manager_id=manager)
    for id, name, manager in (
        (1, "Dana", 4), (2, "Lee", 4), (3, "Sam", 4), (4, "Priya", 5), (5, "Ada", None),
    )
}  # fmt: skip


def away(*pairs: tuple[int, int | None]) -> dict[int, Span]:
    return {id: Span(id, cover, MONDAY, MONDAY + DAY) for id, cover in pairs}


@pytest.mark.parametrize(
    ("absent", "told"),
    [
        ([], 1),
        ([(1, 2)], 2),
        ([(1, None)], 4),
        ([(1, 2), (2, None)], 4),
        ([(1, 2), (2, 3)], 4),  # who covers Lee has not agreed to Dana's work
        ([(1, 2), (2, 1)], 4),
        ([(1, 9)], 4),  # has left
        ([(1, 2), (2, None), (4, 3)], 3),
        ([(1, None), (4, None)], 5),
        ([(1, None), (4, None), (5, None)], None),
        ([(1, 4), (4, 1), (5, None)], None),
    ],
)
def test_the_cover_is_told_else_the_manager_else_whoever_is_above(absent, told):
    found = stand_in(1, away(*absent), lambda id: TEAM.get(id or 0))
    assert (found.id if found else None) == told


def span(member_id, cover_id, first, last):
    return Span(member_id, cover_id, MONDAY + first * DAY, MONDAY + last * DAY)


@pytest.mark.parametrize(
    ("others", "circle"),
    [
        ([span(2, 1, 1, 3)], [1, 2]),
        ([span(2, 1, 4, 6)], []),  # back by then
        ([span(2, 3, 0, 4), span(3, 1, 2, 9)], [1, 2, 3]),
        ([span(2, 3, 0, 4), span(3, 2, 2, 9)], []),  # another circle, found when it was closed
        ([span(2, None, 0, 4)], []),
    ],
)
def test_a_circle_is_found_through_any_number_of_covers(others, circle):
    assert loop(span(1, 2, 0, 4), others) == circle


@pytest.fixture
def people(sessions):
    with sessions.begin() as session:
        session.add(priya := member("Priya Shah", role="manager"))
        session.flush()
        session.add_all(
            [dana := member("Dana Reyes", manager_id=priya.id),
             lee := member("Lee Park", manager_id=priya.id)]
        )  # fmt: skip
        session.flush()
        yield session, dana, lee, priya


NOVEMBER = {day: date(2026, 11, day) for day in range(23, 31)}


@pytest.mark.parametrize(
    ("text", "start", "back", "cover"),
    [
        ("until friday", None, 27, None),
        ("till fri cover @lee", None, 27, "Lee Park"),
        ("covered by lee until friday", None, 27, "Lee Park"),
        ("until friday lee covers", None, 27, "Lee Park"),
        ("from tomorrow until friday with <@U_LEE>", 24, 27, "Lee Park"),
        ("thursday to saturday", 26, 28, None),
        ("thursday - saturday", 26, 28, None),
        ("Thu–Sat", 26, 28, None),
        ("wednesday through friday", 25, 28, None),
        ("through friday", None, 28, None),
        ("24 nov to 27 nov", 24, 27, None),
        ("2026-11-24 until 2026-11-27", 24, 27, None),
        ("tomorrow", 24, 25, None),
        ("tomorrow for 3 days", 24, 27, None),
        ("for 3 days", None, 26, None),
        ("a week cover lee", None, 30, "Lee Park"),
        ("“until friday”", None, 27, None),
    ],
)
def test_a_time_away_is_read_as_people_write_it(people, text, start, back, cover):
    session, *_ = people
    wish = reading.read(session, text, today=MONDAY.date())
    assert wish.from_on == (NOVEMBER[start] if start else None)
    assert wish.back_on == NOVEMBER[back]
    assert (wish.cover.name if wish.cover else None) == cover


def test_the_line_for_home_says_who_is_away_and_for_whom_one_covers(people):
    session, dana, lee, _ = people
    assert line_for(session, dana, MONDAY) is None
    say_away(
        session, member=dana, starts_at=MONDAY + DAY, ends_at=MONDAY + 4 * DAY, cover=lee, by=dana,
        now=MONDAY,
    )  # fmt: skip
    planned = "You will be away from Tuesday 24 Nov to Friday 27 Nov; Lee Park covers."
    assert line_for(session, dana, MONDAY) == planned
    assert line_for(session, lee, MONDAY) is None
    then = MONDAY + 2 * DAY
    assert line_for(session, dana, then) == "You are away until Friday 27 Nov; Lee Park covers."
    assert line_for(session, lee, then) == "You cover for Dana Reyes until Friday 27 Nov."
    say_back(session, member=dana, by=dana, now=then)
    assert line_for(session, dana, then) is line_for(session, lee, then) is None
    with pytest.raises(Refused, match="You are not away"):
        say_back(session, member=dana, by=dana, now=then)


def test_two_absences_that_one_would_join_are_refused(people):
    session, dana, *_ = people

    def away_for(first, last):
        days = {"starts_at": MONDAY + first * DAY, "ends_at": MONDAY + last * DAY}
        return say_away(session, member=dana, cover=None, by=dana, now=MONDAY, **days)

    away_for(1, 3)
    away_for(5, 7)
    with pytest.raises(Refused, match="two absences in one"):
        away_for(2, 6)
    assert away_for(6, 9).starts_at == MONDAY + 6 * DAY


@pytest.mark.parametrize("press", [handlers.pressed_back, handlers.edit])
def test_a_button_that_names_no_absence_of_theirs_is_answered_and_does_nothing(people, press):
    session, dana, lee, _ = people
    days = {"starts_at": MONDAY + DAY, "ends_at": MONDAY + 2 * DAY, "cover": None, "now": MONDAY}
    mine, other = (say_away(session, member=one, by=one, **days) for one in (dana, lee))
    for value, why in (
        (f"{dana.id}", "older version"),
        (f"{dana.id}:0", "over already"),
        (f"{dana.id}:{other.id}", "over already"),
    ):
        ask = Press(session=session, settings=SETTINGS, person=dana, now=MONDAY, value=value)
        with pytest.raises(Refused, match=why):
            press(ask)
    assert mine.ended_at is other.ended_at is None


@pytest.mark.parametrize("look", ["alerts", "digests", "line"])
def test_a_hundred_absences_cost_as_many_queries_as_one(sessions, engine, look):
    counted = []
    for many in (1, 100):
        with sessions.begin() as session:
            absent(session, many, f"{look}{many}")
        with statements(engine) as seen, sessions.begin() as session:
            LOOKS[look](session)
        counted.append(len(seen))
    assert counted[0] == counted[1]


def absent(session, many, word):
    """So many people whose cover is one colleague, each with an account and a task."""
    told = {"timezone": "UTC", "country": "DE"}
    cover = member(f"{word} Lee", slack_id=f"U_{word}_LEE", email=f"{word}@v.example", **told)
    session.add(cover)
    rows = [
        member(f"{word} {n}", slack_id=f"U_{word}_{n}", email=f"{word}{n}@v.example", **told)
        for n in range(many)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        session.add(Absence(member_id=row.id, cover_id=cover.id, starts_at=MONDAY - DAY,
                            ends_at=MONDAY + DAY, made_at=MONDAY))  # fmt: skip
        session.add(book := account(row.name, owner_id=row.id))
        session.flush()
        session.add(task(book.id, due_on=MONDAY.date()))


def _line(session):
    cover = Cover.load(session, MONDAY)
    return line_for(session, cover.team[max(cover.covering)], MONDAY)


def _alerts(session):
    scope = Scope.load(session, SETTINGS, MONDAY)
    return [scope.told(id) for id in scope.team]


LOOKS = {
    "alerts": _alerts,
    "digests": lambda session: send_due(session, settings=SETTINGS, now=MONDAY),
    "line": _line,
}
