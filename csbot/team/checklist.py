"""What is left to do until csbot works for a team: a message to whoever installed it."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from csbot import clock, sources
from csbot.access import Role
from csbot.accounts.model import Account
from csbot.holds.model import HeldAlert, Hold
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import enqueue, enqueue_update
from csbot.settings import Settings
from csbot.slack.directory import Directory
from csbot.slack.gateway import OutcomeUnknown, RateLimited, SlackFailure
from csbot.sources import Source
from csbot.team.model import TeamMember
from csbot.team.queries import active
from csbot.wiring import Wiring
from messages.installing import Checklist, Step
from messages.render import render
from messages.text import listed, plural

KEPT_FOR = timedelta(days=30)
NAMED = 5
BEGAN = select(func.min(TeamMember.created_at))


def keep(wiring: Wiring, *, now: datetime) -> bool:
    """Send it, or bring it up to date where something changed; whether it did either.

    Without an admin whom Slack knows there is nobody to send it to. When the team has known csbot
    for a month it rests.
    """
    settings = wiring.settings
    with wiring.sessions() as session:
        to, began = installer(session, settings), session.scalar(BEGAN)
    if to is None or (began and began < now - KEPT_FOR):
        return False
    try:
        channels = _reachable(wiring, now)
    except (OutcomeUnknown, RateLimited):
        return False
    with wiring.sessions.begin() as session:
        news = Checklist(steps=_steps(session, settings, channels, now))
        return _say(session, news, to, now)


def installer(session: Session, settings: Settings) -> str | None:
    """The Slack id of the first admin that the settings name, else of the first in the team."""
    if settings.env.csbot_admins:
        return settings.env.csbot_admins[0]
    first = select(TeamMember.slack_id).where(
        TeamMember.role == Role.ADMIN,
        TeamMember.active,
        ~TeamMember.is_outsider,
        TeamMember.slack_id.is_not(None),
    )
    return session.scalar(first.order_by(TeamMember.id).limit(1))


def _say(session: Session, news: Checklist, to: str, now: datetime) -> bool:
    key = f"checklist:{to}"
    if enqueue(session, news, to=to, key=key, now=now):
        return True
    said = select(OutgoingMessage.payload).where(
        or_(OutgoingMessage.key == key, OutgoingMessage.target == key)
    )
    if session.scalar(said.order_by(OutgoingMessage.id.desc()).limit(1)) == render(news):
        return False
    enqueue_update(session, news, target=key, now=now)
    return True


def _reachable(wiring: Wiring, now: datetime) -> dict[str, bool]:
    """Whether csbot can post, for each channel of the settings."""
    directory, settings = Directory(wiring.sessions, wiring.slack), wiring.settings
    names = {settings.alerts_channel, settings.renewals_channel, settings.wins_channel}
    found = {}
    for name in sorted(names | set(settings.config.channels.segments.values())):
        try:
            known = directory.channel(name, now=now)
        except (OutcomeUnknown, RateLimited):
            raise
        except SlackFailure:
            found[name] = False
        else:
            found[name] = known.is_member and not known.is_archived
    return found


def _steps(
    session: Session, settings: Settings, channels: dict[str, bool], now: datetime
) -> tuple[Step, ...]:
    team = active(session)
    return (
        _accounts(session),
        _people(team),
        _channels(channels),
        _zones(team),
        _sources(session, settings, now),
        _live(session),
    )


def _accounts(session: Session) -> Step:
    known = session.scalar(select(func.count()).select_from(Account)) or 0
    if not known:
        return Step(False, "Accounts: none yet", "Run csbot import accounts FILE")
    return Step(True, f"Accounts: {known:,}")


def _people(team: list[TeamMember]) -> Step:
    unmatched = [member.name for member in team if not member.slack_id]
    if len(team) < 2:
        return Step(False, "People: nobody but you", "Run csbot import team FILE")
    if not unmatched:
        return Step(True, f"People: all {len(team)} matched with Slack")
    matched = f"People: {len(team) - len(unmatched)} of {len(team)} matched with Slack"
    who = listed(unmatched, NAMED)
    return Step(False, matched, f"Their addresses differ from Slack's: {who}")


def _channels(channels: dict[str, bool]) -> Step:
    without = [name for name, there in channels.items() if not there]
    if without:
        return Step(
            False,
            f"Channels: csbot is not in {listed(without, NAMED)}",
            "Create it if it is not there, and type /invite @csbot in it",
        )
    return Step(True, f"Channels: csbot is in {listed(list(channels), NAMED)}")


def _zones(team: list[TeamMember]) -> Step:
    odd = sorted({member.timezone for member in team} - clock.zones())
    if odd:
        return Step(False, f"Time zones: unknown are {listed(odd)}", "Write them like Asia/Tokyo")
    zones = {member.timezone for member in team}
    return Step(True, f"Time zones: {plural(len(team), 'person', 'people')} in {len(zones)}")


def _sources(session: Session, settings: Settings, now: datetime) -> Step:
    known = list(session.scalars(select(Source.name).order_by(Source.name)))
    silent = sorted(sources.silent(session, settings.config.silent_after, now))
    if not known:
        mend = "docs/connect.md says how usage, billing, surveys and tickets come in"
        return Step(None, "Sources: none has sent anything yet", mend)
    if silent:
        mend = "See whether they still send, and what csbot inbox list kept"
        return Step(False, f"Sources: silent are {listed(silent)}", mend)
    return Step(True, f"Sources: fresh are {listed(known, NAMED)}")


def _live(session: Session) -> Step:
    held = session.scalar(
        select(func.count())
        .select_from(HeldAlert)
        .join(Hold, Hold.id == HeldAlert.hold_id)
        .where(Hold.ended_at.is_(None), Hold.reason == "start")
    )
    if held:
        waits = "waits" if held == 1 else "wait"
        mend = "Press Go Live or Start from Today in csbot's message about it"
        return Step(False, f"Go live: {plural(held, 'alert')} {waits} for your answer", mend)
    return Step(True, "Go live: nothing is held back")
