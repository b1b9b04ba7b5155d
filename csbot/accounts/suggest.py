"""Accounts that fit what somebody is typing, one's own first."""

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.team.model import TeamMember
from csbot.words import normalise

MOST = 100  # Slack shows no more
NOTHING = (0, "Not found? Type more of the name")


def suggestions(session: Session, typed: str, *, person: TeamMember) -> list[tuple[int, str]]:
    """Number and name; one line that says so where nothing fits."""
    key = name_key(normalise(typed))[:100]
    query = select(Account.id, Account.name)
    order = [case((Account.owner_id == person.id, 0), else_=1), Account.name_key, Account.id]
    if key:
        begins = Account.name_key.startswith(key, autoescape=True)
        within = Account.name_key.contains(key, autoescape=True)
        domain = Account.domain.startswith(key, autoescape=True)
        query = query.where(or_(within, domain))
        order.insert(1, case((begins, 0), else_=1))
    found = session.execute(query.order_by(*order).limit(MOST)).all()
    return [(id, name) for id, name in found] or [NOTHING]
