"""What can be done to an account's onboarding. Each function is one transaction's worth of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.service import settle
from csbot.churn.queries import CHURNED
from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import handing, queries, rules, spells
from csbot.onboarding.announcing import announce
from csbot.onboarding.fitting import fit
from csbot.onboarding.handing import Handing, NeedsNote
from csbot.onboarding.model import StageTick
from csbot.onboarding.record import entry, standing
from csbot.onboarding.rules import HasLeft, MovedOn, NeedsReason, NotReady, Progress
from csbot.onboarding.stages import Stage, find, track
from csbot.settings import Settings
from csbot.team.model import TeamMember


@dataclass(frozen=True)
class Advanced:
    """`after` is None when the track is finished; `heir` is who got the account with it."""

    account: Account
    before: Stage
    after: Stage | None
    overridden: bool
    heir: TeamMember | None


def start(
    session: Session, *, account_id: int, by: TeamMember, now: datetime, settings: Settings
) -> Account:
    """Begin the first stage of the account's track, without any old ticks.

    Of who has left only a manager does: that makes them a customer again.
    """
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    if under_way := find(account.process, account.onboarding_stage):
        raise MovedOn(f"{account.name} is in onboarding already, in {under_way.name}.")
    if account.lifecycle_stage == CHURNED and not allows(by.role, May.OVERRIDE):
        raise HasLeft(account.name)
    fit(session, [account], settings=settings, now=now)
    first = track(account.process)[0]
    goes = handing.due(session, account, leaves=None, enters=first, by=by, settings=settings)
    _begin(session, [account], by=by.id, now=now)
    if goes:
        note = handing.known(session, account, None)
        handing.give(session, account, goes, by=by, now=now, note=note)
    spells.turn(session, account, first, by=by.id, now=now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account


def begin(
    session: Session, account_ids: Collection[int], *, now: datetime, settings: Settings
) -> set[int]:
    """Begin the onboarding of many by csbot itself; returns those for whom it was not under way.

    Where nobody owns an account, whoever is named for its first stage gets it.
    """
    mine = among(session, Account.id, account_ids)
    locked = select(Account).where(mine).order_by(Account.id).with_for_update()
    accounts = [
        account
        for account in session.scalars(locked, execution_options={"populate_existing": True})
        if find(account.process, account.onboarding_stage) is None
    ]
    fit(session, accounts, settings=settings, now=now)
    handing.adopt(session, accounts, settings=settings, now=now)
    _begin(session, accounts, by=None, now=now)
    begun = [spells.spell(one, track(one.process)[0], begun_at=now, by=None) for one in accounts]
    spells.end(session, [one.id for one in accounts], now=now)
    spells.add(session, begun)
    return {account.id for account in accounts}


def advance(
    session: Session,
    *,
    account_id: int,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    to: str | None = None,
    override_reason: str | None = None,
    note: str | None = None,
    heir: int | None = None,
    shown: str | None = None,
) -> Advanced:
    """To the next stage, or to `to`; raises NotReady while criteria are unmet.

    With a reason a manager may leave early, skip or go back. `shown` is the stage that the button
    was shown for: when the account has left it, MovedOn is raised and nothing changes. Where the
    account changes hands with the stage, NeedsNote is raised without a `note`, empty or not, or
    when it goes to somebody else than the `heir` whom the note was written for.
    """
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    progress = queries.underway(session, account, shown=shown, now=now)
    goes_to = rules.target(process=account.process, stage=progress.stage, to=to)
    overridden = _overridden(account, progress, goes_to, by, override_reason)
    goes = handing.due(
        session, account, leaves=progress.stage, enters=goes_to, by=by, settings=settings
    )
    _check_note(session, account, progress, goes, note, heir)
    _move(session, account, goes_to, by, now, override_reason if overridden else None)
    if goes:
        handing.give(session, account, goes, by=by, now=now, note=note or "")
    spells.turn(session, account, goes_to, by=by.id, now=now,
                why=override_reason if overridden else None)  # fmt: skip
    announce(session, account, progress, goes_to, by=by, now=now, settings=settings)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Advanced(account, progress.stage, goes_to, overridden, goes.to if goes else None)


def tick(
    session: Session,
    *,
    account_id: int,
    stage: str,
    ticked: Collection[str],
    shown: Collection[str] | None = None,
    by: TeamMember,
    now: datetime,
) -> tuple[Account, Progress]:
    """Make `ticked` the criteria of `stage` that are ticked off by hand.

    `shown` are those that were when the person looked: what others did since stays.
    """
    require(by, May.ADVANCE)
    account = account_by_id(session, account_id, lock=True)
    progress = queries.underway(session, account, shown=stage, now=now)
    known = {item.key for item in progress.stage.criteria if item.by_hand}
    if not set(ticked) <= known:
        raise Refused("This form is from an older version. Open it again.")
    before, wanted = progress.ticked, frozenset(ticked)
    looked = before if shown is None else frozenset(shown)
    after = (before | (wanted - looked)) - (looked - wanted)
    if before != after:
        _rewrite_ticks(session, account, stage, before=before, after=after, by=by, now=now)
        _record_ticks(session, account, stage, before, after, by, now)
    return account, queries.underway(session, account, shown=stage, now=now)


def _rewrite_ticks(
    session: Session,
    account: Account,
    stage: str,
    *,
    before: frozenset[str],
    after: frozenset[str],
    by: TeamMember,
    now: datetime,
) -> None:
    told = {"account_id": account.id, "stage": stage, "by_id": by.id, "at": now}
    for key in sorted(after - before):
        insert_once(session, StageTick, **told, criterion=key)
    gone = StageTick.criterion.in_(sorted(before - after))
    mine = StageTick.account_id == account.id, StageTick.stage == stage
    session.execute(delete(StageTick).where(*mine, gone))


def _overridden(
    account: Account,
    progress: Progress,
    goes_to: Stage | None,
    by: TeamMember,
    reason: str | None,
) -> bool:
    """Whether it takes the reason to go there; raises what stands in the way."""
    if not rules.needs_override(progress=progress, goes_to=goes_to):
        return False
    if reason is not None:
        require(by, May.OVERRIDE)
        rules.check_reason(reason)
        return True
    if progress.open or goes_to == progress.following:
        raise NotReady(account.id, account.name, progress)
    if allows(by.role, May.OVERRIDE):
        raise NeedsReason(account.id, account.name, progress, goes_to.key if goes_to else None)
    raise Refused("That skips stages or goes back. A manager can do it, with a reason.")


def _check_note(
    session: Session,
    account: Account,
    progress: Progress,
    goes: Handing | None,
    note: str | None,
    heir: int | None,
) -> None:
    if goes and (note is None or heir not in (None, goes.to.id)):
        known = note or handing.known(session, account, progress)
        raise NeedsNote(account, progress.stage, goes, known)
    if goes is None and heir is not None:
        raise Refused(f"{account.name} stays with its owner now: nobody would read the note.")
    handing.check(note or "")


def _begin(session: Session, accounts: Sequence[Account], *, by: int | None, now: datetime) -> None:
    """The first stage of each one's track, without any old ticks; a constant number of queries."""
    ids = [account.id for account in accounts]
    session.execute(delete(StageTick).where(among(session, StageTick.account_id, ids)))
    entries = []
    for account in accounts:
        before, first = standing(account), track(account.process)[0]
        account.onboarding_stage, account.lifecycle_stage = first.key, rules.IN_ONBOARDING
        account.onboarding_stage_since = account.onboarding_began_at = account.updated_at = now
        account.onboarding_ended_at = None
        entries.append(entry("onboarding.started", account, before, by=by, now=now))
    audit.record_all(session, entries)


def _move(
    session: Session,
    account: Account,
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
    verb = "stage.advanced" if goes_to else "onboarding.finished"
    audit.record_all(session, [entry(verb, account, before, by=by.id, now=now, why=why)])


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
        before={"stage": stage, "process": account.process, "ticked": sorted(before)},
        after={"stage": stage, "process": account.process, "ticked": sorted(after)},
    )
