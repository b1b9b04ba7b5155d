"""Keeps in the database which version of each playbook is in force; a file that breaks stops none.

What `sync` does follows from the files and the rows alone: any worker may do it at any time.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, bindparam, select, tuple_
from sqlalchemy.orm import Session

from csbot import audit
from csbot.db.rows import insert_missing
from csbot.playbooks.definition import Definition
from csbot.playbooks.examining import Examiner
from csbot.playbooks.folders import Folders, look
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.playbooks.notices import tell
from csbot.playbooks.settling import Change, Seen, Version, settle
from csbot.settings import Settings

log = logging.getLogger(__name__)
REMEMBERED = 500  # definitions


@dataclass(frozen=True)
class Force:
    """A playbook as it stands; off when `enabled` is false, and then nobody enters it."""

    name: str
    version_id: int
    definition: Definition
    enabled: bool
    sends: bool
    on_since: datetime | None
    baseline_id: int | None


def in_force(session: Session) -> list[Force]:
    """Every playbook that ever had a good file, also those that are off, by name."""
    rows = list(session.scalars(_of_good_files()))
    said = definitions(session, [row.version_id for row in rows if row.version_id])
    return [_force(row, said[row.version_id]) for row in rows if row.version_id in said]


@cache
def _of_good_files() -> Select[Playbook]:
    return select(Playbook).where(Playbook.version_id.is_not(None)).order_by(Playbook.name)


def _force(playbook: Playbook, said: Definition) -> Force:
    enabled = said.enabled if playbook.enabled is None else playbook.enabled
    sends = said.touches == "send" if playbook.sends is None else playbook.sends
    assert playbook.version_id is not None  # noqa: S101  `in_force` asks for no others
    return Force(
        playbook.name,
        playbook.version_id,
        said,
        enabled and playbook.gone_at is None,
        sends,
        playbook.on_since,
        playbook.baseline_id,
    )


def definitions(session: Session, ids: list[int]) -> dict[int, Definition]:
    """Of versions by id; one that this csbot cannot read any more is logged and left out."""
    found = {id: version.definition for id, version in _stored(session, ids).items()}
    return {id: definition for id, definition in found.items() if definition is not None}


_read: dict[str, Definition] = {}  # by digest: the ids of two databases may be the same


def _stored(session: Session, ids: list[int]) -> dict[int, Version]:
    rows = session.execute(_of_ids(), {"ids": ids}).all()
    fresh = [row.id for row in rows if row.digest not in _read]
    if fresh:
        if len(_read) + len(fresh) > REMEMBERED:
            _read.clear()
            fresh = [row.id for row in rows]
        _remember(session, fresh)
    return {row.id: Version(row.id, row.source, _read.get(row.digest)) for row in rows}


@cache
def _of_ids() -> Select[int, str, str]:
    v = PlaybookVersion
    return select(v.id, v.digest, v.source).where(v.id.in_(bindparam("ids", expanding=True)))


def _remember(session: Session, ids: list[int]) -> None:
    v = PlaybookVersion
    for row in session.execute(select(v.id, v.digest, v.definition).where(v.id.in_(ids))):
        try:
            _read[row.digest] = Definition.model_validate(row.definition)
        except ValidationError:
            log.exception("playbook version cannot be read", extra={"version_id": row.id})


def sync(session: Session, *, settings: Settings, now: datetime) -> list[str]:
    """Bring the rows to what the files say; returns a line for each change."""
    folders = look(settings)
    known = set(session.scalars(select(Playbook.name).where(Playbook.version_id.is_not(None))))
    examine = Examiner(folders.names, settings, now.date())
    seen = {name: _seen(folders, name, known, examine) for name in folders.names}
    if seen:
        insert_missing(session, Playbook, [{"name": name} for name in seen])
    changes = _changes(session, seen, away=folders.away is not None, now=now)
    for change in changes:
        _record(session, change, now)
    tell(session, changes, folders.away, settings=settings, now=now)
    return [change.told for change in changes]


def _seen(folders: Folders, name: str, known: set[str], examine: Examiner) -> Seen:
    """A team's own file that is broken before any was good leaves the library's in its place."""
    first = folders.found[name]
    made = examine(first)
    if made.broken and name not in known and first.source == "own" and name in folders.library:
        below = examine(folders.library[name])
        return Seen(below.found, below.file, below.definition, made.broken)
    return made


def _changes(
    session: Session, seen: Mapping[str, Seen], *, away: bool, now: datetime
) -> list[Change]:
    ids = _ids(session, seen, now)
    rows = list(session.scalars(select(Playbook).order_by(Playbook.name).with_for_update()))
    versions = _stored(session, [*ids.values(), *(r.version_id for r in rows if r.version_id)])
    return [
        change
        for row in rows
        for change in settle(
            row,
            seen.get(row.name),
            before=versions.get(row.version_id or 0),
            good=versions.get(ids.get(row.name, 0)),
            away=away,
            now=now,
        )
    ]


def _ids(session: Session, seen: Mapping[str, Seen], now: datetime) -> dict[str, int]:
    """The stored version of each good file, by the playbook's name."""
    good = {(name, s.file.digest): s for name, s in seen.items() if s.file and s.definition}
    if not good:
        return {}
    v = PlaybookVersion
    wanted = select(v.name, v.digest, v.id).where(tuple_(v.name, v.digest).in_(list(good)))
    found = {(row.name, row.digest): row.id for row in session.execute(wanted)}
    if fresh := [_row(*key, s, now) for key, s in good.items() if key not in found]:
        insert_missing(session, v, fresh)
        found = {(row.name, row.digest): row.id for row in session.execute(wanted)}
    return {name: id for (name, _), id in found.items()}


def _row(name: str, digest: str, seen: Seen, now: datetime) -> dict[str, Any]:
    assert seen.definition is not None  # noqa: S101  only good ones are stored
    said = seen.definition.model_dump(mode="json", by_alias=True, exclude_unset=True)
    source = seen.found.source
    return {"name": name, "digest": digest, "source": source, "definition": said, "seen_at": now}


def _record(session: Session, change: Change, now: datetime) -> None:
    audit.record(
        session,
        verb=f"playbook.{change.kind}",
        subject=f"playbook:{change.playbook.name}",
        by=None,
        now=now,
        before={"version": change.before and change.before.id},
        after={"version": change.after and change.after.id},
        why=change.playbook.problem,
    )
