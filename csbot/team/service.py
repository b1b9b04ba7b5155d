"""Letting people in, and what they choose for themselves."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot import audit, clock
from csbot.access import May, Role, require
from csbot.audit import AuditEntry
from csbot.errors import Refused, Wrong, all_at_once
from csbot.faults import last_met
from csbot.outbox.queue import enqueue, enqueue_homes, enqueue_update
from csbot.settings import Settings
from csbot.slack.gateway import UserInfo
from csbot.team.model import AS_ROLE, TeamMember
from csbot.team.queries import active, by_email, by_slack_id, person
from csbot.team.rules import zone_named
from csbot.words import said
from messages.team import AccessDecided, AccessGranted, AccessRequested, HelpWanted
from messages.text import Person

ASKED, GRANTED = "team.access_asked", "team.access_granted"
UNNAMED = "an admin"
NOWHERE = "@slack.invalid"
GRANTABLE = (Role.CSM, Role.MANAGER, Role.VIEWER)
REACH = ("mention", "dm", "digest", AS_ROLE)


@dataclass(frozen=True)
class Requested:
    """`again`: the admins had been asked before."""

    admins: tuple[str, ...]
    again: bool


def request_access(
    session: Session, *, slack_id: str, name: str, settings: Settings, now: datetime
) -> Requested:
    """Ask every admin, once however often it is pressed; members ask for a higher role."""
    admins = _admins(session, settings)
    prefix = _request(session, slack_id)
    member = by_slack_id(session, slack_id)
    news = AccessRequested(
        slack_id=slack_id,
        who=Person(member.name if member else name or slack_id, slack_id),
        role=member.role if member and member.active else None,
    )
    asked = [enqueue(session, news, to=admin, key=f"{prefix}:{admin}", now=now) for admin in admins]
    if any(asked):
        audit.record(
            session, verb=ASKED, subject=f"slack:{slack_id}", by=None, now=now,
            after={"name": name},
        )  # fmt: skip
    return Requested(tuple(admins.values()), again=bool(asked) and not any(asked))


def grant_access(
    session: Session,
    *,
    slack_id: str,
    name: str | None,
    role: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> TeamMember:
    """Create or wake the member with that role, and tell them and the admins who were asked.

    Somebody who is in already gets another role only while their request for it waits.
    """
    require(by, May.TEAM)
    if role not in GRANTABLE:
        raise Refused("Choose CSM, manager or viewer.")
    member = by_slack_id(session, slack_id)
    if member is not None and member.active and not _waits(session, slack_id):
        raise Refused(f"{member.name} is in csbot already, as {member.role}.")
    prefix = _request(session, slack_id)
    before = None if member is None else {"role": member.role, "active": member.active}
    member = member or newcomer(session, slack_id, name, settings, now)
    member.role, member.active = role, True
    member.slack_checked_at = None  # Slack has the last word when they come in
    session.flush()
    audit.record(
        session, verb=GRANTED, subject=f"slack:{slack_id}", by=by.id, now=now, before=before,
        after={"role": role, "name": member.name},
    )  # fmt: skip
    decided = AccessDecided(who=person(member), role=role, by=person(by))
    for admin in _admins(session, settings):
        enqueue_update(session, decided, target=f"{prefix}:{admin}", now=now)
    granted = AccessGranted(role=role, by=person(by))
    enqueue(session, granted, to=slack_id, key=f"{prefix}:granted", now=now)
    enqueue_homes(session, [slack_id], now=now)  # also a stranger's, who has none of their own yet
    return member


def call_for_help(
    session: Session,
    *,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    code: str | None = None,
) -> Requested:
    """Tell every admin but oneself that somebody needs them, at most once an hour and fault.

    Without a code it is about the last fault that they met.
    """
    code = code or last_met(session, by, now=now)
    admins = {id: name for id, name in _admins(session, settings).items() if id != by.slack_id}
    news = HelpWanted(who=person(by), code=code)
    key = f"help:{by.id}:{now:%Y%m%d%H}" + (f":{code}" if code else "")
    told = [enqueue(session, news, to=id, key=f"{key}:{id}", now=now) for id in admins]
    return Requested(tuple(admins.values()), again=bool(told) and not any(told))


def only_admin(session: Session, settings: Settings) -> str | None:
    """The first name of the one admin there is, where that is known."""
    names = list(_admins(session, settings).values())
    return names[0].split()[0] if len(names) == 1 and names[0] != UNNAMED else None


def set_preferences(
    session: Session,
    *,
    by: TeamMember,
    now: datetime,
    alerts_by: str,
    digest_at: time,
    work_starts: time,
    work_ends: time,
    days: list[int],
    timezone: str,
    country: str | None,
) -> TeamMember:
    """What somebody chooses for themselves; Refused at the field that does not fit."""
    require(by, May.SETTINGS_OWN)
    _check_preferences(alerts_by, work_starts, work_ends, days, timezone)
    chosen = {
        "alerts_by": alerts_by,
        "digest_at": digest_at,
        "work_starts": work_starts,
        "work_ends": work_ends,
        "working_days": sorted(set(days)),
        "timezone": timezone,
        "country": country,
    }
    changed = {key: value for key, value in chosen.items() if getattr(by, key) != value}
    before = {key: _plain(getattr(by, key)) for key in changed}
    for key, value in changed.items():
        setattr(by, key, value)
    if changed:
        audit.record(
            session, verb="team.settings_changed", subject=f"team:{by.id}", by=by.id, now=now,
            before=before, after={key: _plain(value) for key, value in changed.items()},
        )  # fmt: skip
    return by


def asked_name(session: Session, slack_id: str) -> str | None:
    """The name that came with somebody's last request for access."""
    entry = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.verb == ASKED, AuditEntry.subject == f"slack:{slack_id}")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return str(entry.after["name"]) if entry and entry.after and entry.after.get("name") else None


