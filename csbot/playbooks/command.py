"""`csbot playbook`: what playbooks there are, and what is wrong with their files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.playbooks.diagram.command import diagram
from csbot.playbooks.simulate.command import simulate
from csbot.starting import Json, configured, fail, wired

if TYPE_CHECKING:
    from csbot.playbooks.examining import Examiner
    from csbot.playbooks.folders import Folders, Found

playbook = typer.Typer(help="Playbooks: what csbot does, and when.", no_args_is_help=True)


@playbook.command("list")
def list_playbooks(as_json: Json = False) -> None:
    """Show every playbook: what starts it, whether it is on, and what is wrong with its file."""
    from csbot import clock
    from csbot.playbooks.overview import overview
    from csbot.playbooks.store import sync

    wiring = wired()
    with wiring.sessions.begin() as session:
        rows = overview(session)
        if not rows:  # nobody has read them in yet; later that is the worker's, who has the files
            sync(session, settings=wiring.settings, now=clock.now())
            rows = overview(session)
    typer.echo(terminal.as_json(rows) if as_json else _table(rows))


def _table(rows: list[dict[str, Any]]) -> str:
    shown = ("name", "state", "touches", "source", "starts")
    table = terminal.table([{name: row[name] for name in shown} for row in rows])
    return "\n".join([table, *(terminal.shown(row["problem"]) for row in rows if row["problem"])])


@playbook.command("lint")
def lint_playbooks(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE|FOLDER|NAME]…", help="All, if none is given."),
    ] = None,
) -> None:
    """Say what is wrong with playbook files: where, and the mend. Warnings do not count.

    Those about csbot's own library are shown where one asks for its files by name.
    """
    from csbot import clock
    from csbot.playbooks.examining import Examiner
    from csbot.playbooks.folders import look
    from messages.render import use_folder

    settings = configured()
    use_folder(settings.env.csbot_templates_dir)
    folders = look(settings)
    if folders.away:
        fail(folders.away)
    wanted = _wanted(folders, files or folders.names)
    names = {*folders.names, *(found.name for found in wanted)}
    examiner = Examiner(names, settings, clock.now().date())
    raise typer.Exit(_lint(examiner, wanted, every_warning=bool(files)))


def _wanted(folders: "Folders", asked: list[str]) -> list["Found"]:
    from csbot.misfit import unknown
    from csbot.playbooks.folders import one

    found = []
    for name in asked:
        if name in folders.found:
            found.append(folders.found[name])
        elif Path(name).is_dir():
            found += _within(Path(name))
        elif Path(name).exists() or Path(name).suffix:
            found.append(one(Path(name)))
        else:
            fail(unknown(name, folders.names, "file or playbook"))
    return found


def _within(folder: Path) -> list["Found"]:
    from csbot.playbooks.folders import within

    try:
        found = within(folder)
    except OSError as error:
        fail(f"{folder}: cannot be looked into: {error.strerror}")
    return found or fail(f"{folder}: there is no .yaml file in it")


def _lint(examiner: "Examiner", wanted: list["Found"], *, every_warning: bool) -> int:
    """Prints every problem; 1 if there is an error among them."""
    from messages.text import plural

    problems = [
        problem
        for found in wanted
        for problem in examiner.examine(found)[1]
        if every_warning or found.source == "own" or not problem.warning
    ]
    for problem in problems:
        typer.echo(terminal.shown(str(problem)))
    errors = sum(not problem.warning for problem in problems)
    warnings = plural(len(problems) - errors, "warning")
    typer.echo(f"{plural(len(wanted), 'file')}: {plural(errors, 'error')}, {warnings}", err=True)
    return 1 if errors else 0


@playbook.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of playbook files, for editors."""
    from csbot.playbooks.schema import schema

    typer.echo(terminal.as_json(schema()))


playbook.command("diagram")(diagram)
playbook.command("simulate")(simulate)
