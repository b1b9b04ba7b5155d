"""Sessions with customers: invitations, reminders by mail and phone, moves, what came of them."""

from datetime import datetime, timedelta

import pytest

from tests.builders import MONDAY
from tests.flows.firm import DAY, HOUR, MINUTE, Firm, words

AT = MONDAY + timedelta(days=2, hours=5)  # Wednesday 14:00
SMS = (
    "Success session: Wednesday 25 November at 14:00 (UTC). To move it: https://vendor.example/book"
)
SOON = "Success session begins within the hour: Wednesday 25 November at 14:00 (UTC)."


@pytest.fixture(autouse=True)
def acme(firm: Firm) -> None:
    firm.acme()


def test_a_session_is_confirmed_and_remembered_a_day_and_an_hour_before(firm: Firm) -> None:
    for _ in range(2):
        firm.meeting(AT, objectives="Three teams on board", updated_at="2026-11-23T09:01:00Z")
        firm.later()
    firm.approve("Booked: Success session")
    [invitation] = firm.mails()
    assert "Move it here: https://vendor.example/book" in words(invitation)
    [calendar] = list(invitation.iter_attachments())
    assert calendar.get_content_type() == "text/calendar"
    assert "DTSTART:20261125T140000Z" in calendar.get_content()
    firm.until(AT - DAY - MINUTE)
    assert len(firm.questions()) == 0
    firm.until(AT - DAY)
    firm.approve("an e-mail to 1")
    firm.approve("an SMS to 1")
    assert firm.subjects()[1:] == [
        "Reminder: Success session, Wednesday 25 November at 14:00 (UTC)"
    ]
    assert "What we will do: The Shipments board" in words(firm.mails()[-1])
    assert firm.texts() == [SMS]
    assert firm.network.sent[0]["To"] == "+14158675300"
    firm.until(AT - HOUR)
    firm.approve("an e-mail to 1")
    firm.approve("an SMS to 1")
    assert firm.subjects()[2:] == ["In an hour: Success session"]
    assert firm.texts()[1].startswith(SOON)
    said = "\n".join(one.words for one in firm.in_channel())
    assert "Three teams on board" in said, "the team is reminded of what it is to reach"


