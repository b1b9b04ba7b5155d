"""Takes one message at a time for sending: whose turn it is, under a lease, at Slack's pace.

Leases and lanes are kept on a steady clock, since a wall clock that jumps would end leases while
requests are under way. PostgreSQL's own clock serves all its processes; a SQLite file belongs to
one machine, whose monotonic clock they share.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from csbot import clock
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert_once
from csbot.outbox import pace, places
from csbot.outbox.model import LANES, QUIET, Lane, OutgoingMessage
from csbot.outbox.places import Anchor
from csbot.settings import Delivery

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
POSTS = "*"  # a lane that everybody shares, as they do those of QUIET and LANES
GATES = {**QUIET, **LANES}
SHARED_LANES = tuple(dict.fromkeys((POSTS, *GATES.values())))
GONE = "*gone"  # there while Slack has removed csbot: nothing is sent to it
TO_SLACK = frozenset({"post", "ephemeral", *QUIET})
REBOOTED = timedelta(seconds=60)  # the lane of all posts is never closed for this long
KEEPS_ORDER_FOR = 2  # attempts: a message that failed more often lets the others pass

o = aliased(OutgoingMessage)
NOW, MOMENT = (bindparam(name, type_=UTCDateTime()) for name in ("now", "moment"))
KINDS = bindparam("kinds", type_=String(), expanding=True)
SHARED = select(Lane).where(Lane.lane.in_(SHARED_LANES)).order_by(Lane.lane)
LOOK = select(Lane).where(Lane.lane.in_((*SHARED_LANES, GONE)))


@dataclass(frozen=True)
class Claimed:
    """A message that is ours to send until the lease ends; `taken_at` is on `clock.steady`.

    `due` is the moment whose work is being done, which need not be the present.
    """

    row: OutgoingMessage
    anchor: Anchor | None
    taken_at: float
    lease: float
    due: datetime

    @property
    def safe(self) -> bool:
        """Whether a request that begins now is over before anybody else may try.

        False after the process was frozen: half of the lease is left for the request itself.
        """
        return clock.steady() - self.taken_at < self.lease / 2


@dataclass(frozen=True)
class _Look:
    """One look for work: what is due at `now`, by the steady clock's `moment`."""

    now: datetime
    moment: datetime
    calls: frozenset[str]


@dataclass(frozen=True)
class Wait:
    """Nothing to send at this moment; `seconds` until there may be, None if nothing is due."""

    seconds: float | None


def steady(session: Session) -> datetime:
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(select(func.clock_timestamp(type_=UTCDateTime))).one()
    return EPOCH + timedelta(seconds=clock.steady())


def claim(
    session: Session,
    *,
    now: datetime,
    wall: datetime,
    delivery: Delivery,
    calls: frozenset[str] = TO_SLACK,
) -> Claimed | Wait:
    """The most urgent message of these `calls` that is due at `now`, or how long to wait.

    `wall` is what the clock says, also when `now` is another moment. Commit before you send.
    """
    taken_at, moment = clock.steady(), steady(session)
    # A look without locks first: most looks find nothing, and must not keep others from looking.
    lanes = {lane.lane: lane for lane in session.scalars(LOOK)}
    look = _Look(now, moment, calls - TO_SLACK if lanes.pop(GONE, None) else calls)
    usual = len(lanes) == len(SHARED_LANES) and lanes[POSTS].next_at <= moment + REBOOTED
    if usual and _next(session, look, lanes) is None:
        return _wait(session, look, lanes)
    # One claim at a time from here on, so that nobody else takes a turn in the same lane.
    lanes = _lock_lanes(session)
    _after_reboot(session, lanes[POSTS], moment, delivery)
    row = _next(session, look, lanes, lock=True)
    if row is None:
        return _wait(session, look, lanes)
    _take(row, wall, moment + timedelta(seconds=delivery.lease))
    _pass_over_older(session, row)
    _pay(session, row, lanes, moment, delivery)
    return Claimed(row, _anchor(session, row), taken_at, delivery.lease, now)


def _lock_lanes(session: Session) -> dict[str, Lane]:
    locked = SHARED.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(locked).all()
    if len(found) < len(SHARED_LANES):
        for name in SHARED_LANES:
            insert_once(session, Lane, lane=name, next_at=EPOCH)
        found = session.scalars(locked).all()
    return {lane.lane: lane for lane in found}


def _after_reboot(session: Session, posts: Lane, moment: datetime, delivery: Delivery) -> None:
    """A steady clock that stands before its own past began anew: so do lanes and leases."""
    if posts.next_at <= moment + REBOOTED:
        return
    session.execute(update(Lane).values(next_at=moment))
    lease_until = moment + timedelta(seconds=delivery.lease)
    under_way = update(OutgoingMessage).where(OutgoingMessage.state == "sending")
    session.execute(under_way.values(lease_until=lease_until))
    session.refresh(posts)


def _gate(call: str) -> str:
    """The shared lane that it passes."""
    return GATES.get(call, POSTS)


def _next(
    session: Session, look: _Look, shared: dict[str, Lane], lock: bool = False
) -> OutgoingMessage | None:
    kinds = [call for call in look.calls if shared[_gate(call)].next_at <= look.moment]
    given = {"now": look.now, "moment": look.moment, "kinds": kinds}
    return session.scalars(_chosen(lock), given).first()


