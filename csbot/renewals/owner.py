"""What somebody else decides of a renewal is told to the account's owner, or who covers."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.away.cover import Cover
from csbot.outbox.queue import enqueue
from csbot.renewals.model import Renewal
from csbot.renewals.reading import written_offer
from csbot.renewals.rules import LABELS, Category, Plan
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.renewal_change import RenewalChanged
from messages.text import Money, Person, clip, day, full_money


def tell(
    session: Session,
    renewal: Renewal,
    account: Account,
    *,
    before: Plan,
    reason: str | None,
    by: TeamMember,
    now: datetime,
) -> None:
    """Once a change, but nobody of their own."""
    to = who_hears(session, account, now)
    if to is None or to.id == by.id or not to.slack_id:
        return
    changed = {name for name, value in vars(before).items() if getattr(renewal, name) != value}
    news = RenewalChanged(
        renewal_id=renewal.id, account_id=account.id, account=account.name, by=person(by),
        was=LABELS[Category(before.category)] if "category" in changed else None,
        now_is=tuple(as_it_is(renewal, changed)), why=reason,
        owner=_absent(session, account, to),
    )  # fmt: skip
    key = f"renewal-changed:{renewal.id}:{by.id}:{now.isoformat()}"
    enqueue(session, news, to=to.slack_id, key=key, now=now)


def who_hears(session: Session, account: Account, now: datetime) -> TeamMember | None:
    """The owner, or while they are away whoever stands in; nobody who may see no amounts."""
    told = Cover.load(session, now).stand_in(account.owner_id)
    return told if told and allows(told.role, May.SEE_RENEWALS) else None


def _absent(session: Session, account: Account, to: TeamMember) -> Person | None:
    """For whom they stand in."""
    owner = session.get(TeamMember, account.owner_id) if account.owner_id != to.id else None
    return person(owner) if owner else None


def as_it_is(renewal: Renewal, changed: Collection[str]) -> list[str]:
    """What a change was about, as it stands now; a step's day and an offer's length with it."""
    told = []
    if "category" in changed:
        told.append(LABELS[Category(renewal.category)])
    if "forecast_amount" in changed:
        amount = renewal.forecast_amount
        due = Money(renewal.amount_due if amount is None else amount, renewal.currency)
        told.append(
            f"{full_money(due)} expected{'' if amount is not None else ', all that is due'}"
        )
    if not {"next_step", "next_step_on"}.isdisjoint(changed):
        by = f" by {day(renewal.next_step_on)}" if renewal.next_step_on else ""
        told.append(f"next step {clip(renewal.next_step or 'none', 50)}{by}")
    if not {"incentive", "offered_months"}.isdisjoint(changed):
        offer = written_offer(renewal.incentive, renewal.offered_months)
        told.append(f"offered {clip(offer or 'nothing', 50)}")
    return told
