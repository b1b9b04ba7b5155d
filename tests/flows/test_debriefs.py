"""Log it while it is warm: asked once a meeting has ended, answered in two presses."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.calendars import feeds
from csbot.checkins.model import CheckIn
from csbot.errors import Refused
from csbot.fetch import Fetched
from csbot.meetings.debriefs import happened, moved_form
from csbot.meetings.model import Debrief, Meeting
from csbot.points import PointsEntry
from csbot.settings import Config, Environment, Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from csbot.workspace.seen import Shown
from tests import builders, ics
from tests.builders import MONDAY
from tests.flows.firm import DAY, HOUR, MINUTE, Firm

START = MONDAY + HOUR  # 10:00 to 10:45
END = START + timedelta(minutes=45)
SECRET = "https://calendar.example/private-0a1b2c/basic.ics"
BUTTONS = ["Happened…", "No-Show", "Moved…"]


@pytest.fixture
def globex(firm: Firm) -> Account:
    return firm.acme("Globex")


def plan(firm: Firm, account: Account, starts_at: datetime = START, **over: object) -> Meeting:
    with firm.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
        who = {"organizer_id": dana.id if dana else None, "duration_minutes": 45}
    made: Meeting = firm.add(builders.meeting(account.id, starts_at=starts_at, **who | over))
    return made


def asked(firm: Firm, slack_id: str = "U_DANA") -> list[Shown]:
    """The question, or the record that it has become."""
    return [one for one in firm.dm(slack_id) if re.match(r"Success|QBR|\d meetings", one.text)]


def later(firm: Firm, moment: datetime) -> None:
    """The clock goes on to then; the minute's work is done, and sent in the next."""
    firm.until(moment)
    firm.later(MINUTE, "playbooks", "deliver")


def rows(firm: Firm, table: Any, by: Any = None) -> list[Any]:
    with firm.sessions() as session:
        return list(session.scalars(select(table).order_by(by or table.id)))


def test_one_message_when_it_ends_and_two_presses_log_it_all(firm: Firm, globex: Account) -> None:
    plan(firm, globex, agenda="Rollout")
    firm.until(END - MINUTE)
    assert asked(firm) == []
    later(firm, END)
    [question] = asked(firm)
    assert question.text.startswith("Success session with Globex ended <!date^")
    assert "{date_short_pretty} at {time}" in question.text  # it may be asked days later
    assert question.labels == BUTTONS
    assert asked(firm, "U_LEE") == asked(firm, "U_PRIYA") == []
    dana = firm.person("U_DANA")
    form = dana.press(question, label="Happened…").view
    assert form.inputs == ["sentiment", "note", "next_step", "next_step_on"]
    assert "Planned: Rollout" in form.words
    told = {"next_step": "Send the training plan", "next_step_on": "2026-11-30"}
    assert not dana.submit(form, told).ok  # how it went and what was said are hers to say
    told |= {"sentiment": "positive", "note": "On track"}
    assert dana.submit(form, told).ok
    [points] = rows(firm, PointsEntry)  # with the rest, not with the next pass of playbooks
    firm.later()
    firm.later()
    [record] = asked(firm)
    assert record.text == "Success session with Globex took place."
    assert record.labels == []
    assert "*Next:* Send the training plan, by 30 Nov 2026" in record.words
    [meeting] = rows(firm, Meeting)
    [checkin] = rows(firm, CheckIn)
    [task] = [one for one in rows(firm, Task) if one.title == "Send the training plan"]
    assert len(rows(firm, PointsEntry)) == 1
    assert (meeting.outcome, meeting.notes) == ("attended", "On track")
    assert (checkin.channel, checkin.sentiment) == ("meeting", "positive")
    assert (str(task.due_on), points.points) == ("2026-11-30", 30)
    late = dana.press(question, label="Happened…")
    assert late.view is None
    assert "is noted already: it took place" in late.ephemeral.words
    assert "is noted already" in dana.press(question, label="No-Show").ephemeral.words
    again = dana.submit(form, told)
    assert not again.ok
    assert len(rows(firm, CheckIn)) == 1


def test_a_no_show_costs_points_and_asks_for_nothing(firm: Firm, globex: Account) -> None:
    plan(firm, globex)
    later(firm, END)
    dana, [question] = firm.person("U_DANA"), asked(firm)
    pressed = dana.press(question, label="No-Show")
    assert pressed.ok
    assert pressed.view is None
    [points] = rows(firm, PointsEntry)
    firm.later()
    firm.later()
    assert len(rows(firm, PointsEntry)) == 1
    assert points.points == -30
    assert "nobody came" in asked(firm)[0].text
    assert rows(firm, CheckIn) == []
    assert "nobody came" in dana.press(question, label="Moved…").ephemeral.words


