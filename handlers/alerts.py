"""Alerts: the buttons and menus of their cards, and the forms behind them."""

from collections.abc import Callable
from datetime import timedelta

from csbot.access import May, require
from csbot.accounts.show import account_card
from csbot.alerts import handover, service, show, snooze_past
from csbot.alerts.done import done
from csbot.alerts.model import Alert
from csbot.alerts.why import explain
from csbot.errors import Refused
from csbot.team.rules import next_working
from csbot.words import number
from handlers import fields
from handlers.ask import STALE, Answer, Press, Submission, on_press, on_submit
from handlers.promises import by_when
from messages.alert_card import AlertCard, sentence
from messages.alert_forms import OWNERSHIP, ReassignForm, SnoozeForm
from messages.checkins import CheckInForm
from messages.ids import Action, View
from messages.tasks import TaskForm


@on_press(Action.ALERT_TAKE)
def take(ask: Press) -> Answer:
    id, _ = ask.numbers(2)
    return service.take(ask.session, alert_id=id, by=ask.person, now=ask.now, settings=ask.settings)


@on_press(Action.ALERT_CHECKIN)
def check_in(ask: Press) -> Answer:
    require(ask.person, May.LOG)
    alert, card = _look(ask, ask.numbers(2)[0])
    return CheckInForm(account_id=alert.account_id, account=card.account, alert_id=alert.id)


@on_press(Action.ALERT_HAND_OVER)
def hand_over(ask: Press) -> Answer:
    return _reassign(ask, ask.numbers(2)[0])


@on_press(Action.ALERT_PICK)
def picked(ask: Press) -> Answer:
    return _look(ask, ask.numbers(2)[0])[1]


@on_press(Action.ALERT_SHOW_ALL)
def show_all(ask: Press) -> Answer:
    id, _ = ask.numbers(2)
    return show.everyone(
        ask.session, group_id=id, by=ask.person, settings=ask.settings, now=ask.now
    )


@on_press(Action.ALERT_MORE)
def more(ask: Press) -> Answer:
    """The value is what to do, the alert's number and its version."""
    what, _, rest = ask.value.partition(":")
    written, _, version = rest.partition(":")
    id = number(written)
    if what not in CHOICES or id is None or number(version) is None:
        raise Refused(STALE)
    return CHOICES[what](ask, id)


def _look(ask: Press, id: int) -> tuple[Alert, AlertCard]:
    return show.look(ask.session, alert_id=id, by=ask.person, settings=ask.settings, now=ask.now)


def _undo(ask: Press, id: int) -> Answer:
    return service.undo(ask.session, alert_id=id, by=ask.person, now=ask.now, settings=ask.settings)


def _wake(ask: Press, id: int) -> Answer:
    return service.wake(ask.session, alert_id=id, by=ask.person, now=ask.now, settings=ask.settings)


def _snooze(ask: Press, id: int) -> Answer:
    alert, card = _look(ask, id)
    until = alert.snoozed_until or next_working(ask.person, ask.now + timedelta(days=1))
    past = snooze_past.of_alert(ask.session, alert, now=ask.now)
    return SnoozeForm(
        alert_id=id, about=sentence(card), until=until, reason=alert.snooze_reason or "", past=past
    )


def _reassign(ask: Press, id: int) -> Answer:
    alert, card = _look(ask, id)
    return ReassignForm(
        alert_id=id, account=card.account, about=sentence(card),
        whole_account=alert.kind == "unowned",
    )  # fmt: skip


def _task(ask: Press, id: int) -> Answer:
    require(ask.person, May.TASKS)
    alert, card = _look(ask, id)
    return TaskForm(
        account_id=alert.account_id, account=card.account, alert_id=id,
        assignee=ask.person.slack_id,
    )  # fmt: skip


def _done(ask: Press, id: int) -> Answer:
    done(ask.session, alert_id=id, by=ask.person, now=ask.now, settings=ask.settings)
    return None


def _account(ask: Press, id: int) -> Answer:
    alert, _ = _look(ask, id)
    return account_card(
        ask.session, alert.account_id, viewer=ask.person, settings=ask.settings, now=ask.now
    )


def _why(ask: Press, id: int) -> Answer:
    return explain(ask.session, alert_id=id, by=ask.person, settings=ask.settings, now=ask.now)


CHOICES: dict[str, Callable[[Press, int], Answer]] = {
    "undo": _undo,
    "bywhen": by_when,
    "wake": _wake,
    "snooze": _snooze,
    "reassign": _reassign,
    "task": _task,
    "done": _done,
    "account": _account,
    "why": _why,
}


@on_submit(View.SNOOZE)
def snoozed(ask: Submission) -> Answer:
    return service.snooze(
        ask.session,
        alert_id=ask.number("alert_id"),
        until=fields.moment(ask, "until"),
        reason=ask.text("reason"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )


@on_submit(View.REASSIGN)
def reassigned(ask: Submission) -> Answer:
    handover.reassign(
        ask.session,
        alert_id=ask.number("alert_id"),
        to=fields.member(ask, "to"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
        why=fields.optional(ask, "why"),
        whole_account=OWNERSHIP in fields.ticked(ask, "also"),
    )
    return None
