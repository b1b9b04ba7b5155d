"""Requests that wait for the same thing go in together: one transaction for all who stand there."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from anyio import CapacityLimiter, to_thread

LINGER = 0.003  # seconds, where several came together last time: so will they now
MOST = 1_000_000  # bytes that go in together


class Sized(Protocol):
    @property
    def body(self) -> bytes: ...


T = TypeVar("T", bound=Sized)


class Door(Generic[T]):
    """`work` gets several at once, on a thread, and returns what to answer each, or an error.

    One group after the other: two at a time would be half as large, each with a commit of its own,
    and take Python's lock from each other.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[Any]], limiter: CapacityLimiter):
        self._work, self._limiter = work, limiter
        self._queue: list[tuple[T, asyncio.Future[Any]]] = []
        self._serving: asyncio.Task[None] | None = None  # the loop itself does not hold it
        self._crowded = False

    async def enter(self, item: T) -> Any:
        """The answer; raises the error that is one."""
        future = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._queue:
            if self._crowded:
                await asyncio.sleep(LINGER)
            group = self._next()
            self._crowded = len(group) > 1
            answers = await self._answers([item for item, _ in group])
            for (_, future), answer in zip(group, answers, strict=True):
                _tell(future, answer)
        self._serving = None

    def _next(self) -> list[tuple[T, "asyncio.Future[Any]"]]:
        size = count = 0
        for item, _ in self._queue:
            size += len(item.body)
            if count and size > MOST:
                break
            count += 1
        group, self._queue = self._queue[:count], self._queue[count:]
        return group

    async def _answers(self, items: list[T]) -> Sequence[Any]:
        try:
            return await to_thread.run_sync(self._work, items, limiter=self._limiter)
        except Exception as fault:  # each of them is told, none is left waiting
            return [fault] * len(items)


def _tell(future: "asyncio.Future[Any]", answer: Any) -> None:
    if future.done():  # who asked has gone
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