def test_what_was_moved_is_asked_after_at_its_new_time(firm: Firm, globex: Account) -> None:
    plan(firm, globex)
    later(firm, END)
    dana, [question] = firm.person("U_DANA"), asked(firm)
    form = dana.press(question, label="Moved…").view
    past = dana.submit(form, {"starts_at": int(START.timestamp())})
    assert past.errors == {"starts_at": "That time is past. Choose one to come."}
    friday = START + 4 * DAY
    assert dana.submit(form, {"starts_at": int(friday.timestamp())}).ok
    firm.later()
    assert "was moved to" in asked(firm)[0].text
    assert "still to come" in dana.press(question, label="No-Show").ephemeral.words
    later(firm, friday + timedelta(minutes=45))
    assert asked(firm)[-1].labels == BUTTONS


def test_a_workshop_of_a_whole_day_can_be_moved_too(firm: Firm, globex: Account) -> None:
    plan(firm, globex, duration_minutes=490, title="Success workshop")
    firm.until(START + timedelta(minutes=490))
    later(firm, MONDAY + DAY + HOUR)
    dana, question = firm.person("U_DANA"), asked(firm)[0]
    form = dana.press(question, label="Moved…").view
    assert dana.submit(form, {"starts_at": int((START + 4 * DAY).timestamp())}).ok
    [meeting] = rows(firm, Meeting)
    assert (meeting.starts_at, meeting.duration_minutes) == (START + 4 * DAY, 490)


def test_two_who_log_the_same_meeting_at_once_log_it_once(sessions: Any) -> None:
    with sessions.begin() as session:
        dana, account = builders.member(), builders.account("Globex")
        session.add_all([dana, account])
        session.flush()
        session.add(meeting := builders.meeting(account.id, starts_at=MONDAY - HOUR))
        session.flush()
        dana_id, meeting_id = dana.id, meeting.id

    def log(note: str) -> bool:
        try:
            with sessions.begin() as session:
                happened(
                    session, meeting_id=meeting_id, sentiment="positive", note=note,
                    next_step="Call", next_step_on=MONDAY.date(), now=MONDAY,
                    by=session.get_one(TeamMember, dana_id),
                    settings=Settings(Environment(), Config()),
                )  # fmt: skip
        except Refused as refused:
            return "noted already" not in str(refused)
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(log, ["It went well", "Fine"])) == [False, True]
    with sessions() as session:
        assert [len(session.scalars(select(one)).all()) for one in (CheckIn, Task)] == [1, 1]


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 27, 9, tzinfo=UTC)),
        (datetime(2026, 11, 5, 9, tzinfo=UTC), datetime(2026, 11, 10, 9, tzinfo=UTC)),
    ],
)
def test_the_same_time_of_the_day_is_offered_when_the_clocks_have_changed(sessions, now, offered):
    with sessions.begin() as session:
        dana, account = builders.member(timezone="Europe/Berlin"), builders.account("Globex")
        session.add_all([dana, account])
        session.flush()
        ten = datetime(2026, 10, 20, 8, tzinfo=UTC)  # in Berlin, until the clocks go back
        meeting = builders.meeting(account.id, starts_at=ten)
        session.add(meeting)
        session.flush()
        form = moved_form(session, meeting_id=meeting.id, by=dana, now=now)
        assert form.starts_at == offered


def test_two_back_to_back_are_one_message_after_the_second(firm: Firm, globex: Account) -> None:
    plan(firm, globex)
    plan(firm, firm.acme("Initech"), END + 10 * MINUTE, title="QBR")
    later(firm, END)
    assert asked(firm) == []
    second = END + timedelta(minutes=55)
    later(firm, second)
    later(firm, second + 3 * MINUTE)
    [question] = asked(firm)
    assert question.text == "2 meetings ended. How did they go?"
    assert question.labels == BUTTONS * 2
    dana = firm.person("U_DANA")
    value = str(rows(firm, Meeting)[1].id)
    assert dana.press(question, label="No-Show", value=value).ok
    firm.later()
    [left] = asked(firm)
    assert left.labels == BUTTONS
    assert "QBR with Initech" in left.words
    assert left.text == "2 meetings ended, 1 to be noted. How did it go?"


def test_after_working_hours_it_waits_for_the_morning(firm: Firm, globex: Account) -> None:
    plan(firm, globex, MONDAY + 10 * HOUR)
    plan(firm, firm.acme("Initech"), MONDAY + 12 * HOUR)
    later(firm, MONDAY + 11 * HOUR)
    later(firm, MONDAY + 13 * HOUR)
    assert asked(firm) == []
    later(firm, MONDAY + DAY)
    [question] = asked(firm)
    assert question.text == "2 meetings ended. How did they go?"


