"""Where an account stands in its onboarding, as people see it."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.onboarding import queries, rules
from csbot.onboarding.stages import track
from csbot.team.model import TeamMember
from messages.onboarding import StageNone, StageShown


def card(
    session: Session,
    account: Account,
    *,
    by: TeamMember,
    now: datetime,
    held: bool = False,
    entered: bool = False,
    wrote: str | None = None,
) -> StageShown | StageNone:
    """`held`: somebody wanted to leave the stage; `entered`: it was just entered."""
    progress = queries.progress(session, account)
    if progress is None:
        return _none(account, wrote)
    return StageShown(
        account_id=account.id,
        account=account.name,
        key=progress.stage.key,
        stage=progress.stage.name,
        number=progress.stage.number,
        of=len(track(account.process)),
        goal=progress.stage.goal,
        since=progress.since,
        due_at=progress.due_at,
        late=max(0, (now - progress.due_at).days),
        done=[item.text for item in progress.done],
        open=[item.text for item in progress.open],
        held=held and bool(progress.open),
        entered=entered,
        may_override=allows(by.role, May.OVERRIDE),
        wrote=wrote,
    )


def _none(account: Account, wrote: str | None) -> StageNone:
    return StageNone(
        account_id=account.id,
        account=account.name,
        lifecycle=account.lifecycle_stage,
        waiting=account.lifecycle_stage == rules.IN_ONBOARDING,
        first=track(account.process)[0].name,
        wrote=wrote,
    )
