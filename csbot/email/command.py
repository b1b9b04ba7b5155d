"""`csbot email`: what a mail server of your own hands over."""

import sys

import typer

from csbot.starting import fail, wired

email = typer.Typer(help="E-mails to customers.", no_args_is_help=True)
LARGEST = 10_000_000  # bytes


@email.command("bounce")
def bounce() -> None:
    """Read a mail that says that one of ours came back, from standard input.

    Any other mail is left alone, with exit status 0: a mail server would send that back in turn.
    """
    from csbot import clock
    from csbot.email.bounces import Returned, returned
    from csbot.email.dsn import read

    raw = sys.stdin.buffer.read(LARGEST + 1)
    if len(raw) > LARGEST:
        fail("The mail is too large to be a report.")
    found = read(raw)
    if found is None:
        typer.echo("Not a report that an e-mail came back: left alone.")
        return
    wiring = wired()
    told = Returned("hard" if found.gone else "failed", found.message_id, None, found.reason)
    with wiring.sessions.begin() as session:
        ours = returned(session, told, settings=wiring.settings, now=clock.now())
    typer.echo("Written down." if ours else "It was not about an e-mail of csbot's: left alone.")
