"""Rows as the parts of a brief."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.timeline import words
from csbot.brief.queries import Told
from csbot.feedback.rules import NAMES, SCALES
from csbot.onboarding.first_value import began, days_to
from csbot.onboarding.stages import Role
from csbot.renewals.model import Renewal
from csbot.renewals.rules import CONFIDENT, LABELS, Category, windows
from csbot.team.model import TeamMember
from csbot.usage import queries as usage
from csbot.usage.queries import Velocity
from messages.accounts import AccountCard, ContactLine, MeetingDue
from messages.brief import Amount, Dated, Standing, Usage, Voice
from messages.onboarding_people import ROLES
from messages.text import Money
from messages.timeline import Happened

Parts = dict[str, Any]
FIRST_OF_ALL = ("champion", "decision maker")


def of_account(account: Account, *, renews: bool) -> Parts:
    """Who leaves renews nothing."""
    reached = account.first_value_at
    return {
        "segment": account.segment,
        "plan": account.plan,
        "lifecycle": account.lifecycle_stage,
        "since": account.customer_since.date() if account.customer_since else None,
        "months": account.contract_months,
        "renews_on": account.renewal_on if renews else None,
        "first_value": Dated(account.first_value_what or "reached", reached) if reached else None,
        "value_days": days_to(began(account), reached) if reached else None,
        "health": account.health,
        "health_status": account.health_status,
        "health_reason": account.health_reason,
    }


def of_card(card: AccountCard, *, amounts: bool, renews: bool) -> Parts:
    """What an account's card has told already."""
    return {
        "owner": card.owner,
        "contacts": tuple(sorted(card.contacts, key=_weight)),
        "stage": card.stage,
        "arr": card.arr if amounts else None,
        "days_left": card.days_left if renews else None,
        "alerts": card.alerts,
        "tasks": card.tasks,
        "support": card.support,
        "billing": card.billing,
    }


def _weight(contact: ContactLine) -> int:
    role = (contact.role or "").replace("_", " ").lower()
    return FIRST_OF_ALL.index(role) if role in FIRST_OF_ALL else len(FIRST_OF_ALL)


def of_told(told: Told, account: Account, today: date) -> Parts:
    now, then = told.mrr
    return {
        "milestones": _dated(told.milestones),
        "goals": _dated(told.goals),
        "praise": _voices(told.praise),
        "complaints": _voices(told.complaints),
        "health_then": told.health_then,
        "mrr_now": Money(now.mrr, now.currency) if now else None,
        "mrr_then": Money(then.mrr, then.currency) if then else None,
        "renewal": _standing(told.renewal, account, today) if told.renewal else None,
        "meetings": tuple(MeetingDue(title=m.title, starts_at=m.starts_at) for m in told.meetings),
        "written": tuple(Happened(at=w.at, what=w.text, by=w.by) for w in told.written),
        "changes": tuple(Happened(at=e.at, what=words(e), by=by) for e, by in told.changes),
    }


def people_of(named: Mapping[Role, TeamMember]) -> tuple[tuple[str, str], ...]:
    """What they do for the account, and who they are."""
    found = ((ROLES[role], member.name) for role, member in sorted(named.items()))
    return tuple((role[:1].upper() + role[1:], name) for role, name in found)


def usage_of(session: Session, card: AccountCard, today: date) -> Usage | None:
    """None where the product has told nothing of these eight weeks."""
    if card.usage is None:
        return None
    told = usage.velocity(session, [card.account_id], today, of="logins")
    logins = told.get(card.account_id, Velocity(0, 0))
    people = usage.active_users(session, card.account_id, today)
    minutes = usage.velocity(session, [card.account_id], today, of="active_seconds")
    seconds = minutes.get(card.account_id, Velocity(0, 0))
    timed = bool(seconds.recent or seconds.before)
    totals = [Amount("Logins", logins.recent, logins.before)]
    if people.recent or people.before:
        totals.append(Amount("people", people.recent, people.before))
    if timed:
        totals.append(Amount("minutes", round(seconds.recent / 60), round(seconds.before / 60)))
    features = usage.top_features(session, card.account_id, today)
    return Usage(
        totals=tuple(totals),
        features=tuple(_amount(f.name, f.minutes if timed else f.events) for f in features),
        unit="minutes" if timed else "events",
        last_login=card.usage.last_login,
    )


def _amount(name: str, told: Velocity) -> Amount:
    return Amount(name, told.recent, told.before)


def _dated(rows: Iterable[Any]) -> tuple[Dated, ...]:
    return tuple(Dated(row.name, row.at) for row in rows)


def _voices(rows: Sequence[Any]) -> tuple[Voice, ...]:
    return tuple(
        Voice(f"{NAMES[row.kind]} {row.score} of {SCALES[row.kind][1]}", row.who, row.comment,
              row.at)
        for row in rows
    )  # fmt: skip


def _standing(renewal: Renewal, account: Account, today: date) -> Standing:
    """A risk by its category, by what the data says, or without a next step in its windows."""
    category, signal = Category(renewal.category), renewal.signal
    first, *_ = windows(process=account.process, segment=account.segment)
    near = (renewal.due_on - today).days <= first
    order = list(Category)
    worse = signal is not None and order.index(Category(signal)) > order.index(category)
    return Standing(
        category=LABELS[category],
        next_step=renewal.next_step,
        signal=LABELS[Category(signal)] if signal else None,
        risk=worse or category not in CONFIDENT or (near and not renewal.next_step),
        near=near,
    )
