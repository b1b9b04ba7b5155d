"""What sending does to a touch: the last look before it, and what is written down after it."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from csbot.contacts import Contact
from csbot.outbox.claim import Claimed
from csbot.outbox.deliver import Frozen
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.outcome import Dead, Later, Outcome, Overtaken, Sent, Uncertain
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches import rules
from csbot.touches.fate import OPEN, moved, withdraw_consent
from csbot.touches.model import Touch
from csbot.touches.reach import came_back, refuses
from csbot.touches.zones import zone_of

BEGUN = "handed over, and no answer was seen"  # the mark of an attempt that may have sent it


def begin(session: Session, claimed: Claimed, *, settings: Settings) -> Outcome | None:
    """Mark that it may be sent from now on, or say why it is not to be; raises Frozen.

    Committed before the attempt: whoever finds the mark later knows that nobody may try again.
    """
    row = session.scalar(_ours(claimed))
    if row is None:
        raise Frozen
    if row.last_error == BEGUN:
        return Uncertain(BEGUN)
    if why := _unwanted(session, row, settings, claimed.due):
        return why
    row.last_error = BEGUN
    return None


def _ours(claimed: Claimed) -> Select[OutgoingMessage]:
    return (
        select(OutgoingMessage)
        .where(
            OutgoingMessage.id == claimed.row.id,
            OutgoingMessage.state == "sending",
            OutgoingMessage.claimed_by == claimed.row.claimed_by,
        )
        .with_for_update()
    )


def _unwanted(
    session: Session, row: OutgoingMessage, settings: Settings, now: datetime
) -> Overtaken | Later | None:
    """What changed since it was asked for, the time of day among it; admins are told as it is."""
    if "touch_id" not in row.payload:
        return None
    back = came_back(Touch.contact_id, Touch.address).label("back")
    refused = refuses(Touch.contact_id, Touch.channel).label("refused")
    found = session.execute(
        select(Touch, Contact, TeamMember, refused, back)
        .outerjoin(Contact, Contact.id == Touch.contact_id)
        .outerjoin(TeamMember, TeamMember.id == Touch.owner_id)
        .where(Touch.id == row.payload["touch_id"], Touch.state == "queued")
    ).one_or_none()
    if found is None:
        return Overtaken("taken back")
    touch, contact, owner, has_refused, back_from_there = found
    if contact is None:
        return Overtaken("its person is no contact any more")
    if has_refused:
        return Overtaken("its person wants no more of these")
    if back_from_there:
        return Overtaken("an earlier one came back from this address")
    if touch.expires_at <= now:
        return Overtaken("too late", expired=True)
    night = rules.night(now, zone_of(contact, owner, settings), settings.config.touches)
    return Later("it is night where its person lives", night) if night else None


def ended(
    session: Session,
    row: OutgoingMessage,
    outcome: Outcome,
    *,
    settings: Settings,
    now: datetime,
    due: datetime,
) -> None:
    """Bring the touch up to date with how an attempt to send it ended.

    What its owner is told of that is due at `due`, the moment whose work is done.
    """
    id = row.payload.get("touch_id")
    touch = session.get(Touch, id, with_for_update=True) if id is not None else None
    if touch is None:
        return
    if isinstance(outcome, Sent):
        touch.external_id = touch.external_id or outcome.ts
    state = _state(outcome)
    if state is None or touch.state not in _before(outcome):
        return  # the other side has told us of its end already, or somebody took it back
    why = getattr(outcome, "code", None)
    moved(session, touch, state, why=why, settings=settings, now=now, due=due)
    if isinstance(outcome, Dead) and outcome.about == "consent":
        withdraw_consent(session, touch, now=now)


def _before(outcome: Outcome) -> tuple[str, ...]:
    """What it may have been called until now: what went out was not withdrawn, whoever says so."""
    went_out = isinstance(outcome, Sent | Uncertain)
    return (*OPEN, "withdrawn", "expired") if went_out else OPEN


def _state(outcome: Outcome) -> str | None:
    match outcome:
        case Sent():
            return "sent"
        case Dead(about="address"):
            return "bounced"
        case Dead():
            return "failed"
        case Uncertain():
            return "uncertain"
        case Overtaken():
            return "expired" if outcome.expired else "withdrawn"
    return None
