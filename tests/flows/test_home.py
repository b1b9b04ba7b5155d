"""App Home: what Slack was given for each who opened it, and every press in it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.away.model import Absence
from csbot.checkins.model import CheckIn
from csbot.home.model import Home
from csbot.outbox.model import OutgoingMessage
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from csbot.workspace.model import User
from csbot.workspace.seen import Form
from tests.builders import MONDAY, account, feedback, meeting, renewal, task
from tests.flows.desk import Desk


def home(desk: Desk, who: str) -> Form:
    """What stands in Home after it was opened and csbot has had its turn."""
    desk.person(who).home()
    return again(desk, who)


def again(desk: Desk, who: str) -> Form:
    """What stands there by now."""
    desk.deliver()
    person = desk.person(who)
    with desk.slack.lock:
        found = person._form(desk.slack.homes.get(who))
    assert found is not None
    return found


def id_of(desk: Desk, who: str) -> int:
    with desk.sessions() as session:
        member = by_slack_id(session, who)
        assert member is not None
        return member.id


def told(desk: Desk, who: str) -> list[str]:
    """What somebody was sent as direct messages, first lines."""
    desk.deliver()
    return [message.text for message in desk.person(who).messages()]


def published(desk: Desk) -> list[object]:
    return [call for call in desk.slack.calls if call.method == "views.publish"]


@pytest.fixture
def grapes(desk: Desk) -> Account:
    """Dana's, with an unhappy contact, a late task, a session today and a renewal."""
    dana = id_of(desk, "U_DANA")
    made = desk.add(account("Grumpy Grapes", owner_id=dana, health=38, health_status="Struggling"))
    desk.add(
        feedback(made.id, email="gus@grumpy.example"),
        task(made.id, assignee_id=dana, due_on=MONDAY.date() - timedelta(days=3)),
        meeting(made.id, organizer_id=dana, starts_at=MONDAY + timedelta(hours=1)),
        renewal(made.id, due_on=MONDAY.date() + timedelta(days=25), next_step="Call Gus",
                next_step_on=MONDAY.date() + timedelta(days=5)),
    )  # fmt: skip
    desk.run("detect")
    return made


def test_a_csm_finds_what_needs_them_and_an_empty_state_for_the_rest(desk, grapes):
    dana, lee = home(desk, "U_DANA").words, home(desk, "U_LEE").words
    for words in (
        "Dana Reyes: 1 alert needs you, 1 critical; 1 task due", "Critical", "on you",
        "Grumpy Grapes, Success session",
        "Call legal for Grumpy Grapes, 3 days overdue", "health 38, struggling", "in 25 days",
        "your digest comes at 08:30", "As of",
    ):  # fmt: skip
        assert words in dana, words
    for words in (
        "nothing needs you now", "Alerts that need you*: none", "meetings*: none",
        "Tasks due*: none",
        "you own none yet. A manager can hand you", "*My renewals, next 90 days*: none",
        "Done lately*: nothing yet",
    ):  # fmt: skip
        assert words in lee, words
    assert "Team load" not in dana + lee


def test_a_meeting_that_is_over_does_not_stand_under_today_as_if_it_were_to_come(desk, grapes):
    """In Home and in the digest alike, with how it went where somebody has said so."""
    mine, hour = {"organizer_id": id_of(desk, "U_DANA")}, timedelta(hours=1)
    desk.add(
        meeting(grapes.id, "Early call", starts_at=MONDAY - hour, **mine),
        meeting(grapes.id, "Short call", starts_at=MONDAY - 2 * hour, outcome="attended", **mine),
        meeting(grapes.id, "Lost call", starts_at=MONDAY - 3 * hour, outcome="no_show", **mine),
    )
    desk.run("digest")
    [digest] = [m.words for m in desk.person("U_DANA").messages() if "*Today*" in m.words]
    for words in (home(desk, "U_DANA").words, digest):
        assert "Early call · over, not said yet how it went" in words
        assert "Short call · took place" in words
        assert "Lost call · nobody came" in words
        [coming] = [line for line in words.splitlines() if "Success session" in line]
        assert "over" not in coming


