"""The only place that asks what time it is.

Everything else receives `now` as an argument. Storage and comparison are UTC;
a person's zone is applied only to decide working hours and to print.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones


def now() -> datetime:
    return datetime.now(UTC) + _offset()


def steady() -> float:
    """Seconds that no correction, frozen test or demo moves; good for spans on this machine."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@cache
def zones() -> frozenset[str]:
    """The names of all time zones, which take a walk over the disk to read."""
    return frozenset(available_timezones())


def _offset() -> timedelta:
    """How far the demo's clock is ahead; its processes share it through one small file."""
    path = os.environ.get("CSBOT_CLOCK_FILE")
    if not path:
        return timedelta(0)
    try:
        return timedelta(seconds=float(Path(path).read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta(0)


def moved_at() -> datetime | None:
    """When the demo's clock was last set, as it shows that moment itself; None outside the demo.

    What was due in the hours that it leapt over is late by seconds: nobody had time to do it.
    """
    path = os.environ.get("CSBOT_CLOCK_FILE")
    try:
        set_at = Path(path).stat().st_mtime if path else None
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(set_at, UTC) + _offset() if set_at else None


def shift_to(moment: datetime) -> None:
    """Set the demo's clock; refused outside the demo, where no clock file is named."""
    path = Path(os.environ["CSBOT_CLOCK_FILE"])
    seconds = (moment - datetime.now(UTC)).total_seconds()
    scratch = path.with_suffix(".new")
    scratch.write_text(str(seconds))
    scratch.replace(path)
