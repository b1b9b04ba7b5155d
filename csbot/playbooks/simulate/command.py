"""`csbot playbook simulate`: what a playbook would have done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.starting import Json, fail, wired

if TYPE_CHECKING:
    from csbot.playbooks.definition import Definition
    from csbot.playbooks.simulate.replay import Progress
    from csbot.settings import Settings


def simulate(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A playbook, or its file.")],
    since: Annotated[str, typer.Option(help="How far back: 180d, 26w or a date.")] = "180d",
    parameters: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="Another parameter of its trigger."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a playbook would have done on the stored history; nothing is sent or stored."""
    from csbot import clock
    from csbot.db.engine import reading
    from csbot.errors import Refused
    from csbot.playbooks.simulate import period, report, service
    from csbot.words import for_terminal

    wiring, now = wired().in_force(), clock.now()
    definition = _definition(name, wiring.settings)
    try:
        definition = service.with_parameters(definition, _parameters(parameters or []))
        began = period.since(since, now)
        with reading(wiring.engine) as session, _progress(as_json) as progress:
            made = service.simulate(
                session, definition, settings=wiring.settings, since=began, now=now,
                progress=progress,
            )  # fmt: skip
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    shown = terminal.as_json(report.as_data(made)) if as_json else report.as_text(made)
    typer.echo(shown if as_json else terminal.shown(shown))


def _definition(name: str, settings: "Settings") -> "Definition":
    """Of a file that has no error; it need not be in force."""
    from csbot import clock
    from csbot.misfit import unknown
    from csbot.playbooks.examining import Examiner
    from csbot.playbooks.folders import look, one

    folders = look(settings)
    found = folders.found.get(name)
    if found is None and not Path(name).exists():
        fail(unknown(name, folders.names, "file or playbook"))
    found = found or one(Path(name))
    examiner = Examiner({*folders.names, found.name}, settings, clock.now().date())
    problems = [one for one in examiner.examine(found)[1] if not one.warning]
    if problems:
        fail("\n".join(map(str, problems)))
    return found.read().definition()


def _parameters(said: list[str]) -> dict[str, Any]:
    """Values as YAML reads them: `days=10` is a number."""
    import yaml

    found = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            fail(f"--with wants NAME=VALUE, like days=10; it is {one!r}.")
        try:
            found[name.strip()] = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError):  # ValueError: a date that the calendar has not
            fail(f"--with {one!r}: the value cannot be read; write it like days=10.")
    return found


@contextmanager
def _progress(quiet: bool) -> Iterator["Progress"]:
    """A bar on standard error where a person looks on."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, of: None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("Replaying", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
