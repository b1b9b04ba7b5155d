"""Accounts that fit what somebody is typing, one's own first."""

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.team.model import TeamMember
from csbot.words import normalise

MOST = 100  # Slack shows no more
NOT_FOUND = (0, "Not found? Type more, or /cs account …")  # the number of no account
Suggested = list[tuple[int, str]]


def suggestions(session: Session, typed: str, *, person: TeamMember) -> Suggested:
    """Number and name; the last line says what to do where that is not all, or nothing.

    Before anything is typed these are one's own accounts: nobody looks for one among all.
    """
    key = name_key(normalise(typed))[:100]
    mine = Account.owner_id == person.id
    found = _fitting(session, key, mine) if key else _first(session, mine) or _first(session)
    return [*found[: MOST - 1], NOT_FOUND] if len(found) == MOST or not (key and found) else found


def _first(session: Session, *where: ColumnElement[bool]) -> Suggested:
    by_name = select(Account.id, Account.name).where(*where).order_by(Account.name_key, Account.id)
    return [(id, name) for id, name in session.execute(by_name.limit(MOST))]


def _fitting(session: Session, key: str, mine: ColumnElement[bool]) -> Suggested:
    begins, within, domain = (
        Account.name_key.startswith(key, autoescape=True),
        Account.name_key.contains(key, autoescape=True),
        Account.domain.startswith(key, autoescape=True),
    )
    rank = case((mine, 0), else_=1), case((begins, 0), else_=1), Account.name_key, Account.id
    query = select(Account.id, Account.name).where(or_(within, domain)).order_by(*rank)
    return [(id, name) for id, name in session.execute(query.limit(MOST))]
