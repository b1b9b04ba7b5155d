"""Socket Mode: hello, each envelope to one of the connections, acknowledgements in time."""

import asyncio
import json
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from csbot.workspace.defaults import APP_ID
from csbot.workspace.deliver import Outcome
from csbot.workspace.model import Json

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace

CONNECTIONS_MOST = 10
WITH_ANSWER = ("slash_commands", "interactive")


@dataclass(eq=False)
class Connection:
    socket: WebSocket
    loop: asyncio.AbstractEventLoop
    outbox: "asyncio.Queue[Json | None]" = field(default_factory=asyncio.Queue)
    sent: int = 0

    def put(self, frame: Json | None) -> None:
        """None closes the connection; from any thread."""
        self.loop.call_soon_threadsafe(self.outbox.put_nowait, frame)


class SocketHub:
    def __init__(self, ws: "Workspace") -> None:
        self._ws = ws
        self._lock = Lock()
        self._turn = 0
        self.connections: list[Connection] = []
        self.unacked: dict[str, Future[Json]] = {}

    def send(self, kind: str, payload: Json, attempt: int = 0, reason: str = "") -> Outcome:
        """Sends one envelope down one connection and waits for its acknowledgement."""
        with self._lock:
            if not self.connections:
                return Outcome(failure="connection_failed")
            self._turn += 1
            connection = self.connections[self._turn % len(self.connections)]
        envelope_id = self._ws.new_id("E")
        waiting: Future[Json] = Future()
        self.unacked[envelope_id] = waiting
        connection.sent += 1
        connection.put(_envelope(envelope_id, kind, payload, attempt, reason))
        return self._answer(envelope_id, waiting)

    def warn(self, reason: str = "warning") -> None:
        """Tells every connection that it will be closed in about ten seconds."""
        for connection in list(self.connections):
            connection.put({"type": "disconnect", "reason": reason, "debug_info": _debug()})

    def refresh(self) -> None:
        """Asks every connection to reconnect, and closes it."""
        self.warn("refresh_requested")
        self.hang_up()

    def hang_up(self) -> None:
        for connection in list(self.connections):
            connection.put(None)

    async def serve(self, socket: WebSocket) -> None:
        """One connection's life; the ticket in its URL is good once."""
        await socket.accept()
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._ws.tickets or len(self.connections) >= CONNECTIONS_MOST:
            reason = "too_many_websockets" if ticket in self._ws.tickets else "link_disabled"
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()
            return
        self._ws.tickets.discard(ticket)
        await self._talk(Connection(socket, asyncio.get_running_loop()))

    async def _talk(self, connection: Connection) -> None:
        self.connections.append(connection)
        await connection.socket.send_json(_hello(len(self.connections)))
        tasks = [
            asyncio.ensure_future(_drain(connection)),
            asyncio.ensure_future(self._listen(connection)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.connections.remove(connection)
            for task in tasks:
                task.cancel()

    async def _listen(self, connection: Connection) -> None:
        try:
            while True:
                self._acknowledged(await connection.socket.receive_text())
        except WebSocketDisconnect:
            return

    def _acknowledged(self, frame: str) -> None:
        try:
            ack: Any = json.loads(frame)
        except ValueError:
            ack = None
        envelope_id = ack.get("envelope_id") if isinstance(ack, dict) else None
        waiting = self.unacked.pop(str(envelope_id), None)
        if waiting is None:
            self._ws.blame("unknown_ack", frame[:200], "socket")
        else:
            waiting.set_result(ack)

    def _answer(self, envelope_id: str, waiting: "Future[Json]") -> Outcome:
        try:
            ack = waiting.result(self._ws.ack_seconds)
        except NotInTime:
            return Outcome(failure="http_timeout")
        payload = ack.get("payload")
        body = b"" if payload is None else json.dumps(payload).encode()
        if isinstance(payload, str):
            body = payload.encode()
        return Outcome(200, body)


def _envelope(envelope_id: str, kind: str, payload: Json, attempt: int, reason: str) -> Json:
    body: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
    body["accepts_response_payload"] = kind in WITH_ANSWER
    if kind == "events_api":
        body |= {"retry_attempt": attempt, "retry_reason": reason}
    return body


def _hello(count: int) -> Json:
    return {
        "type": "hello",
        "num_connections": count,
        "connection_info": {"app_id": APP_ID},
        "debug_info": _debug(),
    }


def _debug() -> Json:
    return {"host": "local", "approximate_connection_time": 18060}


async def _drain(connection: Connection) -> None:
    while True:
        frame = await connection.outbox.get()
        if frame is None:
            await connection.socket.close()
            return
        await connection.socket.send_text(json.dumps(frame))
