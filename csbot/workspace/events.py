"""The Events API: what happened, delivered at once and up to three times more."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition, Thread
from typing import TYPE_CHECKING

from csbot.workspace import deliver, scheduled
from csbot.workspace.defaults import APP_ID, EVENT_SCOPES
from csbot.workspace.model import Json

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace

RETRY_AFTER = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
TICK = 0.25  # how often the moveable clock is looked at while something waits for it
AT_ONCE = 4


@dataclass
class Due:
    at: datetime
    envelope: Json
    attempt: int = 0
    reason: str = ""


class EventPump:
    """Delivers from a thread of its own; started by the first event."""

    def __init__(self, ws: "Workspace") -> None:
        self._ws = ws
        self._due: list[Due] = []
        self._in_flight = 0
        self._changed = Condition()
        self._thread: Thread | None = None
        self._stopping = False

    def post(self, event: Json, **envelope: object) -> str | None:
        """Delivers the event if the app subscribes to it and may hear it; returns its event_id."""
        ws = self._ws
        kind = str(event["type"])
        name = f"message.{event.get('channel_type', '')}" if kind == "message" else kind
        wanted, granted = EVENT_SCOPES.get(name), ws.tokens[ws.bot_token].scopes
        if name not in ws.subscribed or (wanted and wanted not in granted):
            return None
        body = _envelope(ws, event, envelope)
        self._add(Due(ws.now(), body))
        return str(body["event_id"])

    def poke(self) -> None:
        """To be called when the clock was moved."""
        with self._changed:
            self._start()
            self._changed.notify_all()

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """True once nothing is due or under way; retries of later do not count."""
        with self._changed:
            return self._changed.wait_for(self._idle, seconds)

    @property
    def waiting(self) -> list[Due]:
        with self._changed:
            return list(self._due)

    def forget(self) -> None:
        with self._changed:
            self._due.clear()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(10)
        self._thread, self._stopping = None, False

    def _add(self, due: Due) -> None:
        with self._changed:
            self._due.append(due)
            self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="workspace-events", daemon=True)
            self._thread.start()

    def _idle(self) -> bool:
        return not self._in_flight and not self._ready()

    def _ready(self) -> list[Due]:
        now = self._ws.now()
        return [due for due in self._due if due.at <= now]

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, "workspace-event") as pool:
            while not self._stopping:
                scheduled.post_due(self._ws)  # takes the workspace's lock, so not ours
                for due in self._take():
                    pool.submit(self._deliver, due)

    def _take(self) -> list[Due]:
        """What is due; waits a little, or until something changes, when nothing is."""
        with self._changed:
            if not self._ready() and not self._stopping:
                later = self._due or self._ws.scheduled
                self._changed.wait(TICK if later else None)
            ready = self._ready()
            self._due = [due for due in self._due if due not in ready]
            self._in_flight += len(ready)
            return ready

    def _deliver(self, due: Due) -> None:
        outcome = deliver.event(self._ws, due.envelope, due.attempt, due.reason)
        with self._changed:
            self._in_flight -= 1
            stop = outcome.headers.get("x-slack-no-retry") == "1"
            if not outcome.ok and not stop and due.attempt < len(RETRY_AFTER):
                self._due.append(self._again(due, outcome.failure or "unknown_error"))
            self._changed.notify_all()

    def _again(self, due: Due, reason: str) -> Due:
        at = self._ws.now() + RETRY_AFTER[due.attempt]
        return Due(at, due.envelope, due.attempt + 1, reason)


def _envelope(ws: "Workspace", event: Json, extra: dict[str, object]) -> Json:
    channel = ws.channels.get(str(event.get("channel", "")))
    bot_id = ws.bot.id
    return {
        "token": "unused",
        "team_id": ws.team_id,
        "context_team_id": ws.team_id,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": ws.new_id("Ev"),
        "event_time": int(ws.now().timestamp()),
        "event_context": ws.new_id("4-"),
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": ws.team_id,
                "user_id": bot_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        **extra,
    }
