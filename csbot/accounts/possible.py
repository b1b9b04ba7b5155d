"""Which account a command is about; where none is named, the answer is what the command can do."""

import re

from sqlalchemy.orm import Session

from csbot.accounts.lookup import Found, WhichAccount, take_account
from csbot.accounts.turned import take_turned
from csbot.errors import Refused
from csbot.team.model import TeamMember

HELP = {"help", "?", "options"}


def take_account_or_tell(
    session: Session,
    text: str,
    *,
    person: TeamMember | None,
    possible: str,
    leads: re.Pattern[str] | None = None,
) -> Found:
    """As `take_account`; `possible` are sentences on what may follow the command.

    `leads` is what may stand before the name as well as behind it.
    """
    if text.casefold().strip() in HELP:
        raise Refused(possible)
    if leads and (turned := take_turned(session, text, person=person, leads=leads)):
        return turned
    try:
        return take_account(session, text, person=person)
    except WhichAccount:
        raise
    except Refused as refusal:
        raise Refused(f"{refusal} {possible}", field=refusal.field) from None
