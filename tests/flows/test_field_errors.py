"""Whatever is wrong with a form is said at once, each at its own field, and nothing is kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.accounts.suggest import NOT_FOUND
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.find import member_by_id
from csbot.renewals import service as renewals
from csbot.renewals.card import change_form
from csbot.team.queries import by_slack_id
from csbot.workspace import acts
from csbot.workspace.driver import Person
from csbot.workspace.seen import Shown
from handlers.ask import SUBMITS
from messages.account_channels import FollowForm
from messages.alert_forms import ReassignForm, SnoozeForm
from messages.answers import AccountPickForm
from messages.away import AwayForm
from messages.captures import CheckInOfMessage, LinkOfMessage, Quote, TaskOfMessage
from messages.checkins import CheckInForm
from messages.churn import ChurnForm
from messages.debriefs import DebriefForm, MeetingMovedForm
from messages.feedback import FeedbackForm
from messages.form import Form, render_form
from messages.handover import AssignForm
from messages.health import HealthForm
from messages.home_forms import TaskLaterForm, ViewAsForm
from messages.home_handover import HandOverForm
from messages.ids import View
from messages.meetings import MeetingForm
from messages.notes import NoteForm
from messages.onboarding_forms import StageOverrideForm
from messages.onboarding_people import PeopleForm
from messages.onboarding_requirements import RequirementsForm, Wanted
from messages.promises import ByWhenForm
from messages.renewal_change import RenewalForm, WonForm
from messages.snoozing import AccountSnoozeForm
from messages.tags import TagForm
from messages.tasks import TaskForm
from messages.team import SettingsForm
from messages.touches import TouchForm
from tests import builders
from tests.builders import MONDAY
from tests.flows.desk import Desk

DAY = timedelta(days=1)
PAST, SOON = ((MONDAY + days * DAY).date().isoformat() for days in (-40, 7))
FAR = (MONDAY + 4 * 366 * DAY).date().isoformat()
AGO, LATER = (int((MONDAY + days * DAY).timestamp()) for days in (-1, 1))
BLANK, NONE_OF_THEM = "   ", NOT_FOUND[1]
QUOTE = Quote.example()
# What nobody can fill in wrongly: Slack itself keeps to the options, the lengths and the numbers.
CANNOT = {View.SETTINGS_KINDS, View.STAGE_CRITERIA, View.STAGE_HANDOVER, View.HAND_OVER_PREVIEW}
PICKED = {View.TOUCH_PICK}  # one menu that searches: tests/flows/test_touches.py


class Case(NamedTuple):
    """`wrong` is refused at each of its fields, however the others are filled in."""

    open: Callable[[], None]
    right: dict[str, Any]
    wrong: dict[str, Any]


class Office(NamedTuple):
    desk: Desk
    priya: Person
    ids: dict[str, int]

    def case(self, form: Form, wrong: dict[str, Any], right: dict[str, Any] | None = None) -> Case:
        return Case(lambda: self.show(form), right or {}, wrong)

    def show(self, form: Form) -> None:
        trigger = acts.new_trigger(self.desk.slack, self.priya.id)
        self.desk.wiring.slack_now.open_view(trigger, render_form(form))


def _change(office: Office) -> RenewalForm:
    with office.desk.sessions() as session:
        account = session.get(Account, office.ids["acme"])
        assert account
        priya = member_by_id(session, office.ids["priya"])
        return change_form(renewals.of_account(session, account, by=priya, now=MONDAY), account)


def card(desk: Desk) -> Shown:
    return next(one for one in desk.in_channel() if "logged in" in one.text)


def _thresholds(priya: Person) -> None:
    panel = priya.command("/cs admin work").ephemeral
    priya.press(panel, label="Change Settings")


def _why(office: Office) -> None:
    office.priya.choose(card(office.desk), "Why This?…")


@pytest.fixture
def office(desk: Desk) -> Office:
    """Acme is Dana's: Priya has its alert, it renews, a meeting has ended. Priya is an admin."""
    with desk.sessions.begin() as session:
        priya, dana = by_slack_id(session, "U_PRIYA"), by_slack_id(session, "U_DANA")
        assert priya
        assert dana
        priya.role = "admin"
        ids = {"priya": priya.id, "dana": dana.id}
    desk.run("playbooks")
    acme = desk.add(builders.account("Acme", owner_id=ids["dana"], arr=120_000))
    ids["acme"] = acme.id
    desk.add(builders.contact(acme.id, last_login_at=MONDAY - 9 * DAY))
    ended: dict[str, Any] = {
        "organizer_id": ids["priya"],
        "starts_at": MONDAY - 2 * timedelta(hours=1),
    }
    ids["meeting"] = desk.add(builders.meeting(acme.id, **ended)).id
    ids["renewal"] = desk.add(builders.renewal(acme.id)).id
    since = MONDAY - 2 * DAY
    ids["globex"] = desk.add(builders.account(
        "Globex", domain="globex.example", process="enterprise", owner_id=ids["dana"],
        lifecycle_stage="onboarding", onboarding_stage="transition", onboarding_stage_since=since,
        onboarding_began_at=since,
    )).id  # fmt: skip
    ids["task"] = desk.add(builders.task(acme.id, assignee_id=ids["priya"])).id
    desk.run("detect")
    with desk.sessions() as session:
        ids["alert"] = session.scalars(select(Alert.id).where(Alert.kind == "inactive")).one()
    made = Office(desk, desk.person("U_PRIYA", "C_OTHER"), ids)
    made.priya.press(card(desk), label="Acknowledge")
    return made