@cache
def _chosen(lock: bool) -> Select[OutgoingMessage]:
    # Built once: putting it together anew takes longer than running it.
    chosen = (
        select(o)
        .outerjoin(Lane, Lane.lane == o.lane)
        .where(_due(), *_in_turn(), _open(), ~_held_up())
        .order_by(o.priority, func.coalesce(Lane.next_at, EPOCH), o.id)
        .limit(1)
    )
    if lock:
        chosen = chosen.with_for_update(of=o, skip_locked=True)
        chosen = chosen.execution_options(populate_existing=True)
    return chosen


def _due() -> ColumnElement[bool]:
    return or_(
        and_(o.state == "waiting", o.not_before <= NOW),
        and_(o.state == "sending", o.lease_until <= MOMENT),
    )


def _in_turn() -> list[ColumnElement[bool]]:
    """An update waits for its post, a reply for its parent; what is quiet lets newer ones pass."""
    post, newer, parent = (aliased(OutgoingMessage) for _ in range(3))
    posted = select(post.id).where(post.key == o.target, post.state == "sent")
    overtaken = select(newer.id).where(
        newer.target == o.target, newer.id > o.id, newer.state.in_(["waiting", "sending"])
    )
    unborn = select(parent.id).where(
        parent.key == o.thread, parent.state.in_(["waiting", "sending"])
    )
    return [
        or_(o.call != "update", posted.exists()),
        or_(o.call.not_in(QUIET), ~overtaken.exists()),
        or_(o.thread.is_(None), ~unborn.exists()),
    ]


def _open() -> ColumnElement[bool]:
    lane_open = or_(Lane.next_at.is_(None), Lane.next_at <= MOMENT)
    return and_(o.call.in_(KINDS), or_(o.call.in_(QUIET), lane_open))


def _held_up() -> ColumnElement[bool]:
    """By one under way in the same conversation, a change of the same thing, or what is first."""
    u = aliased(OutgoingMessage)
    same_lane = and_(u.call == "post", u.lane == o.lane, u.attempts <= KEEPS_ORDER_FOR)
    same_target = and_(u.call.in_(QUIET), u.target == o.target)
    # Whose end is unknown keeps the others waiting no longer.
    first = and_(o.priority >= 0, u.priority < 0, u.attempts == 1, u.last_error.is_(None))
    return (
        select(u.id)
        .where(u.state == "sending", u.lease_until > MOMENT, u.id != o.id)
        .where(or_(and_(o.call == "post", same_lane), and_(o.call.in_(QUIET), same_target), first))
        .exists()
    )


def _take(row: OutgoingMessage, wall: datetime, lease_until: datetime) -> None:
    row.state = "sending"
    row.attempts += 1
    row.first_claim_at = row.first_claim_at or wall
    row.lease_until = lease_until
    row.claimed_by = uuid4().hex


def _pass_over_older(session: Session, row: OutgoingMessage) -> None:
    if row.call not in QUIET:
        return
    older = update(OutgoingMessage).where(
        OutgoingMessage.target == row.target,
        OutgoingMessage.id < row.id,
        OutgoingMessage.state.in_(["waiting", "sending"]),
    )
    session.execute(older.values(state="superseded", lease_until=None))


def _pay(
    session: Session, row: OutgoingMessage, shared: dict[str, Lane], moment: datetime, d: Delivery
) -> None:
    gate = shared[_gate(row.call)]
    gate.next_at = pace.of_call(row.call, d).after(gate.next_at, moment)
    if row.call not in ("post", "ephemeral"):
        return
    insert_once(session, Lane, lane=row.lane, next_at=EPOCH)
    lane = session.get_one(Lane, row.lane)
    lane.next_at = pace.of_channel(d.per_channel_interval).after(lane.next_at, moment)


def _anchor(session: Session, row: OutgoingMessage) -> Anchor | None:
    key = row.thread or row.target
    if key is None:
        return None
    if foreign := places.read(key):
        return foreign
    found = session.scalar(select(OutgoingMessage).where(OutgoingMessage.key == key))
    if found is None or not found.slack_channel or not found.slack_ts:
        return None
    return Anchor(found.slack_channel, found.slack_ts)


def _wait(session: Session, look: _Look, shared: dict[str, Lane]) -> Wait:
    """Until a lane opens that something due is in, or the lease before it ends."""
    ends: list[datetime | None] = []
    given = {"now": look.now, "moment": look.moment, "kinds": list(look.calls)}
    for call, lane_opens in session.execute(_lanes_ahead(), given):
        gate = shared[_gate(call)].next_at
        ends.append(gate if gate > look.moment or call in QUIET else lane_opens)
    return _until(session, look.moment, ends, some_due=bool(ends))


@cache
def _lanes_ahead() -> Select[str, datetime]:
    closed = case((Lane.next_at > MOMENT, Lane.next_at))
    return (
        select(o.call, func.min(closed, type_=UTCDateTime))
        .select_from(o)
        .outerjoin(Lane, Lane.lane == o.lane)
        .where(_due(), *_in_turn(), o.call.in_(KINDS))
        .group_by(o.call)
    )


def _until(
    session: Session, moment: datetime, ends: list[datetime | None], *, some_due: bool
) -> Wait:
    leases = session.scalar(_next_lease_end(), {"moment": moment})
    later = [end for end in [*ends, leases] if end is not None and end > moment]
    if later:
        return Wait((min(later) - moment).total_seconds())
    return Wait(0.0 if some_due else None)


@cache
def _next_lease_end() -> Select[datetime | None]:
    return select(func.min(o.lease_until)).where(o.state == "sending", o.lease_until > MOMENT)
