"""What happened after a playbook would have started, and how well it would have told.

Only here later knowledge is used: to judge, never to decide.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.playbooks.simulate.replay import Replayed, Start
from csbot.renewals.model import Renewal
from csbot.shares import Share
from csbot.touches.model import Touch

DAY = timedelta(days=1)
HORIZON = 90 * DAY
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
LOST, RENEWED = "lost", "renewed"


@dataclass(frozen=True)
class Judged:
    """Of accounts. `lead` is a median in days.

    Each is counted once, as the first that holds: `churned`, `renewed`, `recovered`, `open` (too
    early to tell) or `neither`.
    `precision` leaves out all that began too lately to be judged, also those that have left
    since: their likes that stay, which are `open`, could not yet count against it.
    `missed` left after it would have started, and nobody had done anything meanwhile.
    """

    churned: int
    renewed: int
    recovered: int
    open: int
    neither: int
    precision: Share
    recall: Share
    lead: float | None
    missed: tuple[int, ...]


def judge(session: Session, replayed: Replayed) -> Judged:
    left = _left(session, replayed)
    renewed = _renewals(session, RENEWED)
    by_account: dict[int, list[Start]] = defaultdict(list)
    for start in replayed.starts:
        by_account[start.account_id].append(start)
    warned = {id: at for id, starts in by_account.items() if (at := _warning(starts, left.get(id)))}
    before_now = replayed.span.now - HORIZON
    known = {id for id, starts in by_account.items() if starts[0].at <= before_now}
    span = replayed.span
    gone = {id for id, at in left.items() if span.since < at <= span.until}
    leads = [(left[id] - at).total_seconds() / 86_400 for id, at in warned.items()]
    rest = by_account.keys() - warned.keys()
    again = {id for id in rest if _followed(by_account[id], renewed.get(id, ()))}
    well = {id for id in rest - again if any(map(_recovered, by_account[id]))}
    left_over = rest - again - well
    return Judged(
        churned=len(warned),
        renewed=len(again),
        recovered=len(well),
        open=len(left_over - known),
        neither=len(left_over & known),
        precision=Share(len(known & warned.keys()), len(known)),
        recall=Share(len(gone & warned.keys()), len(gone)),
        lead=median(leads) if leads else None,
        missed=tuple(sorted(_nobody_did(session, warned, left))),
    )


def _warning(starts: Sequence[Start], left: datetime | None) -> datetime | None:
    """The first start in the time before the account left."""
    if left is None:
        return None
    return next((start.at for start in starts if left - HORIZON <= start.at < left), None)


def _followed(starts: Iterable[Start], moments: Sequence[datetime]) -> bool:
    return any(start.at < at <= start.at + HORIZON for start in starts for at in moments)


def _recovered(start: Start) -> bool:
    """It reached its goal, or its cause went away."""
    reached = start.goal_at or start.over_at
    return reached is not None and reached <= start.at + HORIZON


def _left(session: Session, replayed: Replayed) -> dict[int, datetime]:
    """When an account was marked as churned, or its renewal lost: whichever came first."""
    found = dict(replayed.history.churned)
    for id, moments in _renewals(session, LOST).items():
        found[id] = min([*moments, *([found[id]] if id in found else [])])
    return found


def _renewals(session: Session, status: str) -> Mapping[int, Sequence[datetime]]:
    query = select(Renewal.account_id, Renewal.closed_at).where(
        Renewal.status == status, Renewal.closed_at.is_not(None)
    )
    return _by_account(session.execute(query.order_by(Renewal.closed_at)))


def _by_account(rows: Iterable[tuple[int, datetime | None]]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for id, at in rows:
        if at is not None:
            found[id].append(at)
    return found


def _nobody_did(
    session: Session, warned: Mapping[int, datetime], left: Mapping[int, datetime]
) -> Collection[int]:
    """No alert stood, nobody checked in and nobody wrote between the warning and the end."""
    acts: dict[int, list[datetime]] = defaultdict(list)
    first = min(warned.values(), default=NEVER) - DAY
    for id, at in (
        (Alert.account_id, Alert.opened_at),
        (CheckIn.account_id, CheckIn.at),
        (Touch.account_id, Touch.sent_at),
    ):
        rows = session.execute(select(id, at).where(at >= first))
        for account_id, moments in _by_account(rows).items():
            if account_id in warned:
                acts[account_id] += moments
    return [id for id, at in warned.items() if not _between(sorted(acts[id]), at, left[id])]


def _between(moments: Sequence[datetime], start: datetime, end: datetime) -> bool:
    # The day that a moment of the replay ends counts: it began before that.
    at = bisect_left(moments, start - DAY)
    return at < len(moments) and moments[at] <= end