def test_what_somebody_holds_is_told_alike_everywhere_and_without_who_has_left(desk, grapes):
    """A manager, who owns nothing, reads the team's renewals and their own apart."""
    gone = {"lifecycle_stage": "churned", "arr": Decimal(90_000)}
    desk.add(account("Elm Engines", owner_id=id_of(desk, "U_DANA"), **gone))
    dana, priya = desk.person("U_DANA"), desk.person("U_PRIYA")
    seen = home(desk, "U_PRIYA").words
    for shown in (dana.command("/cs my").words, seen, priya.command("/cs team").words):
        assert "1 account, $48k ARR" in shown
        assert "Elm Engines" not in shown
    danas = home(desk, "U_DANA")
    listed = dana.press(danas, label="All…").view.words
    assert "Elm Engines" not in danas.words + listed
    assert "Elm Engines" in priya.command("/cs account elm").words
    assert "Renewals of all accounts, next 90 days*  probable 1, $48k" in seen
    assert "*My renewals, next 90 days*: none." in seen
    assert "you own none yet." in seen
    assert "A manager can" not in seen + priya.command("/cs my").words
    priya.press(home(desk, "U_PRIYA"), label="Hand Over…", value="0")
    moving = priya.submit(None, {"former": "U_DANA", "person": "U_LEE"}).view.words
    assert "2 accounts (1 has left), $48k ARR" in moving


def test_what_is_pressed_in_home_is_done_and_seen_there_and_sends_nobody_a_message(desk, grapes):
    """Each is pressed twice before Home has been drawn anew."""
    shown, dana = home(desk, "U_DANA"), desk.person("U_DANA")
    before = told(desk, "U_DANA")
    dana.press(shown, label="Acknowledge")
    assert "You took this one" in dana.press(shown, label="Acknowledge").view.words
    dana.close()
    taken = again(desk, "U_DANA")
    assert "Dana Reyes has it" in taken.words
    dana.press(taken, label="Done")
    assert "done already: you finished it" in dana.press(taken, label="Done").view.words
    dana.close()
    done = again(desk, "U_DANA")
    assert "Tasks due*: none" in done.words
    assert "Task done: Call legal" in done.words
    assert "open again" in dana.press(done, label="Undo").view.words
    dana.close()
    assert "You took this back just now" in dana.press(done, label="Undo").view.words
    dana.close()
    assert "Call legal for Grumpy Grapes" in again(desk, "U_DANA").words
    assert told(desk, "U_DANA") == before


def test_a_task_is_postponed_once_and_can_be_taken_back(desk, grapes):
    dana, shown = desk.person("U_DANA"), home(desk, "U_DANA")
    day = MONDAY.date() + timedelta(days=2)
    dana.press(shown, label="Postpone…")
    assert dana.submit(None, {"due_on": "2026-11-20"}).errors
    assert dana.submit(None, {"due_on": day.isoformat()}).ok
    dana.press(shown, label="Postpone…")
    assert "on that day already" in str(dana.submit(None, {"due_on": day.isoformat()}).errors)
    dana.close()
    assert "Tasks due*: none" in again(desk, "U_DANA").words
    assert "due 20 Nov again" in dana.command("/cs undo").words
    with desk.sessions() as session:
        [found] = session.scalars(select(Task))
        assert found.due_on == MONDAY.date() - timedelta(days=3)


def test_who_owns_nothing_can_look_at_all_accounts_and_everybody_can_choose_whose(desk, grapes):
    priya, dana = desk.person("U_PRIYA"), desk.person("U_DANA")
    everybody = priya.press(home(desk, "U_PRIYA"), label="All…").view
    assert "All accounts, also of who has left" in everybody.words
    assert grapes.name in everybody.words
    desk.add(account("Elm Engines", owner_id=id_of(desk, "U_LEE")))
    assert "Elm Engines" not in dana.press(home(desk, "U_DANA"), label="All…").view.words
    assert "Elm Engines" in dana.choose(None, "All accounts").view.words
    assert "Elm Engines" not in dana.choose(None, "My accounts").view.words


