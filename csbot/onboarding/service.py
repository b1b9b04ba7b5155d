"""What can be done to an account's onboarding. Each function is one transaction's worth of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.accounts.model import Account
from csbot.accounts.rules import is_channel
from csbot.alerts.among import among
from csbot.alerts.service import settle
from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import queries, rules, spells
from csbot.onboarding.model import StageTick
from csbot.onboarding.rules import MovedOn, NeedsReason, NotReady, Progress
from csbot.onboarding.stages import Stage, find, track
from csbot.outbox.queue import enqueue
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.onboarding import StageCompleted


@dataclass(frozen=True)
class Advanced:
    """`after` is None when the track is finished."""

    account: Account
    before: Stage
    after: Stage | None
    overridden: bool


def start(
    session: Session, *, account_id: int, by: TeamMember, now: datetime, settings: Settings
) -> Account:
    """Begin the first stage of the account's track, without any old ticks."""
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    if under_way := find(account.process, account.onboarding_stage):
        raise MovedOn(f"{account.name} is in onboarding already, in {under_way.name}.")
    _begin(session, [account], by=by.id, now=now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account


def begin(
    session: Session, account_ids: Collection[int], *, now: datetime, settings: Settings
) -> set[int]:
    """Begin the onboarding of many by csbot itself; returns those for whom it was not under way."""
    mine = among(session, Account.id, account_ids)
    locked = select(Account).where(mine).order_by(Account.id).with_for_update()
    accounts = [
        account
        for account in session.scalars(locked, execution_options={"populate_existing": True})
        if find(account.process, account.onboarding_stage) is None
    ]
    _begin(session, accounts, by=None, now=now)
    return {account.id for account in accounts}


def _begin(session: Session, accounts: Sequence[Account], *, by: int | None, now: datetime) -> None:
    """The first stage of each one's track, without any old ticks; a constant number of queries."""
    if not accounts:
        return
    ids = [account.id for account in accounts]
    session.execute(delete(StageTick).where(among(session, StageTick.account_id, ids)))
    spells.end(session, ids, now=now)
    entries, begun = [], []
    for account in accounts:
        before, first = standing(account), track(account.process)[0]
        account.onboarding_stage, account.lifecycle_stage = first.key, rules.IN_ONBOARDING
        account.onboarding_stage_since = account.onboarding_began_at = account.updated_at = now
        account.onboarding_ended_at = None
        begun.append(
            spells.spell(
                account_id=account.id,
                process=account.process,
                stage=first,
                owner_id=account.owner_id,
                begun_at=now,
                by=by,
            )
        )
        entries.append(
            audit.entry(
                verb="onboarding.started", subject=f"account:{account.id}", account=account.id,
                by=by, now=now, before=before, after=standing(account),
            )
        )  # fmt: skip
    spells.add(session, begun)
    audit.record_all(session, entries)


def standing(account: Account) -> dict[str, Any]:
    """Where an account is, as the audit keeps it: all that a step of onboarding changes."""
    return {
        "stage": account.onboarding_stage,
        "lifecycle": account.lifecycle_stage,
        "onboarding_stage_since": _iso(account.onboarding_stage_since),
        "onboarding_began_at": _iso(account.onboarding_began_at),
        "onboarding_ended_at": _iso(account.onboarding_ended_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def advance(
    session: Session,
    *,
    account_id: int,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    to: str | None = None,
    override_reason: str | None = None,
    shown: str | None = None,
) -> Advanced:
    """To the next stage, or to `to`; raises NotReady while exit criteria are unmet.

    With a reason a manager may leave early, skip or go back. `shown` is the stage that the button
    was shown for: when the account has left it, MovedOn is raised and nothing changes.
    """
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    progress = queries.underway(session, account, shown=shown)
    goes_to = rules.target(process=account.process, stage=progress.stage, to=to)
    overridden = _overridden(account, progress, goes_to, by, override_reason)
    _move(session, account, progress, goes_to, by, now, override_reason if overridden else None)
    _announce(session, account, progress, goes_to, by, now, settings)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Advanced(account, progress.stage, goes_to, overridden)


def tick(
    session: Session,
    *,
    account_id: int,
    stage: str,
    ticked: Collection[str],
    by: TeamMember,
    now: datetime,
) -> tuple[Account, Progress]:
    """Make `ticked` the criteria of `stage` that are ticked off by hand."""
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    progress = queries.underway(session, account, shown=stage)
    known = {item.key for item in progress.stage.criteria}
    if not set(ticked) <= known:
        raise Refused("This form is from an older version. Open it again.")
    before = queries.ticked(session, account.id, progress.stage)
    _rewrite_ticks(session, account, stage, before=before, after=set(ticked), by=by, now=now)
    if before != set(ticked):
        _record_ticks(session, account, stage, before, frozenset(ticked), by, now)
    return account, queries.underway(session, account, shown=stage)


def _rewrite_ticks(
    session: Session,
    account: Account,
    stage: str,
    *,
    before: Collection[str],
    after: Collection[str],
    by: TeamMember,
    now: datetime,
) -> None:
    mine = {"account_id": account.id, "stage": stage}
    for key in sorted(set(after) - set(before)):
        insert_once(session, StageTick, **mine, criterion=key, by_id=by.id, at=now)
    session.execute(
        delete(StageTick)
        .filter_by(**mine)
        .where(StageTick.criterion.in_(sorted(set(before) - set(after))))
    )


def _overridden(
    account: Account,
    progress: Progress,
    goes_to: Stage | None,
    by: TeamMember,
    reason: str | None,
) -> bool:
    """Whether it takes the reason to go there; raises what stands in the way."""
    if not rules.needs_override(process=account.process, progress=progress, goes_to=goes_to):
        return False
    if reason is not None:
        require(by, May.OVERRIDE)
        rules.check_reason(reason)
        return True
    if progress.open:
        raise NotReady(account.id, account.name, progress)
    if allows(by.role, May.OVERRIDE):
        raise NeedsReason(account.id, account.name, progress, goes_to.key if goes_to else None)
    raise Refused("That skips stages or goes back. A manager can do it, with a reason.")


def _move(
    session: Session,
    account: Account,
    progress: Progress,
    goes_to: Stage | None,
    by: TeamMember,
    now: datetime,
    why: str | None,
) -> None:
    before = standing(account)
    account.onboarding_stage = goes_to.key if goes_to else None
    account.onboarding_stage_since = now if goes_to else None
    if goes_to is None:
        account.lifecycle_stage, account.onboarding_ended_at = rules.AFTER_ONBOARDING, now
    account.updated_at = now
    spells.turn(session, account, goes_to, by=by.id, now=now, why=why)
    audit.record(
        session,
        verb="stage.advanced" if goes_to else "onboarding.finished",
        subject=f"account:{account.id}",
        account=account.id,
        by=by.id,
        now=now,
        before=before,
        after=standing(account),
        why=why,
    )


def _record_ticks(
    session: Session,
    account: Account,
    stage: str,
    before: frozenset[str],
    after: frozenset[str],
    by: TeamMember,
    now: datetime,
) -> None:
    audit.record(
        session,
        verb="stage.ticked",
        subject=f"account:{account.id}",
        account=account.id,
        by=by.id,
        now=now,
        before={"stage": stage, "ticked": sorted(before)},
        after={"stage": stage, "ticked": sorted(after)},
    )


def _announce(
    session: Session,
    account: Account,
    progress: Progress,
    goes_to: Stage | None,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> None:
    """Once for each time a stage is left: its start is part of the key."""
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
    began = int(progress.since.timestamp() * 1000)
    key = f"stage-left:{account.id}:{progress.stage.key}:{began}"
    own = account.channel if is_channel(account.channel or "") else None
    enqueue(session, message, to=own or settings.wins_channel, key=key, now=now)
