"""How fast one key may send: a bucket a key, in each process for itself."""

from collections import OrderedDict
from threading import Lock

from csbot import clock

KEYS = 10_000


class Pace:
    """`per_minute` on average, a tenth of a minute's share at once when it was quiet."""

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._most = max(1.0, per_minute / 10)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str, cost: int = 1) -> int:
        """Seconds to wait before `cost` more; 0 takes them now.

        More than a bucket holds is taken from a full one, and paid for by what comes after.
        """
        now = clock.steady()
        with self._lock:
            left, at = self._left.pop(key, (self._most, now))
            left = min(self._most, left + (now - at) * self._rate)
            enough = left >= min(cost, self._most)
            self._left[key] = (left - cost if enough else left, now)
            while len(self._left) > KEYS:
                self._left.popitem(last=False)
        return 0 if enough else max(1, round((min(cost, self._most) - left) / self._rate + 0.5))
