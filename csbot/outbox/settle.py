"""Writes down how an attempt ended: the one place that moves a message out of `sending`."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot.account_channels import sharing
from csbot.outbox import answering, notices, pace, touching
from csbot.outbox.claim import Claimed, steady
from csbot.outbox.model import LANES, QUIET, Lane, OutgoingMessage
from csbot.outbox.outcome import (
    SHARED_CHANNEL,
    Dead,
    Held,
    Later,
    Outcome,
    Overtaken,
    Redirected,
    Sent,
    Uncertain,
    Unknown,
)
from csbot.settings import Settings

QUIETLY = {"message_not_found", "edit_window_closed", "cant_update_message"}


def settle(
    session: Session,
    claimed: Claimed,
    outcome: Outcome,
    *,
    settings: Settings,
    now: datetime,
) -> bool:
    """Record the outcome; False when the message is no longer ours (the lease ended meanwhile).

    What the admins are told of it is due at once for whoever claimed the message.
    """
    row = _still_ours(session, claimed, outcome)
    if row is None:
        return False
    row.claimed_by = row.claimed_by if isinstance(outcome, Unknown) else None
    _move(session, row, outcome, lease=timedelta(seconds=claimed.lease), now=now)
    if row.call in LANES:
        touching.ended(session, row, outcome, settings=settings, now=now, due=claimed.due)
    if getattr(outcome, "code", None) != sharing.REFUSED:
        _tell(session, row, outcome, settings=settings, now=claimed.due)
        return True
    anchor = claimed.anchor
    places = {claimed.row.lane, anchor.channel} if anchor else {claimed.row.lane}
    if not _turned(session, row, claimed, places, settings=settings):
        _tell(session, row, outcome, settings=settings, now=claimed.due)
        sharing.no_own(session, places, settings=settings, now=claimed.due)
    return True


def _turned(
    session: Session,
    row: OutgoingMessage,
    claimed: Claimed,
    places: set[str],
    *,
    settings: Settings,
) -> bool:
    """Whether this is how csbot learns that a channel which follows an account is shared."""
    if sharing.became_shared(session, places, settings=settings, now=claimed.due):
        return True
    if not sharing.came_late(session, places, settings=settings, now=claimed.due):
        return False
    session.refresh(row)
    return row.state == "waiting" or row.message in sharing.OWN


def _move(
    session: Session, row: OutgoingMessage, outcome: Outcome, *, lease: timedelta, now: datetime
) -> None:
    match outcome:
        case Sent():
            _sent(row, outcome, now)
        case Held():
            _held(session, row, outcome)
        case Later():
            _later(row, outcome, now)
        case Dead():
            _dead(session, row, outcome.code)
        case Uncertain() | Overtaken():
            over = "uncertain" if isinstance(outcome, Uncertain) else "superseded"
            row.state, row.lease_until, row.last_error = over, None, outcome.code
        case Unknown():
            _unknown(row, outcome, lease)
        case Redirected():
            _redirected(row, outcome)


def _still_ours(session: Session, claimed: Claimed, outcome: Outcome) -> OutgoingMessage | None:
    mine = select(OutgoingMessage).where(
        OutgoingMessage.id == claimed.row.id, OutgoingMessage.state == "sending"
    )
    if not isinstance(outcome, Sent):  # that Slack has it is worth knowing from anybody
        mine = mine.where(OutgoingMessage.claimed_by == claimed.row.claimed_by)
    return session.scalar(mine.with_for_update())


def _sent(row: OutgoingMessage, outcome: Sent, now: datetime) -> None:
    row.state, row.lease_until, row.sent_at = "sent", None, now
    row.slack_channel, row.slack_ts = outcome.channel, outcome.ts
    row.last_error = outcome.note


def _held(session: Session, row: OutgoingMessage, outcome: Held) -> None:
    _back(row, outcome.code)
    opens = steady(session) + outcome.after
    lane = QUIET.get(row.call, row.lane)
    session.execute(
        update(Lane).where(Lane.lane == lane, Lane.next_at < opens).values(next_at=opens)
    )


def _later(row: OutgoingMessage, outcome: Later, now: datetime) -> None:
    _back(row, outcome.code)
    row.not_before = now + pace.patience(now - row.created_at, outcome.after)


def _back(row: OutgoingMessage, code: str) -> None:
    row.state, row.lease_until, row.last_error = "waiting", None, code
    row.attempts -= 1
    if row.attempts == 0:
        row.first_claim_at = None


def _dead(session: Session, row: OutgoingMessage, code: str) -> None:
    row.state, row.lease_until, row.last_error = "dead", None, code
    if row.call == "post":
        _take_over_updates(session, row)


def _take_over_updates(session: Session, row: OutgoingMessage) -> None:
    """A post that may yet be retried says then what its newest update wanted it to say."""
    waiting = (
        select(OutgoingMessage)
        .where(OutgoingMessage.target == row.key, OutgoingMessage.state == "waiting")
        .order_by(OutgoingMessage.id)
    )
    for newer in session.scalars(waiting):
        row.payload, row.message = newer.payload, newer.message
        newer.state = "superseded"


def _unknown(row: OutgoingMessage, outcome: Unknown, lease: timedelta) -> None:
    if row.last_error != touching.BEGUN:
        row.last_error = outcome.code
    if row.lease_until is not None:
        row.lease_until += pace.backoff(row.attempts, lease)


def _redirected(row: OutgoingMessage, outcome: Redirected) -> None:
    row.call, row.lane, row.last_error = "post", row.to_person or row.lane, outcome.code
    row.state, row.lease_until, row.attempts, row.first_claim_at = "waiting", None, 0, None
    row.thread = None  # it would lead back to where everybody reads it
    if outcome.code == SHARED_CHANNEL:
        row.payload = answering.explained(row.payload)


def _tell(
    session: Session, row: OutgoingMessage, outcome: Outcome, *, settings: Settings, now: datetime
) -> None:
    match outcome:
        case Held(code, ours=True):
            notices.ours_to_mend(session, row, code=code, settings=settings, now=now)
        case Dead() | Uncertain() if row.call in LANES:
            return  # the customer's owner is told
        case Dead(code) if not (row.call == "update" and code in QUIETLY):
            notices.refused(session, row, code=code, settings=settings, now=now)
        case Uncertain(code) if row.call != "ephemeral":
            notices.unsure(session, row, code=code, settings=settings, now=now)
        case Sent(note=str()):
            notices.without_charts(session, row, settings=settings, now=now)
