"""Switching playbooks on and off, and keeping one that its alerts' readers doubt."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.errors import Refused
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import Playbook
from csbot.playbooks.versions import named
from csbot.team.model import TeamMember


def switch(
    session: Session, *, name: str, enabled: bool, by: TeamMember, now: datetime
) -> Definition:
    """Whatever its file says; Refused where it is so already. Returns what its file says."""
    require(by, May.PLAYBOOKS)
    force = named(session, name)
    row = _locked(session, name)
    if row.gone_at is not None:
        raise Refused(f"The file of “{force.definition.title}” is gone; bring it back first.")
    if force.enabled == enabled:
        raise Refused(f"“{force.definition.title}” is {'on' if enabled else 'off'} already.")
    row.enabled, row.changed_by_id, row.changed_at = enabled, by.id, now
    row.on_since = now if enabled else None
    _record(session, name, "playbook.switched_on" if enabled else "playbook.switched_off", by, now)
    return force.definition


def sends(session: Session, *, name: str, sends: bool, by: TeamMember, now: datetime) -> Definition:
    """Whether its messages to customers go out without anybody's approval."""
    require(by, May.PLAYBOOKS)
    force = named(session, name)
    row = _locked(session, name)
    if force.sends == sends:
        how = "writes to customers by itself" if sends else "asks before it writes to customers"
        raise Refused(f"“{force.definition.title}” {how} already.")
    row.sends, row.changed_by_id, row.changed_at = sends, by.id, now
    _record(session, name, "playbook.sends" if sends else "playbook.asks", by, now)
    return force.definition


def keep(session: Session, *, name: str, by: TeamMember, now: datetime) -> Definition:
    """Somebody has looked at what people say of its alerts, and wants it to stay on."""
    require(by, May.PLAYBOOKS)
    force = named(session, name)
    if not force.enabled:
        raise Refused(f"“{force.definition.title}” is off already.")
    _record(session, name, "playbook.kept", by, now)
    return force.definition


def _locked(session: Session, name: str) -> Playbook:
    query = select(Playbook).where(Playbook.name == name).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _record(session: Session, name: str, verb: str, by: TeamMember, now: datetime) -> None:
    audit.record(session, verb=verb, subject=f"playbook:{name}", by=by.id, now=now)