def test_what_is_noted_while_the_question_waits_is_not_asked(firm: Firm, globex: Account) -> None:
    made = plan(firm, globex, MONDAY + 10 * HOUR)
    later(firm, MONDAY + 11 * HOUR)
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command(f"/cs meeting done {made.id} attended")
    firm.later()
    later(firm, MONDAY + DAY)
    assert asked(firm) == []


def test_unanswered_it_stands_in_the_next_digest_and_then_never(
    firm: Firm, globex: Account
) -> None:
    plan(firm, globex)
    later(firm, END)
    tuesday = MONDAY + DAY - timedelta(minutes=30)
    firm.at(tuesday)
    firm.tick("detect", "digest", "deliver")
    digest = firm.dm()[-1]
    assert "How did it go?" in digest.words
    assert [x for x in digest.labels if x in BUTTONS] == BUTTONS
    firm.at(tuesday + DAY)
    firm.tick("detect", "digest", "deliver")
    assert firm.dm()[-1].ts != digest.ts
    assert "How did it go?" not in firm.dm()[-1].words
    dana = firm.person("U_DANA")
    assert dana.press(digest, label="No-Show").ok
    firm.later()
    assert "nobody came" in asked(firm)[0].text


def test_nobody_is_asked_about_what_was_no_meeting_with_a_customer(firm: Firm) -> None:
    plan(firm, firm.acme("Called"), outcome="cancelled")
    plan(firm, firm.acme("Noted"), outcome="attended")
    plan(firm, firm.acme("Ours"), source="calendar", attendees=[])
    plan(firm, firm.acme("Entered"), created_at=END + MINUTE)
    plan(firm, firm.acme("Gone", lifecycle_stage="churned"))
    with firm.sessions() as session:
        robin = by_slack_id(session, "U_ROBIN").id
    plan(firm, firm.acme("Watched", owner_id=None), organizer_id=robin)
    later(firm, END)
    firm.person("U_PRIYA", "C_ALERTS").command("/cs playbook off meeting-debrief")
    plan(firm, firm.acme("Off"), END + HOUR)
    later(firm, END + 2 * HOUR)
    assert rows(firm, Debrief, Debrief.meeting_id) == []


def test_of_a_calendar_only_what_customers_were_invited_to_in_the_open(
    firm: Firm, globex: Account
) -> None:
    """As the calendar's own text says it: ours alone, private, a whole day, called off."""
    guests = tuple(line.replace("acme", "globex") for line in ics.GUESTS)
    ours = (*ics.GUESTS[:2], ics.GUESTS[1].replace("dana", "lee"))
    at = {"start": "DTSTART:20261123T100000Z", "end": "DTEND:20261123T104500Z"}
    day = {"start": "DTSTART;VALUE=DATE:20261123", "end": "DTEND;VALUE=DATE:20261124"}
    body = ics.calendar(
        ics.event(uid="a", guests=guests, **at),
        ics.event(uid="b", guests=ours, title="Among us", **at),
        ics.event("CLASS:PRIVATE", uid="c", guests=guests, title="Private", **at),
        ics.event(uid="d", guests=guests, title="All day", **day),
        ics.event("STATUS:CANCELLED", uid="e", guests=guests, title="Called off", **at),
    )
    with firm.sessions.begin() as session:
        feed = feeds.add(session, email="dana@vendor.example", url=SECRET, now=firm.now)
    with firm.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    feeds.store(firm.wiring, feed, dana, Fetched(body, '"1"'), now=firm.now)
    later(firm, END)
    [question] = asked(firm)
    assert question.text.startswith("Success session with Globex ended")
    assert len(rows(firm, Debrief, Debrief.meeting_id)) == 1


def test_without_an_organizer_it_is_the_account_s_owner(firm: Firm, globex: Account) -> None:
    plan(firm, globex, organizer_id=None)
    later(firm, END)
    assert len(asked(firm)) == 1


def test_the_record_says_what_somebody_corrects_later(firm: Firm, globex: Account) -> None:
    meeting = plan(firm, globex)
    later(firm, END)
    dana, lee = firm.person("U_DANA"), firm.person("U_LEE", "C_ALERTS")
    dana.press(asked(firm)[0], label="No-Show")
    firm.later()
    [record] = asked(firm)
    assert record.text == "Success session with Globex did not take place, nobody came."
    for _ in range(2):
        lee.command(f"/cs meeting done {meeting.id} attended")
        firm.later()
    [record] = asked(firm)
    assert record.text == "Success session with Globex took place."
    assert [one.points for one in rows(firm, PointsEntry)] == [-30, 30, 30]  # the first taken back
    lee.command("/cs undo")
    firm.later()
    assert "nobody came" in asked(firm)[0].text
    assert sum(one.points for one in rows(firm, PointsEntry)) == -30
