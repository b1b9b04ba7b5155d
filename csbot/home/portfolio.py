"""Somebody's accounts by risk and the renewals that come; for viewers, of all accounts."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from csbot.access import May
from csbot.accounts.book import by_risk, lines
from csbot.accounts.held import held_by
from csbot.accounts.model import Account
from csbot.home.filters import Filters
from csbot.home.sight import Sight
from csbot.renewals.forecast import OPEN
from csbot.renewals.model import Renewal
from csbot.renewals.rules import LABELS, Category
from messages.home_parts import HomeRenewal
from messages.text import Money

ACCOUNTS_MAX, RENEWALS_MAX = 10, 5
AHEAD = timedelta(days=90)


def accounts(sight: Sight) -> dict[str, Any]:
    """The riskiest ten."""
    mine = sight.may(May.EDIT_ACCOUNTS)
    which = [held_by(sight.person.id)] if mine else []
    count = sight.session.scalar(select(func.count(Account.id)).where(*which)) or 0
    found = sight.session.execute(by_risk(*which).limit(ACCOUNTS_MAX))
    return {
        "whose": "your" if mine else "all",
        "accounts": lines(found, sight.today),
        "accounts_count": count,
        "accounts_code": Filters(owner=sight.person.id if mine and count else 0).code(),
    }


def renewals(sight: Sight) -> dict[str, Any]:
    if not sight.may(May.SEE_RENEWALS):
        return {"renewals": None, "renewals_count": 0}
    rows = sight.session.execute(
        select(Renewal, Account.name, func.count().over())
        .join(Account, Account.id == Renewal.account_id)
        .where(Account.owner_id == sight.person.id, *due_by(sight.today))
        .order_by(Renewal.due_on, Renewal.id)
        .limit(RENEWALS_MAX)
    ).all()
    shown = [
        HomeRenewal(
            renewal_id=one.id,
            account=name,
            amount=Money(one.amount_due, one.currency),
            category=LABELS[Category(one.category)],
            days=(one.due_on - sight.today).days,
            next_step=one.next_step,
        )
        for one, name, _ in rows
    ]
    return {"renewals": tuple(shown), "renewals_count": rows[0][2] if rows else 0}


def due_by(today: date) -> list[ColumnElement[bool]]:
    """Open, and due within 90 days or overdue."""
    return [Renewal.status == OPEN, Renewal.due_on <= today + AHEAD]


SUREST_FIRST = case({one: nth for nth, one in enumerate(Category)}, value=Renewal.category)