def _plain(value: object) -> object:
    return value.isoformat("minutes") if isinstance(value, time) else value


@all_at_once
def _check_preferences(
    alerts_by: str, starts: time, ends: time, days: list[int], timezone: str
) -> Wrong:
    if alerts_by not in REACH:
        yield Refused("Choose how alerts reach you.", field="alerts_by")
    if starts == ends:
        yield Refused("Work ends when it begins. Choose another time.", field="work_ends")
    if not days or not set(days) <= set(range(1, 8)):
        yield Refused("Choose at least one working day.", field="days")
    if timezone not in clock.zones():
        yield Refused(
            f"I know no time zone {said(timezone)}. Write it like Europe/Berlin.", field="timezone"
        )


def _admins(session: Session, settings: Settings) -> dict[str, str]:
    """Slack id to name, of everybody who can let people in."""
    known = {m.slack_id: m.name for m in active(session, Role.ADMIN) if m.slack_id}
    return known | {id: UNNAMED for id in settings.env.csbot_admins if id not in known}


def _request(session: Session, slack_id: str) -> str:
    """The key of the present request: another one only after this one was granted."""
    return f"access:{slack_id}:{_count(session, GRANTED, slack_id)}"


def _waits(session: Session, slack_id: str) -> bool:
    """Whether somebody's last request has not been granted yet."""
    asked, granted = (_count(session, verb, slack_id) for verb in (ASKED, GRANTED))
    return asked > granted


def _count(session: Session, verb: str, slack_id: str) -> int:
    entries = select(func.count()).where(
        AuditEntry.verb == verb, AuditEntry.subject == f"slack:{slack_id}"
    )
    return session.scalar(entries) or 0


def newcomer(
    session: Session, slack_id: str, name: str | None, settings: Settings, now: datetime
) -> TeamMember:
    member = TeamMember(
        # Unique, and never a real address: an import by e-mail or an admin puts in the real one.
        email=f"{slack_id.lower()}{NOWHERE}",
        name=name or slack_id,
        slack_id=slack_id,
        timezone=settings.env.csbot_timezone,
        role=Role.VIEWER,
        working_days=list(settings.config.working_hours.days),
        work_starts=settings.config.working_hours.starts,
        work_ends=settings.config.working_hours.ends,
        digest_at=settings.config.working_hours.digest_at,
        created_at=now,
    )
    session.add(member)
    return member


def learn(session: Session, member: TeamMember, info: UserInfo) -> None:
    """What Slack says of a newcomer when it is asked for the first time: name, zone, address."""
    if info.is_outsider or member.slack_checked_at or not member.email.endswith(NOWHERE):
        return
    member.name = info.name
    if info.timezone and zone_named(info.timezone).key == info.timezone:
        member.timezone = info.timezone
    email = (info.email or "").strip().lower()
    if email and by_email(session, email) is None:
        member.email = email
