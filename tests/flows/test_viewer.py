"""A viewer looks, and changes nothing by any command, button or form; each refusal says who may."""

import pytest
from sqlalchemy import func, select, update

from csbot.audit import AuditEntry
from csbot.db.tables import metadata
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from handlers.app import know_every_handler
from handlers.ask import COMMANDS
from tests.builders import MONDAY, account, feedback, member, task

CHANGING = (
    "assign acme @robin", "assign acme", "assign", "health acme steady", "health acme", "health",
    "tag acme +x", "tag acme", "tag", "snooze acme until friday legal", "snooze",
    "checkin acme called them", "task add acme call due friday", "task done 1",
    "meeting add acme QBR 2026-12-01 10:00", "nps acme 4 slow", "csat acme 2", "happiness acme 2",
    "stage acme next", "onboarding acme next", "onboarding acme people",
    "onboarding acme requirements", "onboarding acme intro", "onboarding acme start", "renewals",
    "renewal acme commit 50k they said so", "renewal acme won", "churn", "churn acme they left",
    "test alert", "digest @dana", "notes acme mine", "export accounts", "admin",
    "admin thresholds.low_health 3", "admin errors", "follow acme", "unfollow",
    "playbook on win-back", "playbook off win-back", "playbook send win-back",
    "playbook draft win-back", "playbook start win-back acme", "playbook stop win-back acme",
    "playbook pause win-back acme", "playbook resume win-back acme",
    "playbook preview win-back acme", "playbook simulate win-back",
)  # fmt: skip
LOOKING = (
    "account acme", "timeline acme", "my", "tasks", "help", "settings", "digest", "meetings",
    "playbook", "pipeline", "score acme", "team", "notes acme", "onboarding", "onboarding acme",
    "brief acme", "follow", "back", "undo",
)  # fmt: skip


OWN = {"away"}  # a form for oneself: viewers may say that they are away


@pytest.fixture
def acme(desk):
    made = desk.add(account("Acme", onboarding_stage="onboarding", lifecycle_stage="onboarding"))
    desk.add(task(made.id), feedback(made.id, email="ann@c.example"))
    return desk


def rows(desk):
    """How many rows every table has, but for what only notes that a click was seen."""
    with desk.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
            if table.name not in ("inbox", "slack_channels", "job_runs")
        }


def test_every_command_is_either_looking_or_changing():
    know_every_handler()
    tried = {text.split()[0] for text in (*CHANGING, *LOOKING)}
    assert tried | OWN == set(COMMANDS)


@pytest.mark.parametrize("text", CHANGING)
def test_a_viewer_is_refused_at_once_or_at_the_form_and_nothing_changes(acme, text):
    before = rows(acme)
    robin = acme.person("U_ROBIN", "C_ALERTS")
    seen = robin.command(f"/cs {text}")
    if seen.view is None:
        assert any(who in seen.words for who in ("managers", "Only admins"))
    assert rows(acme) == before


@pytest.mark.parametrize("text", LOOKING)
def test_a_viewer_may_look(acme, text):
    seen = acme.person("U_ROBIN", "C_ALERTS").command(f"/cs {text}")
    assert seen.ephemeral is not None
    assert "Only" not in seen.ephemeral.text


def test_a_viewer_takes_back_what_a_viewer_may_do(acme):
    robin = acme.person("U_ROBIN", "C_ALERTS")
    robin.command("/cs away until friday")
    assert "The absence is called off: alerts reach you" in robin.command("/cs undo").words
    assert robin.command("/cs away").ephemeral is None, "a form, for there is no absence"


def test_each_refusal_names_the_admins_whom_to_ask_without_a_ping(acme):
    robin, lee = acme.person("U_ROBIN", "C_ALERTS"), acme.person("U_LEE", "C_ALERTS")
    dana, admins = acme.person("U_DANA", "C_ALERTS"), "Alex Kim or Bo &lt;!here&gt; (admin) can"
    told = robin.command("/cs export accounts").words
    assert "Only CSMs, managers and admins can have lists as files. An admin can change" in told
    acme.add(member("Alex Kim", role="admin"), member("Bo <!here>", role="admin"))
    assert robin.command("/cs export accounts").words.endswith(f"{admins} change your role.")
    assert robin.command("/cs checkin acme all well").words.endswith(f"{admins} change your role.")
    dana.command("/cs task add acme call due friday")
    with acme.sessions() as session:
        number = session.scalar(select(func.max(Task.id)))
    refused = lee.command(f"/cs task done {number}").words  # in words of its own
    assert "a manager can finish it." in refused
    assert refused.endswith(f"{admins} help.")
    lee.say(f"task done {number}", channel=lee.dm)
    acme.deliver()
    assert lee.last(lee.dm).words.endswith(f"{admins} help.")
    form = dana.command("/cs checkin acme").view
    with acme.sessions.begin() as session:
        session.execute(
            update(TeamMember).where(TeamMember.slack_id == "U_DANA").values(role="viewer")
        )
    errors = dana.submit(form, {"note": "all well"}).errors
    assert "Alex Kim or Bo <!here> (admin) can change your role." in str(errors)
    assert acme.slack.all_pings == []


def test_old_buttons_of_others_do_nothing_for_a_viewer(acme):
    dana = acme.person("U_DANA", "C_ALERTS")
    dana.command("/cs account acme --share")
    acme.deliver()
    (shared,) = acme.in_channel()
    before = rows(acme)
    robin = acme.person("U_ROBIN", "C_ALERTS")
    for label in ("Log Check-In", "Create Task"):
        assert "managers" in robin.press(shared, label=label).words
    for label in ("Assign…", "Set Health…"):
        assert "managers" in robin.choose(shared, label).words
    assert robin.view() is None
    assert rows(acme) == before


def test_a_form_that_a_viewer_got_hold_of_is_refused_when_it_is_sent(acme):
    dana = acme.person("U_DANA", "C_ALERTS")
    dana.command("/cs health acme")
    with acme.sessions.begin() as session:
        from csbot.team.queries import by_slack_id

        by_slack_id(session, "U_DANA").role = "viewer"
    seen = dana.submit(None, {"status": "Steady"})
    assert "can change accounts" in " ".join(seen.errors.values())
    with acme.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    assert acme.now >= MONDAY


def test_a_viewer_is_shown_no_button_that_would_refuse_them(acme):
    """Nor is a CSM the Done of a task that somebody else has to do."""
    robin, lee = acme.person("U_ROBIN", "C_ALERTS"), acme.person("U_LEE", "C_ALERTS")
    dana = acme.person("U_DANA", "C_ALERTS")
    dana.command("/cs task add acme call due friday")
    refused = "Log Check-In", "Done", "Add Note"
    for text in ("timeline acme", "notes acme", "tasks @dana", "tasks acme", "account acme"):
        shown = robin.command(f"/cs {text}").ephemeral
        assert [label for label in shown.labels if label in refused] == [], text
        assert "adds one" not in shown.words
    assert "Done" not in lee.command("/cs tasks @dana").ephemeral.labels
    assert "Done" in dana.command("/cs tasks").ephemeral.labels
    assert "Done" in acme.person("U_PRIYA", "C_ALERTS").command("/cs tasks @dana").ephemeral.labels
    dana.command("/cs away until friday cover @lee")
    assert "Done" in lee.command("/cs tasks @dana").ephemeral.labels
    for text, label in (("timeline acme", "Log Check-In"), ("notes acme", "Add Note")):
        assert label in lee.command(f"/cs {text}").ephemeral.labels
