"""The demo's csbot: its web and worker processes, as they would run anywhere."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from csbot.demo.customers import Customers
from csbot.demo.people import MONDAY_ZONE
from csbot.environment import DEMO_KEY
from csbot.workspace.state import Workspace

GRACE = 8.0  # seconds that a process gets to end by itself


REAL = ("SLACK_", "CSBOT_", "SMTP_", "TWILIO_")
TO_TRY = ("CSBOT_PLAYBOOKS_DIR", "CSBOT_TEMPLATES_DIR")  # files of one's own, nobody's address


def environment(
    workspace: Workspace, api_url: str, folder: Path, customers: Customers, *, web_port: int
) -> dict[str, str]:
    """What the demo's csbot is told; settings of a real workspace stay out of it.

    Nor does any customer of a file of one's own get a real message.
    """
    inherited = {k: v for k, v in os.environ.items() if k in TO_TRY or not k.startswith(REAL)}
    return {
        **inherited,
        **customers.environment(),
        "CSBOT_CLOCK_FILE": str(folder / "clock"),
        "CSBOT_CONFIG": str(folder / "csbot.toml"),
        "CSBOT_HOST": "127.0.0.1",
        "CSBOT_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "CSBOT_TICK_SECONDS": "1",
        "CSBOT_TIMEZONE": MONDAY_ZONE,
        "CSBOT_WRITE_KEYS": DEMO_KEY,
        "DATABASE_URL": f"sqlite:///{folder / 'csbot.db'}",
        "PORT": str(web_port),
        "SLACK_API_URL": api_url,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }


class Processes:
    """A process that ends unasked is started again, as any supervisor would.

    None outlives this one, not even where it is killed: csbot/demo/tied.py.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._stopping = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for name in ("web", "worker"):
            threading.Thread(target=self._supervise, args=(name,), daemon=True).start()

    def kill_worker(self) -> None:
        """As a power cut would: no warning, nothing is finished."""
        if worker := self._running.get("worker"):
            worker.kill()

    def stop(self) -> None:
        self._stopping.set()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()

    def _supervise(self, name: str) -> None:
        while not self._stopping.is_set():
            with self._log.open("ab") as log:
                process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                    [sys.executable, "-m", "csbot.demo.tied", name],
                    stdin=subprocess.PIPE,
                    stderr=log,
                )
            self._running[name] = process
            with process:
                process.wait()
            self._stopping.wait(1)
