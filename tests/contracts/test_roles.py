"""Who may do what: every action with every role, in the table and at every door."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import func, select

from csbot import administration, capturing, overriding
from csbot.access import LABELS, TABLE, May, Role, allows, require
from csbot.account_channels import service as account_channels
from csbot.accounts import export_file, service, taking_over
from csbot.accounts.model import Account
from csbot.accounts.rules import Health, Process
from csbot.accounts.snoozing import snooze_account
from csbot.alerts import choices, more_time, verdicts
from csbot.alerts import service as alerts
from csbot.alerts.done import done
from csbot.alerts.handover import reassign
from csbot.audit import AuditEntry
from csbot.away.service import say_away, say_back
from csbot.checkins.service import log_checkin
from csbot.churn import service as churn
from csbot.churn import staying
from csbot.errors import Forbidden
from csbot.feedback.service import record_feedback
from csbot.holds import service as holds
from csbot.holds.queries import listing
from csbot.home import service as home
from csbot.meetings import debriefs
from csbot.meetings import service as meetings
from csbot.notes import service as notes
from csbot.onboarding import first_value, people, requirements, tracks
from csbot.onboarding import service as onboarding
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import switching
from csbot.rehearsal import rehearse
from csbot.renewals import export, reopening
from csbot.renewals import service as renewals
from csbot.renewals.filters import Filters
from csbot.settings import Config, Environment, Settings
from csbot.slack.gateway import ChannelInfo
from csbot.tasks import postponing
from csbot.tasks import service as tasks
from csbot.team.service import grant_access
from csbot.touches import deciding
from csbot.undoing.service import undo
from messages.captures import Quote
from messages.onboarding_requirements import Wanted
from tests.builders import MONDAY, account, member

SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
LEAST = {
    May.SEE_ACCOUNTS: Role.VIEWER,
    May.SETTINGS_OWN: Role.VIEWER,
    May.SEE_RENEWALS: Role.CSM,
    May.ACT_ON_ALERTS: Role.CSM,
    May.LOG: Role.CSM,
    May.EDIT_ACCOUNTS: Role.CSM,
    May.ASSIGN_OWN: Role.CSM,
    May.ADVANCE: Role.CSM,
    May.TASKS: Role.CSM,
    May.FORECAST: Role.CSM,
    May.CLOSE: Role.CSM,
    May.CHURN: Role.CSM,
    May.EXPORT: Role.CSM,
    May.UNDO: Role.VIEWER,
    May.SHARE: Role.CSM,
    May.ASSIGN_ANY: Role.MANAGER,
    May.OVERRIDE: Role.MANAGER,
    May.SEE_TEAM_DIGEST: Role.MANAGER,
    May.REHEARSE: Role.MANAGER,
    May.APPROVE_OWN: Role.CSM,
    May.APPROVE_ANY: Role.MANAGER,
    May.RUN_PLAYBOOKS: Role.CSM,
    May.PLAYBOOKS: Role.MANAGER,
    May.FOLLOW: Role.CSM,
    May.COVER_ANY: Role.MANAGER,
    May.SETTINGS_ALL: Role.ADMIN,
    May.HOLDS: Role.ADMIN,
    May.VIEW_AS: Role.ADMIN,
    May.TEAM: Role.ADMIN,
}
RISING = [Role.VIEWER, Role.CSM, Role.MANAGER, Role.ADMIN]


def test_every_action_has_its_least_role():
    assert set(LEAST) == set(May)
    assert set(TABLE) == set(LABELS) == set(Role)


@pytest.mark.parametrize(("action", "role"), list(product(May, Role)))
def test_a_role_may_what_the_table_says_and_is_told_who_may_the_rest(action, role):
    may = RISING.index(role) >= RISING.index(LEAST[action])
    assert allows(role, action) is may
    person = member(role=role)
    if may:
        require(person, action)
    else:
        with pytest.raises(Forbidden, match=f"can {action}"):
            require(person, action)


LATER = MONDAY + timedelta(days=1)
HOW = {"now": MONDAY, "settings": SETTINGS}
# What stands in front of a number is found only by who may look for it: any number will do.
ACTS = {
    "assign": (
        May.ASSIGN_OWN,
        lambda s, a, me, lee: service.assign(s, account_id=a, to=lee, by=me, **HOW),
    ),
    "set health": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: service.set_health(
            s, account_id=a, status=Health.STEADY, by=me, **HOW
        ),
    ),
    "tag": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: service.tag(
            s, account_id=a, add=["x"], remove=[], by=me, now=MONDAY
        ),
    ),
    "snooze an account": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: snooze_account(
            s, account_id=a, until=LATER, reason="x", by=me, **HOW
        ),
    ),
    "take": (May.ACT_ON_ALERTS, lambda s, a, me, lee: alerts.take(s, alert_id=1, by=me, **HOW)),
    "undo": (May.ACT_ON_ALERTS, lambda s, a, me, lee: alerts.undo(s, alert_id=1, by=me, **HOW)),
    "take back": (May.UNDO, lambda s, a, me, lee: undo(s, by=me, **HOW)),
    "wake": (May.ACT_ON_ALERTS, lambda s, a, me, lee: alerts.wake(s, alert_id=1, by=me, **HOW)),
    "say by when": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: more_time.move(
            s, alert_id=1, until=LATER, reason="x", by=me, **HOW
        ),
    ),
    "log a meeting that happened": (
        May.LOG,
        lambda s, a, me, lee: debriefs.happened(
            s, meeting_id=1, sentiment="positive", note="x", next_step="x",
            next_step_on=LATER.date(), by=me, **HOW,
        ),
    ),
    "log a no-show": (
        May.LOG,
        lambda s, a, me, lee: debriefs.no_show(s, meeting_id=1, by=me, **HOW),
    ),
    "move a meeting": (
        May.LOG,
        lambda s, a, me, lee: debriefs.moved(
            s, meeting_id=1, starts_at=LATER, by=me, **HOW
        ),
    ),
    "snooze": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: alerts.snooze(
            s, alert_id=1, until=LATER, reason="x", by=me, **HOW
        ),
    ),
    "hand over": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: reassign(s, alert_id=1, to=lee, by=me, **HOW),
    ),
    "log a check-in": (
        May.LOG,
        lambda s, a, me, lee: log_checkin(
            s, account_id=a, note="Called", channel="call", by=me, **HOW
        ),
    ),
    "keep a message as a check-in": (
        May.LOG,
        lambda s, a, me, lee: capturing.as_checkin(
            s, Quote.example(), account_id=a, note="x", channel="chat", by=me, **HOW
        ),
    ),
    "make a task of a message": (
        May.TASKS,
        lambda s, a, me, lee: capturing.as_task(
            s, Quote.example(), account_id=a, title="x", due_on=LATER.date(), priority="high",
            assignee=lee, by=me, **HOW,
        ),
    ),
    "link a message": (
        May.LOG,
        lambda s, a, me, lee: capturing.link(
            s, Quote.example(), account_id=a, by=me, now=MONDAY
        ),
    ),
    "record feedback": (
        May.LOG,
        lambda s, a, me, lee: record_feedback(
            s, account_id=a, kind="nps", score=3, by=me, **HOW
        ),
    ),
    "add a meeting": (
        May.LOG,
        lambda s, a, me, lee: meetings.add_meeting(
            s, account_id=a, starts_at=LATER, by=me, now=MONDAY
        ),
    ),
    "note a meeting": (
        May.LOG,
        lambda s, a, me, lee: meetings.set_outcome(
            s, meeting_id=1, outcome="attended", by=me, **HOW
        ),
    ),
    "add a task": (
        May.TASKS,
        lambda s, a, me, lee: tasks.add_task(
            s, account_id=a, title="Call", due_on=LATER.date(), by=me, **HOW
        ),
    ),
    "record a churn": (
        May.CHURN,
        lambda s, a, me, lee: churn.record(
            s, account_id=a, type="competitor", evidence="They signed with Rival.",
            notice_on=MONDAY.date(), effective_on=MONDAY.date(), avoidable="no",
            win_back_on=None, by=me, **HOW,
        ),
    ),
    "take a churn back": (
        May.CHURN,
        lambda s, a, me, lee: staying.withdraw(s, churn_id=1, by=me, **HOW),
    ),
    "finish a task": (
        May.TASKS,
        lambda s, a, me, lee: tasks.finish_task(s, task_id=1, by=me, **HOW),
    ),
    "begin onboarding": (
        May.ADVANCE,
        lambda s, a, me, lee: onboarding.start(s, account_id=a, by=me, **HOW),
    ),
    "advance": (
        May.ADVANCE,
        lambda s, a, me, lee: onboarding.advance(s, account_id=a, by=me, **HOW),
    ),
    "choose the track": (
        May.ADVANCE,
        lambda s, a, me, lee: tracks.choose(
            s, account_id=a, process=Process.ENTERPRISE, why=None, by=me, **HOW
        ),
    ),
    "tick": (
        May.ADVANCE,
        lambda s, a, me, lee: onboarding.tick(
            s, account_id=a, stage="x", ticked=[], by=me, now=MONDAY
        ),
    ),
    "record first value": (
        May.ADVANCE,
        lambda s, a, me, lee: first_value.reach(s, account_id=a, what="x", by=me, now=MONDAY),
    ),
    "name people for onboarding": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: people.name(
            s, account_id=a, people={}, by=me, now=MONDAY
        ),
    ),
    "write down requirements": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: requirements.save(
            s, account_id=a, wanted=Wanted(why_bought="x"), by=me, **HOW
        ),
    ),
    "change a renewal": (
        May.FORECAST,
        lambda s, a, me, lee: renewals.change(
            s, renewal_id=1, told={"category": "commit"}, reason="x", by=me, **HOW
        ),
    ),
    "close a renewal": (
        May.CLOSE,
        lambda s, a, me, lee: renewals.close_won(
            s, renewal_id=1, final_amount=Decimal(9), final_months=12, by=me, **HOW
        ),
    ),
    "open a won renewal again": (
        May.CLOSE,
        lambda s, a, me, lee: reopening.reopen(s, s.get_one(Account, a), why="x", by=me, **HOW),
    ),
    "export renewals": (
        May.EXPORT,
        lambda s, a, me, lee: export.ask(s, Filters(), by=me, now=MONDAY),
    ),
    "export a list": (
        May.EXPORT,
        lambda s, a, me, lee: export_file.ask(s, "accounts", by=me, now=MONDAY),
    ),
    "add a note": (
        May.LOG,
        lambda s, a, me, lee: notes.add(s, account_id=a, text="x", by=me, now=MONDAY),
    ),
    "choose how alerts of a kind reach one": (
        May.SETTINGS_OWN,
        lambda s, a, me, lee: choices.choose(s, {"task": "dm"}, by=me, now=MONDAY),
    ),
    "save csbot's settings": (
        May.SETTINGS_ALL,
        lambda s, a, me, lee: overriding.save(
            s, part="work", typed={"thresholds.inactive_days": "9"}, marks="", by=me, asked={},
            **HOW,
        ),
    ),
    "set one of csbot's settings": (
        May.SETTINGS_ALL,
        lambda s, a, me, lee: overriding.set_one(
            s, key="thresholds.inactive_days", text="9", by=me, asked={}, **HOW
        ),
    ),
    "see csbot's settings": (
        May.SETTINGS_ALL,
        lambda s, a, me, lee: administration.panel(s, by=me, **HOW),
    ),
    "approve messages to customers": (
        May.APPROVE_OWN,
        lambda s, a, me, lee: deciding.approve(
            s, approval_id=1, version=1, ticked=None, by=me, **HOW
        ),
    ),
    "skip messages to customers": (
        May.APPROVE_OWN,
        lambda s, a, me, lee: deciding.skip(s, approval_id=1, version=1, by=me, **HOW),
    ),
    "change messages to customers": (
        May.APPROVE_OWN,
        lambda s, a, me, lee: deciding.edit(
            s, approval_id=1, version=1, touch_id=None, subject="x", body="x", by=me, **HOW
        ),
    ),
    "judge an alert": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: verdicts.answer(
            s, alert_id=1, verdict="useful", note=None, by=me, **HOW
        ),
    ),
    "be done with an alert": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: done(s, alert_id=1, by=me, **HOW),
    ),
    "postpone a task": (
        May.TASKS,
        lambda s, a, me, lee: postponing.postpone_task(
            s, task_id=1, due_on=LATER.date(), by=me, **HOW
        ),
    ),
    "hand over everything": (
        May.ASSIGN_ANY,
        lambda s, a, me, lee: taking_over.take_over(
            s, former=me, to=lee, seen="x", by=me, **HOW
        ),
    ),
    "look at Home as somebody else": (
        May.VIEW_AS, lambda s, a, me, lee: home.look_as(s, other=lee, by=me, now=MONDAY)
    ),
    "go back to one's own Home": (
        May.VIEW_AS, lambda s, a, me, lee: home.look_as_oneself(s, by=me, now=MONDAY)
    ),
    "release what is held": (
        May.HOLDS, lambda s, a, me, lee: holds.release(s, hold_id=1, by=me, **HOW)
    ),
    "start from today": (
        May.HOLDS, lambda s, a, me, lee: holds.make_known(s, hold_id=1, by=me, **HOW)
    ),
    "drop what is held": (
        May.HOLDS, lambda s, a, me, lee: holds.drop(s, hold_id=1, by=me, **HOW)
    ),
    "let what is held wait": (
        May.HOLDS, lambda s, a, me, lee: holds.wait(s, hold_id=1, by=me, **HOW)
    ),
    "look at what is held": (May.HOLDS, lambda s, a, me, lee: listing(s, 1, by=me)),
    "let a channel follow an account": (
        May.FOLLOW,
        lambda s, a, me, lee: account_channels.follow(
            s, channel=ChannelInfo("C1", "acme", False, False, False, True), asked_in="C1",
            account_id=a, by=me, **HOW,
        ),
    ),
    "end that a channel follows": (
        May.FOLLOW,
        lambda s, a, me, lee: account_channels.unfollow(
            s, channel_id="C1", asked_in="C1", by=me, **HOW
        ),
    ),
    "switch a playbook": (
        May.PLAYBOOKS,
        lambda s, a, me, lee: switching.switch(s, name="x", enabled=False, by=me, now=MONDAY),
    ),
    "keep a playbook": (
        May.PLAYBOOKS,
        lambda s, a, me, lee: switching.keep(s, name="x", by=me, now=MONDAY),
    ),
    "send a test alert": (
        May.REHEARSE,
        lambda s, a, me, lee: rehearse(s, by=me, **HOW),
    ),
    "say that somebody else is away": (
        May.COVER_ANY,
        lambda s, a, me, lee: say_away(
            s, member=lee, starts_at=MONDAY, ends_at=LATER, cover=me, by=me, now=MONDAY
        ),
    ),
    "say that somebody else is back": (
        May.COVER_ANY,
        lambda s, a, me, lee: say_back(s, member=lee, by=me, now=MONDAY),
    ),
    "let somebody in": (
        May.TEAM,
        lambda s, a, me, lee: grant_access(
            s, slack_id="U_NEW", name="New", role="csm", by=me, **HOW
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("act", "role"), list(product(ACTS, Role)))
def test_services_refuse_whoever_may_not_and_leave_no_trace(sessions, act, role):
    action, do = ACTS[act]
    if allows(role, action):
        return
    with sessions.begin() as session:
        session.add_all([me := member("Me Myself", role=role), lee := member("Lee Park")])
        session.add(mine := account("Acme"))
        session.flush()
        with pytest.raises(Forbidden):
            do(session, mine.id, me, lee)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 0


@pytest.mark.parametrize("role", [Role.CSM])
def test_somebody_elses_account_is_a_managers_to_move(sessions, role):
    with sessions.begin() as session:
        session.add_all([me := member("Me Myself", role=role), lee := member("Lee Park")])
        session.flush()
        session.add(hers := account("Acme", owner_id=lee.id))
        session.flush()
        with pytest.raises(Forbidden, match="managers"):
            service.assign(session, account_id=hers.id, to=me, by=me, **HOW)