def test_all_alerts_are_a_list_with_pages_in_which_they_are_acted_on(desk, grapes):
    owned = [account(f"Account {n:02}", owner_id=id_of(desk, "U_DANA")) for n in range(12)]
    desk.add(*owned)
    desk.add(*(feedback(one.id, email=f"a{one.id}@grumpy.example") for one in owned))
    desk.run("detect")
    person, shown = desk.person("U_DANA"), home(desk, "U_DANA")
    person.press(shown, label="All…", value="open")
    assert "Page 1 of 2" in person.view().words
    first = person.view()
    takes = [c.element["value"] for c in first.controls if c.label == "Acknowledge"]
    assert len(takes) == 10
    assert "1 taken" in person.press(first, label="Acknowledge", value=takes[3]).view.words
    assert person.press(first, label="Acknowledge", value=takes[3]).error == "gone"
    assert person.press(None, label="Next Page").view.words.count("Log Check-In") == 3
    assert "Page 1 of 2" in person.press(None, label="First Page").view.words
    person.press(None, label="Log Check-In", value=takes[5])
    assert person.submit(None, {"note": "Called them"}).ok
    assert "11 alerts need you" in again(desk, "U_DANA").words


def test_every_task_of_a_list_can_be_postponed(desk, grapes):
    dana, person, day = id_of(desk, "U_DANA"), desk.person("U_DANA"), MONDAY.date()
    desk.add(*(task(grapes.id, f"Task {n}", assignee_id=dana, due_on=day) for n in range(9)))
    person.press(home(desk, "U_DANA"), label="All…", value="mine")
    person.choose(None, "Task 8 for Grumpy Grapes")
    assert person.submit(None, {"due_on": (day + timedelta(days=2)).isoformat()}).ok
    assert "9 tasks due" in again(desk, "U_DANA").words
    listed = person.command("/cs tasks").ephemeral
    person.choose(listed, "Task 7 for Grumpy Grapes")
    assert person.submit(None, {"due_on": (day + timedelta(days=3)).isoformat()}).ok
    assert "Postponed: Task 7, for Grumpy Grapes, is due 26 Nov 2026 now." in told(desk, "U_DANA")
    assert "8 tasks due" in again(desk, "U_DANA").words


def test_all_tasks_are_a_list_with_pages_in_which_they_are_finished(desk, grapes):
    dana = id_of(desk, "U_DANA")
    day = MONDAY.date() - timedelta(days=1)
    desk.add(*(task(grapes.id, f"Task {n}", assignee_id=dana, due_on=day) for n in range(30)))
    shown, person = home(desk, "U_DANA"), desk.person("U_DANA")
    rows = [c for c in shown.controls if c.label == "All…" and c.element["value"] == "mine"]
    assert len(rows) == 1
    person.press(shown, label="All…", value="mine")
    assert "31 tasks" in person.view().words
    last = "Task 29"
    while last not in person.view().words:
        assert person.press(None, label="Next Page").ok
    ids = [c.element["value"] for c in person.view().controls if c.label == "Done"]
    assert "Done: Task 29" in person.press(None, label="Done", value=ids[-1]).view.words
    with desk.sessions() as session:
        assert session.scalars(select(Task).where(Task.title == last)).one().done_at
    assert "30 tasks due" in again(desk, "U_DANA").words


def test_what_is_over_home_goes_on_however_far_one_reads(desk, grapes):
    """Slack stacks three at most: pages turn in their place, and a fourth takes the last one's."""
    person, shown = desk.person("U_DANA"), home(desk, "U_DANA")
    dana = id_of(desk, "U_DANA")
    desk.add(*(
        CheckIn(account_id=grapes.id, by_id=dana, at=MONDAY - timedelta(hours=n), channel="call",
                note=f"Note {n}")
        for n in range(90)
    ))  # fmt: skip
    before = told(desk, "U_DANA")
    person.press(shown, label="Open")
    person.choose(None, "Timeline")
    while "Next Page" in person.view().labels:
        page = person.view().words
        assert person.press(None, label="Next Page").view.words != page
    assert "Note 89" in person.view().words
    person.press(None, label="Open Account")
    assert "Owner" in person.view().words
    assert person.press(None, label="Log Check-In").view.callback_id == "checkin.log.v1"
    assert told(desk, "U_DANA") == before


