"""The way back of what people do to renewals."""

from sqlalchemy import delete

from csbot.churn.queries import of_account as churn_of
from csbot.renewals.closing import reopen
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.reading import written_offer
from csbot.renewals.rules import LABELS, Category
from csbot.undoing.way import Back, put_back, same
from messages.text import Money, clip, day, full_money


def changed(back: Back) -> str:
    """With its step in the history of categories, which was none then."""
    renewal = back.row(Renewal)
    same(renewal.status, "open")
    put_back(back, renewal)
    step = RenewalCategoryChange
    mine = step.renewal_id == renewal.id, step.at == back.entry.at, step.by_id == back.by.id
    back.session.execute(delete(step).where(*mine))
    changed = {name for name, value in back.before.items() if back.after.get(name) != value}
    return f"As before: {', '.join(_as_it_is(renewal, changed))}."


def _as_it_is(renewal: Renewal, changed: set[str]) -> list[str]:
    """What the change was about, as it stands now; a step's day and an offer's length with it."""
    told = []
    if "category" in changed:
        told.append(LABELS[Category(renewal.category)])
    if "forecast_amount" in changed:
        amount = renewal.forecast_amount
        due = Money(renewal.amount_due if amount is None else amount, renewal.currency)
        told.append(
            f"{full_money(due)} expected{'' if amount is not None else ', all that is due'}"
        )
    if changed & {"next_step", "next_step_on"}:
        by = f" by {day(renewal.next_step_on)}" if renewal.next_step_on else ""
        told.append(f"next step {clip(renewal.next_step or 'none', 50)}{by}")
    if changed & {"incentive", "offered_months"}:
        offer = written_offer(renewal.incentive, renewal.offered_months)
        told.append(f"offered {clip(offer or 'nothing', 50)}")
    return told


def won(back: Back) -> str:
    renewal = back.row(Renewal)
    same((renewal.status, renewal.closed_at), ("won", back.entry.at))
    _same_term(back, renewal)
    same(churn_of(back.session, renewal.account_id), None)  # what was lost after it, stays lost
    reopen(back.session, renewal, before=back.before, after=back.after, now=back.now)
    return "The renewal is open again, with its date, amount and revenue as before."


def _same_term(back: Back, renewal: Renewal) -> None:
    """Once the date has gone on by itself there is a next renewal: two would be open at once."""
    day, told = back.account().renewal_on, back.after.get("account") or {}
    same(day is not None and day.isoformat() in (told.get("renewal_on"), f"{renewal.due_on}"), True)