def cases(office: Office) -> Iterator[tuple[View, Case]]:
    """Every form that somebody can fill in wrongly."""
    case, id, today = office.case, office.ids, MONDAY.date()
    at: dict[str, Any] = {"account_id": id["acme"], "account": "Acme"}
    lost = {"account": NONE_OF_THEM}
    wait = {"until": AGO, "reason": BLANK}
    step = {"note": BLANK, "next_step_on": PAST}
    said = {"how": "call", "note": "All well", "next_step": "Send it", "next_step_on": SOON}
    job = {"title": BLANK, "due_on": PAST, "assignee": "U_ROBIN"}
    todo = {"title": "Call Max", "due_on": SOON, "assignee": "U_DANA"}
    here = {"account": "Acme"}
    yield View.CHECKIN, case(CheckInForm(), lost | step, said | here)
    yield View.MESSAGE_CHECKIN, case(CheckInOfMessage(quote=QUOTE), lost | step, said | here)
    yield View.TASK, case(TaskForm(), lost | job, todo | here)
    yield View.MESSAGE_TASK, case(TaskOfMessage(quote=QUOTE), lost | job, todo | here)
    yield View.MESSAGE_LINK, case(LinkOfMessage(quote=QUOTE), lost)
    yield View.ACCOUNT, case(AccountPickForm(), lost)
    yield View.MEETING, case(MeetingForm(), lost | {"starts_at": AGO}, here | {"starts_at": LATER})
    yield View.FEEDBACK, case(
        FeedbackForm(kind="csat"), lost | {"score": "9", "email": "nobody"},
        here | {"score": "5", "email": "ann@acme.example"},
    )  # fmt: skip
    alone = office.desk.slack.add_channel("C_ALONE", "alone", with_bot=False)
    yield (
        View.FOLLOW,
        case(FollowForm(), lost | {"channel": alone.id}, here | {"channel": "C_OTHER"}),
    )
    yield View.HEALTH, case(HealthForm(), lost, {"status": "Healthy"})
    yield View.ASSIGN, case(AssignForm(), lost | {"person": "U_ROBIN"}, here | {"person": "U_LEE"})
    yield View.TAGS, case(TagForm(), lost | {"tags": "+beta -beta"}, here | {"tags": "+beta"})
    snooze = AccountSnoozeForm()
    yield View.ACCOUNT_SNOOZE, case(snooze, lost | wait, here | {"until": LATER, "reason": "Wait"})
    yield View.NOTE, case(NoteForm(**at), {"note": BLANK})
    alert: dict[str, Any] = {"alert_id": id["alert"]}
    yield (
        View.SNOOZE,
        case(
            replace(SnoozeForm.example(), **alert),
            wait,
            {"until": LATER, "reason": "They are on holiday"},
        ),
    )
    yield View.REASSIGN, case(replace(ReassignForm.example(), **alert), {"to": "U_ROBIN"})
    yield (
        View.BY_WHEN,
        case(
            replace(ByWhenForm.example(), **alert, promise_id=None),
            wait,
            {"until": LATER, "reason": "Legal"},
        ),
    )
    yield View.RENEWAL, case(
        _change(office),
        {"reason": "", "forecast_amount": "lots", "next_step_on": PAST, "offer": "999 months"},
        {"category": "at_risk", "reason": "Budget", "forecast_amount": "40000",
         "next_step": "Call Max", "next_step_on": SOON, "offer": "24 months"},
    )  # fmt: skip
    yield (
        View.RENEWAL_WON,
        case(
            replace(WonForm.example(), renewal_id=id["renewal"]),
            {"final_amount": "99999999"},
            {"final_amount": "48000", "final_months": "12"},
        ),
    )
    yield (
        View.STAGE_OVERRIDE,
        case(replace(StageOverrideForm.example(), account_id=id["globex"]), {"reason": "x"}),
    )
    settings = replace(SettingsForm.example(), work_starts="09:00")
    yield View.SETTINGS, case(settings, {"work_ends": "09:00", "timezone": "Mars"},
                              {"work_ends": "17:00", "timezone": "UTC"})  # fmt: skip
    yield View.ADMIN, Case(lambda: _thresholds(office.priya), {}, {
        "thresholds.inactive_days": "soon", "thresholds.task_due_soon_days": "often",
    })  # fmt: skip
    yield View.WHY, Case(
        lambda: _why(office), {"verdict": "useful", "until": SOON},
        {"until": PAST, "threshold": "many"},
    )  # fmt: skip
    yield (
        View.PEOPLE,
        case(
            PeopleForm(**at),
            dict.fromkeys(("onboarding_manager", "csm", "support"), "U_ROBIN"),
        ),
    )
    yield View.REQUIREMENTS, case(
        RequirementsForm(**at, wanted=Wanted()), {"why_bought": BLANK, "intended_use": BLANK},
        {"why_bought": "Parcels", "intended_use": "Dispatch"},
    )  # fmt: skip
    yield View.CHURN, case(
        ChurnForm(**at, today=today, effective_on=today),
        {"evidence": "x", "notice_on": SOON, "effective_on": FAR, "win_back_on": PAST},
        {"type": "competitor", "avoidable": "no", "evidence": "They signed with Rival",
         "notice_on": today.isoformat(), "effective_on": (MONDAY + 30 * DAY).date().isoformat()},
    )  # fmt: skip
    yield View.DEBRIEF, case(
        DebriefForm(meeting_id=id["meeting"], what="Success session", account="Acme", planned="",
                    next_step="", next_step_on=today),
        {"note": BLANK, "next_step_on": FAR},
        {"sentiment": "positive", "note": "Well", "next_step": "Send", "next_step_on": SOON},
    )  # fmt: skip
    yield View.DEBRIEF_MOVED, case(
        MeetingMovedForm(meeting_id=id["meeting"], what="Success session", account="Acme",
                         starts_at=MONDAY + DAY),
        {"starts_at": AGO},
    )  # fmt: skip
    yield View.AWAY, case(
        AwayForm(member_id=id["priya"], who=None, from_on=today, back_on=today + 7 * DAY),
        {"back_on": PAST, "cover": "U_ROBIN"}, {"cover": "U_DANA"},
    )  # fmt: skip
    yield View.HOME_VIEW_AS, case(ViewAsForm(), {"person": "U_PRIYA"})
    yield View.HAND_OVER_ALL, case(
        HandOverForm(former_id=0, former=None),
        {"former": "U_LEE", "person": "U_ROBIN"}, {"former": "U_DANA", "person": "U_PRIYA"},
    )  # fmt: skip
    yield (
        View.TASK_LATER,
        case(
            TaskLaterForm(task_id=id["task"], what="Call", account="Acme", due_on=today),
            {"due_on": PAST},
        ),
    )
    yield (
        View.TOUCH_EDIT,
        case(
            TouchForm(
                approval_id=1, version=1, touch_id=None, whom="Ann", subject="Hi", body="Hello"
            ),
            {"subject": BLANK, "body": BLANK},
        ),
    )


def audited(desk: Desk) -> int:
    with desk.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_every_wrong_field_of_every_form_is_named_at_once_and_nothing_is_kept(
    office: Office,
) -> None:
    """Each alone, and each two of them together."""
    made, off, before = dict(cases(office)), {}, audited(office.desk)
    assert set(made) | CANNOT | PICKED == set(SUBMITS)
    for view, case in made.items():
        for names in (*combinations(case.wrong, 1), *combinations(case.wrong, 2)):
            case.open()
            wrong = {name: case.wrong[name] for name in names}
            seen = office.priya.submit(values=case.right | wrong)
            if set(seen.errors) != set(names):
                off[view, names] = seen.errors or seen.words
            office.priya.close(cleared=True)
    assert off == {}
    assert audited(office.desk) == before
