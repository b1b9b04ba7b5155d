"""Dana is away from Thursday to Tuesday and Lee covers, over Slack's own protocol."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.away.model import Absence
from csbot.team.queries import by_slack_id
from tests import builders
from tests.builders import MONDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY, FRIDAY = MONDAY + 3 * DAY, MONDAY + 4 * DAY
TUESDAY = MONDAY + 8 * DAY - HOUR / 2  # half past eight


@pytest.fixture
def dana(desk):
    return desk.person("U_DANA", "C_OTHER")


@pytest.fixture
def lee(desk):
    return desk.person("U_LEE", "C_OTHER")


@pytest.fixture
def priya(desk):
    return desk.person("U_PRIYA", "C_OTHER")


def member_of(desk, slack_id):
    with desk.sessions() as session:
        return by_slack_id(session, slack_id).id


def absences(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(Absence).order_by(Absence.id)))


def direct(person):
    return [shown.words for shown in person.messages()]


def test_it_is_said_in_a_line_shown_on_asking_and_over_by_a_press(desk, dana, lee):
    said = dana.command("/cs away thursday to tuesday cover @lee").ephemeral
    assert "You are away from Thursday 26 Nov until Tuesday 1 Dec; Lee Park covers." in said.words
    desk.deliver()
    (asked,) = direct(lee)
    assert "You cover for Dana Reyes" in asked
    assert "You are away from Thursday 26 Nov" in dana.command("/cs away").ephemeral.words
    assert len(absences(desk)) == 1
    over = dana.press(said, label="Call It Off")
    assert "Called off: you are not away." in over.words
    again = dana.press(said, label="Call It Off")
    assert "You are not away" in again.words
    desk.deliver()
    assert ["do not cover for Dana Reyes any more" in words for words in direct(lee)] == [True]


def test_away_alone_opens_a_form_and_a_second_word_changes_the_same_absence(desk, dana, lee):
    form = dana.command("/cs away").view
    assert form is not None
    back = {"back_on": "2026-11-26", "cover": "U_LEE"}
    assert dana.submit(form, back).ok
    dana.command("/cs away until friday")
    (absence,) = absences(desk)
    assert MONDAY <= absence.starts_at < MONDAY + HOUR
    assert absence.ends_at == FRIDAY - 9 * HOUR
    assert absence.cover_id == member_of(desk, "U_LEE")
    assert "Welcome back" in dana.command("/cs back").ephemeral.words


def test_managers_say_it_for_others_and_nobody_else_does(desk, priya, lee):
    said = priya.command("/cs away @dana until friday cover @lee").ephemeral
    assert "Dana Reyes is away until Friday 27 Nov; Lee Park covers." in said.words
    refused = lee.command("/cs away @dana until friday").ephemeral.words
    assert "Only managers and admins can say that somebody else is away" in refused
    assert "Only managers" in lee.command("/cs back @dana").words
    assert "Dana Reyes is back" in priya.press(said, label="End It").words
    desk.deliver()
    assert direct(desk.person("U_DANA")) == []


def test_a_circle_of_covers_is_refused_with_the_names(desk, dana, lee):
    dana.command("/cs away until friday cover @lee")
    refused = lee.command("/cs away wednesday to friday cover @dana").ephemeral.words
    assert "in a circle: Lee Park by Dana Reyes, Dana Reyes by Lee Park" in refused
    assert (
        "Lee Park covers"
        not in lee.command("/cs away next monday to friday cover @dana").ephemeral.words
    )
    assert len(absences(desk)) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("until fryday", "I can't read the date *fryday*"),
        ("until 03/04/2027", "two ways"),
        ("until monday cover @nobody", "nobody"),
        ("until monday cover @robin", "cannot act on accounts"),
        ("until monday cover @dana", "Nobody covers for themselves"),
        ("until 2026-11-20", "That is over already"),
        ("friday to wednesday of", "I can't read"),
        ("for 14 months", "At most a year"),
        ("<!channel> until monday", "I can't read"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(desk, dana, text, why):
    words = dana.command(f"/cs away {text}").ephemeral.words
    assert why in words
    assert "<!channel>" not in words
    assert absences(desk) == []
