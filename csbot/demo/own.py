"""The demo with one's own accounts: the file is read here and goes nowhere else."""

from datetime import datetime
from pathlib import Path

import typer

from csbot.demo import company
from csbot.imports.command import GOOD, import_command
from csbot.wiring import Wiring


def import_own(wiring: Wiring, file: Path, *, monday: datetime) -> bool:
    """Whether the file could be imported; if not, its report has said line, column and mend."""
    with wiring.sessions.begin() as session:
        company.fill_team(session, monday=monday)
    if import_command(wiring, "accounts", file) == GOOD:
        return True
    with wiring.sessions.begin() as session:
        company.forget_team(session)
    typer.echo("Nothing of it was imported, so the demo shows its sample company.")
    return False
