"""`csbot demo`: a local workspace in the browser, and an unmodified csbot that talks to it."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

import typer

from csbot import clock
from csbot.db.upgrade import upgrade
from csbot.demo import company, guide
from csbot.demo.commands import COMMANDS
from csbot.demo.customers import CHANNEL, Customers
from csbot.demo.folder import answers, free_port, fresh_folder, read_port
from csbot.demo.own import Own, import_own
from csbot.demo.people import MONDAY_ZONE, TEAM, Mate
from csbot.demo.processes import Processes, environment
from csbot.demo.world import World
from csbot.environment import DEMO_KEY
from csbot.settings import Settings
from csbot.wiring import Wiring, wire
from csbot.workspace.model import User
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace

CHANNELS = (
    ("C_ALERTS", "cs-alerts", "What needs somebody now; each message follows what happens"),
    ("C_WINS", "cs-wins", "Onboarding stages that customers have completed"),
    ("C_GENERAL", "general", "For people; csbot never posts here by itself"),
    (
        CHANNEL,
        "customers-inbox",
        "What customers would get by e-mail and SMS; none of it leaves here",
    ),
    ("C_DRILL", "delivery-drill", "Where messages arrive while the worker is killed"),
)
PATIENCE = 30.0  # seconds for csbot to start; then the page is opened in any case


def start(own_accounts: Path | None, *, browser: bool) -> None:
    """Until Ctrl-C; leaves nothing behind but one folder."""
    wanted = read_port(os.environ.get("PORT", "8080"))
    port = free_port(wanted)
    typer.echo("Starting csbot and a local workspace; nothing leaves this machine.")
    if port != wanted:
        typer.echo(f"Port {wanted} is taken, so this uses {port}.")
    folder = fresh_folder(port)
    workspace = _workspace()
    running, customers = RunningWorkspace(workspace, port=port), Customers(workspace)
    web_port = free_port(port + 1)
    _tell_environment(workspace, running.api_url, folder.resolve(), customers, web_port=web_port)
    monday = story_monday(clock.now())
    clock.shift_to(monday)
    wiring = wire(Settings.load())
    upgrade(wiring.engine)
    own = _accounts(wiring, own_accounts, monday)
    _furnish(workspace, own)
    processes = Processes(folder / "csbot.log")
    World(workspace, wiring.sessions, processes, monday).connect()
    workspace.guide = guide.steps(workspace, monday=monday, own=own)
    stop = _on_ctrl_c()
    with running, customers:
        processes.start()
        _wait_until_alive(workspace, web_port, stop)
        _announce(running.url, folder, web_port, browser=browser and not stop.is_set())
        stop.wait()
        typer.echo(f"\nEnding. What the demo knew is in {folder}/; delete it whenever you like.")
        processes.stop()


def story_monday(today: datetime) -> datetime:
    """08:30 of this week's Monday where Dana works."""
    local = today.astimezone(ZoneInfo(MONDAY_ZONE))
    monday = local.date() - timedelta(days=local.weekday())
    return datetime.combine(monday, time(8, 30), ZoneInfo(MONDAY_ZONE)).astimezone(UTC)


def _workspace() -> Workspace:
    """With secrets that no page and no other user of this machine can know."""
    return Workspace(
        team_name="Northwind",
        bot_token=f"xoxb-{token_hex(16)}",
        app_token=f"xapp-{token_hex(16)}",
        signing_secret=token_hex(16),
    )


def _tell_environment(
    workspace: Workspace, api_url: str, folder: Path, customers: Customers, *, web_port: int
) -> None:
    """This process and those it starts see the demo's settings only."""
    workspace.request_url = f"http://127.0.0.1:{web_port}/slack/events"
    told = environment(workspace, api_url, folder, customers, web_port=web_port)
    os.environ.clear()
    os.environ.update(told)


def _accounts(wiring: Wiring, file: Path | None, monday: datetime) -> Own | None:
    own = import_own(wiring, file, monday=monday) if file else None
    if own is None:
        with wiring.sessions.begin() as session:
            company.fill(session, settings=wiring.settings, monday=monday)
    else:
        typer.echo(own.summary)
    return own


def _furnish(workspace: Workspace, own: Own | None) -> None:
    people: Iterable[Mate] = own.people if own else TEAM
    workspace.commands = list(COMMANDS)
    if own:
        workspace.team_name = "Your accounts"
    for mate in people:
        workspace.add_user(
            User(
                mate.slack_id, mate.name.split()[0].lower(), mate.name,
                email=mate.email, title=mate.title, tz=mate.zone,
            )
        )  # fmt: skip
    for channel_id, name, topic in CHANNELS:
        if own and channel_id == "C_ALERTS":
            topic = own.summary
        inside = [mate.slack_id for mate in people]
        workspace.add_channel(channel_id, name, members=inside, topic=topic)


def _wait_until_alive(workspace: Workspace, web_port: int, stop: threading.Event) -> None:
    """So that the page, once open, is not empty, and the first command is answered."""
    for _ in range(int(PATIENCE * 10)):
        spoken = any(workspace.messages.values())
        if (spoken and answers(web_port)) or stop.wait(0.1):
            return


def _announce(url: str, folder: Path, web_port: int, *, browser: bool) -> None:
    opens = browser and _has_screen()
    typer.echo("")
    typer.secho(f"  {url}", bold=True, nl=False)
    typer.echo("   (your browser opens it)" if opens else "   (open it in your browser)")
    typer.echo(
        f"\ncsbot itself is at http://127.0.0.1:{web_port}: send it usage with the write key"
        f" {DEMO_KEY!r} (README, Connect your data)."
    )
    typer.echo(f"Ctrl-C ends it. All it keeps is in {folder}/; the next start begins afresh.")
    if opens:
        threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()


def _has_screen() -> bool:
    """On a machine without one, Python would open a text browser in this very terminal."""
    screens = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, screens))


def _on_ctrl_c() -> threading.Event:
    """Set when the demo is to end: by Ctrl-C, by a polite kill, or when its terminal is closed."""
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: stop.set())
    return stop
