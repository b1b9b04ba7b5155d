"""Which account a command is about; where none is named, the answer is what the command can do."""

from sqlalchemy.orm import Session

from csbot.accounts.lookup import Found, WhichAccount, take_account
from csbot.errors import Refused
from csbot.team.model import TeamMember

HELP = {"help", "?", "options"}


def take_account_or_tell(
    session: Session, text: str, *, person: TeamMember | None, possible: str
) -> Found:
    """As `take_account`; `possible` are sentences on what may follow the command."""
    if text.casefold().strip() in HELP:
        raise Refused(possible)
    try:
        return take_account(session, text, person=person)
    except WhichAccount:
        raise
    except Refused as refusal:
        raise Refused(f"{refusal} {possible}", field=refusal.field) from None
