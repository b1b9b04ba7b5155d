"""The track that somebody chooses for an account, in place of what segment and ARR speak for."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.accounts.rules import Process
from csbot.alerts.service import settle
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import handing, rules, spells
from csbot.onboarding.record import entry, standing
from csbot.onboarding.stages import find, track
from csbot.settings import Settings
from csbot.team.model import TeamMember

_SAID = re.compile(
    rf"({'|'.join(Process)})(?: track)?(?:\s+because:?\s+(.+))?", re.IGNORECASE | re.DOTALL
)
EXPECTED = "Write `track enterprise` or `track transactional`, and after it `because` and why."


def read(text: str) -> tuple[Process, str | None]:
    """The track that `text` names, and why."""
    found = _SAID.fullmatch(text.strip())
    if found is None:
        raise Refused(EXPECTED)
    return Process(found[1].lower()), found[2]


def choose(
    session: Session, *, account_id: int, process: Process, why: str | None, by: TeamMember,
    now: datetime, settings: Settings,
) -> Account:  # fmt: skip
    """Who is in a stage goes to the first of the other track: a manager's to say, with a reason."""
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    if account.process == process:
        raise Refused(f"{account.name} is on the {process} track already.")
    if under_way := find(account.process, account.onboarding_stage):
        require(by, May.OVERRIDE)
        rules.check_reason(why or "")
    before, first = standing(account), track(process)[0]
    account.process, account.updated_at = process.value, now
    if under_way:
        goes = handing.due(
            session, account, leaves=under_way, enters=first, by=by, settings=settings
        )
        account.onboarding_stage, account.onboarding_stage_since = first.key, now
        if goes:
            note = handing.known(session, account, None)
            handing.give(session, account, goes, by=by, now=now, note=note)
        spells.turn(session, account, first, by=by.id, now=now, why=why)
    made = entry("onboarding.track", account, before, by=by.id, now=now, why=why)
    audit.record_all(session, [made])
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account
