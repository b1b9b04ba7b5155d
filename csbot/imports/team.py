"""The team from a file: found by e-mail; managers may stand above or below in the same file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.home import rights
from csbot.imports import absences
from csbot.imports.directory import People
from csbot.imports.reading import Record, Table
from csbot.imports.report import Report
from csbot.imports.run import Run
from csbot.imports.store import Row, held, insert_returning, table_of, update_rows
from csbot.imports.trail import entry, record_all
from csbot.team.model import AS_ROLE, TeamMember
from csbot.team.rules import zone_named

TEAM = table_of(TeamMember)
WRITTEN = ("name", "role", "slack_id", "timezone", "manager_id", "country")


def check(table: Table, people: People, held: Mapping[str, str]) -> None:
    """Addresses and Slack ids once each, managers who exist; `held` is Slack id to address."""
    in_file = {record.values["email"] for record in table.records}
    lines: dict[tuple[str, str], int] = {}
    managers = {record.values["email"]: record for record in table.records}
    for record in table.records:
        for name in ("email", "slack_id"):
            _once(table, record, name, lines)
        _free(table, record, held, in_file)
        manager = record.values.get("manager_email")
        if manager and manager not in in_file and manager not in people.by_email:
            mend = (
                f"{manager} is neither in this file nor in the team; add a row, or empty this cell."
            )
            table.bad(record, "manager_email", manager, mend)
        elif manager and _loops(record, managers):
            mend = "the chain of managers comes back to this person; empty one of its cells."
            table.bad(record, "manager_email", manager, mend)


def _once(table: Table, record: Record, name: str, lines: dict[tuple[str, str], int]) -> None:
    value = record.values.get(name)
    first = lines.setdefault((name, value), record.line) if value else record.line
    if first != record.line:
        table.bad(record, name, value, f"line {first} has the same; keep one of the two rows.")


def _free(table: Table, record: Record, held: Mapping[str, str], in_file: set[str]) -> None:
    slack_id = record.values.get("slack_id")
    holder = held.get(slack_id or "")
    if holder and holder != record.values["email"]:
        also = " (also in this file)" if holder in in_file else ""
        mend = f"{slack_id} belongs to {holder}{also}; each person has an id of their own."
        table.bad(record, "slack_id", slack_id, mend)


def _loops(record: Record, managers: Mapping[str, Record]) -> bool:
    start = record.values["email"]
    above, steps = record.values.get("manager_email"), 0
    while above and above != start and steps < len(managers):
        above = managers[above].values.get("manager_email") if above in managers else None
        steps += 1
    return bool(above == start)


def slack_ids(session: Session) -> dict[str, str]:
    query = select(TEAM.c.slack_id, TEAM.c.email).where(TEAM.c.slack_id.is_not(None))
    return {row[0]: row[1] for row in session.execute(query)}


def write(session: Session, records: Sequence[Record], report: Report, run: Run) -> None:
    """First everybody without a new manager, so that the managers have ids; then those."""
    people = People.load(session)
    stored = _stored(session)
    new = [record for record in records if record.values["email"] not in people.by_email]
    added = insert_returning(session, TEAM, [_fresh(record, run) for record in new])
    for record, member_id in zip(new, added, strict=True):
        people.by_email[record.values["email"]] = member_id
        stored[member_id] = _bare(record, run)
    changed, entries, roles = [], [], []
    zones: dict[int, ZoneInfo] = {}
    for record in records:
        member_id = people.by_email[record.values["email"]]
        before = stored[member_id]
        after = before | _given(record, people)
        zones[member_id] = zone_named(after["timezone"])
        if after != before:
            changed.append({"id": member_id} | after)
        if after["role"] != before["role"]:
            roles.append(member_id)
        if member_id in added:
            entries.append(_entry(record, member_id, {}, after, run))
        elif after != before:
            entries.append(_entry(record, member_id, before, after, run))
    update_rows(session, TEAM, changed)
    record_all(session, entries)
    rights.changed(session, roles, now=run.now)
    elsewhere = absences.write(session, records, people, zones, run)
    touched = {entry["subject"] for entry in entries} | {f"team:{id}" for id in elsewhere}
    updated = len(touched) - len(added)
    report.count(len(added), updated, len(records) - len(added) - updated)


def _stored(session: Session) -> dict[int, Row]:
    columns = [TEAM.c[name] for name in WRITTEN]
    rows = session.execute(held(select(TEAM.c.id, *columns), TEAM))
    return {row[0]: dict(zip(WRITTEN, row[1:], strict=True)) for row in rows}


def _given(record: Record, people: People) -> Row:
    values = record.values
    given = {name: values[name] for name in WRITTEN if name in values}
    manager = values.get("manager_email")
    return given | ({"manager_id": people.by_email[manager]} if manager else {})


def _bare(record: Record, run: Run) -> Row:
    values = record.values
    return {
        "name": values.get("name") or _by_address(values["email"]),
        "role": values["role"],
        "slack_id": values.get("slack_id"),
        "timezone": values.get("timezone") or run.settings.env.csbot_timezone,
        "manager_id": None,
        "country": values.get("country"),
    }


def _by_address(email: str) -> str:
    """dana.reyes@vendor.example is called Dana Reyes until somebody says otherwise."""
    return re.sub(r"[._-]+", " ", email.partition("@")[0]).strip().title() or email


def _fresh(record: Record, run: Run) -> dict[str, Any]:
    hours = run.settings.config.working_hours
    return _bare(record, run) | {
        "email": record.values["email"],
        "working_days": list(hours.days),
        "work_starts": hours.starts,
        "work_ends": hours.ends,
        "digest_at": hours.digest_at,
        "alerts_by": AS_ROLE,
        "active": True,
        "is_outsider": False,
        "created_at": run.now,
    }


def _entry(record: Record, member_id: int, before: Row, after: Row, run: Run) -> Row:
    return entry(
        run,
        verb="team.changed" if before else "team.added",
        subject=f"team:{member_id}",
        before=before,
        after=after,
        names=WRITTEN,
        line=record.line,
    )
