"""What one line about a renewal does: it changes it, closes it, or opens the form for the rest."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.errors import Forbidden, Refused
from csbot.renewals import card, reading, service
from csbot.renewals.reading import Line
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.churn import ChurnForm
from messages.renewal_change import RenewalForm, RenewalSaved, RenewalWon, WonForm
from messages.text import plural

UNSAID = "You have not said for how many months that is."
Said = RenewalSaved | RenewalForm | RenewalWon | WonForm | ChurnForm


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who says it of which account; `wrote` is what they typed for it, if not its name."""

    session: Session
    account: Account
    wrote: str | None
    person: TeamMember
    settings: Settings
    now: datetime


def follow(line: Line, by: Speaker) -> Said:
    """What does not fit comes back as the form, with all that was understood."""
    return {"won": _won, "lost": _lost}.get(line.outcome or "", _change)(line, by)


def _change(line: Line, by: Speaker) -> Said:
    held = service.of_account(by.session, by.account, by=by.person)
    told = dict(line.told)
    try:
        if line.amount:
            told["forecast_amount"] = reading.money(line.amount, currency=held.currency)
        done = service.change(
            by.session, renewal_id=held.id, told=told, reason=line.why, by=by.person,
            settings=by.settings, now=by.now,
        )  # fmt: skip
    except Forbidden:
        raise
    except Refused as refusal:
        return card.change_form(held, by.account, told=told, reason=line.why, why=refusal.reason)
    return card.saved(done, wrote=by.wrote)


def _won(line: Line, by: Speaker) -> Said:
    held = service.to_close(by.session, by.account, by=by.person, now=by.now)
    form = card.won_form(held, by.account, months=line.months)
    if not line.amount:
        return form
    if line.months is None and form.months != by.account.contract_months:
        why = f"{UNSAID} {plural(form.months, 'month')} were offered."
        return replace(form, amount=line.amount, why=why)
    try:
        amount = reading.money(line.amount, currency=held.currency)
    except Refused as refusal:
        return replace(form, why=refusal.reason)
    done = service.close_won(
        by.session, renewal_id=held.id, final_amount=amount, final_months=form.months,
        settings=by.settings, by=by.person, now=by.now,
    )  # fmt: skip
    return card.won(done, wrote=by.wrote)


def _lost(line: Line, by: Speaker) -> Said:
    require(by.person, May.CHURN)
    held = service.to_close(by.session, by.account, by=by.person, now=by.now)
    evidence = " ".join(part for part in (line.amount, line.why) if part)
    return card.lost_form(held, by.account, person=by.person, evidence=evidence, now=by.now)
