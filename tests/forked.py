"""Processes of their own that start in milliseconds: forked from one that has imported everything.

That one begins with the environment which this process was born with: a test's own settings, its
clock above all, are no other test's.
"""

import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

BORN_WITH = dict(os.environ)
PRELOADED = ["tests.faults.processes", "csbot.cli", "csbot.doctor", "handlers.web",
             "schedules.command"]  # fmt: skip


def context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(PRELOADED)
    now = dict(os.environ)
    _become(BORN_WITH)
    try:
        forkserver.ensure_running()
    finally:
        _become(now)
    return made


def _become(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
