"""uvicorn, beginning and ending at once: its own looks every 0.1 s whether it should end."""

import asyncio
import socket
from contextlib import suppress
from threading import Event

import uvicorn


class PromptServer(uvicorn.Server):
    """`ready` is set when it listens; setting `should_exit` wakes it."""

    def __init__(self, config: uvicorn.Config) -> None:
        self.ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        return self._ending

    @should_exit.setter
    def should_exit(self, ending: bool) -> None:
        self._ending = ending
        if ending and self._loop:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = None
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._all_answered()

    async def _all_answered(self) -> None:
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.001)
