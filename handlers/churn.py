"""Churn: recorded in a form, taken back by a press, reported by period."""

from csbot.access import May, allows, require
from csbot.accounts.possible import take_account_or_tell
from csbot.churn import queries, service, staying
from csbot.churn.card import card, withdrawn
from csbot.churn.report import period, report
from csbot.churn.service import Recorded
from csbot.team.rules import local_date
from csbot.words import reason
from handlers import fields
from handlers.ask import Answer, Ask, Command, Press, Submission, on_command, on_press, on_submit
from messages.churn import ChurnForm
from messages.churn_report import ChurnForbidden
from messages.ids import Action, View

POSSIBLE = (
    "Write `/cs churn` with the name of an account to record why it leaves, alone for the report, "
    "or with a period: `90d`, `12m`, `this quarter`, `last year`."
)


@on_command("churn")
def churn(ask: Command) -> Answer:
    """A period, or nothing, reports; an account opens the form or shows what is recorded."""
    today = local_date(ask.person, ask.now)
    if period(ask.text, today=today) is not None:
        return _report(ask, ask.text)
    require(ask.person, May.CHURN)
    found = take_account_or_tell(ask.session, ask.text, person=ask.person, possible=POSSIBLE)
    account = found.account
    if known := queries.of_account(ask.session, account.id):
        recorded = Recorded(known, account)
        return card(ask.session, recorded, viewer=ask.person, now=ask.now, wrote=found.guessed)
    return ChurnForm(
        account_id=account.id, account=account.name, today=today, evidence=reason(found.rest)
    )


@on_press(Action.CHURN_PERIOD)
def turned(ask: Press) -> Answer:
    return _report(ask, ask.value)


@on_submit(View.CHURN)
def submitted(ask: Submission) -> Answer:
    recorded = service.record(
        ask.session,
        account_id=ask.number("account_id"),
        type=ask.text("type"),
        evidence=ask.text("evidence"),
        notice_on=fields.needed_day(ask, "notice_on"),
        effective_on=fields.needed_day(ask, "effective_on"),
        avoidable=ask.text("avoidable"),
        win_back_on=fields.day(ask, "win_back_on"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return card(ask.session, recorded, viewer=ask.person, now=ask.now)


@on_press(Action.CHURN_STAY)
def stay(ask: Press) -> Answer:
    [churn_id] = ask.numbers(1)
    stayed = staying.withdraw(
        ask.session, churn_id=churn_id, by=ask.person, now=ask.now, settings=ask.settings
    )
    return withdrawn(stayed, viewer=ask.person, now=ask.now)


def _report(ask: Ask, text: str) -> Answer:
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return ChurnForbidden()
    return report(ask.session, text, person=ask.person, now=ask.now)
