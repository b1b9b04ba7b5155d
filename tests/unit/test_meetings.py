"""Adding meetings, and saying how they went."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from csbot.errors import Forbidden, Refused
from csbot.meetings.model import Meeting
from messages.checkins import CheckInForm
from messages.ids import Action
from messages.meetings import (
    MeetingAdded,
    MeetingAsked,
    MeetingForm,
    MeetingList,
    MeetingNoted,
    MeetingUnclear,
)
from tests import builders
from tests.asking import Floor, controls, shown

TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
PRESSES = {
    Action.MEETING_ATTENDED: "attended",
    Action.MEETING_NO_SHOW: "no_show",
    Action.MEETING_CANCELLED: "cancelled",
}


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def stored(floor) -> list[Meeting]:
    return list(floor.session.scalars(select(Meeting).order_by(Meeting.id)))


def held(floor, **over) -> Meeting:
    fields = {"starts_at": floor.now - timedelta(hours=2), "organizer_id": floor.dana.id} | over
    meeting = builders.meeting(floor.acme.id, **fields)
    floor.session.add(meeting)
    floor.session.flush()
    return meeting


def fill(**over):
    return {
        "kind": "QBR", "title": None, "starts_at": int(TEN.timestamp()), "duration": "45",
    } | over  # fmt: skip


def test_one_line_adds_a_meeting_in_the_speakers_zone(floor):
    answer = floor.command(floor.lee, "/cs meeting add acme QBR 2026-12-01 10:00 45m")
    (meeting,) = stored(floor)
    assert meeting.starts_at == datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert (meeting.kind, meeting.title, meeting.duration_minutes) == ("QBR", "QBR", 45)
    assert meeting.organizer_id == floor.lee.id
    assert isinstance(answer, MeetingAdded)
    assert floor.verbs() == ["meeting.added"]
    assert floor.posts() == []


def test_the_same_meeting_again_is_refused_with_the_one_there_is(floor):
    floor.command(floor.dana, "/cs meeting add acme QBR 2026-12-01 10:00")
    again = floor.command(floor.dana, "/cs meeting add acme QBR 2026-12-01 10:00")
    assert "Acme has a meeting at that time" in shown(again)
    assert len(stored(floor)) == 1


def test_a_cancelled_meeting_frees_its_time(floor):
    held(floor, starts_at=TEN, outcome="cancelled")
    floor.command(floor.dana, "/cs meeting add acme QBR 2026-12-01 10:00")
    assert len(stored(floor)) == 2


def test_ones_own_other_meeting_at_that_time_is_told(floor):
    floor.command(floor.dana, "/cs meeting add globex training 2026-12-01 09:45 30m")
    answer = floor.command(floor.dana, "/cs meeting add acme QBR 2026-12-01 10:00")
    assert "You also have Training with Globex" in shown(answer)
    later = floor.command(floor.dana, "/cs meeting add acme QBR 2026-12-01 10:30")
    assert "You also have" not in shown(later)


@pytest.mark.parametrize(
    ("text", "account", "kind", "title"),
    [
        ("/cs meeting", None, "meeting", ""),
        ("/cs meeting add", None, "meeting", ""),
        ("/cs meeting add acme", "Acme", "meeting", ""),
        ("/cs meeting add acme QBR", "Acme", "QBR", ""),
        ("/cs meeting add acme QBR friday", "Acme", "QBR", ""),
        ("/cs meeting add acme QBR fryday 10:00", "Acme", "QBR", "QBR fryday"),
    ],
)
def test_what_is_missing_opens_the_form_with_the_rest(floor, text, account, kind, title):
    form = floor.command(floor.dana, text)
    assert isinstance(form, MeetingForm)
    assert (form.account, form.kind, form.what) == (account, kind, title)
    assert stored(floor) == []


def test_a_time_that_cannot_be_read_is_said_with_what_was_understood(floor):
    answer = floor.command(floor.dana, "/cs meeting add acme QBR 2026-13-41 10:00")
    assert isinstance(answer, MeetingUnclear)
    assert "2026-13-41* does not exist: a year has 12 months" in shown(answer)
    ((action, value),) = controls(answer)
    form = floor.press(floor.dana, Action(action), value)
    assert isinstance(form, MeetingForm)
    assert form.account == "Acme"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"starts_at": 1_000_000}, "starts_at"),
        ({"starts_at": 10**14}, "starts_at"),
        ({"starts_at": 4_000_000_000}, "starts_at"),
        ({"starts_at": None}, "starts_at"),
        ({"duration": "4"}, "duration"),
        ({"duration": "481"}, "duration"),
        ({"duration": "long"}, "duration"),
        ({"kind": "x" * 61}, "kind"),
        ({"title": "x" * 151}, "title"),
        ({"agenda": "x" * 3001}, "agenda"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(floor, over, field):
    with pytest.raises(Refused) as caught:
        floor.submit(floor.dana, MeetingForm(account_id=floor.acme.id), **fill(**over))
    assert caught.value.field == field
    assert stored(floor) == []


def test_the_form_sent_twice_adds_one_meeting(floor):
    form = MeetingForm(account_id=floor.acme.id)
    floor.submit(floor.dana, form, **fill(agenda="Value so far"))
    with pytest.raises(Refused) as caught:
        floor.submit(floor.dana, form, **fill())
    assert caught.value.field == "starts_at"
    assert [m.agenda for m in stored(floor)] == ["Value so far"]


@pytest.mark.parametrize("action", PRESSES)
def test_an_outcome_is_noted_once_however_often_it_is_pressed(floor, action):
    meeting = held(floor)
    first = floor.press(floor.dana, action, str(meeting.id))
    second = floor.press(floor.lee, action, str(meeting.id))
    assert isinstance(first, MeetingNoted)
    assert isinstance(second, MeetingNoted)
    assert (first.already, second.already) == (False, True)
    assert meeting.outcome == PRESSES[action]
    assert floor.verbs() == ["meeting.outcome"]


def test_an_outcome_with_a_note_leads_on_to_the_checkin(floor):
    meeting = held(floor)
    answer = floor.command(floor.dana, f"/cs meeting done {meeting.id} attended they add seats")
    assert (meeting.outcome, meeting.notes) == ("attended", "they add seats")
    ((action, value),) = controls(answer)
    form = floor.press(floor.dana, Action(action), value)
    assert isinstance(form, CheckInForm)
    assert (form.account, form.note) == ("Acme", "they add seats")


def test_a_later_word_corrects_an_earlier_one_and_keeps_the_note(floor):
    meeting = held(floor)
    floor.command(floor.dana, f"/cs meeting done {meeting.id} no-show waited 15 minutes")
    floor.press(floor.dana, Action.MEETING_ATTENDED, str(meeting.id))
    assert (meeting.outcome, meeting.notes) == ("attended", "waited 15 minutes")
    assert floor.verbs() == ["meeting.outcome", "meeting.outcome"]


def test_without_an_outcome_it_asks_with_buttons(floor):
    meeting = held(floor)
    answer = floor.command(floor.dana, f"/cs meeting done {meeting.id}")
    assert isinstance(answer, MeetingAsked)
    assert [Action(action) for action, _ in controls(answer)] == list(PRESSES)


def test_a_meeting_to_come_can_only_be_cancelled(floor):
    meeting = held(floor, starts_at=TEN)
    with pytest.raises(Refused, match="not begun"):
        floor.press(floor.dana, Action.MEETING_ATTENDED, str(meeting.id))
    floor.press(floor.dana, Action.MEETING_CANCELLED, str(meeting.id))
    assert meeting.outcome == "cancelled"


def test_the_list_shows_what_is_over_and_what_is_to_come(floor):
    held(floor, title="Last week")
    held(floor, title="Known", outcome="attended")
    held(floor, title="Soon", starts_at=TEN)
    answer = floor.command(floor.dana, "/cs meeting acme")
    assert isinstance(answer, MeetingList)
    assert [(m.title, m.over) for m in answer.meetings] == [("Last week", True), ("Soon", False)]
    assert "1 meeting to come with Acme, 1 over" in shown(answer)
    mine = floor.command(floor.dana, "/cs meetings")
    assert isinstance(mine, MeetingList)
    assert len(mine.meetings) == 2
    none = floor.command(floor.lee, "/cs meetings")
    assert "No meetings are planned" in shown(none)


@pytest.mark.parametrize("number", ["0", "4711", "2147483648"])
def test_a_meeting_that_is_not_there_is_refused(floor, number):
    with pytest.raises(Refused, match="no meeting"):
        floor.press(floor.dana, Action.MEETING_ATTENDED, number)
    with pytest.raises(Refused, match="no meeting"):
        floor.command(floor.dana, f"/cs meeting done {number}")


def test_a_viewer_neither_adds_nor_notes(floor):
    meeting = held(floor)
    with pytest.raises(Forbidden):
        floor.command(floor.vic, "/cs meeting add acme QBR 2026-12-01 10:00")
    with pytest.raises(Forbidden):
        floor.press(floor.vic, Action.MEETING_ATTENDED, str(meeting.id))


def test_done_without_a_number_lists_the_meetings_with_theirs(floor):
    meeting = held(floor)
    answer = floor.command(floor.dana, "/cs meeting done")
    assert f"/cs meeting done {meeting.id} attended" in shown(answer)


def test_a_long_list_of_meetings_says_how_many_pages_it_has(floor):
    for number in range(1, 13):
        held(floor, starts_at=floor.now + timedelta(days=number))
    words = shown(floor.command(floor.dana, "/cs meetings"))
    assert "12 meetings to come." in words
    assert "Page 1 of 2" in words
