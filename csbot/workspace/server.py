"""Runs a workspace over real HTTP: in a thread for tests and the demo, or in the foreground."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from csbot.workspace.app import create_app
from csbot.workspace.state import Workspace

STARTING = 60.0


class Droppable:
    """Gives each request a way to have its connection cut, for ordered faults."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] == "http" and transport is not None:
            scope.setdefault("extensions", {})["drop"] = transport.abort
        await self._app(scope, receive, send)


def _server(workspace: Workspace) -> uvicorn.Server:
    config = uvicorn.Config(
        Droppable(create_app(workspace)),
        log_level="error",
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listening(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    found.listen(256)
    return found


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop keeps its own time, so a test that freezes the clock does not freeze the server."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class RunningWorkspace:
    """`with RunningWorkspace(Workspace()) as running:` serves it on a free loopback port."""

    def __init__(self, workspace: Workspace | None = None, port: int = 0) -> None:
        self.workspace = workspace or Workspace()
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/api/"
        self.workspace.base_url = self.url
        self._server = _server(self.workspace)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="workspace", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        if not self._ready.wait(STARTING):
            raise RuntimeError("the local workspace did not start")
        return self

    def stop(self) -> None:
        self.workspace.events.stop()
        self.workspace.journal.hang_up()
        self.workspace.sockets.hang_up()
        self._server.should_exit = True
        self._thread.join(STARTING)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        asyncio.get_running_loop().call_soon(self._ready.set)
        await self._server.serve(sockets=[self._socket])


def serve(workspace: Workspace, port: int) -> None:
    """Serves in the foreground until interrupted."""
    with RunningWorkspace(workspace, port):
        threading.Event().wait()
