"""The worker process: ticks and senders, until a signal ends it."""

import signal
from threading import Event, Thread

from csbot.outbox.sender import GRACE, Sender
from csbot.wiring import Wiring
from schedules.runner import Runner


class Worker:
    """Both in threads of their own, so that another process's main thread can have them too."""

    def __init__(self, wiring: Wiring) -> None:
        self._stopping = Event()
        self._runner = Runner(wiring)
        self._sender = Thread(
            target=Sender(wiring).run, args=(self._stopping,), name="outbox", daemon=True
        )

    def start(self) -> None:
        self._sender.start()
        self._runner.start()

    def stop(self) -> None:
        """Within ten seconds; a request that takes longer is looked into after its lease."""
        self._stopping.set()
        self._runner.stop()
        self._sender.join(GRACE + 1)


def serve(wiring: Wiring) -> None:
    """Until SIGTERM or SIGINT."""
    ended = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    worker = Worker(wiring)
    worker.start()
    ended.wait()
    worker.stop()
