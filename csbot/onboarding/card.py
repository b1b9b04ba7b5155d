"""Where an account stands in its onboarding, as people see it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.churn.queries import CHURNED
from csbot.meetings.model import Meeting
from csbot.onboarding import people, queries, requirements, rules
from csbot.onboarding.people import Named
from csbot.onboarding.rules import Progress
from csbot.onboarding.stages import Role, Shows, track
from csbot.onboarding.value_report import in_words
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.onboarding import StageNone, StageShown
from messages.onboarding_people import ROLES
from messages.text import Person


def card(
    session: Session,
    account: Account,
    *,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    held: bool = False,
    entered: bool = False,
    wrote: str | None = None,
) -> StageShown | StageNone:
    """`held`: somebody wanted to leave the stage; `entered`: it was just entered."""
    progress = queries.progress(session, account, now=now)
    if progress is None:
        return _none(account, by, wrote)
    stage = progress.stage
    return StageShown(
        account_id=account.id,
        account=account.name,
        key=stage.key,
        stage=stage.name,
        number=stage.number,
        of=len(track(account.process)),
        goal=stage.goal,
        since=progress.since,
        due_at=progress.due_at,
        late=max(0, (now - progress.due_at).days),
        following=progress.following.name if progress.following else None,
        wanted=requirements.of(session, account.id),
        first_value=in_words(account, settings=settings.config.first_value, now=now),
        introduces=stage.owner is Role.ACCOUNT_EXECUTIVE,
        held=held and bool(progress.open or progress.barred),
        entered=entered,
        may_act=allows(by.role, May.ADVANCE),
        may_override=allows(by.role, May.OVERRIDE),
        wrote=wrote,
        planned=_planned(session, account, progress, now),
        **_criteria(progress),
        **_people(session, account, progress, settings),
    )


def _criteria(progress: Progress) -> dict[str, Any]:
    return {
        "done": [item.text for item in progress.done],
        "open": [item.text for item in progress.open],
        "barred": [item.text for item in progress.barred],
        "tickable": any(item.by_hand for item in progress.open),
        "ticked": bool(progress.ticked - progress.seen),
        "asks": any(item.shows is Shows.REQUIREMENTS for item in progress.open),
    }


def _planned(
    session: Session, account: Account, progress: Progress, now: datetime
) -> datetime | None:
    """The next meeting, where one is what the stage waits for."""
    if not any(item.shows is Shows.MEETING for item in progress.open):
        return None
    to_come = Meeting.starts_at > now, Meeting.outcome.is_(None)
    return session.scalar(
        select(func.min(Meeting.starts_at)).where(Meeting.account_id == account.id, *to_come)
    )


def _people(
    session: Session, account: Account, progress: Progress, settings: Settings
) -> dict[str, Any]:
    named, role = people.of(session, account, settings=settings), progress.stage.owner
    owner = session.get(TeamMember, account.owner_id) if account.owner_id else None
    return {
        "role": ROLES[role],
        "named": person(named[role]) if role in named else None,
        "owner": person(owner) if owner else None,
        "moves": _moves(account, progress, named),
    }


def _moves(account: Account, progress: Progress, named: Named) -> Person | None:
    """Who gets the account with the next stage, where that is somebody else."""
    stage, following = progress.stage, progress.following
    if following is None or following.owner == stage.owner or following.owner not in named:
        return None
    heir = named[following.owner]
    return person(heir) if heir.id != account.owner_id and may_own(heir) else None


def _none(account: Account, by: TeamMember, wrote: str | None) -> StageNone:
    """Past onboarding only who may override begins anew by a press: that is seldom meant."""
    waiting = account.lifecycle_stage == rules.IN_ONBOARDING
    return StageNone(
        account_id=account.id,
        account=account.name,
        lifecycle=account.lifecycle_stage,
        waiting=waiting,
        left=account.lifecycle_stage == CHURNED,
        process=account.process,
        first=track(account.process)[0].name,
        wrote=wrote,
        may_start=allows(by.role, May.ADVANCE if waiting else May.OVERRIDE),
    )
