"""Tells the admins what keeps messages from arriving: once for a cause, a place and a day."""

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.away.cover import Cover
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.outcome import SHARED_CHANNEL
from csbot.outbox.queue import enqueue
from csbot.settings import Settings
from csbot.slack.model import Channel
from csbot.team.model import TeamMember
from messages.delivery import ChartsRefused, DeliveryTrouble, DeliveryUnsure

log = logging.getLogger(__name__)
TOKEN = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
PLACE = {"is_archived", "channel_not_found", "not_in_channel", SHARED_CHANNEL}
COMES_BACK = TOKEN | PLACE | {"missing_scope"}  # what the auditor tries again once it is mended
Notice = DeliveryTrouble | DeliveryUnsure | ChartsRefused
PRIVATE = "a private channel"
OURS = {DeliveryTrouble.name, DeliveryUnsure.name, ChartsRefused.name}


def refused(
    session: Session, row: OutgoingMessage, *, code: str, settings: Settings, now: datetime
) -> None:
    """Slack will not have this message."""
    log.error("message refused", extra={"outbox_id": row.id, "why": code, "to": row.lane})
    place = "" if code in TOKEN or code == "missing_scope" else row.lane
    said = "user_not_found" if code in PLACE and row.lane.startswith(("U", "W")) else code
    notice = DeliveryTrouble.of(
        said, where=_name(session, row), comes_back=code in COMES_BACK,
        instead=_instead(row, code, settings),
    )  # fmt: skip
    _once(session, row, notice, about=f"{code}/{place}", settings=settings, now=now)


def _instead(row: OutgoingMessage, code: str, settings: Settings) -> str | None:
    """Where alerts go on, that no other organisation may read."""
    elsewhere = code == SHARED_CHANNEL and row.lane != settings.alerts_channel
    return settings.alerts_channel if elsewhere and row.message.startswith("alert_") else None


def unsure(
    session: Session, row: OutgoingMessage, *, code: str, settings: Settings, now: datetime
) -> None:
    """The message may be there, and we may not look."""
    log.error("message uncertain", extra={"outbox_id": row.id, "why": code, "to": row.lane})
    notice = DeliveryUnsure.of(code, where=_name(session, row))
    _once(session, row, notice, about=f"unsure/{row.lane}", settings=settings, now=now)


def ours_to_mend(
    session: Session, row: OutgoingMessage, *, code: str, settings: Settings, now: datetime
) -> None:
    """Nothing reaches customers this way before the settings or the account are mended."""
    log.error("messages to customers are held up", extra={"outbox_id": row.id, "call": row.call})
    notice = DeliveryTrouble.to_customers(row.call, code)
    _once(session, row, notice, about=f"held/{row.call}", settings=settings, now=now)


def without_charts(
    session: Session, row: OutgoingMessage, *, settings: Settings, now: datetime
) -> None:
    log.warning("charts refused", extra={"outbox_id": row.id, "to": row.lane})
    notice = ChartsRefused(where=_name(session, row))
    _once(session, row, notice, about="charts", settings=settings, now=now)


def _once(
    session: Session,
    row: OutgoingMessage,
    notice: Notice,
    *,
    about: str,
    settings: Settings,
    now: datetime,
) -> None:
    """To every admin once a day; trouble with a notice is for the log, or it would never end.

    Nobody but admins is told the name of a private channel.
    """
    if row.message in OURS:
        return
    room, may_know = _channel(session, row.lane), {*admins(session, settings)}
    may_know.discard(settings.alerts_channel)
    unnamed = replace(notice, where=PRIVATE) if room and room.is_private else notice
    for to in told(session, settings, now=now):
        said = notice if to in may_know else unnamed
        enqueue(session, said, to=to, key=f"trouble/{about}/{now:%Y-%m-%d}/{to}", now=now)


def admins(session: Session, settings: Settings) -> list[str]:
    """Slack ids of the admins; the alerts channel while nobody is one."""
    known = select(TeamMember.slack_id).where(
        TeamMember.role == Role.ADMIN,
        TeamMember.active,
        ~TeamMember.is_outsider,
        TeamMember.slack_id.is_not(None),
    )
    found = {*settings.env.csbot_admins, *session.scalars(known)}
    return sorted(filter(None, found)) or [settings.alerts_channel]


def told(session: Session, settings: Settings, *, now: datetime) -> list[str]:
    """The admins, and whoever stands in for one who is away."""
    found, cover = admins(session, settings), Cover.load(session, now)
    away = [one for id in cover.away if (one := cover.person(id)) and one.slack_id in found]
    covers = [stands.slack_id for one in away if (stands := cover.stand_in(one.id))]
    return sorted({*found, *filter(None, covers)})


def _name(session: Session, row: OutgoingMessage) -> str:
    """Where it was to go, by the name that people know."""
    lane = row.lane
    if lane.startswith("#"):
        return lane
    channel = _channel(session, lane)
    if channel is not None and channel.name:
        return f"#{channel.name}"
    person = session.scalar(select(TeamMember.name).where(TeamMember.slack_id == lane))
    return person or lane


def _channel(session: Session, lane: str) -> Channel | None:
    """By its id, or by the name that stands in the settings."""
    named = lane.startswith("#")
    asked = Channel.name == lane[1:] if named else Channel.id == lane
    # Of several that had the name once, a private one keeps it secret.
    return session.scalar(select(Channel).where(asked).order_by(Channel.is_private.desc()))
