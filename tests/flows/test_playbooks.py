"""Playbooks, pipelines and points through Slack's protocol."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.pipelines import move
from csbot.playbooks.folders import LIBRARY
from csbot.playbooks.model import PlaybookRun
from csbot.points import Won, enter
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def acme(desk) -> Account:
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    left = builders.account("Acme", owner_id=dana.id, lifecycle_stage="churned")
    found = desk.add(left, builders.account("Globex"))[0]
    desk.run("playbooks")
    return found


def words(act) -> str:
    return [*act.messages, *act.updated][-1].words


def run_states(desk, name: str) -> list[str]:
    query = select(PlaybookRun.state).where(PlaybookRun.playbook == name).order_by(PlaybookRun.id)
    with desk.sessions() as session:
        return list(session.scalars(query))


def test_playbooks_are_listed_and_one_is_shown_with_what_came_of_it(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    listed = words(dana.command("/cs playbook"))
    assert "`inactive-users`" in listed
    assert "asks first" in listed
    assert "Page 1 of 2" in listed
    first = dana.command("/cs playbook").messages[-1]
    for _ in range(2):
        second = dana.press(first, label="Next Page")
        assert "Page 2 of 2" in words(second)
    together = listed + words(second)
    assert all(f"`{path.stem}`" in together for path in LIBRARY.glob("*.yaml"))
    assert words(dana.press(second.updated[-1], label="First Page")) == listed
    shown = dana.command("/cs playbook users who stay away")
    assert "Playbook “Users who stay away” is on" in words(shown)
    assert "Last 90 days" in words(shown)
    assert shown.messages[-1].labels == ["Keep"]  # a CSM switches nothing
    assert "Users who stay away" in dana.command("/cs playbook inactiv").ephemeral.labels


def test_a_name_that_is_near_is_offered_by_buttons_that_do_what_was_asked(desk, acme):
    """By a part of the name, of the title, or of what it looks for; the verb and the rest stay."""
    priya = desk.person("U_PRIYA", "C_OTHER")
    asked = priya.command("/cs playbook quiet").ephemeral
    assert asked.labels[0] == "A user has not logged in for a week"
    assert "inactive-user-mail" in words(priya.press(asked, label=asked.labels[0]))
    asked = priya.command("/cs playbook off churn withdrawal").ephemeral
    assert "Which one? (you wrote churn withdrawal)" in asked.words
    assert asked.labels[:2] == ["A customer stays after all", "A customer says that they leave"]
    assert "is off." in words(priya.press(asked, label="A customer stays after all"))
    asked = priya.command("/cs playbook start closer acme").ephemeral
    assert "is not for Acme" in words(priya.press(asked, label=asked.labels[0]))
    assert "There is no playbook *xyzzy*. `/cs" in words(priya.command("/cs playbook xyzzy"))


def test_a_manager_switches_a_playbook_and_a_csm_does_not(desk, acme):
    priya = desk.person("U_PRIYA", "C_OTHER")
    shown = priya.command("/cs playbook win back").messages[-1]
    assert "is off." in words(priya.press(shown, label="Switch Off"))
    assert "is off already" in words(priya.press(shown, label="Switch Off"))
    assert "is on." in words(priya.command("/cs playbook on win-back"))
    assert "writes to customers by itself" in words(priya.command("/cs playbook send win-back"))
    assert "already" in words(priya.command("/cs playbook send win-back"))
    sends = priya.command("/cs playbook win-back").messages[-1]
    assert "asks before" in words(priya.press(sends, label="Ask Before Sending"))
    assert "already" in words(priya.press(sends, label="Ask Before Sending"))
    dana = desk.person("U_DANA", "C_OTHER")
    assert "Only managers and admins" in words(dana.command("/cs playbook off win-back"))


def test_a_run_is_started_held_and_stopped_by_hand(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    assert "has started for Acme" in words(dana.command("/cs playbook start win-back acme"))
    assert "under way for Acme already" in words(dana.command("/cs playbook start win-back acme"))
    held = words(dana.command("/cs playbook pause win-back acme"))
    assert "is held, until somebody resumes it, for Acme" in held
    assert "nothing of" in words(dana.command("/cs playbook pause win-back acme"))
    desk.run("playbooks")
    assert run_states(desk, "win-back") == ["paused"]
    assert "goes on for Acme" in words(dana.command("/cs playbook resume win-back acme"))
    desk.run("playbooks")
    assert "Stopped 1 run" in words(dana.command("/cs playbook stop win-back acme"))
    assert "Nothing of" in words(dana.command("/cs playbook stop win-back acme"))
    assert run_states(desk, "win-back") == ["stopped"]
    told = words(dana.command("/cs timeline acme"))
    assert "Playbook “A customer has left” started" in told
    assert "Subscription &amp; Billing: Churned" in told


def test_an_account_in_doubt_is_asked_for(desk, acme):
    desk.add(
        builders.account("Acme North", lifecycle_stage="churned"),
        builders.account("Acme South", lifecycle_stage="churned"),
    )
    dana = desk.person("U_DANA", "C_OTHER")
    asked = dana.command("/cs playbook start win-back acme north")
    assert "has started for Acme North" in words(asked)
    asked = dana.command("/cs playbook start win-back acm").messages[-1]
    assert "has started for Acme South" in words(dana.press(asked, label="Acme South"))


def test_what_makes_no_sense_by_hand_is_refused_with_the_reason(desk, acme):
    dana, priya = desk.person("U_DANA", "C_OTHER"), desk.person("U_PRIYA", "C_OTHER")
    said = words(dana.command("/cs playbook start payment-failed acme"))
    assert "starts by itself when payment.failed happens. Nobody can start it by hand" in said
    said = words(dana.command("/cs playbook start win-back globex"))
    assert "not for Globex, since it does not hold that account.lifecycle_stage is churned" in said
    assert run_states(desk, "payment-failed") == run_states(desk, "win-back") == []
    dana.command("/cs playbook start win-back acme")
    assert "`all` in place of acme: 1 run is under way" in words(
        priya.command("/cs playbook stop win-back")
    )
    assert run_states(desk, "win-back") == ["active"]
    assert "Stopped 1 run" in words(priya.command("/cs playbook stop win-back all"))


def test_viewers_see_and_change_nothing(desk, acme):
    robin = desk.person("U_ROBIN", "C_OTHER")
    assert "`inactive-users`" in words(robin.command("/cs playbook"))
    for line in ("start win-back acme", "stop win-back acme", "off win-back"):
        assert "Only" in words(robin.command(f"/cs playbook {line}"))
    assert run_states(desk, "win-back") == []


def test_a_pipeline_is_a_board_of_its_stages(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    assert "No account stands in a pipeline yet" in words(dana.command("/cs pipeline"))
    with desk.sessions.begin() as session:
        ids = list(session.scalars(select(Account.id).order_by(Account.name)))
        move(session, ids[:1], pipeline="Customer Health Status", stage="Healthy", now=desk.now)
        move(session, ids[1:], pipeline="Customer Health Status", stage="Steady", now=desk.now)
    listed = dana.command("/cs pipeline").messages[-1]
    board = words(dana.choose(listed, "Customer Health Status"))
    assert "*Healthy* 1 account, $48k ARR: Acme" in board
    assert "*Steady* 1 account, $48k ARR: Globex" in board
    robin = desk.person("U_ROBIN", "C_OTHER")
    assert "$48k" not in words(robin.command("/cs pipeline health"))
    assert "There is no pipeline *sales*" in words(dana.command("/cs pipeline sales"))


def test_a_score_is_explained_by_its_entries(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    with desk.sessions.begin() as session:
        won = [
            Won(acme.id, 50, "Payment received", "a"),
            Won(acme.id, 50, "Payment received", "b"),
            Won(acme.id, -50, "Payment failed", "c"),
        ]
        enter(session, won, now=desk.now)
        enter(session, won, now=desk.now)
    told = words(dana.command("/cs score acme"))
    assert "Acme has 50 points" in told
    assert "+100  Payment received (2 times)" in told
    assert "-50  Payment failed" in told


def test_how_many_tasks_are_done_by_their_day_is_told_of_the_team_and_to_managers_of_each(
    desk, acme
):
    day = timedelta(days=1)
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE").id
    late, on_day = desk.now - 2 * day, desk.now - 4 * day
    desk.add(
        builders.task(acme.id, due_on=(desk.now - 4 * day).date(), done_at=on_day, done_by_id=lee),
        builders.task(acme.id, due_on=(desk.now - 4 * day).date(), done_at=late, done_by_id=lee),
        builders.task(acme.id, due_on=(desk.now - 3 * day).date(), assignee_id=lee),
        builders.task(acme.id, due_on=(desk.now + 3 * day).date()),
    )
    dana, priya = desk.person("U_DANA", "C_OTHER"), desk.person("U_PRIYA", "C_OTHER")
    told = words(dana.command("/cs playbook tasks"))
    assert "1 of 3 tasks were done by their day: 33 %" in told
    assert "By person" not in told
    assert "Dana Reyes 1 of 2, Lee" in words(priya.command("/cs playbook tasks"))
