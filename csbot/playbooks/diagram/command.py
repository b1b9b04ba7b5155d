"""`csbot playbook diagram`: the pages and pictures of the documentation."""

from pathlib import Path
from typing import Annotated

import typer

from csbot import terminal
from csbot.starting import configured, fail


def diagram(
    name: Annotated[str | None, typer.Argument(help="One playbook; without it all.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; of one playbook the current one.")
    ] = None,
) -> None:
    """Write a page and a picture of each playbook: who does what, one lane a role."""
    from csbot.misfit import unknown
    from csbot.playbooks.diagram.drawing import files, write
    from csbot.playbooks.folders import look
    from csbot.playbooks.reading import Broken

    if name is None and out is None:
        fail(
            "Say which folder the pages of all playbooks are for: --out DIR, or name one playbook."
        )
    out = out or Path()
    folders = look(configured())
    if folders.away:
        fail(folders.away)
    if name is not None and name not in folders.found:
        fail(unknown(name, folders.names, "playbook"))
    try:
        wanted = [name] if name else folders.names
        definitions = [folders.found[each].read().definition() for each in wanted]
    except Broken as broken:
        fail(str(broken))
    content = files(definitions, whole=name is None)
    write(content, out)
    typer.echo(terminal.shown("\n".join(str(out / each) for each in sorted(content))))
