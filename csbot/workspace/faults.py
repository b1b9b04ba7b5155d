"""Failures on order: what the next matching requests are to suffer."""

from dataclasses import dataclass
from threading import Lock

MODES = (
    "drop_after",
    "drop_before",
    "http_500",
    "http_500_after",
    "internal_error_after",
    "garbage_after",
    "hang",
    "hang_before",
    "ratelimited",
    "error",
)
RECORDING = ("drop_after", "http_500_after", "internal_error_after", "garbage_after", "hang")


@dataclass
class Fault:
    """One order; `method` and `channel` may be "*"."""

    method: str
    mode: str
    times: int = 1
    channel: str = "*"
    error: str = "fatal_error"
    retry_after: int = 1
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"unknown fault mode {self.mode!r}; one of {', '.join(MODES)}")

    @property
    def records(self) -> bool:
        """Whether Slack did what was asked before it failed to say so."""
        return self.mode in RECORDING

    def fits(self, method: str, channel: str) -> bool:
        return self.method in ("*", method) and self.channel in ("*", channel)


class FaultPlan:
    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._lock = Lock()
        self.suffered: list[tuple[str, str]] = []

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._orders.append(fault)

    def take(self, method: str, channel: str) -> Fault | None:
        with self._lock:
            for fault in self._orders:
                if fault.times > 0 and fault.fits(method, channel):
                    fault.times -= 1
                    self.suffered.append((method, fault.mode))
                    return fault
        return None

    @property
    def waiting(self) -> int:
        with self._lock:
            return sum(max(0, fault.times) for fault in self._orders)

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()
            self.suffered.clear()
