"""`csbot playbook diagram`: the pages and pictures of the documentation."""

from pathlib import Path
from typing import Annotated

import typer

from csbot import terminal
from csbot.starting import fail


def diagram(
    name: Annotated[str | None, typer.Argument(help="One playbook; without it all.")] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("docs/playbooks"),
) -> None:
    """Write a page and a picture of each playbook: who does what, one lane a role."""
    from csbot.playbooks.diagram.drawing import files, write
    from csbot.playbooks.folders import look
    from csbot.playbooks.reading import Broken
    from csbot.settings import Settings, SettingsError

    try:
        folders = look(Settings.load())
        found = {each: folders.first(each) for each in ([name] if name else folders.names)}
        definitions = [file.read().definition() for file in found.values() if file]
    except (Broken, SettingsError) as error:
        fail(str(error))
    if not definitions:
        fail(f"There is no playbook {name!r}. csbot playbook list shows them all.")
    content = files(definitions, whole=name is None)
    write(content, out)
    typer.echo(terminal.shown("\n".join(str(out / each) for each in sorted(content))))