def test_five_messages_about_a_session_do_not_wait_for_the_weekly_limit(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.meeting(AT)
    firm.later()
    for moment in (AT - DAY, AT - HOUR, AT):
        firm.until(moment)
    assert (len(firm.subjects()), len(firm.texts())) == (3, 2)


def test_what_is_booked_for_in_three_hours_is_not_announced_for_tomorrow(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    at = firm.now + 3 * HOUR
    firm.meeting(at)
    firm.later()
    firm.later(HOUR)
    assert len(firm.subjects()) == 1
    firm.until(at - HOUR)
    assert firm.subjects()[1:] == ["In an hour: Success session"]
    assert len(firm.texts()) == 1


def test_what_is_moved_is_confirmed_anew_and_remembered_at_its_new_time(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.meeting(AT)
    firm.later()
    firm.until(AT - DAY)
    friday = AT + 2 * DAY
    for _ in range(2):
        firm.meeting(friday)
        firm.later()
    firm.until(AT - HOUR)
    firm.until(friday - DAY - MINUTE)
    moved = "Moved: Success session, Friday 27 November at 14:00 (UTC)"
    assert firm.subjects()[2:] == [moved]
    firm.until(friday - DAY)
    firm.until(friday - HOUR)
    assert firm.subjects()[3:] == [
        "Reminder: Success session, Friday 27 November at 14:00 (UTC)",
        "In an hour: Success session",
    ]
    assert len(firm.texts()) == 3


def test_what_is_moved_back_is_told_and_remembered_at_its_first_time(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    for starts in (AT, AT + 2 * DAY, AT):
        firm.meeting(starts)
        firm.later()
    for starts in (AT + 2 * DAY, AT):  # between two looks: nobody heard of Friday
        firm.meeting(starts)
        firm.at(firm.now + MINUTE)
    firm.later()
    for moment in (AT - DAY, AT - HOUR):
        firm.until(moment)
    assert firm.subjects() == [
        "Booked: Success session, Wednesday 25 November at 14:00 (UTC)",
        "Moved: Success session, Friday 27 November at 14:00 (UTC)",
        "Moved: Success session, Wednesday 25 November at 14:00 (UTC)",
        "Reminder: Success session, Wednesday 25 November at 14:00 (UTC)",
        "In an hour: Success session",
    ]


def test_a_draft_of_the_old_time_is_taken_back(firm: Firm) -> None:
    firm.meeting(AT)
    firm.later()
    [question] = firm.questions()
    firm.meeting(AT + DAY)
    firm.later()
    dana = firm.person("U_DANA")
    assert dana.press(question, label="Send to 1").ephemeral is not None
    firm.approve("Thursday 26 November")
    [subject] = firm.subjects()
    assert subject == "Moved: Success session, Thursday 26 November at 14:00 (UTC)"


def test_what_is_called_off_costs_points_and_is_not_remembered(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.meeting(AT)
    firm.later()
    for _ in range(2):
        firm.meeting(AT, status="cancelled")
        firm.later()
    assert firm.shown()["score"] == -30
    firm.approve("Shall we find another time?")
    for moment in (AT - DAY, AT - HOUR, AT + 2 * HOUR, AT + DAY):
        firm.until(moment)
    assert firm.texts() == []
    assert firm.subjects()[1:] == ["Shall we find another time?"]
    assert firm.shown()["score"] == -30


def test_what_was_called_off_by_mistake_is_remembered_all_the_same(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.meeting(AT)
    firm.later()
    [number] = [one["id"] for one in firm.shown()["meetings"]]
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command(f"/cs meeting done {number} cancelled")
    firm.later()
    dana.command("/cs undo")
    firm.later()
    assert firm.shown()["score"] == 0
    for moment in (AT - DAY, AT - HOUR):
        firm.until(moment)
    assert firm.subjects()[2:] == [
        "Reminder: Success session, Wednesday 25 November at 14:00 (UTC)",
        "In an hour: Success session",
    ]


def test_what_became_of_it_counts_and_is_asked_about_once(firm: Firm) -> None:
    for id, outcome, score, subject in (
        ("session-1", "attended", 30, "Was that worth your time?"),
        ("session-2", "no_show", 0, "Shall we find another time?"),
    ):
        at = firm.now + DAY
        firm.meeting(at, id=id)
        firm.later()
        firm.until(at + HOUR)
        for _ in range(2):
            firm.meeting(at, id=id, status=outcome)
            firm.later()
        assert firm.shown()["score"] == score
        firm.approve(subject)
        assert firm.subjects()[-1] == subject
    assert len(firm.subjects()) == 2


def test_what_somebody_notes_ten_days_later_still_counts(firm: Firm) -> None:
    firm.meeting(AT)
    firm.later()
    firm.until(AT + 10 * DAY)
    [number] = [one["id"] for one in firm.shown()["meetings"]]
    dana = firm.person("U_DANA", "C_ALERTS")
    for _ in range(2):
        dana.command(f"/cs meeting done {number} attended")
    firm.later()
    assert firm.shown()["score"] == 30


def test_reminders_wait_for_the_morning_of_the_customer_and_not_for_monday(firm: Firm) -> None:
    """Monday 09:00: a day before is a Sunday morning."""
    firm.sends("meeting-reminders")
    monday: datetime = MONDAY + 7 * DAY
    firm.meeting(monday)
    firm.later()
    firm.until(monday - DAY)
    assert len(firm.subjects()) == 2
    early = monday + DAY - timedelta(minutes=30)  # Tuesday 08:30
    firm.meeting(early, id="session-2")
    firm.later()
    firm.until(early - HOUR)
    firm.later()
    assert not [one for one in firm.subjects() if one.startswith("In an hour")]
    firm.until(early - timedelta(minutes=30))
    assert [one for one in firm.subjects() if one.startswith("In an hour")] == [
        "In an hour: Success session"
    ]


def test_whoever_wants_no_sms_gets_the_mails_alone(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.opt_out("Ann Lee", "sms")
    firm.meeting(AT)
    firm.later()
    firm.until(AT - DAY)
    firm.until(AT - HOUR)
    assert (len(firm.subjects()), firm.texts()) == (3, [])
