"""Whatever is registered is tried by a viewer: a new button or form without a check fails here."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

import handlers
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.audit import AuditEntry
from csbot.errors import Forbidden, Refused
from csbot.outbox.model import OutgoingMessage
from csbot.pipelines import move
from csbot.touches.model import Approval
from handlers import accounts, alerts, forms
from handlers.ask import PRESSES, SUBMITS, SUGGESTS, Submission
from messages.catalog import forms as all_forms
from messages.ids import Action, View
from messages.renewals import RenewalsForbidden
from tests import builders
from tests.asking import Floor
from tests.contracts.test_security_forged import GOOD, inputs

for module in pkgutil.iter_modules(handlers.__path__):
    importlib.import_module(f"handlers.{module.name}")

A = Action
LOOKS = ("open", "timeline", "stage")  # of what an account's menu offers
# One value or more for each button: {a} is an account, {x} an alert, {r} a renewal and so on.
MAY_LOOK = {
    A.ACCOUNT_OPEN: ["{a}"], A.ACCOUNT_MY: ["me", "{p}:0"],
    A.DIGEST_SHOW: ["alerts", "tasks", "tasks:{p}", "open:{p}:2"],
    A.ACCOUNT_PICK: ["account\t{a}\t", "timeline\t{a}\t", "tasks\t{a}\t"],
    A.ACCOUNT_PICK_2: ["account\t{a}\t"], A.ACCOUNT_PICK_3: ["account\t{a}\t"],
    A.ACCOUNT_MORE: [f"{look}:{{a}}" for look in LOOKS],
    A.ALERT_SHOW_ALL: ["0:1"], A.SETTINGS_EDIT: ["me"], A.AWAY_EDIT: ["me"], A.AWAY_BACK: ["me"],
    A.INTRODUCTION_CLOSE: ["me"], A.HOME_UNDO: ["1"],
    A.HOME_ACCOUNTS: ["{p}|1|||"], A.HOME_ACCOUNTS_BACK: ["0|1|||"], A.HOME_SEGMENT: ["0|1|||"],
    A.HOME_OWNER: ["0|1|||"],
    A.HOME_STAGE: ["0|1|||"], A.HOME_RISK: ["0|1|||alerts"], A.HOME_BRIEF: ["{a}"],
    A.ACCESS_ASK: ["me"], A.HELP_TELL: ["help"], A.TEST_TAKE: ["test"],
    A.PIPELINE_SHOW: ["Customer Health Status"], A.STAGE_SHOW: ["{a}"],
    A.BRIEF_KEEP: ["{a}:qbr", "{a}:handover"], A.ONBOARDING_PAGE: ["|1||||"],
    A.KEEP: ["account:{a}", "book:{p}:1", "tasks:{p}:0:0", "timeline:{a}"],
    A.KEEP_MORE: ["score:{a}"], A.ANSWER_MORE: ["timeline:{a}:2", "tasks:{p}:0:0:2"],
    A.SETTINGS_KINDS: ["0", "1"], A.TEAM_PAGE: ["1", "99"],
    A.ONBOARDING_BACK: ["|1||||"], A.ONBOARDING_MORE: ["|1||||", "l|1||||"],
}  # fmt: skip
MAY_NOT = {
    A.ALERT_TAKE: ["{x}:1"], A.ALERT_CHECKIN: ["{x}:1"], A.ALERT_HAND_OVER: ["{x}:1"],
    A.ALERT_PICK: ["{x}:1"], A.ALERT_MORE: [f"{what}:{{x}}:1" for what in alerts.CHOICES],
    A.RENEWALS_PAGE: [""], A.RENEWALS_BACK: [""], A.RENEWALS_MORE: [""],
    A.ANSWER_MORE: ["renewals:90d|month|2|||"],
    A.KEEP: ["renewals:90d|month|1|||", "renewal:{r}", "history:90d|month|1|||", "churn:12m"],
    A.RENEWAL_CHANGE: ["{r}"], A.STAGE_ADVANCE: ["{a}:{s}", "{o}:"], A.STAGE_TICK: ["{a}:{s}"],
    A.STAGE_OVERRIDE: ["{a}:{s}"], A.TASK_DONE: ["{t}", "{t}:0:0", "{t}:0:0:1"],
    A.FORM_OPEN: [f"{form}\t{{a}}\t" for form in forms.OPENERS],
    A.ACCESS_GRANT: ["U_NEW:csm"], A.ACCESS_GRANT_2: ["U_NEW:manager"],
    A.ACCESS_GRANT_3: ["U_VIC:manager"], A.MEETING_ATTENDED: ["{m}"], A.MEETING_NO_SHOW: ["{m}"],
    A.MEETING_CANCELLED: ["{m}"], A.ACCOUNT_CHECKIN: ["{a}"], A.ACCOUNT_TASK: ["{a}"],
    A.ACCOUNT_MORE: [f"{what}:{{a}}" for what in accounts.CHOICES if what not in LOOKS],
    A.ACCOUNT_PICK: ["health\t{a}\tsteady", "nps\t{a}\t4", "task add\t{a}\tcall due friday"],
    A.STAGE_REQUIREMENTS: ["{a}"], A.STAGE_INTRODUCE: ["{a}"],
    A.STAGE_MORE: ["people:{a}", "requirements:{a}", "introduce:{a}", "override:{a}:{s}"],
    A.PLAYBOOK_OFF: ["tasks"], A.PLAYBOOK_KEEP: ["tasks"], A.PLAYBOOK_SWITCH: ["tasks:True"],
    A.PLAYBOOK_SENDS: ["send:win-back"], A.TOUCH_SEND: ["{q}:1"], A.TOUCH_SKIP: ["{q}:1"],
    A.TOUCH_EDIT: ["{q}:1"], A.TOUCH_SHOW_ALL: ["{q}:1"], A.TOUCH_TICK: ["{q}:1"],
    A.HOME_TASK_DONE: ["{t}"], A.TASK_LATER: ["{t}"],
    A.HOME_HAND_OVER: ["0", "{p}"], A.HOME_ASSIGN: ["{a}"], A.HOME_VIEW_AS: ["me"],
    A.HOME_VIEW_MINE: ["me"], A.HOME_FOLLOW: ["0"],
    A.ADMIN_PANEL: ["all"], A.ADMIN_OPEN: ["work", "errors"], A.ADMIN_EDIT: ["work"],
    A.ADMIN_BACK: ["work|thresholds.inactive_days"], A.NOTE_ADD: ["{a}"],
    A.PROMISE_MORE: ["{x}:1"], A.CHURN_PERIOD: ["12m"], A.CHURN_STAY: ["1"],
    A.DEBRIEF_HAPPENED: ["{m}"], A.DEBRIEF_NO_SHOW: ["{m}"], A.DEBRIEF_MOVED: ["{m}"],
    A.COMMAND_FORM: ["checkin Acme", "task", "renewals"],
    A.RENEWAL_WON: ["{r}"], A.RENEWAL_LOST: ["{r}"],
    A.HOLD_RELEASE: ["{h}"], A.HOLD_KNOWN: ["{h}"], A.HOLD_DROP: ["{h}"], A.HOLD_WAIT: ["{h}"],
    A.HOLD_SHOW: ["{h}"],
}  # fmt: skip
OF_ENDINGS = {
    "type": "price", "evidence": "Too dear", "notice_on": "2026-11-23", "avoidable": "unknown",
    "effective_on": "2026-12-31", "final_amount": "48000", "final_months": "12",
    "sentiment": "positive", "next_step": "Call", "next_step_on": "2026-12-24",
}  # fmt: skip
OWN_FORMS = {View.AWAY, View.SETTINGS, View.SETTINGS_KINDS, View.ACCOUNT}
OWN_WORDS = {"team.access_asked"}


class Trial(Floor):
    """The floor with one of everything that a button can point at."""

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = [
            task := builders.task(self.acme.id, assignee_id=self.vic.id),
            meeting := builders.meeting(self.acme.id),
            renewal := builders.renewal(self.acme.id),
            builders.feedback(self.acme.id),
        ]
        self.acme.onboarding_stage, self.acme.lifecycle_stage = "onboarding", "onboarding"
        self.acme.owner_id = self.vic.id
        approval = Approval(
            playbook="win-back", step="ask", owner_id=self.vic.id, to="U_VIC",
            created_at=self.now, expires_at=self.now + timedelta(days=5),
        )  # fmt: skip
        hold = builders.hold()
        self.session.add_all([*rows, approval, hold])
        self.session.flush()
        move(
            self.session, [self.acme.id], pipeline="Customer Health Status", stage="Steady",
            now=self.now,
        )  # fmt: skip
        detect(self.session, settings=self.settings, now=self.now)
        self.ids = {
            "a": self.acme.id, "o": self.orphan.id, "p": self.vic.id, "t": task.id,
            "q": approval.id, "m": meeting.id, "r": renewal.id, "s": self.acme.onboarding_stage,
            "h": hold.id,
            "x": self.session.scalar(select(Alert.id).where(Alert.kind == "feedback")),
        }  # fmt: skip
        self.session.commit()
        self.before = self.traces()

    def traces(self) -> tuple[int, int]:
        self.session.flush()
        entries = select(func.count(AuditEntry.id)).where(AuditEntry.verb.not_in(OWN_WORDS))
        told = select(func.count(OutgoingMessage.id)).where(
            OutgoingMessage.message.not_in(("access_requested", "help_wanted", "account_brief")),
            OutgoingMessage.key.not_like("kept:%"),  # a copy of what they see, to themselves
        )
        return self.session.scalar(entries) or 0, self.session.scalar(told) or 0


@pytest.fixture
def trial(sessions) -> Iterator[Trial]:
    with sessions() as session:
        yield Trial(session)


def test_every_button_form_and_menu_is_in_the_lists_here():
    assert set(MAY_LOOK) | set(MAY_NOT) == set(PRESSES)
    assert {form.view for form in all_forms() if form.view in SUBMITS} == set(SUBMITS)
    assert set(SUGGESTS) == {Action.ACCOUNT_SELECT, Action.TOUCH_SELECT}


def test_a_viewer_is_refused_at_every_button_that_does_or_shows_more(trial):
    for action, values in MAY_NOT.items():
        for value in values:
            try:
                answer = trial.press(trial.vic, action, value.format(**trial.ids))
            except Forbidden:
                continue
            assert isinstance(answer, RenewalsForbidden), (action, value)
    assert trial.traces() == trial.before


def test_a_viewer_may_look_and_nothing_changes_by_it(trial):
    refused = set()
    for action, values in MAY_LOOK.items():
        for value in values:
            try:
                assert trial.press(trial.vic, action, value.format(**trial.ids)) is not None
            except Refused as refusal:
                refused.add((action, type(refusal)))
    # There is no group here, nothing to take back, and who is there cannot come back.
    nothing = A.ALERT_SHOW_ALL, A.AWAY_BACK, A.HOME_UNDO
    assert refused == {(action, Refused) for action in nothing}
    assert trial.traces() == trial.before


def test_a_viewer_is_refused_at_every_form_but_their_own(trial):
    for form in all_forms():
        if form.view not in SUBMITS or form.view in OWN_FORMS:
            continue
        known = form.example().remember()
        ours = {"account_id": "a", "alert_id": "x", "renewal_id": "r", "stage": "s",
                "approval_id": "q"}  # fmt: skip
        known |= {name: trial.ids[of] for name, of in ours.items() if name in known}
        values = {name: (OF_ENDINGS | GOOD).get(name) for name in inputs(form)}
        values |= {"account": str(trial.ids["a"]), "to": "U_PRIYA", "person": "U_PRIYA"}
        if form.view is View.WHY:
            values["until"] = None  # a day there, a moment elsewhere
        asked = Submission(**trial._ask(trial.vic), values=values, remembered=known)
        with pytest.raises(Forbidden):
            SUBMITS[form.view](asked)
    assert trial.traces() == trial.before
