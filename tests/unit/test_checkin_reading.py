"""The next step of a check-in, written behind the note."""

from datetime import date

import pytest

from csbot.checkins.reading import Line, read_line

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("called them", Line("called them")),
        (
            "called them, next step: send contract friday",
            Line("called them", "send contract", FRIDAY),
        ),
        ("called. Next: send it by 2026-11-27", Line("called", "send it", FRIDAY)),
        ("called; next: send it", Line("called", "send it")),
        ("called next: friday", Line("called", "friday")),
        ("called, next:", Line("called, next:")),
        ("next: call Ann", Line("Next step: call Ann", "call Ann")),
        ("the next quarter looks good", Line("the next quarter looks good")),
    ],
)
def test_a_step_behind_next_is_the_next_step_with_its_date(text: str, line: Line) -> None:
    assert read_line(text, today=MONDAY) == line
