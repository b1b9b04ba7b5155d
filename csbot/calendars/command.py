"""`csbot calendar`: whose calendars are read. An address is a secret and never shown again."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.starting import Json, fail, wired

if TYPE_CHECKING:
    from csbot.calendars.feeds import Listed

calendar = typer.Typer(help="Calendars that meetings are read from.", no_args_is_help=True)


@calendar.command("add")
def add_calendar(
    email: Annotated[str, typer.Argument(help="Of the team member whose calendar it is.")],
    url: Annotated[
        str | None,
        typer.Argument(
            help="Its secret address in iCal format (….ics). Better left out: it is asked for,"
            " unseen, and stays out of the shell's history. With - it is read from standard input."
        ),
    ] = None,
) -> None:
    """Read a team member's calendar, now and every 15 minutes."""
    from csbot import clock
    from csbot.calendars import feeds
    from csbot.errors import Refused
    from csbot.words import for_terminal
    from messages.text import plural

    wiring, address, now = wired(), _address(url), clock.now()
    try:
        with wiring.sessions.begin() as session:
            feed = feeds.add(session, email=email, url=address, now=now)
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    taken = feeds.read_one(wiring, feed.id, now=now)
    with wiring.sessions.begin() as session:
        told = next(one for one in feeds.listed(session) if one.id == feed.id)
        if taken is None and feed.created_at == now:
            feeds.remove(session, feed_id=feed.id, settings=wiring.settings, now=now)
    if taken is None:
        stays = "" if feed.created_at == now else f" It stays calendar {told.id}."
        fail(f"Nothing was added: {told.host} cannot be read: {told.problem}.{stays}")
    typer.echo(f"Calendar {told.id} at {told.host} is read.")
    seen = plural(taken.seen, "meeting")
    typer.echo(f"It has {seen} with customers, from yesterday to two months from now.")


@calendar.command("list")
def list_calendars(as_json: Json = False) -> None:
    """Show whose calendars are read, from which host, and what is wrong with them."""
    from csbot.calendars import feeds

    with wired().sessions() as session:
        rows = [_told(one) for one in feeds.listed(session)]
    if as_json:
        typer.echo(terminal.as_json(rows))
        return
    typer.echo(terminal.table(rows) if rows else "None yet. Next: csbot calendar add EMAIL")


@calendar.command("remove")
def remove_calendar(
    id: Annotated[int, typer.Argument(help="A number of `csbot calendar list`.")],
) -> None:
    """Read a calendar no more; meetings to come that only it told of are forgotten."""
    from csbot import clock
    from csbot.calendars import feeds
    from csbot.errors import Refused
    from csbot.words import for_terminal

    wiring = wired()
    try:
        with wiring.sessions.begin() as session:
            feeds.remove(session, feed_id=id, settings=wiring.settings, now=clock.now())
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    typer.echo(f"Calendar {id} is not read any more.")


def _address(told: str | None) -> str:
    """As an argument other users of the machine can read it, too; a person is asked for it."""
    if told not in (None, "-"):
        return str(told).strip()
    if told is None and sys.stdin.isatty():
        asking = "Its secret address in iCal format, unseen"
        return str(typer.prompt(asking, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _told(one: "Listed") -> dict[str, Any]:
    return {
        "id": one.id,
        "owner": one.owner,
        "host": one.host,
        "read_at": terminal.instant(one.read_at),
        "problem": one.problem,
    }
