"""The one folder that the demo leaves behind, and the port that it is found at."""

import shutil
import socket
from pathlib import Path

import typer

FOLDER = Path("csbot-demo")
TRIES = 50
CONFIG = """\
[channels]
wins = "#cs-wins"

[working_hours]
starts = 08:00:00

[company]
name = "Northwind"
product = "Northwind"
login_url = "https://app.northwind.example"
help_url = "https://help.northwind.example"
tutorials_url = "https://help.northwind.example/films"
news_url = "https://help.northwind.example/new"
booking_url = "https://meet.northwind.example/success"
walkthrough_url = "https://meet.northwind.example/walkthrough"
billing_url = "https://app.northwind.example/billing"
affiliate_url = "https://northwind.example/affiliates"
survey_url = "https://northwind.example/survey"

[first_value.segments.enterprise]
days = 45

[email]
from = "Northwind <success@northwind.example>"

[delivery]
request_timeout = 2
lease = 10
"""


def read_port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    typer.echo(f"PORT is {text!r}; it must be a number from 1 to 65535.", err=True)
    raise typer.Exit(2)


def free_port(wanted: int) -> int:
    """`wanted`, or the next one that is free."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if _is_free(port):
            return port
    typer.echo(f"No port from {wanted} on is free. Choose another: PORT=9000 csbot demo", err=True)
    raise typer.Exit(2)


def fresh_folder(port: int) -> Path:
    """Empty, unless another demo is at work in it: then one of its own beside it."""
    folder = FOLDER if not _in_use(FOLDER) else Path(f"{FOLDER}-{port}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)  # it may hold a team's own accounts
    (folder / "port").write_text(str(port))
    (folder / "csbot.toml").write_text(CONFIG)
    return folder


def _in_use(folder: Path) -> bool:
    try:
        return not _is_free(int((folder / "port").read_text()))
    except (OSError, ValueError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
