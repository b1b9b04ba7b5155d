"""`csbot keys`: what other systems show to be let in."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.starting import Json, fail, wired

if TYPE_CHECKING:
    from csbot.keys.model import ApiKey

keys = typer.Typer(help="Keys for systems that send data in.", no_args_is_help=True)


@keys.command("create")
def create_key(
    source: Annotated[
        str, typer.Argument(help="What it may send: usage, surveys, tickets, meetings or generic.")
    ],
    name: Annotated[str, typer.Option(help="Who gets it.")] = "",
    as_json: Json = False,
) -> None:
    """Make a key for one source; it is shown this once."""
    from csbot import clock
    from csbot.db.engine import place
    from csbot.errors import Refused
    from csbot.keys.service import create
    from csbot.words import for_terminal

    wiring = wired()
    try:
        with wiring.sessions.begin() as session:
            made = create(session, source=source, name=name or source, now=clock.now())
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    if as_json:
        typer.echo(terminal.as_json({**_told(made.key), "key": made.text}))
    else:
        port, where = wiring.settings.env.port, place(wiring.engine)
        typer.echo(terminal.shown(_next(made.key, made.text, port, where)))


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """Show all keys: how they start, what they are good for, never the keys themselves."""
    from csbot.keys.service import all_keys

    with wired().sessions() as session:
        rows = [_told(key) for key in all_keys(session)]
    if as_json:
        typer.echo(terminal.as_json(rows))
    else:
        typer.echo(
            terminal.table(rows) if rows else "No keys yet. Make one: csbot keys create usage"
        )


@keys.command("revoke")
def revoke_key(id: Annotated[int, typer.Argument(help="A number of `csbot keys list`.")]) -> None:
    """Make a key worthless, from the next request on."""
    from csbot import clock
    from csbot.errors import Refused
    from csbot.keys.service import revoke
    from csbot.words import for_terminal

    try:
        with wired().sessions.begin() as session:
            key = revoke(session, key_id=id, now=clock.now())
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    typer.echo(terminal.shown(f"Key {key.id} ({key.name}) is revoked: nothing opens with it."))


def _told(key: "ApiKey") -> dict[str, Any]:
    return {
        "id": key.id,
        "starts_with": key.starts_with,
        "source": key.source,
        "name": key.name,
        "created_at": terminal.instant(key.created_at),
        "revoked_at": terminal.instant(key.revoked_at),
    }


def _next(key: "ApiKey", text: str, port: int, where: str) -> str:
    from csbot.webhooks.examples import command

    return (
        f"Key {key.id} ({key.name}) opens {key.source}. It is in {where}."
        f" Keep it: it is not shown again.\n\n"
        f"  {text}\n\n"
        f"Try it; from elsewhere with your own https address:\n\n"
        f"{command(key.source, text, f'http://127.0.0.1:{port}')}\n\n"
        f"No longer needed: csbot keys revoke {key.id}"
    )
