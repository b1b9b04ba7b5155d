"""How every command begins: settings read, database open, logs quiet; or one readable sentence."""

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from csbot import terminal

if TYPE_CHECKING:
    from csbot.settings import Settings
    from csbot.wiring import Wiring

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def configured(*needed: str, either: tuple[str, ...] = ()) -> "Settings":
    from csbot.settings import Settings, SettingsError

    try:
        settings = Settings.load(*needed, either=either)
    except SettingsError as error:
        listed = "\n".join(f"  {problem}" for problem in error.problems)
        fail(f"These settings need mending:\n{listed}\nREADME, section Settings, explains each.")
    return settings


def wired(*needed: str, either: tuple[str, ...] = (), migrated: bool = True) -> "Wiring":
    from csbot import log
    from csbot.db.trouble import sentence
    from csbot.wiring import wire

    settings = configured(*needed, either=either)
    log.configure(settings.env.csbot_log_level, secrets=settings.secrets)
    try:
        wiring = wire(settings)
    except OSError as error:
        fail(sentence(error, "sqlite"))
    if migrated:
        _ensure_migrated(wiring)
    return wiring


def _ensure_migrated(wiring: "Wiring") -> None:
    """A SQLite file is brought up to date by itself; a server is the deployment's to migrate."""
    from csbot.db.trouble import TROUBLE, sentence
    from csbot.db.upgrade import pending, upgrade

    kind = wiring.engine.dialect.name
    try:
        behind = pending(wiring.engine)
        if behind and kind == "sqlite":
            upgrade(wiring.engine)
    except TROUBLE as error:
        fail(sentence(error, kind))
    if behind and kind != "sqlite":
        fail("The database is not up to date. Run: csbot db upgrade")


def fail(reason: str) -> NoReturn:
    typer.echo(terminal.shown(reason), err=True)
    raise typer.Exit(2)
