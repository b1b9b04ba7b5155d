"""Where an account stands in its onboarding."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.onboarding import evidence
from csbot.onboarding.rules import MovedOn, NotBegun, Progress
from csbot.onboarding.stages import after, find


def progress(session: Session, account: Account, *, now: datetime) -> Progress | None:
    """None when onboarding has not begun or is over; Refused for a stage its track lacks."""
    if account.onboarding_stage is None:
        return None
    stage = find(account.process, account.onboarding_stage)
    if stage is None:
        raise Refused(
            f"{account.name} is in {account.onboarding_stage}, which the {account.process} track "
            f"does not have. `/cs stage {account.name} start` begins anew."
        )
    since = account.onboarding_stage_since or account.created_at
    following = after(account.process, stage)
    session.flush()
    found = evidence.found(session, account.id, stage, following, now=now)
    return Progress(
        stage=stage,
        following=following,
        since=since,
        seen=found["seen"],
        ticked=found["ticked"],
        ready=found["ready"],
    )


def underway(session: Session, account: Account, *, shown: str | None, now: datetime) -> Progress:
    """NotBegun when onboarding is not under way; MovedOn when the stage is not `shown` any more."""
    found = progress(session, account, now=now)
    if found is None and shown is None:
        raise NotBegun(account.id, account.name, account.lifecycle_stage)
    if found is None or shown not in (None, found.stage.key):
        where = found.stage.name if found else account.lifecycle_stage
        raise MovedOn(f"{account.name} has moved on: it is in {where} now. Nothing was changed.")
    return found
