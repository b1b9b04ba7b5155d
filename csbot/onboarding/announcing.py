"""That an account has left a stage, told to the team."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.account_channels.queries import own_channel
from csbot.accounts.model import Account
from csbot.onboarding.rules import Progress
from csbot.onboarding.stages import Stage
from csbot.outbox.queue import enqueue
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.onboarding import StageCompleted


def announce(
    session: Session,
    account: Account,
    progress: Progress,
    goes_to: Stage | None,
    *,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> None:
    """Once for each time a stage is left."""
    message = StageCompleted(
        account=account.name,
        stage=progress.stage.name,
        days=max(0, (now - progress.since).days),
        goal_days=progress.stage.days,
        following=goes_to.name if goes_to else None,
        aim=goes_to.goal if goes_to else None,
        by=person(by),
        went_back=goes_to is not None and goes_to.number < progress.stage.number,
        early=bool(progress.open),
    )
    key = left_key(account.id, progress.stage.key, now)
    own = own_channel(session, account.id)
    to = own.channel if own else settings.wins_channel
    enqueue(session, message, to=to, key=key, now=now)


def left_key(account_id: int, stage: str, at: datetime) -> str:
    """Of the message that they have left it; not by when they came, as they may be put back."""
    return f"stage-left:{account_id}:{stage}:{int(at.timestamp() * 1000)}"
