"""What a command cannot take is said with its reason, and the rest of the line is kept."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.choosing import Vocabulary
from csbot.errors import Refused
from csbot.renewals import filters
from handlers import accounts, digests, team
from messages.checkins import CheckInForm
from messages.ids import Action
from messages.render import render
from tests.asking import Floor, controls, shown

HERE = (accounts, digests, team)  # so registered
KEPT = [
    ("task add acme call legal due 9999-12-31", "*9999-12-31* is too far away"),
    ("task add acme call legal due 0001-01-01", "*0001-01-01* is long past"),
    ("task add acme call legal due 01/02/2027", "write `2027-02-01` or `2027-01-02`"),
    (
        "task add acme call legal due 31.02.2027",
        "*31.02.2027* does not exist: February 2027 has 28",
    ),
    ("task add acme call legal due yesterday", "That day is past"),
    ("task add acme call legal @dana @lee due tomorrow", "One person does a task"),
    ("meeting add acme QBR 31.02.2027 10:00", "*31.02.2027* does not exist"),
    ("task add acme call due feb 30th", "*feb 30th* does not exist: February has at most 29 days"),
    ("meeting add acme QBR 31 june 10:00", "*31 june* does not exist: June has 30 days"),
    ("meeting add acme QBR feb 29, 2027 10:00", "*feb 29, 2027* does not exist"),
    ("meeting add acme QBR 2020-01-01 10:00", "That time is past"),
]
REFUSED = [
    ("task delete 7", "add a task and finish it"),
    ("task undo #7", "add a task and finish it"),
    ("meeting cancel 12", "note how it went"),
    ("tasks tomorrow", "list what is open"),
    ("timeline acme 30d", "newest events of Acme"),
    ("digest @lee", "Only managers and admins can see the team's digest"),
    ("settings foo", "shows your own"),
]


@pytest.fixture
def floor(sessions: sessionmaker[Session]) -> Iterator[Floor]:
    with sessions.begin() as session:
        yield Floor(session)


@pytest.mark.parametrize(("text", "why"), KEPT)
def test_what_does_not_fit_is_said_and_the_rest_kept_for_the_form(
    floor: Floor, text: str, why: str
) -> None:
    answer = floor.command(floor.dana, f"/cs {text}")
    assert why in shown(answer)
    assert "I understood: " in shown(answer)
    assert Action.FORM_OPEN in dict(controls(answer))
    assert floor.verbs() == []


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_words_a_command_has_no_use_for_are_refused(floor: Floor, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        floor.command(floor.dana, f"/cs {text}")


def test_a_note_too_long_for_a_button_stands_in_the_form_uncut(floor: Floor) -> None:
    note = "called Ann " + "x" * 2500
    form = floor.command(floor.dana, f"/cs checkin acme {note} next: {'y' * 301}")
    assert isinstance(form, CheckInForm)
    assert form.note.startswith(note)
    assert "At most 300 characters" in shown(form)
    floor.submit(floor.dana, form, note=form.note[:2600], how="call")
    assert floor.verbs() == ["checkin.logged"]


def test_a_note_too_long_for_any_form_is_repeated_whole(floor: Floor) -> None:
    note = "".join(f"<{n}>" for n in range(800))
    answer = floor.command(floor.dana, f"/cs checkin acme {note}")
    assert "At most 3,000 characters" in shown(answer)
    blocks = render(answer)["blocks"]
    assert "".join(b["text"]["text"] for b in blocks[2:]) == note
    assert controls(answer) == []


def test_one_s_own_task_says_who_does_it(floor: Floor) -> None:
    answer = floor.command(floor.dana, "/cs task add acme call legal due tomorrow")
    assert "You do it." in shown(answer)


def test_nothing_understood_of_a_renewals_line_is_not_said() -> None:
    with pytest.raises(Refused) as refusal:
        filters.read("fryday", Vocabulary((), {}, int))
    assert "I understood" not in refusal.value.reason
