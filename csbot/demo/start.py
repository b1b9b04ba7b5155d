"""`csbot demo`: a local workspace in the browser, and an unmodified csbot that talks to it."""

import os
import shutil
import signal
import socket
import threading
import webbrowser
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from csbot import clock
from csbot.db.upgrade import upgrade
from csbot.demo import company, guide
from csbot.demo.commands import COMMANDS
from csbot.demo.own import import_own
from csbot.demo.people import MONDAY_ZONE, TEAM, email
from csbot.demo.processes import Processes, environment
from csbot.demo.world import World
from csbot.settings import Settings
from csbot.wiring import wire
from csbot.workspace.model import User
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace

FOLDER = Path("csbot-demo")
CHANNELS = (
    ("C_ALERTS", "cs-alerts"),
    ("C_WINS", "cs-wins"),
    ("C_GENERAL", "general"),
    ("C_DRILL", "delivery-drill"),
)
CONFIG = """\
[channels]
wins = "#cs-wins"

[working_hours]
starts = 08:00:00

[delivery]
request_timeout = 2
lease = 10
"""


def start(own_accounts: Path | None, *, browser: bool) -> None:
    """Until Ctrl-C; leaves nothing behind but the folder csbot-demo."""
    wanted = int(os.environ.get("PORT", "8080"))
    port = free_port(wanted)
    folder = _fresh_folder()
    workspace = _workspace()
    with RunningWorkspace(workspace, port=port) as running:
        web_port = free_port(port + 1)
        told = environment(workspace, running.api_url, folder, web_port=web_port)
        workspace.request_url = f"http://127.0.0.1:{web_port}/slack/events"
        os.environ.clear()
        os.environ.update(told)
        monday = story_monday(clock.now())
        clock.shift_to(monday)
        wiring = wire(Settings.load())
        upgrade(wiring.engine)
        if own_accounts is None or not import_own(wiring, own_accounts, monday=monday):
            with wiring.sessions.begin() as session:
                company.fill(session, monday=monday)
        processes = Processes(folder / "csbot.log")
        World(workspace, wiring.sessions, processes, monday).connect()
        workspace.guide = guide.steps(workspace)
        processes.start()
        if port != wanted:
            typer.echo(f"Port {wanted} is taken, so this uses {port}.")
        _announce(running.url, browser=browser)
        _wait_for_ctrl_c()
        processes.stop()


def story_monday(today: datetime) -> datetime:
    """08:30 of this week's Monday where Dana works."""
    local = today.astimezone(ZoneInfo(MONDAY_ZONE))
    monday = local.date() - timedelta(days=local.weekday())
    return datetime.combine(monday, time(8, 30), ZoneInfo(MONDAY_ZONE)).astimezone(UTC)


def free_port(wanted: int) -> int:
    """`wanted`, or the next one that is free."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise typer.Exit(2)


def _fresh_folder() -> Path:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    (FOLDER / "csbot.toml").write_text(CONFIG)
    return FOLDER.resolve()


def _workspace() -> Workspace:
    workspace = Workspace(team_name="Northwind")
    workspace.commands = list(COMMANDS)
    for mate in TEAM:
        workspace.add_user(
            User(
                mate.slack_id, mate.name.split()[0].lower(), mate.name,
                email=email(mate.name), title=mate.title, tz=mate.zone,
            )
        )  # fmt: skip
    for channel_id, name in CHANNELS:
        workspace.add_channel(channel_id, name, members=[mate.slack_id for mate in TEAM])
    return workspace


def _announce(url: str, *, browser: bool) -> None:
    typer.echo(f"csbot's demo is at {url}  (Ctrl-C ends it; it keeps its data in {FOLDER}/)")
    if browser:
        threading.Timer(0.3, webbrowser.open, [url]).start()


def _wait_for_ctrl_c() -> None:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    stop.wait()
