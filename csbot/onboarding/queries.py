"""Where an account stands in its onboarding."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.meetings.model import Meeting
from csbot.onboarding.model import StageTick
from csbot.onboarding.rules import MovedOn, NotBegun, Progress
from csbot.onboarding.stages import Stage, find


def progress(session: Session, account: Account) -> Progress | None:
    """None when onboarding has not begun or is over; Refused for a stage its track lacks."""
    if account.onboarding_stage is None:
        return None
    stage = find(account.process, account.onboarding_stage)
    if stage is None:
        raise Refused(
            f"{account.name} is in {account.onboarding_stage}, which the {account.process} track "
            f"does not have. `/cs stage {account.name} start` begins anew."
        )
    seen = _seen(session, account, stage)
    return Progress(
        stage=stage,
        since=account.onboarding_stage_since or account.created_at,
        met=seen | ticked(session, account.id, stage),
        seen=seen,
    )


def underway(session: Session, account: Account, *, shown: str | None) -> Progress:
    """NotBegun when onboarding is not under way; MovedOn when the stage is not `shown` any more."""
    found = progress(session, account)
    if found is None and shown is None:
        raise NotBegun(account.id, account.name, account.lifecycle_stage)
    if found is None or shown not in (None, found.stage.key):
        where = found.stage.name if found else account.lifecycle_stage
        raise MovedOn(f"{account.name} has moved on: it is in {where} now. Nothing was changed.")
    return found


def ticked(session: Session, account_id: int, stage: Stage) -> frozenset[str]:
    """The criteria that somebody has ticked off by hand."""
    mine = select(StageTick.criterion).where(
        StageTick.account_id == account_id, StageTick.stage == stage.key
    )
    return frozenset(session.scalars(mine))


def _seen(session: Session, account: Account, stage: Stage) -> frozenset[str]:
    """The criteria that what has happened since the stage began shows to be met."""
    since = account.onboarding_stage_since or account.created_at
    evidence = {
        "meeting": exists().where(
            Meeting.account_id == account.id,
            Meeting.outcome == "attended",
            Meeting.starts_at >= since,
        ),
        "touch": exists().where(CheckIn.account_id == account.id, CheckIn.at >= since),
        "login": exists().where(
            Contact.account_id == account.id, Contact.last_login_at.is_not(None)
        ),
    }
    wanted = {item.key: evidence[item.by_itself] for item in stage.criteria if item.by_itself}
    if not wanted:
        return frozenset()
    row = session.execute(select(*(shown.label(key) for key, shown in wanted.items()))).one()
    return frozenset(key for key, met in row._mapping.items() if met)