def test_a_brief_a_renewal_a_form_are_one_press_away_and_answered_over_home(desk, grapes):
    dana, shown = desk.person("U_DANA"), home(desk, "U_DANA")
    before = told(desk, "U_DANA")
    assert "Grumpy Grapes" in dana.press(shown, label="Brief").view.words
    assert dana.press(None, label="Open Account").view.callback_id == "home.answer.v1"
    dana.close(cleared=True)
    for label, form in (
        ("Change…", "renewal.change.v1"), ("Change My Settings", "settings.edit.v1")
    ):  # fmt: skip
        assert dana.press(shown, label=label).view.callback_id == form
        dana.close()
    dana.press(shown, label="Log Check-In")
    assert dana.submit(None, {"note": "Called Gus"}).view.callback_id == "home.answer.v1"
    assert "Check-in" in again(desk, "U_DANA").words
    assert told(desk, "U_DANA") == before


def test_all_accounts_are_a_list_with_pages_and_filters(desk):
    dana = id_of(desk, "U_DANA")
    desk.add(*(account(f"Account {n:02}", owner_id=dana, health=40 + n) for n in range(23)))
    desk.add(account("Zebra", owner_id=dana, segment="enterprise", health=90))
    shown, person = home(desk, "U_DANA"), desk.person("U_DANA")
    assert "the first 10 of 24" in shown.words
    person.press(shown, label="All…")
    assert "page 1 of 3" in person.view().words
    first = person.view().words
    assert "page 2 of 3" in person.press(None, label="Next Page").view.words
    assert "page 3 of 3" in person.press(None, label="Next Page").view.words
    assert "page 2 of 3" in person.press(None, label="Previous Page").view.words
    assert person.press(None, label="Previous Page").view.words == first
    narrowed = person.choose(None, "enterprise").view.words
    assert "1 account (enterprise)" in narrowed
    assert "Zebra" in narrowed
    none = person.choose(None, "With a critical alert").view.words
    assert "No account is like that" in none
    person.choose(None, "Any risk")
    assert "24 accounts" in person.choose(None, "Any segment").view.words


def test_managers_see_their_team_and_hand_over_everything_of_one_to_another(desk, grapes):
    dana, lee = id_of(desk, "U_DANA"), id_of(desk, "U_LEE")
    desk.add(*(account(f"Account {n}", owner_id=dana) for n in range(12)))
    desk.add(account("Nobody Noodles"), account("Lees own", owner_id=lee))
    desk.add(
        account("Late Lamps", owner_id=lee, lifecycle_stage="onboarding",
                onboarding_stage="onboarding", onboarding_stage_since=MONDAY - timedelta(days=90))
    )  # fmt: skip
    shown, priya = home(desk, "U_PRIYA"), desk.person("U_PRIYA")
    for words in (
        "*Dana Reyes*  13 accounts, $624k ARR · 1 alert needs them · 1 overdue task",
        "*Lee Park*  2 accounts", "Nobody Noodles", "Late Lamps", "days late",
    ):  # fmt: skip
        assert words in shown.words, words
    home(desk, "U_LEE")
    channel = len(desk.in_channel())
    before = told(desk, "U_LEE")
    priya.press(shown, action_id="home.hand_over.v1", value=str(dana))
    preview = priya.submit(None, {"person": "U_LEE"}).view
    assert "13 accounts, $624k ARR, with 3 open alerts and 1 open task" in preview.words
    assert "Grumpy Grapes" in preview.words
    assert (
        "gave all 13 accounts of Dana Reyes to Lee Park"
        in priya.submit(None, {"why": "Leave"}).view.words
    )
    priya.close(cleared=True)
    priya.press(shown, action_id="home.hand_over.v1", value=str(dana))
    assert "owns no accounts" in str(priya.submit(None, {"person": "U_LEE"}).errors)
    priya.close()
    news = [text for text in told(desk, "U_LEE") if text not in before]
    assert len(news) == 1
    assert "gave you all 13 accounts" in news[0]
    assert len(desk.in_channel()) == channel
    assert "Call legal for Grumpy Grapes" in again(desk, "U_LEE").words
    assert priya.command("/cs undo").ok
    with desk.sessions() as session:
        owners = session.scalars(select(Account.owner_id).where(Account.owner_id.in_((dana, lee))))
        assert sorted(owners) == sorted([dana] * 13 + [lee] * 2)
        assert set(session.scalars(select(Task.assignee_id))) == {dana}
    assert len(told(desk, "U_LEE")) == len(before) + 2


