"""`csbot import KIND FILE`: the file in, a report out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from csbot import clock, terminal
from csbot.imports.amounts import Mark
from csbot.imports.dates import Order
from csbot.imports.errors import BadCell, Problem, UnusableFile, shorten
from csbot.imports.kinds import Options
from csbot.imports.reading import Table, read_table
from csbot.imports.report import NOTICES_SHOWN, Report
from csbot.imports.service import KINDS, import_file
from csbot.imports.values import closest, read_zone
from csbot.wiring import Wiring

GOOD, BAD_ROWS, UNUSABLE = 0, 1, 2

Step = Callable[[int], None]


def import_command(
    wiring: Wiring,
    kind: str,
    file: Path,
    *,
    dry_run: bool = False,
    dates: str | None = None,
    numbers: str | None = None,
    zone: str | None = None,
    as_json: bool = False,
) -> int:
    """Exit status: 0 done, 1 bad rows and nothing changed, 2 not a file or flag we can use."""
    try:
        kind = _kind(kind)
        options = _options(dates, numbers, zone or wiring.settings.env.csbot_timezone)
        table = read_table(_bytes(file), kind=kind, options=options)
    except UnusableFile as unusable:
        _refuse(str(unusable), file, as_json)
        return UNUSABLE
    report = _import(wiring, table, file, dry_run=dry_run, quiet=as_json)
    if as_json:
        typer.echo(terminal.as_json(report.as_json()))
    else:
        _print(report)
    return GOOD if report.ok else BAD_ROWS


def _kind(kind: str) -> str:
    if kind in KINDS:
        return kind
    near = closest(kind.casefold(), KINDS)
    meant = f" Did you mean {near}?" if near else ""
    raise UnusableFile(f"“{kind}” cannot be imported; {', '.join(KINDS)} can.{meant}")


def _options(dates: str | None, numbers: str | None, zone: str) -> Options:
    """Raises UnusableFile that tells all flags which are wrong."""
    orders, marks = {order.value: order for order in Order}, {mark.flag: mark for mark in Mark}
    wrong = []
    if dates and dates not in orders:
        wrong.append(f"--dates is day-first or month-first, not {dates}.")
    if numbers and numbers not in marks:
        wrong.append(f"--numbers is dot or comma, not {numbers}.")
    try:
        zone = read_zone(zone)
    except BadCell as bad:
        wrong.append(f"--zone: {bad.mend}")
    if wrong:
        raise UnusableFile(" ".join(wrong))
    return Options(
        zone=ZoneInfo(zone), dates=orders.get(dates or ""), numbers=marks.get(numbers or "")
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UnusableFile("There is no such file.") from error
    except IsADirectoryError as error:
        raise UnusableFile(f"This is a folder. {_inside(file)}") from error
    except OSError as error:
        raise UnusableFile(f"This file cannot be read: {error.strerror}.") from error


def _inside(folder: Path) -> str:
    """Which file of the folder may be meant."""
    found = sorted(folder.glob("*.[cC][sS][vV]"))
    return f"Name the CSV file in it, as in {found[0]}." if found else "There is no CSV file in it."


def _import(wiring: Wiring, table: Table, file: Path, *, dry_run: bool, quiet: bool) -> Report:
    with _progress(table, quiet) as step, wiring.sessions.begin() as session:
        return import_file(
            session,
            table=table,
            by=None,
            now=clock.now(),
            dry_run=dry_run,
            settings=wiring.settings,
            source=file.name,
            step=step,
        )


@contextmanager
def _progress(table: Table, quiet: bool) -> Iterator[Step]:
    """A bar on a terminal; nothing where the output goes to a file or another program."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda rows: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(f"Importing {table.kind}", total=len(table.records))
        yield lambda rows: progress.advance(task, rows)


def _refuse(reason: str, file: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"ok": False, "file": file.name or str(file), "reason": reason}))
    else:
        typer.echo(terminal.shown(f"{file}: {reason}"), err=True)


def _print(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for notice in report.notices[:NOTICES_SHOWN]:
        console.print(f"[dim]Note:[/] {_safe(notice)}")
    for problem in report.bad():
        console.print(_told(problem))
    if report.problems.more():
        console.print(f"… and {report.problems.more():,} more.")
    colour = "green" if report.ok else "red"
    console.print(f"[{colour}]{_safe(report.summary())}[/]")
    if report.ok and report.dry_run:
        console.print("This was a dry run: nothing was changed.")


def _told(problem: Problem) -> str:
    value = f" ({shorten(problem.value)})" if problem.value not in ("", None) else ""
    inside = "“" in problem.mend
    return (
        f"[bold]line {problem.line}[/], {_safe(problem.column)}"
        f"{'' if inside else _safe(value)}: {_safe(problem.mend)}"
    )


def _safe(text: str) -> str:
    """Neither the terminal nor rich reads commands in what a file says."""
    return escape(terminal.shown(text))
