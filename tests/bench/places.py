"""A fresh database of each kind, and processes beside us."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from threading import Event

from csbot import clock
from tests import databases

STARTING = 60.0


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of an empty, migrated database that is gone afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="csbot-bench-") as folder:
            url = f"sqlite:///{Path(folder) / 'csbot.db'}"
            databases.migrated(url).dispose()
            yield url
        return
    with databases.postgres_server() as server, databases.fresh_postgres(server) as url:
        databases.migrated(url).dispose()
        yield url


@contextmanager
def process(*module: str, told: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module in a process of its own, ended with the block."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "CSBOT_"))}
    running = subprocess.Popen([sys.executable, "-m", *module], env=inherited | told)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(STARTING)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    until = clock.steady() + STARTING
    while clock.steady() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            Event().wait(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far; NaN on systems that do not tell it here."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
