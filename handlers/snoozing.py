"""Snoozing all that is open for an account."""

import re
from datetime import datetime
from functools import partial

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.accounts.lookup import Found
from csbot.accounts.snoozing import snooze_account
from csbot.alerts import snooze_past
from csbot.alerts.service import check_snooze
from csbot.dates import take_moment
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.team.rules import zone
from csbot.undated import no_date
from csbot.words import first_word, reason, said
from handlers import fields
from handlers.ask import Answer, Ask, Command, Submission, on_command, on_submit
from messages.answers import NotQuite
from messages.ids import View
from messages.snoozing import AccountSnoozed, AccountSnoozeForm

TRY = "Try `until friday`, `until 2026-12-04` or `3d`."
_UNTIL = re.compile(r"^(?:until|till|for)\s+", re.IGNORECASE)


@on_command("snooze")
def snooze(ask: Command) -> Answer:
    require(ask.person, May.ACT_ON_ALERTS)
    if not ask.text:
        return AccountSnoozeForm()
    found = take_to_change(ask.session, ask.text, person=ask.person)
    words = _UNTIL.sub("", found.rest)
    try:
        taken = take_moment(words, now=ask.now, zone=zone(ask.person))
    except Refused:  # 03/04/2026 can be read two ways
        taken = None
    if taken is None and (words != found.rest or no_date(words)):
        return _unread(found, words)
    until, why = taken or (None, words)
    return _read(ask, found, until, reason(why))


def _read(ask: Ask, found: Found, until: datetime | None, why: str) -> Answer:
    account = found.account
    try:
        if until is not None:
            check_snooze(until=until, reason=why or "not said yet", now=ask.now)
    except Refused as refusal:
        return _not_quite(found, refusal.reason, why)
    if until is None or not why:
        past = snooze_past.of_account(ask.session, account.id, now=ask.now)
        return AccountSnoozeForm(
            account_id=account.id, account=account.name, until=until, reason=why, past=past
        )
    return _snoozed(ask, found, until, why)


def _unread(found: Found, words: str) -> NotQuite:
    """A date was announced, and what follows is none: its first word at least is meant."""
    wrong, after = first_word(words)
    why, rest = no_date(words) or (f"I can't read the date {said(wrong)}.", after)
    return _not_quite(found, f"{why} {TRY}", rest)


def _not_quite(found: Found, why: str, reason: str) -> NotQuite:
    account = found.account
    return NotQuite(
        reason=why,
        understood=f"snooze {account.name}" + (f", {reason}" if reason else ""),
        form="snooze",
        account_id=account.id,
        text=reason,
    )


@on_submit(View.ACCOUNT_SNOOZE)
def submitted(ask: Submission) -> Answer:
    until, reason = fields.moment(ask, "until"), ask.text("reason")
    ask.read(partial(check_snooze, until=until, reason=reason, now=ask.now), None)
    found = Found(account_by_id(ask.session, fields.account_id(ask)), "")
    return _snoozed(ask, found, until, reason)


def _snoozed(ask: Ask, found: Found, until: datetime, reason: str) -> AccountSnoozed:
    count = snooze_account(
        ask.session, account_id=found.account.id, until=until, reason=reason, by=ask.person,
        now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return AccountSnoozed(
        account_id=found.account.id, account=found.account.name, count=count, until=until,
        reason=reason, wrote=found.guessed,
    )  # fmt: skip
