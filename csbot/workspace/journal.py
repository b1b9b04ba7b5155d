"""What has changed, in order: the page's event stream and the driver read from here."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Lock
from typing import Any

Listener = tuple[asyncio.AbstractEventLoop, "asyncio.Queue[Entry | None]"]


@dataclass(frozen=True)
class Entry:
    seq: int
    type: str
    to: str | None = None  # a user id when nobody else may see it
    channel: str | None = None
    ts: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        body = {"seq": self.seq, "type": self.type, "channel": self.channel, "ts": self.ts}
        return {key: value for key, value in (body | self.extra).items() if value is not None}


class Journal:
    def __init__(self, keep: int = 20_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._listeners: list[Listener] = []
        self._lock = Lock()
        self.seq = 0
        self.run = token_hex(8)  # numbers of another run mean nothing here

    def note(self, type_: str, *, to: str | None = None, **fields: Any) -> Entry:
        with self._lock:
            self.seq += 1
            channel, ts = fields.pop("channel", None), fields.pop("ts", None)
            entry = Entry(self.seq, type_, to, channel, ts, fields)
            self._entries.append(entry)
            listeners = list(self._listeners)
        for loop, queue in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, entry)
        return entry

    def since(self, seq: int) -> list[Entry]:
        with self._lock:
            return [entry for entry in self._entries if entry.seq > seq]

    def listen(self) -> "asyncio.Queue[Entry | None]":
        """A queue of what happens from now on; None on it means the server stops."""
        queue: asyncio.Queue[Entry | None] = asyncio.Queue()
        with self._lock:
            self._listeners.append((asyncio.get_running_loop(), queue))
        return queue

    def leave(self, queue: "asyncio.Queue[Entry | None]") -> None:
        with self._lock:
            self._listeners = [pair for pair in self._listeners if pair[1] is not queue]

    def hang_up(self) -> None:
        """Ends every open event stream."""
        with self._lock:
            listeners, self._listeners = self._listeners, []
        for loop, queue in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, None)
