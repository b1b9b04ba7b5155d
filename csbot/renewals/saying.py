"""What one line about a renewal does: it changes it, closes it, or opens the form for the rest."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.lookup import Found, in_doubt
from csbot.accounts.model import Account
from csbot.errors import Forbidden, Refused
from csbot.renewals import card, reading, rules, service
from csbot.renewals.model import Renewal
from csbot.renewals.reading import Line
from csbot.renewals.reopening import reopen
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.words import said
from messages.churn import ChurnForm
from messages.renewal_change import RenewalForm, RenewalSaved, RenewalWon, WonForm
from messages.text import Money, full_money, plural
from messages.undo import Undone

UNSAID = "You have not said for how many months that is."
Said = RenewalSaved | RenewalForm | RenewalWon | WonForm | ChurnForm | Undone


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who says it, and of which account, as it was found by what they wrote."""

    session: Session
    found: Found
    person: TeamMember
    settings: Settings
    now: datetime

    @property
    def account(self) -> Account:
        return self.found.account


def follow(line: Line, by: Speaker) -> Said:
    """What does not fit comes back as the form, with all that was understood."""
    unsure = line.weighs and in_doubt(by.session, by.found, person=by.person)
    doubt = _whose(by) if unsure else ""
    acts = {"won": _won, "lost": _lost, "reopen": _reopen}
    return acts.get(line.outcome or "", _change)(line, by, doubt)


def _whose(by: Speaker) -> str:
    owner = by.session.get(TeamMember, by.account.owner_id) if by.account.owner_id else None
    whose = f"which {said(owner.name)} owns" if owner else "which nobody owns"
    return (
        f"You wrote {said(by.found.written or '')}. This is {said(by.account.name)}, {whose}: "
        "nothing has changed yet. "
    )


def _odd(amount: Decimal, due: Money, *, doubt: str) -> str:
    """A `doubt` that is said before it has said that nothing has changed."""
    if not rules.is_odd(amount, due=due.amount):
        return ""
    written = full_money(Money(amount, due.currency))
    ends = ". " if doubt else ": nothing has changed yet. "
    return f"{written} is far from what is due, {full_money(due)}{ends}"


def _change(line: Line, by: Speaker, doubt: str) -> Said:
    held = service.of_account(by.session, by.account, by=by.person, now=by.now)
    told, why = dict(line.told), f"{doubt}{line.unread}"
    try:
        if line.amount:
            amount = _amount(line, held)
            if isinstance(amount, Refused):
                why += f"Expected amount: {amount.reason}"
                form = card.change_form(held, by.account, told=told, reason=line.why, why=why)
                return replace(form, forecast=line.amount)
            told["forecast_amount"] = amount
            why += _odd(amount, Money(held.amount_due, held.currency), doubt=doubt)
        if why:
            return card.change_form(held, by.account, told=told, reason=line.why, why=why)
        done = service.change(
            by.session, renewal_id=held.id, told=told, reason=line.why, by=by.person,
            settings=by.settings, now=by.now,
        )  # fmt: skip
    except Forbidden:
        raise
    except Refused as refusal:
        why += refusal.reason
        return card.change_form(held, by.account, told=told, reason=line.why, why=why)
    return card.saved(done, wrote=by.found.guessed)


def _amount(line: Line, held: Renewal) -> Decimal | Refused:
    """What is written for it; or why that is none, to be said with it in the form."""
    try:
        return reading.money(line.amount, currency=held.currency)
    except Refused as refusal:
        return refusal


def _won(line: Line, by: Speaker, doubt: str) -> Said:
    held = service.to_close(by.session, by.account, by=by.person, now=by.now)
    form = card.won_form(held, by.account, months=line.months)
    if not line.amount:
        return replace(form, why=doubt)
    amount = _amount(line, held)
    if line.months is None and form.months != by.account.contract_months:
        offered = f"{doubt}{UNSAID} {plural(form.months, 'month')} were offered."
        why = f"{offered} {amount.reason}" if isinstance(amount, Refused) else offered
        return replace(form, amount=line.amount, why=why)
    if isinstance(amount, Refused):
        return replace(form, amount=line.amount, why=doubt + amount.reason)
    due = service.due_for(held, by.account, months=form.months)
    if why := doubt + _odd(amount, due, doubt=doubt):
        return replace(form, amount=line.amount, why=why)
    done = service.close_won(
        by.session, renewal_id=held.id, final_amount=amount, final_months=form.months,
        settings=by.settings, by=by.person, now=by.now,
    )  # fmt: skip
    return card.won(done, wrote=by.found.guessed)


def _lost(line: Line, by: Speaker, _: str) -> Said:
    """The form says whose it is."""
    require(by.person, May.CHURN)
    held = service.to_close(by.session, by.account, by=by.person, now=by.now)
    evidence = " ".join(part for part in (line.amount, line.why) if part)
    return card.lost_form(held, by.account, person=by.person, evidence=evidence, now=by.now)


def _reopen(line: Line, by: Speaker, doubt: str) -> Undone:
    if doubt:
        raise Refused(f"{doubt}Write the whole name.")
    return reopen(
        by.session, by.account, why=line.why or line.amount, by=by.person, settings=by.settings,
        now=by.now,
    )  # fmt: skip
