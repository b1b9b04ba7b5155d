"""All of it in one process: HTTP, Socket Mode where there is a token, the schedule, the senders."""

import signal
import sys
from contextlib import ExitStack
from pkgutil import resolve_name

from csbot.wiring import Wiring
from schedules.worker import Worker


def serve(wiring: Wiring) -> None:
    """Until a signal ends it. Handlers are named, not imported: both layers stay side by side."""
    # The server passes SIGTERM on when it has ended; without this the rest would be cut off.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with ExitStack() as ending:
        worker = Worker(wiring)
        worker.start()
        ending.callback(worker.stop)
        if wiring.settings.env.slack_app_token:
            slack = resolve_name("handlers.socket:connect")(wiring)
            ending.callback(slack.close)
        resolve_name("handlers.web:serve")(wiring)
