"""Absences from the team's file: checked with its rows, written once everybody has an id."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.audit import AuditEntry
from csbot.away import rules
from csbot.away.cover import BACK_AT
from csbot.away.model import Absence
from csbot.away.rules import Span
from csbot.away.service import facts
from csbot.imports.directory import People
from csbot.imports.reading import Record, Table
from csbot.imports.run import Run
from csbot.imports.store import Row, insert_returning, insert_rows, table_of, update_rows

ABSENCES = table_of(Absence)


def check(table: Table, people: People, stored: Sequence[Span], run: Run) -> None:
    """Days that fit together, covers who exist and are no circle with those that are stored."""
    roles = {record.values["email"]: record.values["role"] for record in table.records}
    away = [record for record in table.records if _says_something(record.values)]
    for record in away:
        if wrong := _wrong(record.values, people, roles):
            table.bad(record, wrong[0], record.values.get(wrong[0]), wrong[1])
    if len(table.problems) == 0:
        _circles(table, [record for record in away if _is_ahead(record, run)], people, stored, run)


def _says_something(values: Mapping[str, Any]) -> bool:
    return any(values.get(name) for name in ("away_from", "away_until", "cover_email"))


def _wrong(
    values: Mapping[str, Any], people: People, roles: Mapping[str, str]
) -> tuple[str, str] | None:
    """The column and its mend."""
    start, end, cover = (values.get(n) for n in ("away_from", "away_until", "cover_email"))
    if end is None:
        told = "away_from" if start else "cover_email"
        return told, "say in away_until which is the first day back, or empty this cell."
    if start and start >= end:
        return "away_until", "the first day back comes after away_from; swap or change the days."
    if end - (start or end) > rules.LONGEST:
        return "away_until", "that is more than a year; write an earlier day."
    if cover == values["email"]:
        return "cover_email", "nobody covers for themselves; name somebody else."
    if cover and cover not in roles and cover not in people.by_email:
        told = f"{cover} is neither in this file nor in the team; add a row, or empty this cell."
        return "cover_email", told
    if cover and roles.get(cover) == Role.VIEWER:
        return "cover_email", f"{cover} is a viewer and cannot act on accounts; name another."
    return None


def _circles(
    table: Table, away: list[Record], people: People, stored: Sequence[Span], run: Run
) -> None:
    emails = {one for record in table.records for one in (record.values["email"],)}
    ids = dict(people.by_email) | {
        email: -n for n, email in enumerate(sorted(emails - set(people.by_email)), 1)
    }
    names = {id: email for email, id in ids.items()}
    own = {ids[record.values["email"]]: record for record in away}
    spans = [span for span in stored if span.member_id not in own]
    spans += [_span(record, ids, ZoneInfo("UTC"), run) for record in away]
    for record in away:
        circle = rules.loop(_span(record, ids, ZoneInfo("UTC"), run), spans)
        if circle:
            chain = ", ".join(names[id] for id in (*circle, circle[0]))
            mend = f"the covers go in a circle: {chain}; name somebody who is there."
            table.bad(record, "cover_email", record.values["cover_email"], mend)


def _is_ahead(record: Record, run: Run) -> bool:
    """What is over is history: it changes nothing."""
    end = record.values.get("away_until")
    return end is not None and _midnight(end, ZoneInfo("UTC")) > run.now


def _span(record: Record, ids: Mapping[str, int], zone: ZoneInfo, run: Run) -> Span:
    values = record.values
    start = values.get("away_from")
    return Span(
        ids[values["email"]],
        ids.get(values.get("cover_email") or ""),
        _midnight(start, zone) if start else run.now,
        _midnight(values["away_until"], zone),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def stored_spans(session: Session, now: datetime) -> list[Span]:
    columns = Absence.member_id, Absence.cover_id, Absence.starts_at, BACK_AT
    return [Span(*row) for row in session.execute(select(*columns).where(now < BACK_AT))]


def write(
    session: Session,
    records: Iterable[Record],
    people: People,
    zones: Mapping[int, ZoneInfo],
    run: Run,
) -> set[int]:
    """The people whose absence is new or other than it was."""
    wanted = {}
    for record in records:
        if _is_ahead(record, run):
            id = people.by_email[record.values["email"]]
            wanted[id] = record, _span(record, people.by_email, zones[id], run)
    known = _known(session, wanted, run.now) if wanted else {}
    new, changed, entries = [], [], []
    for id, (record, span) in wanted.items():
        absence = next((one for one in known.get(id, ()) if rules.overlap(_of(one), span)), None)
        if absence is None:
            new.append((record, span))
            continue
        before = facts(absence)
        after = _as_wanted(before, span, absence.starts_at <= run.now)
        if after != before:
            changed.append((absence.id, span, absence, after))
            entries.append(_written_down("away.moved", absence.id, id, before, after, record, run))
    _change(session, changed)
    ids = insert_returning(session, ABSENCES, [_fresh(span, run) for _, span in new])
    for absence_id, (record, span) in zip(ids, new, strict=True):
        after = _as_wanted({"ended_at": None}, span, False)
        entries.append(
            _written_down("away.set", absence_id, span.member_id, None, after, record, run)
        )
    insert_rows(session, table_of(AuditEntry), entries)
    return {span.member_id for _, span in new} | {one[1].member_id for one in changed}


def _known(session: Session, members: Iterable[int], now: datetime) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {}
    query = select(Absence).where(Absence.member_id.in_(list(members)), now < BACK_AT)
    for absence in session.scalars(query.order_by(Absence.starts_at)):
        found.setdefault(absence.member_id, []).append(absence)
    return found


def _of(absence: Absence) -> Span:
    return Span(absence.member_id, absence.cover_id, absence.starts_at, absence.ends_at)


def _as_wanted(before: Row, span: Span, begun: bool) -> Row:
    """What has begun goes on as it began; an empty cell never takes a cover away."""
    return {
        "starts_at": before["starts_at"] if begun else span.starts_at.isoformat(),
        "ends_at": span.back_at.isoformat(),
        "cover_id": span.cover_id or before.get("cover_id"),
        "ended_at": before["ended_at"],
    }


def _change(session: Session, changed: Iterable[tuple[int, Span, Absence, Row]]) -> None:
    rows = [
        {
            "id": id,
            "starts_at": datetime.fromisoformat(after["starts_at"]),
            "ends_at": span.back_at,
            "cover_id": after["cover_id"],
        }
        for id, span, _, after in changed
    ]
    update_rows(session, ABSENCES, rows)


def _fresh(span: Span, run: Run) -> Row:
    return {
        "member_id": span.member_id,
        "cover_id": span.cover_id,
        "starts_at": span.starts_at,
        "ends_at": span.back_at,
        "made_by_id": run.by,
        "made_at": run.now,
    }


def _written_down(
    verb: str, id: int, member: int, before: Row | None, after: Row, record: Record, run: Run
) -> Row:
    return {
        "at": run.now,
        "by_id": run.by,
        "verb": verb,
        "subject": f"absence:{id}",
        "account_id": None,
        "before": before,
        "after": after | {"member_id": member},
        "why": run.why(record.line),
    }
