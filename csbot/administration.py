"""What an admin sees of csbot: its settings and where each comes from, and what is wrong."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pkgutil import resolve_name

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import faults
from csbot.access import May, require
from csbot.errors import Refused
from csbot.holds.queries import OpenHold, open_holds
from csbot.inbox.queries import counted, newest
from csbot.inbox.service import SET_ASIDE
from csbot.outbox.auditor import RECENT, health
from csbot.outbox.claim import TO_SLACK
from csbot.outbox.model import OutgoingMessage
from csbot.overrides import Override
from csbot.overriding import filed, locked_in, marks, present_config, section_of, text_of
from csbot.settings import Config, Settings
from csbot.slack.model import Channel
from csbot.sources import Source, silent
from csbot.team.model import TeamMember
from messages.admin import AdminForm, AdminNews, AdminPanel, AdminSection, Value
from messages.ago import ago
from messages.delivery import CAUSES, words
from messages.settable import KNOBS, TO_READ
from messages.text import plural

FEW = 4
# What stands in for a channel that is not named in csbot.toml.
ELSEWHERE = {
    "channels.alerts": "csbot_alerts_channel",
    "channels.renewals": "csbot_renewals_channel",
    "channels.wins": "csbot_wins_channel",
}


def panel(session: Session, *, by: TeamMember, settings: Settings, now: datetime) -> AdminPanel:
    """The whole of it."""
    require(by, May.SETTINGS_ALL)
    values = _values(session, KNOBS, settings)
    quiet = silent(session, settings.config.silent_after, now)
    found = health(session, now=now, expected=_expected())
    return AdminPanel(
        here=tuple(value for value in values if value.origin == "slack"),
        silent=tuple(sorted(quiet)),
        held=sum(one.alerts for one in open_holds(session)),
        troubles=len(found.problems())
        + bool(counted(session, [SET_ASIDE]))
        + bool(faults.counted(session, now=now)),
    )


def section(
    session: Session, part: str, *, by: TeamMember, settings: Settings, now: datetime,
    saved: tuple[str, ...] = (), unasked: tuple[str, ...] = (),
) -> AdminSection:  # fmt: skip
    require(by, May.SETTINGS_ALL)
    one = section_of(part)
    return AdminSection(
        part=part, title=one.title, about=one.about, saved=saved, unasked=unasked,
        values=_values(session, one.keys, settings),
        notes=_heard(session, settings, now) if part == "sources" else (),
    )  # fmt: skip


def form(session: Session, part: str, *, by: TeamMember, settings: Settings) -> AdminForm:
    """To change a section; Refused where all of it is locked."""
    require(by, May.SETTINGS_ALL)
    keys = section_of(part).keys
    if all(locked_in(settings, key) is not None for key in keys):
        raise Refused("All of these are locked in csbot.toml. Change them there.")
    config = _config(session, keys, settings)
    values = tuple(
        Value(
            key=key, shown=text_of(config, key), origin="slack",
            locked=locked_in(settings, key),
        )
        for key in keys
    )  # fmt: skip
    return AdminForm(part=part, values=values, marks=marks(config, part))


def shown(
    session: Session, part: str, *, by: TeamMember, settings: Settings, now: datetime
) -> AdminSection | AdminNews:
    if part in TO_READ:
        return news(session, part, by=by, now=now)
    return section(session, part, by=by, settings=settings, now=now)


def news(session: Session, part: str, *, by: TeamMember, now: datetime) -> AdminNews:
    """What is held back, or what went wrong."""
    require(by, May.SETTINGS_ALL)
    holds = open_holds(session) if part == "holds" else []
    lines = _held(holds, now) if part == "holds" else _errors(session, now)
    return AdminNews(
        part=part, title=TO_READ[part], lines=tuple(lines), as_of=now,
        hold_id=holds[0].id if holds else None, held=sum(one.alerts for one in holds),
    )  # fmt: skip


def _config(session: Session, keys: Iterable[str], settings: Settings) -> Config:
    rows = session.scalars(select(Override).where(Override.key.in_(list(keys))))
    return present_config(settings, {row.key: row for row in rows})


def _values(session: Session, keys: Iterable[str], settings: Settings) -> tuple[Value, ...]:
    """In the order of `keys`; two questions however many they are."""
    rows = session.execute(
        select(Override, TeamMember.name).outerjoin(TeamMember, TeamMember.id == Override.set_by_id)
    ).all()
    held = {row.key: row for row, _ in rows}
    names = {row.key: name for row, name in rows}
    config = present_config(settings, held)
    return tuple(_value(key, config, held.get(key), names.get(key), settings) for key in keys)


def _value(
    key: str, config: Config, row: Override | None, name: str | None, settings: Settings
) -> Value:
    line = locked_in(settings, key)
    shown = text_of(config, key).replace("\n", ", ")
    if row is not None and line is None:
        return Value(key=key, shown=shown, origin="slack", by=name, at=row.set_at)
    origin = "file" if line is not None or _in_file(filed(settings), key) else "default"
    if not shown and key in ELSEWHERE:
        shown = getattr(settings.env, ELSEWHERE[key])
        origin = "environment" if ELSEWHERE[key] in settings.env.model_fields_set else origin
    return Value(key=key, shown=shown, origin=origin, locked=line)


def _in_file(config: Config, key: str) -> bool:
    section, _, name = key.partition(".")
    return name in getattr(config, section).model_fields_set


def _heard(session: Session, settings: Settings, now: datetime) -> tuple[str, ...]:
    quiet = silent(session, settings.config.silent_after, now)
    rows = session.execute(select(Source.name, Source.last_at).order_by(Source.name))
    return tuple(
        f"{name}: last heard {ago(at, now=now)}{', silent' if name in quiet else ''}"
        for name, at in rows
    )


def _held(holds: list[OpenHold], now: datetime) -> list[str]:
    return [
        f"{one.title or 'The first look after something new'}: {plural(one.alerts, 'alert')}, "
        f"held back {ago(one.opened_at, now=now)}"
        for one in holds
    ]


def _errors(session: Session, now: datetime) -> list[str]:
    """What the auditor finds, then the newest of each: errors that people met and jobs that broke
    off, messages refused, deliveries set aside.
    """
    o = OutgoingMessage
    dead = session.execute(
        select(o.message, o.lane, o.last_error, o.not_before)
        .where(
            o.state.in_(["dead", "uncertain"]), o.call.in_(TO_SLACK), o.not_before >= now - RECENT
        )
        .order_by(o.id.desc())
        .limit(FEW)
    ).all()
    names = _names(session, {row.lane for row in dead})
    return [
        *health(session, now=now, expected=_expected()).problems(),
        *_met(session, now),
        *(
            f"{row.message.replace('_', ' ')} to {names.get(row.lane, row.lane)}: "
            f"{row.last_error}, {ago(row.not_before, now=now)}; {words(row.last_error or '').mend}"
            for row in dead
        ),
        *_set_aside(session, now),
    ]


def _expected() -> dict[str, timedelta]:
    """How often each job should run: named, not imported, so that both layers stay side by side."""
    found: dict[str, timedelta] = resolve_name("schedules.table:expected")()
    return found


def _met(session: Session, now: datetime) -> list[str]:
    return [
        f"{one.code} {ago(one.at, now=now)}, {one.asked}: {_way_on(one)}"
        for one in faults.newest(session, now=now, most=FEW)
    ]


def _way_on(fault: faults.Fault) -> str:
    problem = fault.problem
    if problem == faults.DATABASE:
        return "the database did not answer in time; csbot doctor says whether it does now"
    if problem in CAUSES:
        return f"{CAUSES[problem].why}; {CAUSES[problem].mend}"
    then = "its next run tries again" if fault.asked.startswith("job ") else "nothing was changed"
    return f"{problem}; {then}, and csbot's log has it under this code"


def _set_aside(session: Session, now: datetime) -> list[str]:
    rows = newest(session, [SET_ASIDE], FEW)
    count = counted(session, [SET_ASIDE]) if rows else 0
    told = (
        [f"{plural(count, 'delivery', 'deliveries')} set aside: csbot inbox list"] if rows else []
    )
    return told + [
        f"no. {row.id} from {row.source}: {row.problem or 'does not fit'}, "
        f"{ago(row.received_at, now=now)}"
        for row in rows
    ]


def _names(session: Session, lanes: set[str]) -> dict[str, str]:
    """Channels and people by the names that people know."""
    places = session.execute(select(Channel.id, Channel.name).where(Channel.id.in_(lanes)))
    people = select(TeamMember.slack_id, TeamMember.name).where(TeamMember.slack_id.in_(lanes))
    named = {id: f"#{name}" for id, name in places if name}
    return named | {str(id): name for id, name in session.execute(people)}
