"""One draft of many, by the name of the customer or the person as somebody types it."""

from datetime import datetime

from sqlalchemy import func, or_
from sqlalchemy.orm import Session

from csbot.access import May, allows, require
from csbot.accounts.model import Account
from csbot.away.cover import acts_as
from csbot.contacts import Contact
from csbot.team.model import TeamMember
from csbot.touches import cards
from csbot.touches.model import Touch
from csbot.words import normalise

MOST = 100  # Slack shows no more
NOT_FOUND = (0, "Not found? Type more of the name")  # the number of no draft


def drafts(
    session: Session, approval_id: int, typed: str, *, by: TeamMember, now: datetime
) -> list[tuple[int, str]]:
    """Number and name of those that this person may decide on; the last line where that is not all.

    What is chosen in the form is looked at again: this only helps to find it.
    """
    require(by, May.APPROVE_OWN)
    query = cards.drafts().where(Touch.approval_id == approval_id, Touch.state == "draft")
    if not allows(by.role, May.APPROVE_ANY):
        query = query.where(Account.owner_id.in_(acts_as(session, by, now)))
    if key := normalise(typed).lower()[:100]:
        named = (func.lower(column) for column in (Account.name, Contact.name, Touch.address))
        query = query.where(or_(*(one.contains(key, autoescape=True) for one in named)))
    rows = session.execute(query.limit(MOST)).all()
    found = [(row.id, f"{row.account}: {row.name or row.address}") for row in rows]
    return [*found[: MOST - 1], NOT_FOUND] if len(found) in (0, MOST) else found
