"""What a customer wants: why they bought, for what, what they used before, what success is."""

from collections.abc import Generator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.errors import Refused, all_at_once
from csbot.find import account_by_id
from csbot.onboarding.model import Requirements
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.onboarding_requirements import MOST, Wanted

NAMES = ("why_bought", "intended_use", "used_before", "success")


def of(session: Session, account_id: int) -> Wanted | None:
    found = session.get(Requirements, account_id)
    return Wanted(**{name: getattr(found, name) for name in NAMES}) if found else None


def save(
    session: Session,
    *,
    account_id: int,
    wanted: Wanted,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Account:
    """In place of what was known before."""
    require(by, May.EDIT_ACCOUNTS)
    account = account_by_id(session, account_id, lock=True)
    after = _checked(wanted)
    kept = session.get(Requirements, account.id)
    before = {name: getattr(kept, name) for name in NAMES} if kept else None
    if after == (before or dict.fromkeys(NAMES)):
        return account
    kept = kept or Requirements(account_id=account.id)
    for name, text in after.items():
        setattr(kept, name, text)
    kept.by_id, kept.at = by.id, now
    session.add(kept)
    audit.record(
        session, verb="onboarding.requirements", subject=f"account:{account.id}",
        account=account.id, by=by.id, now=now, before=before, after=after,
    )  # fmt: skip
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account


@all_at_once
def _checked(wanted: Wanted) -> Generator[Refused, None, dict[str, Any]]:
    texts = {name: (getattr(wanted, name) or "").strip() for name in NAMES}
    for name, text in texts.items():
        if len(text) > MOST:
            yield Refused(f"At most {MOST:,} characters; this is {len(text):,}.", field=name)
    return {name: text or None for name, text in texts.items()}
