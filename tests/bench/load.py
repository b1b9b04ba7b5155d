"""Sends prepared requests over a few connections that stay open; a process of its own.

Standard input: JSON {port, at_once, requests}; standard output: JSON {seconds, waits, statuses}.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from csbot import clock

HOST = "127.0.0.1"


class Run:
    def __init__(self, port: int, requests: list[bytes]) -> None:
        self._port = port
        self._left: Iterator[bytes] = iter(requests)
        self._waits: list[float] = []
        self._statuses: Counter[str] = Counter()

    async def go(self, at_once: int) -> dict[str, Any]:
        streams = [await asyncio.open_connection(HOST, self._port) for _ in range(at_once)]
        begins = clock.steady()
        await asyncio.gather(*(self._client(*stream) for stream in streams))
        seconds = clock.steady() - begins
        for _, writer in streams:
            writer.close()
        return {"seconds": seconds, "waits": self._waits, "statuses": dict(self._statuses)}

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in self._left:
            begins = clock.steady()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            self._waits.append(clock.steady() - begins)
            self._statuses[head.split(b" ", 2)[1].decode()] += 1


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def main() -> None:
    asked = json.load(sys.stdin)
    requests = [request.encode("latin-1") for request in asked["requests"]]
    try:
        import uvloop as loops
    except ImportError:
        import asyncio as loops  # type: ignore[no-redef]
    print(json.dumps(loops.run(Run(asked["port"], requests).go(asked["at_once"]))))


if __name__ == "__main__":
    main()
