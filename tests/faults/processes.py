"""Real processes that send, to be killed, stopped and counted."""

import os
import signal
import time
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from threading import Event, get_ident

from csbot import clock
from csbot.db.rows import insert_once
from csbot.jobs import JobRun
from csbot.outbox.queue import enqueue
from csbot.outbox.sender import Sender, drain
from csbot.slack.client import SlackClient
from csbot.slack.gateway import ChannelInfo
from csbot.wiring import Wiring, wire
from csbot.workspace.state import BOT_TOKEN
from messages.said import Said
from tests.faults.rig import LEASE, TIMEOUT, settings_for
from tests.forked import context

DEADLINE = 45.0


def _wired(api_url: str, database_url: str, **delivery: float) -> Wiring:
    return wire(settings_for(api_url, database_url, **delivery))


def send(api_url: str, database_url: str, crash_at: str | None, lease: float) -> None:
    """A worker's sender, until something ends it."""
    if crash_at:
        os.environ["CSBOT_CRASH_AT"] = crash_at
    timeout = min(TIMEOUT, lease / 2 - 0.2)  # a request that begins at half-time ends in time
    wiring = _wired(api_url, database_url, lease=lease, request_timeout=timeout)
    Sender(wiring).run(Event())


class Freezing(SlackClient):
    """Stands still, as if the machine slept, after it has asked where the first message goes."""

    frozen = False

    def channel(self, channel: str) -> ChannelInfo:
        info = super().channel(channel)
        if not self.frozen:
            self.frozen = True
            # To this thread: sent to the process, it may go on for a while, and stop with the lock.
            signal.pthread_kill(get_ident(), signal.SIGSTOP)
        return info


def freeze(api_url: str, database_url: str) -> None:
    """Freezes with one message in hand, and goes on sending once it is thawed."""
    wiring = _wired(api_url, database_url, lease=1.0)
    slack = Freezing(token=BOT_TOKEN, base_url=api_url, timeout=TIMEOUT)
    sender = Sender(replace(wiring, slack=slack))
    sender.step(clock.now())
    eventually(lambda: sender.idle)
    sender.run(Event())


def send_once(api_url: str, database_url: str) -> None:
    drain(_wired(api_url, database_url), now=clock.now())


def die_in_business(api_url: str, database_url: str) -> None:
    """A change and the message about it, in a transaction that never commits."""
    with _wired(api_url, database_url).sessions.begin() as session:
        now = clock.now()
        insert_once(session, JobRun, job="business", slot="1", started_at=now)
        enqueue(session, Said(sentence="never"), to="CA", key="never", now=now)
        os._exit(137)


class Workers:
    def __init__(self, api_url: str, database_url: str) -> None:
        self._to = (api_url, database_url)
        self._context = context()
        self._started: list[ForkServerProcess] = []

    def start(self, crash_at: str | None = None, lease: float = LEASE) -> ForkServerProcess:
        return self._run(send, crash_at, lease)

    def freeze(self) -> ForkServerProcess:
        return self._run(freeze)

    def drain(self) -> ForkServerProcess:
        return self._run(send_once)

    def die_in_business(self) -> ForkServerProcess:
        return self._run(die_in_business)

    def end(self) -> None:
        for process in self._started:
            if process.is_alive():
                process.kill()
            process.join(DEADLINE)

    def _run(self, target: object, *more: object) -> ForkServerProcess:
        process = self._context.Process(target=target, args=(*self._to, *more), daemon=True)  # type: ignore[arg-type]
        process.start()
        self._started.append(process)
        return process


def ended(process: ForkServerProcess) -> int | None:
    process.join(DEADLINE)
    return process.exitcode


def signalled(process: ForkServerProcess, what: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, what)


def eventually(true: object, *, within: float = DEADLINE) -> None:
    """Wait until `true()` holds; the test fails when it does not in time."""
    assert callable(true)
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
