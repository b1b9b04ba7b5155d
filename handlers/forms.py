"""Buttons that open a form, filled in with what is known already."""

from collections.abc import Callable

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.renewals import service as renewals
from csbot.renewals.card import change_form
from csbot.words import number
from handlers.ask import STALE, Answer, Press, on_press
from messages.checkins import CheckInForm
from messages.feedback import FeedbackForm
from messages.form import Form
from messages.ids import Action
from messages.meetings import MeetingForm
from messages.sharing import SHARE
from messages.snoozing import AccountSnoozeForm
from messages.tasks import TaskForm

Opener = Callable[[Press, int | None, str | None, str], Form]


def _feedback(kind: str, id: int | None, name: str | None, text: str) -> FeedbackForm:
    return FeedbackForm(account_id=id, account=name, kind=kind, comment=text)


def _renewal(ask: Press, id: int | None, _: str | None, text: str) -> Form:
    """Of the account's open renewal; what was typed is kept where the reason stands."""
    account = account_by_id(ask.session, id or 0)
    held = renewals.of_account(ask.session, account, by=ask.person, now=ask.now)
    return change_form(held, account, reason=text)


OPENERS: dict[str, Opener] = {
    "checkin": lambda _, id, name, text: CheckInForm(account_id=id, account=name, note=text),
    "task": lambda ask, id, name, text: TaskForm(
        account_id=id, account=name, what=text, assignee=ask.person.slack_id
    ),
    "meeting": lambda _, id, name, text: MeetingForm(account_id=id, account=name, what=text),
    "renewal": _renewal,
    "snooze": lambda _, id, name, text: AccountSnoozeForm(account_id=id, account=name, reason=text),
    "nps": lambda _, id, name, text: _feedback("nps", id, name, text),
    "csat": lambda _, id, name, text: _feedback("csat", id, name, text),
    "happiness": lambda _, id, name, text: _feedback("happiness", id, name, text),
}

NEEDS = {"task": May.TASKS, "renewal": May.FORECAST, "snooze": May.ACT_ON_ALERTS}


@on_press(Action.FORM_OPEN)
def open_form(ask: Press) -> Answer:
    """The value is the form's name, an account's number or nothing, and a text, by tabs."""
    kind, _, rest = ask.value.removesuffix(SHARE).partition("\t")
    written, _, text = rest.partition("\t")
    if kind not in OPENERS:
        raise Refused(STALE)
    require(ask.person, NEEDS.get(kind, May.LOG))
    account = _account(ask, written)
    id, name = (account.id, account.name) if account else (None, None)
    return OPENERS[kind](ask, id, name, text)


def _account(ask: Press, written: str) -> Account | None:
    if not written:
        return None
    id = number(written)
    if id is None:
        raise Refused(STALE)
    return account_by_id(ask.session, id)
