"""Import one file: all of it or nothing, and a second time without doubling anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.db import locks
from csbot.imports import absences, accounts, belongings, feedback, team
from csbot.imports.directory import Accounts, People
from csbot.imports.reading import Table
from csbot.imports.report import Report
from csbot.imports.run import Run
from csbot.imports.store import chunks
from csbot.payments.service import join
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
    # Of two at once the second finds what the first has added, also where no key forbids it twice.
    locks.alone(session.connection(), locks.IMPORT)
    report = Report(table.kind, dry_run, table.rows)
    run = Run(by, now, source or "import", settings)
    job = _Job(session, table, People.load(session), run, step)
    write = PREPARE.get(table.kind, _belongings)(job)
    report.notices, report.problems = table.all_notices(), table.problems
    if not report.ok:
        return report
    trial = session.begin_nested()
    write(report)
    _record(session, report, run)
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
    run: Run
    step: Step


def _team(job: _Job) -> Write:
    team.check(job.table, job.people, team.slack_ids(job.session))
    spans = absences.stored_spans(job.session, job.run.now)
    absences.check(job.table, job.people, spans, job.run)

    def write(report: Report) -> None:
        team.write(job.session, job.table.records, report, job.run)
        job.step(len(job.table.records))

    return write


def _accounts(job: _Job) -> Write:
    placed = accounts.place(job.table, Accounts.load(job.session), job.people)
    accounts.mention_stale(job.table, job.run.now)
    accounts.mention_no_arr(job.table)
    accounts.mention_left(job.table)

    def write(report: Report) -> None:
        for part in chunks(placed, job.step):
            accounts.write(job.session, part, report, job.run)
        join(job.session, now=job.run.now)

    return write


def _belongings(job: _Job) -> Write:
    kind = belongings.KINDS[job.table.kind]
    if job.table.kind == "feedback" and not len(job.table.problems):
        feedback.judge(job.table.records, job.run.thresholds)
    items = belongings.place(job.table, kind, Accounts.load(job.session), job.people)

    def write(report: Report) -> None:
        touched: set[int] = set()
        for part in chunks(items, job.step):
            touched |= belongings.write(job.session, part, report, kind, job.run)
        kind.then(job.session, touched, job.run)

    return write


PREPARE: Mapping[str, Callable[[_Job], Write]] = {"team": _team, "accounts": _accounts}


def _record(session: Session, report: Report, run: Run) -> None:
    """The file as a whole; one that changed nothing leaves nothing."""
    if not report.created and not report.changed:
        return
    counts = {"created": report.created, "changed": report.changed}
    audit.record(
        session,
        verb="import",
        subject=f"import:{report.kind}",
        by=run.by,
        now=run.now,
        after=counts | {"unchanged": report.unchanged},
        why=run.source,
    )
