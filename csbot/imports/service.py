"""Import one file: all of it or nothing, and a second time without doubling anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.imports import accounts, belongings, team
from csbot.imports.directory import Accounts, People
from csbot.imports.reading import Table
from csbot.imports.report import Report
from csbot.imports.store import chunks
from csbot.settings import Settings

KINDS = ("accounts", "contacts", "team", "tasks", "meetings", "feedback", "revenue")

Step = Callable[[int], None]
Write = Callable[[Report], None]


def import_file(
    session: Session,
    *,
    table: Table,
    by: int | None,
    now: datetime,
    dry_run: bool,
    settings: Settings,
    source: str = "",
    step: Step = lambda rows: None,
) -> Report:
    """Write the rows of a file that was read; with any problem, or in a dry run, write nothing."""
    report = Report(table.kind, dry_run, table.rows)
    job = _Job(session, table, People.load(session), by, now, settings, step)
    write = PREPARE.get(table.kind, _belongings)(job)
    report.notices, report.problems = table.all_notices(), table.problems
    if not report.ok:
        return report
    trial = session.begin_nested()
    write(report)
    _record(session, report, by=by, now=now, source=source)
    session.flush()
    if dry_run:
        trial.rollback()
    else:
        trial.commit()
    return report


@dataclass(frozen=True, slots=True)
class _Job:
    """What preparing needs: it looks up every row and returns how to write them all."""

    session: Session
    table: Table
    people: People
    by: int | None
    now: datetime
    settings: Settings
    step: Step


def _team(job: _Job) -> Write:
    team.check(job.table, job.people, team.slack_ids(job.session))

    def write(report: Report) -> None:
        records = job.table.records
        team.write(job.session, records, report, by=job.by, now=job.now, settings=job.settings)
        job.step(len(records))

    return write


def _accounts(job: _Job) -> Write:
    placed = accounts.place(job.table, Accounts.load(job.session), job.people)
    thresholds = job.settings.config.thresholds

    def write(report: Report) -> None:
        for part in chunks(placed, job.step):
            accounts.write(job.session, part, report, by=job.by, now=job.now, thresholds=thresholds)

    return write


def _belongings(job: _Job) -> Write:
    kind = belongings.KINDS[job.table.kind]
    context = belongings.Context(job.now, job.by, job.settings.config.thresholds)
    if job.table.kind == "feedback" and not len(job.table.problems):
        belongings.judge(job.table.records, context.thresholds)
    items = belongings.place(job.table, kind, Accounts.load(job.session), job.people)

    def write(report: Report) -> None:
        for part in chunks(items, job.step):
            belongings.write(job.session, part, report, kind, context)

    return write


PREPARE: Mapping[str, Callable[[_Job], Write]] = {"team": _team, "accounts": _accounts}


def _record(
    session: Session, report: Report, *, by: int | None, now: datetime, source: str
) -> None:
    counts = {"created": report.created, "changed": report.changed}
    audit.record(
        session,
        verb="import",
        subject=f"import:{report.kind}",
        by=by,
        now=now,
        after=counts | {"unchanged": report.unchanged},
        why=source or None,
    )
