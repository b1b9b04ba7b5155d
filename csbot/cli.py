"""The `csbot` command. Heavy parts are imported by the command that needs them.

It stands at the top of the program, so it names the processes of handlers/ and schedules/ as
strings: csbot/ itself imports nothing of them.
"""

import json
import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csbot import terminal
from csbot.calendars.command import calendar
from csbot.email.command import email
from csbot.erasing.command import erase, uninstall
from csbot.inbox.command import inbox
from csbot.keys.command import keys
from csbot.playbooks.command import playbook
from csbot.starting import Json, fail, wired

if TYPE_CHECKING:
    from csbot.wiring import Wiring

app = typer.Typer(
    help="A Slack bot for customer success teams. Start with: csbot demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
account = typer.Typer(help="Accounts.", no_args_is_help=True)
job = typer.Typer(help="Recurring jobs, by hand.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(account, name="account")
app.add_typer(job, name="job")
app.add_typer(keys, name="keys")
app.add_typer(inbox, name="inbox")
app.add_typer(calendar, name="calendar")
app.add_typer(email, name="email")
app.add_typer(playbook, name="playbook")
app.command()(erase)
app.command()(uninstall)

SLACK_WAYS = ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
SLACK_SOCKET = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


def main() -> None:
    app()


@app.command()
def web() -> None:
    """Serve Slack's requests, other systems' data, health and metrics over HTTP."""
    resolve_name("handlers.web:serve")(wired("SLACK_BOT_TOKEN", either=SLACK_WAYS))


@app.command()
def socket() -> None:
    """Serve Slack over Socket Mode: no public address needed."""
    wiring = wired(*SLACK_SOCKET)
    _slack_answers(wiring)
    resolve_name("handlers.socket:serve")(wiring)


@app.command()
def worker() -> None:
    """Run the schedule and deliver messages."""
    resolve_name("schedules.worker:serve")(wired("SLACK_BOT_TOKEN"))


@app.command()
def run() -> None:
    """All of it in one process, for a small team: in Socket Mode with HTTP beside it."""
    wiring = wired("SLACK_BOT_TOKEN", either=SLACK_WAYS)
    if wiring.settings.env.slack_app_token:
        _slack_answers(wiring)
    resolve_name("schedules.together:serve")(wiring)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the schema that this version needs."""
    from csbot.db.trouble import TROUBLE, sentence
    from csbot.db.upgrade import upgrade

    engine = wired(migrated=False).engine
    try:
        upgrade(engine)
    except TROUBLE as error:
        fail(sentence(error, engine.dialect.name))
    typer.echo("The database is up to date.")


@job.command("list")
def job_list() -> None:
    """Show every recurring job, how often it runs and what it does."""
    typer.echo(resolve_name("schedules.command:list_jobs")())


@job.command("run")
def job_run(
    name: Annotated[str, typer.Argument(help="A name from `csbot job list`.")],
    at: Annotated[str | None, typer.Option(help="As if it were this ISO time.")] = None,
) -> None:
    """Do now what the schedule would do; what it sends goes out now."""
    wiring = wired("SLACK_BOT_TOKEN")
    try:
        typer.echo(resolve_name("schedules.command:run_job")(wiring, name, at))
    except ValueError as error:
        fail(str(error))


@account.command("show")
def account_show(name: Annotated[str, typer.Argument()], as_json: Json = False) -> None:
    """Show an account: by name, domain or id."""
    from csbot import clock
    from csbot.accounts import command
    from csbot.errors import Refused
    from csbot.words import for_terminal

    wiring = wired().in_force()
    try:
        with wiring.sessions() as session:
            shown = command.show_account(session, name, settings=wiring.settings, now=clock.now())
    except Refused as refusal:
        fail(for_terminal(refusal.reason))
    typer.echo(terminal.as_json(shown) if as_json else terminal.shown(_told(shown)))


@account.command("recount")
def account_recount() -> None:
    """Set every account's score to the sum of its points."""
    from csbot.points import recount
    from messages.text import plural

    with wired().sessions.begin() as session:
        wrong = recount(session)
    typer.echo(f"Mended {plural(wrong, 'score')}." if wrong else "All scores were right.")


@app.command("import")
def import_(
    kind: Annotated[
        str, typer.Argument(help="accounts, contacts, team, tasks, meetings, feedback or revenue")
    ],
    file: Annotated[Path, typer.Argument(help="A CSV file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; change nothing.")] = False,
    dates: Annotated[str | None, typer.Option(help="day-first or month-first")] = None,
    numbers: Annotated[str | None, typer.Option(help="Decimal mark: dot or comma")] = None,
    zone: Annotated[str | None, typer.Option(help="Zone of times without one")] = None,
    as_json: Json = False,
) -> None:
    """Import a CSV file: all of it or nothing, as often as you like."""
    from csbot.imports.command import import_command

    wiring = wired().in_force()
    raise typer.Exit(
        import_command(
            wiring, kind, file, dry_run=dry_run, dates=dates, numbers=numbers, zone=zone,
            as_json=as_json,
        )
    )  # fmt: skip


@app.command()
def export(
    kind: Annotated[
        str,
        typer.Argument(
            help="accounts, contacts, team, tasks, meetings, feedback, revenue or renewals"
        ),
    ],
) -> None:
    """Write a CSV to standard output that `csbot import` reads again; renewals are to look at."""
    import csv

    from csbot import clock
    from csbot.accounts import command
    from csbot.errors import Refused
    from csbot.renewals.export import everything
    from csbot.words import for_terminal

    wiring = wired().in_force()
    try:
        with wiring.sessions() as session:
            if kind == "renewals":
                rows = everything(session, settings=wiring.settings, now=clock.now())
            else:
                rows = command.export(session, kind)
            csv.writer(sys.stdout).writerows(rows)
    except Refused as refusal:
        fail(for_terminal(refusal.reason))


@app.command()
def messages(name: Annotated[str | None, typer.Argument(help="One message only.")] = None) -> None:
    """Print an example of every message and form."""
    from messages.examples import examples

    found = list(examples(name))
    for title, payload in found:
        typer.echo(f"--- {title}\n{json.dumps(payload, indent=2, ensure_ascii=False)}")
    if not found:
        fail(f"There is no message called {name!r}. `csbot messages` prints them all.")


@app.command()
def manifest(
    link: Annotated[bool, typer.Option("--link", help="A link that opens Slack's form.")] = False,
    url: Annotated[str | None, typer.Option(help="Your public address, for HTTP.")] = None,
) -> None:
    """Print the Slack app's manifest: Socket Mode, or HTTP when an address is given."""
    from csbot.slack.manifest import as_link, build

    if url is not None and not url.startswith("https://"):
        fail("Slack calls https addresses only: --url https://csbot.example.com")
    made = build(url)
    typer.echo(as_link(made) if link else json.dumps(made, indent=2))


@app.command()
def doctor(
    send: Annotated[bool, typer.Option("--send", help="Post a test alert as well.")] = False,
) -> None:
    """Check database, token, scopes, channels and time zones, and say the mend for each."""
    from csbot.doctor import examine

    report = examine(wired(migrated=False), send=send)
    typer.echo(terminal.shown(report.text()))
    raise typer.Exit(0 if report.well else 1)


@app.command()
def demo(
    import_: Annotated[
        Path | None, typer.Option("--import", help="Your own accounts.csv instead.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Try all of it in the browser: a sample company, no Slack, nothing leaves this machine."""
    from csbot.demo.start import start

    start(import_, browser=browser)


def _slack_answers(wiring: "Wiring") -> None:
    """Over Socket Mode nothing works without Slack; over HTTP it may come back by itself."""
    from csbot.slack.gateway import SlackFailure

    try:
        wiring.slack_now.who_am_i()
    except SlackFailure as failure:
        fail(f"Slack does not let csbot in ({failure.code}). csbot doctor says what to mend.")


def _told(shown: dict[str, Any]) -> str:
    plain = {k: v for k, v in shown.items() if not isinstance(v, list | dict)}
    counts = {k: len(v) for k, v in shown.items() if isinstance(v, list | dict)}
    return "\n".join(f"{name:18}{value}" for name, value in (plain | counts).items())
