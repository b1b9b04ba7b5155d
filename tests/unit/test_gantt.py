"""A Gantt chart: which bars stand where, what they say in words, and that no name can break it."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.files.file import Wish
from csbot.files.kinds import KINDS
from csbot.onboarding import gantt, gantt_file, service
from csbot.onboarding.filters import Filters
from csbot.onboarding.gantt import Bar, Course, Gantt, Kind, Spell
from csbot.onboarding.gantt_letters import fitted, plain
from csbot.onboarding.gantt_picture import BAR, FILLS, HEAD, HEIGHT, draw, scale
from csbot.onboarding.model import StageSpell
from csbot.onboarding.stages import track
from csbot.settings import Config, Environment, Settings
from tests.builders import MONDAY, account, member

DAY = timedelta(days=1)
HOSTILE = [
    "<@U1> <b>x</b>",
    "W" * 500,
    "\u202eevil",
    "שלום עולם",
    "東京商事",
    "Север",
    "",
    "🎉\x00\n",
]


def stay(stage: str, days: int, begun: float, ended: float | None = None, **over: Any) -> Spell:
    """In days ago."""
    ends = None if ended is None else MONDAY - ended * DAY
    return Spell("enterprise", stage, days, MONDAY - begun * DAY, ends, **over)


STUCK = Course(
    "Acme",
    "enterprise",
    (
        stay("transition", 5, 40, 36),
        stay("first-onboarding-meeting", 10, 36, 20),
        stay("second-onboarding-meeting", 14, 20, overridden=True),
    ),
)


def notes(course: Course) -> dict[str, str]:
    return {row.label: row.note for row in gantt.of_account(course, now=MONDAY).rows}


def test_a_stage_is_done_late_under_way_or_planned_in_bars_and_in_words() -> None:
    shown = gantt.of_account(STUCK, now=MONDAY)
    first, second, third, fourth, *_, last = shown.rows
    assert (first.note, second.note) == (
        "done in 4 of 5 days",
        "done in 16 of 10 days, 6 days late",
    )
    assert third.note == "day 21 of 14, 6 days late, begun by override"
    assert fourth.note == "planned 23 Nov to 26 Nov"
    assert last.note == "planned 23 Dec to 23 Mar 2027"
    assert second.bars == (
        Bar(Kind.DONE, MONDAY - 36 * DAY, MONDAY - 26 * DAY),
        Bar(Kind.LATE, MONDAY - 26 * DAY, MONDAY - 20 * DAY),
    )
    assert [bar.kind for bar in third.bars] == [Kind.OPEN, Kind.LATE]
    assert [bar.mark for bar in third.bars] == [True, False]
    assert fourth.bars == (Bar(Kind.PLAN, MONDAY, MONDAY + 3 * DAY),)
    assert shown.late == 2
    assert shown.alternative.startswith("Gantt chart, Onboarding of Acme. 1 Transition: done in 4")


def test_what_is_to_come_follows_the_day_on_which_the_stage_is_due() -> None:
    shown = gantt.of_account(Course("New", "enterprise", (stay("transition", 5, 1),)), now=MONDAY)
    assert [bar.kind for bar in shown.rows[0].bars] == [Kind.OPEN, Kind.PLAN]
    assert shown.rows[0].note == "day 2 of 5"
    assert shown.rows[1].note == "planned 27 Nov to 7 Dec"


def test_who_went_back_has_two_bars_in_a_row_and_who_skipped_has_none() -> None:
    back = Course(
        "Back",
        "enterprise",
        (
            stay("transition", 5, 30, 26),
            stay("second-onboarding-meeting", 14, 26, 20),
            stay("transition", 5, 20, 18),
            stay("third-onboarding-meeting", 14, 18),
        ),
    )
    said = notes(back)
    assert said["1 Transition"] == "done in 2 of 5 days, twice"
    assert said["2 First onboarding meeting"] == "skipped"
    earlier = Course("Earlier", "enterprise", (*back.spells[:-1], stay("transition", 5, 4)))
    assert notes(earlier)["3 Second onboarding meeting"].startswith(
        "done in 6 of 14 days, again pl"
    )


def test_a_finished_onboarding_plans_nothing_and_another_track_comes_first() -> None:
    over = Course("Over", "enterprise", (stay("transition", 5, 30, 26),))
    assert set(notes(over).values()) == {"done in 4 of 5 days", "not reached"}
    assert gantt.of_all([over], now=MONDAY).rows[0].note == "finished"
    switched = Course("Switched", "transactional", over.spells)
    rows = gantt.of_account(switched, now=MONDAY).rows
    assert (rows[0].label, len(rows)) == ("Transition (enterprise)", 7)
    odd = Course("Odd", "transactional", (stay("gone", 3, 9),))
    assert gantt.of_account(odd, now=MONDAY).rows[0].note == "day 10 of 3, 6 days late"


def test_an_onboarding_that_a_manager_ended_has_a_mark_at_its_end_and_says_so() -> None:
    cut = Course("Cut", "enterprise", (stay("transition", 5, 30, 26, cut=True),))
    row = gantt.of_account(cut, now=MONDAY).rows[0]
    assert row.note == "done in 4 of 5 days, ended by override"
    end = MONDAY - 26 * DAY
    assert [(bar.begins, bar.ends) for bar in row.bars if bar.mark] == [(end, end)]
    assert draw(gantt.of_account(cut, now=MONDAY))


def picture(shown: Gantt, **how: bool) -> Image.Image:
    return Image.open(BytesIO(draw(shown, **how))).convert("RGB")


def test_each_bar_stands_where_its_days_are_and_every_state_looks_different_without_colour() -> (
    None
):
    shown = gantt.of_account(STUCK, now=MONDAY)
    drawn, axis = picture(shown).convert("L"), scale(shown, clipped=False)
    assert axis.first == MONDAY - 40 * DAY
    looks = {}
    for number, row in enumerate(shown.rows):
        top = HEAD + number * HEIGHT + (HEIGHT - BAR) // 2
        for bar in row.bars:
            left, right = axis.x(bar.begins), axis.x(bar.ends)
            assert left < right
            if right - left > 24:  # without its neighbours and a diamond
                part = drawn.crop((left + 12, top - 2, right - 4, top + BAR + 2))
                looks.setdefault(bar.kind, tuple(part.histogram()[n] > 0 for n in range(256)))
    assert set(looks) == set(Kind)
    assert len(set(looks.values())) == len(FILLS)


def test_the_scale_has_dates_that_do_not_touch() -> None:
    for days in (3, 30, 90, 400, 4_000):
        course = Course("A", "enterprise", (stay("transition", 5, days),))
        axis = scale(gantt.of_account(course, now=MONDAY), clipped=False)
        at = [axis.x(datetime(d.year, d.month, d.day, tzinfo=UTC)) for d in axis.ticks()]
        assert at
        assert all(later - one >= 90 for one, later in pairwise(at)), days


def test_one_long_stay_does_not_flatten_a_chart_of_many() -> None:
    courses = [STUCK, Course("Old", "enterprise", (stay("transition", 5, 3_000),))]
    shown = gantt.of_all(courses, now=MONDAY, more=3)
    axis = scale(shown, clipped=True)
    assert axis.x(MONDAY - 5 * DAY) + 20 < axis.x(MONDAY)
    whole = scale(shown, clipped=False)
    assert whole.x(MONDAY - 5 * DAY) + 4 > whole.x(MONDAY)
    assert [row.note for row in shown.rows] == [
        "6 days late in Second onboarding meeting", "2,995 days late in Transition",
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80)),
    st.lists(st.integers(0, 900), min_size=1, max_size=5),
    st.booleans(),
)
def test_no_name_and_no_course_breaks_a_picture(name: str, days: list[int], clipped: bool) -> None:
    ago = sorted(days, reverse=True)
    stages = ("transition", "gone", "transition", "nurturing", "follow-up-email")
    spells = tuple(
        stay(stages[number], 5, begun, ended)
        for number, (begun, ended) in enumerate(zip(ago, [*ago[1:], None], strict=True))
    )
    course = Course(name, "enterprise", spells, domain="acme.example")
    for shown in (gantt.of_account(course, now=MONDAY), gantt.of_all([course], now=MONDAY)):
        drawn = picture(shown, clipped=clipped)
        edge = drawn.crop((drawn.width - 20, 0, drawn.width, drawn.height))
        assert ImageChops.invert(edge).getbbox() is None  # nothing runs over the margin


def test_a_name_is_cut_to_its_column_and_never_lost_in_question_marks() -> None:
    line, font = fitted("W" * 500, 22, 300)
    assert line.endswith("W…")
    assert font.getlength(line) <= 300
    assert fitted("Acme", 22, 300) == ("Acme", plain(22))
    strange = "\U00012031\U00012032\U00012033"  # no font has cuneiform letters
    assert fitted(strange, 22, 300, "sumer.example")[0] == "sumer.example"
    assert fitted(f"Acme {strange[0]}", 22, 300, "sumer.example")[0] == "Acme ?"


SETTINGS = Settings(Environment(), Config())


def held(session: Session, name: str, *days: int, **over: Any) -> Account:
    """An account whose stages of the enterprise track began so many days ago."""
    made = account(name, domain=None, process="enterprise", **over)
    made.onboarding_stage = "transition" if days else None
    made.onboarding_stage_since = MONDAY - days[-1] * DAY if days else None
    session.add(made)
    session.flush()
    for begun in days:
        session.add(
            StageSpell(
                account_id=made.id, process="enterprise", stage="transition", days=5,
                begun_at=MONDAY - begun * DAY, ended_at=None if begun == days[-1] else MONDAY,
            )
        )  # fmt: skip
    session.flush()
    return made


def test_an_override_that_ended_an_onboarding_is_read_from_the_log(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        session.add(priya := member("Priya Shah", role="manager"))
        last = track("enterprise")[-1]
        made = held(session, "Cut", 3)
        made.onboarding_stage = last.key
        session.execute(update(StageSpell).values(stage=last.key))
        service.advance(
            session, account_id=made.id, by=priya, now=MONDAY, settings=SETTINGS,
            override_reason="They ask for no more", note="",
        )  # fmt: skip
        shown = gantt_file.one(session, made, now=MONDAY + DAY)
        assert shown.rows[-1].note.endswith("ended by override")


def test_the_chart_that_was_asked_for_is_made_of_what_is_there_then(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        session.add(dana := member())
        session.flush()
        acme = held(session, "Acme <b>", 20, owner_id=dana.id)
        for number in range(gantt_file.MOST + 2):
            held(session, f"A{number:02}", 1 + number % 3)
        asked = gantt_file.ask_one(session, acme, by=dana, now=MONDAY)
        assert asked.lines[0] == "1 Transition: day 21 of 5, 15 days late"
        kind = KINDS[gantt_file.KIND]

        def made(**args: str) -> Any:
            wish = Wish(session=session, settings=SETTINGS, args=args, person=dana, now=MONDAY)
            return kind.make(wish)

        one = made(account=str(acme.id))
        assert one.comment == "Onboarding of Acme &lt;b&gt;, 1 stage late"
        assert one.file.alt_text.startswith(
            "Gantt chart, Onboarding of Acme <b>. 1 Transition: day"
        )
        everybody = gantt_file.everybody(session, Filters(), now=MONDAY)
        assert (len(everybody.rows), everybody.more) == (gantt_file.MOST, 3)
        assert everybody.rows[0].label == "Acme <b>"
        mine = made(filters=Filters(owners=(dana.id,)).code())
        assert mine.file.title == "In onboarding (Dana Reyes)"
        assert Image.open(BytesIO(mine.file.content)).format == "PNG"


def test_there_is_nothing_to_draw_where_nothing_has_begun(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        idle = held(session, "Idle")
        with pytest.raises(Refused, match="has not begun"):
            gantt_file.one(session, idle, now=MONDAY)
        with pytest.raises(Refused, match="nothing to draw"):
            gantt_file.everybody(session, Filters(late=True), now=MONDAY)
