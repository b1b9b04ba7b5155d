"""Check-ins: said in one line, or in a form."""

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.accounts.lookup import Found
from csbot.checkins import service
from csbot.checkins.reading import read_line
from csbot.checkins.rules import NOTE_MAX, channel_of
from csbot.checkins.service import Logged
from csbot.errors import Forbidden, Refused
from csbot.team.rules import local_date
from csbot.words import unquoted
from handlers import fields
from handlers.ask import Answer, Command, Submission, on_command, on_submit
from messages.answers import NotQuite
from messages.checkins import CheckInForm, CheckInLogged
from messages.ids import View


@on_command("checkin")
def checkin(ask: Command) -> Answer:
    require(ask.person, May.LOG)
    if not ask.text:
        return CheckInForm()
    found = take_to_change(ask.session, ask.text, person=ask.person)
    note = unquoted(found.rest)
    if not note:
        return CheckInForm(account_id=found.account.id, account=found.account.name)
    line = read_line(note, today=local_date(ask.person, ask.now))
    try:
        logged = service.log_checkin(
            ask.session, account_id=found.account.id, note=line.note, channel=channel_of(line.note),
            next_step=line.next_step, next_step_on=line.next_step_on, by=ask.person, now=ask.now,
            settings=ask.settings,
        )  # fmt: skip
    except Forbidden:
        raise
    except Refused as refusal:
        return _not_quite(found, refusal.reason, note)
    return _logged(logged, found.guessed, line.undated)


@on_submit(View.CHECKIN)
def submitted(ask: Submission) -> Answer:
    logged = service.log_checkin(
        ask.session,
        account_id=fields.account_id(ask),
        alert_id=fields.remembered_id(ask, "alert_id"),
        note=ask.text("note"),
        channel=ask.text("how"),
        sentiment=fields.optional(ask, "sentiment"),
        next_step=fields.optional(ask, "next_step"),
        next_step_on=fields.day(ask, "next_step_on"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return _logged(logged, None)


def _not_quite(found: Found, why: str, note: str) -> Answer:
    """With a button that fills in the form; what is too long for a button stands in it at once."""
    account = found.account
    answer = NotQuite(
        reason=why, understood=f"a check-in for {account.name}", form="checkin",
        account_id=account.id, text=note,
    )  # fmt: skip
    if answer.fits or len(note) > NOTE_MAX:
        return answer
    return CheckInForm(account_id=account.id, account=account.name, note=note, why=why)


def _logged(logged: Logged, wrote: str | None, undated: str | None = None) -> CheckInLogged:
    checkin, account = logged.checkin, logged.account
    return CheckInLogged(
        account_id=account.id,
        account=account.name,
        note=checkin.note,
        how=checkin.channel,
        next_step=checkin.next_step,
        next_step_on=checkin.next_step_on,
        answered=logged.answered,
        undated=undated,
        on_renewal=logged.on_renewal,
        plan=logged.plan,
        again=logged.again,
        wrote=wrote,
    )
