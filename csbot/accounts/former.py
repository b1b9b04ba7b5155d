"""Accounts that have left: what changes one is asked about, unless it was named in full."""

import re
from datetime import date

from sqlalchemy.orm import Session

from csbot.accounts.lookup import Found, WhichAccount, take_account
from csbot.accounts.turned import take_turned
from csbot.churn.queries import CHURNED, of_account
from csbot.team.model import TeamMember


class WhichLeft(WhichAccount):
    """The only account that fits has left; `left_on` is None where nobody recorded when."""

    def __init__(self, found: Found, left_on: date | None) -> None:
        account = found.account
        super().__init__(found.written or "", [(account.id, account.name)], found.rest)
        self.left_on = left_on


def take_to_change(
    session: Session, text: str, *, person: TeamMember | None, leads: re.Pattern[str] | None = None
) -> Found:
    """As `take_account`, for a command that shows something or a form where no more follows.

    `leads` is what may stand before the name as well as behind it.
    """
    turned = take_turned(session, text, person=person, leads=leads) if leads else None
    found = turned or take_account(session, text, person=person)
    if found.rest:
        ask_if_left(session, found)
    return found


def ask_if_left(session: Session, found: Found) -> None:
    """Raises WhichLeft before something is done to who left and was not named in full."""
    if found.written is None or found.account.lifecycle_stage != CHURNED:
        return
    churn = of_account(session, found.account.id)
    raise WhichLeft(found, churn.effective_on if churn else None)
