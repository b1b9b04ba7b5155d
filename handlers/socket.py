"""Slack in over Socket Mode: no public address needed."""

import signal
import threading

from slack_bolt.adapter.socket_mode import SocketModeHandler

from csbot.wiring import Wiring
from handlers.app import build


def connect(wiring: Wiring) -> SocketModeHandler:
    """Connected, and served by its own threads until `close()`."""
    handler = SocketModeHandler(build(wiring), wiring.settings.env.slack_app_token)
    handler.connect()
    return handler


def serve(wiring: Wiring) -> None:
    """Until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    handler = connect(wiring)
    stop.wait()
    handler.close()
