"""`csbot inbox`: what came in and could not be used yet."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.starting import Json, fail, wired

if TYPE_CHECKING:
    from csbot.inbox.model import Received
    from csbot.usage.queries import Homeless
    from csbot.wiring import Wiring

inbox = typer.Typer(help="What came in and could not be used yet.", no_args_is_help=True)
SHOWN = 100
STATES = ("waiting", "set_aside", "done", "dropped")
Id = Annotated[int, typer.Argument(help="A number of `csbot inbox list`.")]


@inbox.command("list")
def list_inbox(
    state: Annotated[str, typer.Option(help="waiting, set_aside, done or dropped.")] = "",
    as_json: Json = False,
) -> None:
    """Show what waits for its account and what was set aside, the newest first; then usage that
    waits for its company.
    """
    from csbot.inbox.queries import counted, newest
    from csbot.inbox.service import WAITING
    from csbot.usage.queries import homeless

    if state and state not in STATES:
        fail(f"--state is one of {', '.join(STATES)}, not {state}.")
    wanted = [state] if state else ["waiting", "set_aside"]
    with wired().sessions() as session:
        rows = [_told(row) for row in newest(session, wanted, SHOWN)]
        more = counted(session, wanted) - len(rows)
        rows += [_usage(one) for one in homeless(session, SHOWN) if WAITING in wanted]
    if as_json:
        typer.echo(terminal.as_json(rows))
        return
    typer.echo(terminal.table(rows) if rows else "Nothing is left to do: all that came is in use.")
    if more:
        typer.echo(f"… and {more:,} older ones.")


@inbox.command("show")
def show(id: Id, as_json: Json = False) -> None:
    """Show one with what it brought."""
    with wired().sessions() as session:
        row = _row(session, id)
        told = {**_told(row), "event_id": row.event_id, "body": _body(row)}
    if as_json:
        typer.echo(terminal.as_json(told))
        return
    body = told.pop("body")
    lines = [f"{name:12}{'–' if value is None else value}" for name, value in told.items()]
    typer.echo(terminal.shown("\n".join(lines)))
    typer.echo("nothing is kept of it" if body is None else terminal.as_json(body))


@inbox.command("retry")
def retry_command(
    id: Annotated[int | None, typer.Argument(help="A number of `csbot inbox list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is left to do.")] = False,
    as_json: Json = False,
) -> None:
    """Try again; the exit status is 1 when anything is still left to do."""
    from csbot.inbox.queries import left

    if (id is None) is not everything:
        fail("Say which: csbot inbox retry ID, or csbot inbox retry --all")
    wiring = wired().in_force()
    with wiring.sessions() as session:
        ids = left(session) if id is None else [_kept(session, id)]
    outcomes = [_again(wiring, one) for one in ids]
    if as_json:
        typer.echo(terminal.as_json(outcomes))
    else:
        typer.echo(terminal.table(outcomes) if outcomes else "Nothing is left to do.")
    raise typer.Exit(0 if all(one["state"] == "done" for one in outcomes) else 1)


@inbox.command("drop")
def drop_command(
    ids: Annotated[list[int], typer.Argument(help="Numbers of `csbot inbox list`.")],
) -> None:
    """Have done with what will never fit: what it brought is deleted."""
    from csbot import clock
    from csbot.errors import Refused
    from csbot.inbox.service import drop
    from csbot.words import for_terminal
    from messages.text import plural

    try:
        with wired().sessions.begin() as session:
            count = len(drop(session, ids, now=clock.now()))
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    typer.echo(
        f"{plural(count, 'delivery', 'deliveries')} dropped: nothing is kept of the content."
    )


def _again(wiring: "Wiring", id: int) -> dict[str, Any]:
    """Each in a transaction of its own: one that fails takes no other with it."""
    from csbot import clock
    from csbot.inbox.model import Received
    from csbot.inbox.retrying import retry
    from csbot.inbox.service import LEFT

    with wiring.sessions.begin() as session:
        row = session.get_one(Received, id, with_for_update=True)
        if row.state in LEFT:
            retry(session, row, settings=wiring.settings, now=clock.now())
        return {"id": id, "source": row.source, "state": row.state, "problem": row.problem}


def _row(session: Any, id: int) -> "Received":
    from csbot.find import ID_MAX
    from csbot.inbox.model import Received

    row: Received | None = session.get(Received, id) if 0 < id <= ID_MAX else None
    if row is None:
        fail(f"There is no delivery {id}. `csbot inbox list` shows what is left to do.")
    return row


def _kept(session: Any, id: int) -> int:
    if _row(session, id).state == "dropped":
        fail(f"Delivery {id} was dropped, and nothing is kept of it. Its sender may send it again.")
    return id


def _told(row: "Received") -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "kind": row.kind,
        "state": row.state,
        "received_at": terminal.instant(row.received_at),
        "problem": row.problem,
    }


def _usage(one: "Homeless") -> dict[str, Any]:
    """In the columns of a delivery; there is nothing to retry or drop by a number."""
    from csbot.inbox.service import WAITING
    from csbot.usage.batch import SOURCE
    from messages.text import plural

    people = plural(one.people, "person", "people")
    return {
        "id": None,
        "source": SOURCE,
        "kind": plural(one.events, "event"),
        "state": WAITING,
        "received_at": terminal.instant(one.since),
        "problem": f"no account yet for {one.group or f'{people} of no known company'}",
    }


def _body(row: "Received") -> Any:
    """As JSON, or as the text that it was."""
    try:
        return None if row.body is None else json.loads(row.body)
    except ValueError:
        return row.body
