"""The work of a day through Slack's protocol: check-ins, tasks, meetings, feedback, stages."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.outbox.model import OutgoingMessage
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def acme(desk):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    return desk.add(builders.account("Acme", owner_id=dana.id, process="enterprise"))


def count(desk, table, *where) -> int:
    with desk.sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def words(seen) -> str:
    assert seen.error is None, seen
    return "\n".join(message.words for message in [*seen.messages, *seen.updated])


def told(desk, person):
    """The private answer to a form, which the outbox carries."""
    desk.deliver()
    (answer,) = [m for m in person.messages("C_ALERTS")[-1:] if m.ephemeral]
    return answer


def test_a_checkin_in_one_line_is_answered_privately(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    seen = dana.command("/cs checkin acme called the champion, “rollout” & more")
    assert "Check-in logged for Acme" in words(seen)
    assert all(message.ephemeral for message in seen.messages)
    with desk.sessions() as session:
        note = session.scalars(select(CheckIn.note)).one()
    assert note == 'called the champion, "rollout" & more'
    desk.deliver()
    assert desk.in_channel() == []


def test_the_checkin_form_says_what_is_wrong_at_its_field_and_keeps_what_was_typed(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    form = dana.command("/cs checkin").view
    assert form is not None
    filled = {"account": "Acme", "note": "Rollout on track", "next_step_on": "2026-12-01"}
    refused = dana.submit(form, filled)
    assert refused.errors == {"next_step": "What is to happen on that day?"}
    assert count(desk, CheckIn) == 0
    seen = dana.submit(form, filled | {"next_step": "Send the plan"})
    assert seen.view is None
    assert "Check-in logged for Acme" in told(desk, dana).words
    assert count(desk, CheckIn) == 1


def test_a_wrong_date_leads_to_the_form_and_the_task_to_whoever_got_it(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    unclear = dana.command("/cs task add acme call legal due fryday")
    assert "I can't read the date fryday" in words(unclear)
    form = dana.press(unclear.messages[-1], label="Fill In the Form").view
    assert form is not None
    dana.submit(form, {"due_on": "2026-11-27", "assignee": "U_LEE"})
    desk.deliver()
    lee = desk.person("U_LEE")
    (told,) = lee.messages()
    assert "Dana Reyes gave you a task for Acme: call legal" in told.text
    assert "Done: call legal" in words(lee.press(told, label="Done"))
    desk.at(desk.now + timedelta(minutes=2))
    again = words(lee.press(told, label="Done"))
    assert "is done already: you finished it 2 minutes ago" in again
    assert count(desk, Task, Task.done_at.is_not(None)) == 1
    desk.deliver()
    assert len(lee.messages()) == 1 + sum(m.ephemeral for m in lee.messages())


def test_the_task_list_has_a_button_a_task(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.command("/cs task add acme call legal due today !high")
    dana.command("/cs task add acme send the plan due in 2 weeks")
    listed = dana.command("/cs tasks")
    assert "2 tasks, 0 overdue, 1 due today" in words(listed)
    shown = listed.messages[-1]
    assert shown.labels == ["Done", "Done", "Keep"]
    after = words(dana.press(shown, label="Done"))
    assert "Done: call legal. Your open tasks: 1 task, 0 overdue, 0 due today" in after


def test_an_unhappy_customer_raises_an_alert_that_a_checkin_closes(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    recorded = dana.command('/cs nps acme 2 "slow support"')
    assert "NPS 2 of 10 (detractor) from Acme" in words(recorded)
    desk.deliver()
    (alert,) = desk.in_channel()
    assert "Acme" in alert.text
    form = dana.press(recorded.messages[-1], label="Log Check-In…").view
    dana.submit(form, {"note": "Called Ann, apologised"})
    assert count(desk, Feedback, Feedback.answered_at.is_(None)) == 0
    assert count(desk, Alert, Alert.closed_at.is_(None), Alert.kind == "feedback") == 0
    desk.deliver()
    (closed,) = desk.in_channel()
    assert closed.text != alert.text
    assert closed.labels == []


def test_a_meeting_is_added_in_the_speakers_zone_and_noted_once(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    assert "Added QBR with Acme" in words(dana.command("/cs meeting add acme QBR 2026-12-01 10:00"))
    twice = dana.command("/cs meeting add acme QBR 2026-12-01 10:00")
    assert "Acme has a meeting at that time" in words(twice)
    with desk.sessions() as session:
        meeting = session.scalars(select(Meeting)).one()
    desk.at(meeting.starts_at + timedelta(hours=1))
    asked = dana.command(f"/cs meeting done {meeting.id}")
    shown = asked.messages[-1]
    assert "is noted as attended" in words(dana.press(shown, label="Attended"))
    assert "was already noted as attended" in words(dana.press(shown, label="Attended"))


def test_a_stage_is_held_ticked_off_left_once_and_announced_once(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    begun = dana.command("/cs stage acme start")
    assert "Acme is in Transition now, step 1 of 8" in words(begun)
    held = dana.command("/cs stage acme next")
    assert "cannot leave Transition yet" in words(held)
    form = dana.press(held.messages[-1], label="Tick Off…").view
    assert form is not None
    texts = ["Introduced by the account executive", "Next steps and the first meeting agreed"]
    dana.submit(form, {"criteria": texts})
    asked = dana.press(told(desk, dana), label="Requirements…").view
    assert asked is not None
    dana.submit(asked, {"why_bought": "Nobody knew where a parcel was", "intended_use": "Parcels"})
    ready = dana.command("/cs stage acme").messages[-1]
    assert "First onboarding meeting now" in words(dana.press(ready, label="Advance"))
    assert "has moved on" in words(dana.press(ready, label="Advance"))
    desk.deliver()
    (announced,) = desk.in_channel("#cs-wins")
    assert announced.text.startswith("Acme completed Transition")


def test_a_manager_overrides_in_a_form_that_asks_why(desk, acme):
    priya = desk.person("U_PRIYA", "C_ALERTS")
    priya.command("/cs stage acme start")
    held = priya.command("/cs stage acme next")
    form = priya.choose(held.messages[-1], "Override…").view
    assert form is not None
    assert "reason" in priya.submit(form, {"reason": "x"}).errors
    priya.submit(form, {"reason": "Introduced on the phone"})
    assert "First onboarding meeting now" in told(desk, priya).words


def test_a_viewer_is_told_who_can(desk, acme):
    robin = desk.person("U_ROBIN", "C_ALERTS")
    for text in (
        "/cs checkin acme called them", "/cs task add acme call due friday", "/cs nps acme 3",
        "/cs meeting add acme QBR tomorrow 10:00", "/cs stage acme start",
    ):  # fmt: skip
        assert "Only CSMs, managers and admins can" in words(robin.command(text))
    assert count(desk, OutgoingMessage, OutgoingMessage.call == "post") == 0


def test_dates_as_they_are_written_in_europe_and_in_files_are_read(desk, acme):
    dana = desk.person("U_DANA")
    for written, shown in (("03.12.", "3 Dec 2026"), ("2026/12/01", "1 Dec 2026")):
        said = words(dana.command(f"/cs task add acme call {shown} due {written}"))
        assert f"due {shown}" in said
    assert "by 3 Dec 2026" in words(dana.command("/cs checkin acme called next: call by 3.12."))
    assert "due 29 Feb 2028" in words(dana.command("/cs task add acme send flowers due 29 feb"))


def test_the_meetings_of_a_colleague_are_listed_as_their_tasks_are(desk, acme):
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE")
    far = desk.add(builders.account("Globex", owner_id=lee.id))
    for n in range(11):
        at = desk.now + timedelta(days=1 + n)
        desk.add(builders.meeting(far.id, f"Review {n}", starts_at=at))
    dana, lee_too = desk.person("U_DANA", "C_ALERTS"), desk.person("U_LEE", "C_ALERTS")
    shown = dana.command("/cs meetings <@U_LEE|lee>").ephemeral
    assert "Lee Park: 11 meetings to come" in shown.words
    assert "Review 0" in shown.words
    assert "Review 10" in words(dana.press(shown, label="Next Page"))
    for asked in ("", " today", " this week", " me"):
        assert "No meetings are planned" in words(dana.command(f"/cs meetings{asked}"))
    assert "No meetings of Dana Reyes are planned" in words(lee_too.command("/cs meetings @dana"))
    assert words(lee_too.command("/cs meetings @lee")).startswith("11 meetings to come")


def test_an_account_in_doubt_is_chosen_and_the_rest_of_the_line_kept(desk, acme):
    desk.add(builders.account("Globex"), builders.account("Globe Theatre"))
    dana = desk.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs task add glob call legal due friday !high")
    shown = asked.messages[-1]
    assert {"Globex", "Globe Theatre"} <= set(shown.labels)
    assert "for Globe Theatre: call legal" in words(dana.press(shown, label="Globe Theatre"))
    with desk.sessions() as session:
        assert session.scalars(select(Task.priority)).all() == ["high"]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("send contract fryday", "I can't read the date *fryday*."),
        ("send contract by 31 feb", "*31 feb* does not exist: February has at most 29 days."),
        ("send contract 03/04/2027", "*03/04/2027* can be read two ways"),
        ("call April about 2.5", None),
    ],
)
def test_a_check_in_whose_next_step_ends_with_no_date_is_taken_and_says_so(desk, acme, step, why):
    said = words(desk.person("U_DANA").command(f"/cs checkin acme called Ann next: {step}"))
    assert f"*Next:* {step}" in said
    assert count(desk, CheckIn, CheckIn.next_step == step) == 1
    assert ("No date is noted with it" in said) is (why is not None)
    if why:
        assert why in said
        assert "*Add Task…* sets one; or take this back with `/cs undo`" in said


def test_a_slip_of_a_day_is_no_account_unless_it_is_the_whole_of_a_name(desk, acme):
    mine = {"owner_id": acme.owner_id, "domain": None}
    overdue, toda = desk.add(
        builders.account("Overdue Optics", **mine), builders.account("Toda", **mine)
    )
    desk.add(builders.task(overdue.id, "Grind lenses"), builders.task(toda.id, "Plant trees"))
    dana = desk.person("U_DANA")
    for text, meant in (("overdu", "overdue"), ("acme tody", "acme today"), ("overdeu", "overdue")):
        said = words(dana.command(f"/cs tasks {text}"))
        assert f"I don't know *{text.split()[-1]}*. Did you mean `/cs tasks {meant}`?" in said
        assert "Grind lenses" not in said
    assert "Plant trees" in words(dana.command("/cs tasks toda"))
    assert "Grind lenses" in words(dana.command("/cs tasks overdue optics"))


def test_the_same_words_with_another_next_step_are_no_second_press(desk, acme):
    dana = desk.person("U_DANA")
    for step, times in (("call", 1), ("call by friday", 2), ("call by friday", 2)):
        dana.command(f"/cs checkin acme called Ann next: {step}")
        assert count(desk, CheckIn, CheckIn.note == "called Ann") == times


def test_a_renewal_that_has_a_next_step_keeps_it_and_the_check_in_says_so(desk, acme):
    desk.add(builders.renewal(acme.id))
    dana = desk.person("U_DANA")
    first = words(dana.command("/cs checkin acme called Ann next: send contract"))
    assert "*Next:* send contract (also noted on the renewal)" in first
    second = words(dana.command("/cs checkin acme called Max next: call Eve"))
    assert "The renewal keeps its own next step: send contract." in second
    assert "Change it with `/cs renewal Acme next: …`." in second
    assert "*Next* send contract" in words(dana.command("/cs renewal acme"))
    dana.command("/cs renewal Acme next: call Eve")
    assert "*Next* call Eve" in words(dana.command("/cs renewal acme"))


def test_a_day_of_another_year_has_its_year_wherever_it_stands(desk, acme):
    """On the list, the account's card, its brief, and the renewal's."""
    dana, far = desk.person("U_DANA"), desk.now.date().replace(year=2028, month=3, day=12)
    step = {"next_step": "Exec call", "next_step_on": far}
    desk.add(builders.task(acme.id, due_on=far), builders.renewal(acme.id, **step))
    dana.command("/cs task add acme send flowers due friday")
    listed = words(dana.command("/cs tasks acme"))
    assert "due 12 Mar 2028" in listed
    assert "due 27 Nov ·" in listed
    assert "due 12 Mar 2028" in words(dana.command("/cs account acme"))
    assert "due 12 Mar 2028" in words(dana.command("/cs brief acme"))
    assert "by 12 Mar 2028" in words(dana.command("/cs renewal acme"))
    assert "by 12 Mar 2028" in words(dana.command("/cs renewals all"))
    assert "by 12 Mar 2028" in words(dana.command("/cs renewal acme next: Exec call by 2028-03-12"))


def test_an_alert_says_the_year_of_a_day_in_another_one(desk, acme):
    old = desk.now - timedelta(days=400)
    ann, max = builders.contact(acme.id, "Ann"), builders.contact(acme.id, "Max")
    ann.last_login_at, max.last_login_at = desk.now - timedelta(days=9), old
    renews = desk.now.date() + timedelta(days=500)
    with desk.sessions.begin() as session:
        session.get_one(Account, acme.id).renewal_on = renews
    desk.add(ann, max)
    desk.run("detect")
    (card,) = desk.in_channel()
    assert "Ann (champion), 14 Nov; Max (champion), 19 Oct 2025" in card.words
    assert f"renews {renews.day} {renews:%b %Y}, in 500 days" in card.words
