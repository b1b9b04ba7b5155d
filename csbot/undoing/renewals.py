"""The way back of what people do to renewals."""

from sqlalchemy import delete

from csbot.churn.queries import of_account as churn_of
from csbot.renewals.closing import reopen
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.owner import as_it_is, who_hears
from csbot.undoing.telling import tell
from csbot.undoing.way import Back, put_back, same


def changed(back: Back) -> str:
    """With its step in the history of categories, which was none then."""
    account, renewal = back.account(), back.row(Renewal)
    same(renewal.status, "open")
    put_back(back, renewal)
    step = RenewalCategoryChange
    mine = step.renewal_id == renewal.id, step.at == back.entry.at, step.by_id == back.by.id
    back.session.execute(delete(step).where(*mine))
    changed = {name for name, value in back.before.items() if back.after.get(name) != value}
    now_is = f"As before: {', '.join(as_it_is(renewal, changed))}."
    tell(back, who_hears(back.session, account, back.now), now_is)
    return now_is


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