def test_a_hand_over_is_approved_as_it_was_shown_or_not_at_all(desk):
    dana = id_of(desk, "U_DANA")
    desk.add(account("Acme", owner_id=dana))
    shown, priya = home(desk, "U_PRIYA"), desk.person("U_PRIYA")
    priya.press(shown, label="Hand Over…", value="0")
    priya.submit(None, {"former": "U_DANA", "person": "U_LEE"})
    desk.add(account("Beta", owner_id=dana))
    assert "changed since the preview" in str(priya.submit().errors)
    with desk.sessions() as session:
        assert not list(session.scalars(select(AuditEntry)))


def test_an_admin_sees_exactly_what_a_colleague_does_and_can_press_nothing_of_it(desk, grapes):
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_PRIYA").role = "admin"
    own, danas, priya = home(desk, "U_PRIYA"), home(desk, "U_DANA"), desk.person("U_PRIYA")
    assert "Team load" in own.words
    priya.press(own, label="View as…")
    assert priya.submit(None, {"person": "U_PRIYA"}).errors
    assert priya.submit(None, {"person": "U_DANA"}).ok
    seen = again(desk, "U_PRIYA")
    assert "You see Home as Dana Reyes does" in seen.words
    assert "Team load" not in seen.words

    def sections(form: Form) -> set[str]:
        texts = [b["text"]["text"] for b in form.blocks if b["type"] == "section"]
        return {text for text in texts if "You see Home as" not in text}

    assert sections(seen) == sections(danas)
    changing = {"Acknowledge", "Done", "Postpone…", "Change…", "Undo", "Log Check-In"}
    assert not changing & set(seen.labels)
    priya.press(seen, label="Back to Mine")
    assert priya.press(seen, label="Back to Mine").ok
    assert "Team load" in again(desk, "U_PRIYA").words
    priya.press(again(desk, "U_PRIYA"), label="View as…")
    priya.submit(None, {"person": "U_DANA"})
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_PRIYA").role = "manager"
    assert "You see Home as" not in again(desk, "U_PRIYA").words


def test_a_viewer_has_a_home_of_their_own_without_what_is_not_theirs(desk, grapes):
    found = home(desk, "U_ROBIN")
    assert "All accounts by risk" in found.words
    assert "Grumpy Grapes" in found.words
    for words in ("enewals, next", "Tasks due", "Alerts that", "Team load", "Done lately"):
        assert words not in found.words
    assert set(found.labels) == {"Open", "All…", "Set Away…", "Change My Settings"}
    assert "All accounts by risk*, with those who have left at the end" in found.words
    listed = desk.person("U_ROBIN").press(found, label="All…").view.words
    assert "*All accounts, also of who has left*: 1 account" in listed


def test_who_is_not_of_the_team_sees_nothing_of_any_customer(desk, grapes):
    desk.slack.add_user(User("U_NOA", "noa", "Noa Levi", email="noa@vendor.example"))
    desk.slack.add_user(User("U_GUEST", "gus", "Gus", is_restricted=True))
    home(desk, "U_LEE")
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_LEE").is_outsider = True
        by_slack_id(session, "U_PRIYA").role = "admin"
    assert "Ask for Access" in home(desk, "U_NOA").labels
    for who in ("U_GUEST", "U_LEE", "U_NOA"):
        shown = home(desk, who)
        assert "Grumpy" not in shown.words
        assert told(desk, who) == []
    asked = desk.person("U_NOA").press(home(desk, "U_NOA"), label="Ask for Access")
    assert "Priya Shah" in asked.view.words


def test_a_home_is_emptied_once_slack_says_that_its_owner_is_a_guest_and_filled_again(desk, grapes):
    dana = desk.person("U_DANA", "C_ALERTS")
    assert "Grumpy" in home(desk, "U_DANA").words
    for guest in (True, False):
        desk.slack.users["U_DANA"].is_restricted = guest
        desk.at(desk.now + timedelta(hours=2))
        dana.command("/cs my")
        assert ("Grumpy" in again(desk, "U_DANA").words) is not guest


