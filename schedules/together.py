"""Web or Socket Mode, the schedule and the senders, in one process."""

from pkgutil import resolve_name

from csbot.wiring import Wiring
from schedules.worker import Worker


def serve(wiring: Wiring) -> None:
    """Until a signal ends it. Handlers are named, not imported: both layers stay side by side."""
    worker = Worker(wiring)
    worker.start()
    try:
        way_in = (
            "handlers.socket:serve" if wiring.settings.env.slack_app_token else "handlers.web:serve"
        )
        resolve_name(way_in)(wiring)
    finally:
        worker.stop()
