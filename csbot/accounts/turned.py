"""What is said of an account may stand before its name: *at risk initech* is *initech at risk*."""

import re
from contextlib import suppress
from dataclasses import replace

from sqlalchemy.orm import Session

from csbot.accounts.here import here
from csbot.accounts.lookup import Found, WhichAccount, take_account
from csbot.errors import Refused
from csbot.team.model import TeamMember


def take_turned(
    session: Session, text: str, *, person: TeamMember | None, leads: re.Pattern[str]
) -> Found | None:
    """The account named behind what `leads` matches, which comes first in `rest`.

    None where it is the other way round, or the first words are an account's own: Commit Labs.
    """
    lead = leads.match(text.strip())
    if lead is None or here(session):
        return None
    with suppress(Refused):
        if take_account(session, text, person=person).guessed is None:
            return None
    try:
        found = take_account(session, text.strip()[lead.end() :], person=person)
    except WhichAccount:
        raise
    except Refused:
        return None
    return replace(found, rest=f"{lead[0].strip()} {found.rest}".strip())
