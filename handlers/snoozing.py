"""Snoozing all that is open for an account."""

import re
from datetime import datetime

from csbot.access import May, require
from csbot.accounts.lookup import Found, take_account
from csbot.accounts.snoozing import snooze_account
from csbot.dates import take_moment
from csbot.find import account_by_id
from csbot.team.rules import zone
from handlers import fields
from handlers.ask import Answer, Ask, Command, Submission, on_command, on_submit
from messages.ids import View
from messages.snoozing import AccountSnoozed, AccountSnoozeForm

_UNTIL = re.compile(r"^(?:until|till|for)\s+", re.IGNORECASE)


@on_command("snooze")
def snooze(ask: Command) -> Answer:
    require(ask.person, May.ACT_ON_ALERTS)
    if not ask.text:
        return AccountSnoozeForm()
    found = take_account(ask.session, ask.text, person=ask.person)
    words = _UNTIL.sub("", found.rest)
    taken = take_moment(words, now=ask.now, zone=zone(ask.person))
    until, reason = taken or (None, words)
    if until is None or not reason:
        account = found.account
        return AccountSnoozeForm(
            account_id=account.id, account=account.name, until=until, reason=reason
        )
    return _snoozed(ask, found, until, reason)


@on_submit(View.ACCOUNT_SNOOZE)
def submitted(ask: Submission) -> Answer:
    found = Found(account_by_id(ask.session, fields.account_id(ask)), "")
    return _snoozed(ask, found, fields.moment(ask, "until"), ask.text("reason"))


def _snoozed(ask: Ask, found: Found, until: datetime, reason: str) -> AccountSnoozed:
    count = snooze_account(
        ask.session, account_id=found.account.id, until=until, reason=reason, by=ask.person,
        now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return AccountSnoozed(
        account_id=found.account.id, account=found.account.name, count=count, until=until,
        reason=reason, wrote=found.guessed,
    )  # fmt: skip
