"""The real `csbot demo`, started as anybody starts it, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

READY = "Ctrl-C ends it"
PATIENCE = 60.0  # seconds from the first line to an open page, on a busy machine


class Demo:
    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self.folder = process, folder
        self.lines: list[str] = []
        self._ready = Event()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def url(self) -> str:
        return next(word for word in self.output.split() if word.startswith("http://"))

    def wait_until_ready(self) -> None:
        """Raises with what it printed when it ends or stays silent instead."""
        if not self._ready.wait(PATIENCE) or READY not in self.output:
            raise RuntimeError(f"the demo did not start:\n{self.output}\n{self.log()}")

    def log(self) -> str:
        return "".join(file.read_text()[-4000:] for file in self.folder.glob("*/csbot.log"))

    def press_ctrl_c(self) -> int:
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def kill(self) -> bool:
        """As a power cut would; whether all that it had started has ended, too.

        They write where it wrote: that is closed when the last one is gone.
        """
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return not self._reader.is_alive()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line)
                if READY in line:
                    self._ready.set()
        self._ready.set()


@contextmanager
def running_demo(folder: Path, *words: str, port: int | None = None, **env: str) -> Iterator[Demo]:
    """`csbot demo` with these words; it is ended like by Ctrl-C if the test has not done so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "csbot", "demo", *words],
        cwd=folder,
        env=os.environ | {"PORT": str(port or free_port()), "COLUMNS": "200"} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    demo = Demo(process, folder)
    try:
        demo.wait_until_ready()
        yield demo
    finally:
        if process.poll() is None:
            demo.press_ctrl_c()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