def test_home_follows_what_is_done_elsewhere_and_of_many_changes_only_the_newest_goes_out(
    desk, grapes
):
    home(desk, "U_DANA")
    lee = desk.person("U_LEE", "C_ALERTS")
    for n in range(3):
        lee.command(f"/cs health grumpy 2{n} they wrote again")
    with desk.sessions() as session:
        calls = list(session.scalars(select(OutgoingMessage).where(OutgoingMessage.call == "home")))
        waiting = [call for call in calls if call.state == "waiting"]
        assert {call.lane for call in waiting} == {"U_DANA"}
        assert len(waiting) == 3
    sent = len(published(desk))
    assert "health 22" in again(desk, "U_DANA").words
    assert len(published(desk)) == sent + 1


def test_what_a_job_raises_and_closes_is_redrawn_for_whom_it_concerns_and_who_looked_lately(
    desk, grapes
):
    for who in ("U_DANA", "U_PRIYA", "U_LEE"):
        home(desk, who)
    desk.at(MONDAY + timedelta(hours=3))
    drawn, late = len(published(desk)), MONDAY.date() - timedelta(days=5)
    for n in range(3):
        owed = task(grapes.id, f"Call {n}", assignee_id=id_of(desk, "U_DANA"), due_on=late)
        owed.priority = "high"
        desk.add(owed)
    for _ in range(2):
        desk.run("detect")
    assert {call.args["user_id"] for call in published(desk)[drawn:]} == {"U_DANA", "U_PRIYA"}
    assert len(published(desk)) == drawn + 2
    assert "Call 2" in again(desk, "U_DANA").words
    with desk.sessions.begin() as session:
        session.execute(update(Task).values(done_at=desk.now))
    desk.run("detect")
    assert "Call 2" not in again(desk, "U_DANA").words
    drawn = len(published(desk))
    desk.at(MONDAY + timedelta(days=2))
    desk.add(task(grapes.id, assignee_id=id_of(desk, "U_DANA"), due_on=late))
    desk.run("detect")
    assert published(desk)[drawn:] == []


def test_what_goes_up_or_opens_again_is_redrawn_for_who_covers_and_for_the_manager(desk):
    """Lee covers for Dana and promises what has gone up to Priya meanwhile; nothing follows."""
    dana, hour = id_of(desk, "U_DANA"), timedelta(hours=1)
    acme = desk.add(account(owner_id=dana))
    desk.add(
        feedback(acme.id),
        Absence(member_id=dana, cover_id=id_of(desk, "U_LEE"), made_at=MONDAY - hour,
                starts_at=MONDAY - hour, ends_at=MONDAY + timedelta(days=3)),
    )  # fmt: skip

    def passed(job: str, hours: int) -> set[str]:
        """Whose Home a job has drawn anew, then."""
        desk.at(MONDAY + hours * hour)
        drawn = len(published(desk))
        desk.run(job)
        desk.deliver()
        return {call.args["user_id"] for call in published(desk)[drawn:]}

    desk.run("detect")
    assert "nothing needs you now" in home(desk, "U_PRIYA").words
    assert "1 alert needs you" in home(desk, "U_LEE").words
    assert passed("detect", 5) == {"U_LEE", "U_PRIYA"}
    assert "1 alert needs you" in again(desk, "U_PRIYA").words
    assert desk.person("U_LEE").press(desk.in_channel()[0], label="Acknowledge").ok
    assert passed("reminders", 9) == {"U_LEE"}, "whose own press it was"
    desk.at(MONDAY + 24 * hour)
    assert "nothing needs you now" in home(desk, "U_PRIYA").words
    assert "0 alerts need you, 1 taken" in home(desk, "U_LEE").words
    assert passed("reminders", 33) == {"U_LEE", "U_PRIYA"}
    assert "1 alert needs you" in again(desk, "U_PRIYA").words


def test_opening_it_again_is_one_home_and_the_messages_tab_is_none(desk, grapes):
    home(desk, "U_DANA")
    home(desk, "U_DANA")
    with desk.sessions() as session:
        assert len(list(session.scalars(select(Home)))) == 1
