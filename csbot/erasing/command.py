"""`csbot erase` and `csbot uninstall`: each shows first what it would delete."""

from pathlib import Path
from typing import Annotated

import typer

from csbot import clock, terminal
from csbot.starting import fail, wired

Yes = Annotated[bool, typer.Option("--yes", help="Do it, without asking.")]
SLACK_STEPS = (
    "Nothing was deleted. In Slack: the app's page (api.slack.com/apps), Basic Information, "
    "Delete App.\ncsbot's data stays until you run: csbot uninstall --purge"
)


def erase(
    who: Annotated[str, typer.Argument(help="An e-mail address, or a Slack user id.")],
    yes: Yes = False,
) -> None:
    """Erase a person from csbot's data; without --yes it only says what would go."""
    from csbot.erasing import person
    from csbot.errors import Refused
    from csbot.words import for_terminal

    with wired().sessions() as session:
        try:
            gone = person.erase(session, who, now=clock.now())
        except Refused as refusal:
            fail(for_terminal(refusal.reason))
        if yes:
            session.commit()
        else:
            session.rollback()
    _show(gone)
    typer.echo("Erased." if yes else "Nothing was changed. To erase this, add: --yes")


def uninstall(
    purge: Annotated[bool, typer.Option("--purge", help="Delete all of csbot's data.")] = False,
    yes: Yes = False,
) -> None:
    """Remove csbot for good: how, and with --purge all its data, after asking."""
    from csbot.db.engine import place
    from csbot.erasing import everything

    wiring = wired()
    if not purge:
        typer.echo(SLACK_STEPS)
        return
    with wiring.sessions() as session:
        _show(everything.counted(session))
    name = Path(wiring.engine.url.database or "").name
    if not (yes or _typed(name, place(wiring.engine))):
        fail("Nothing was deleted.")
    with wiring.sessions.begin() as session:
        everything.purge(session)
    typer.echo("All of csbot's data is deleted. Delete the app in Slack, too.")


def _typed(name: str, where: str) -> bool:
    told = f"That is all of {where}. To delete it for good, type {name}"
    try:
        return bool(typer.prompt(terminal.shown(told), default="", show_default=False) == name)
    except typer.Abort:
        return False


def _show(found: dict[str, int]) -> None:
    for name, count in sorted(found.items()):
        typer.echo(terminal.shown(f"{count:>10,}  {name}"))
