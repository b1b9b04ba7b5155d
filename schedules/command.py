"""`csbot job list` and `csbot job run`: the schedule by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from csbot import clock
from csbot.outbox.sender import drain
from csbot.wiring import Wiring
from messages.text import plural
from schedules.table import JOBS, named


def list_jobs() -> str:
    """A line a job: name, how often, what it does."""
    return "\n".join(f"{job.name:10} {_often(job.every):17} {job.what}" for job in JOBS)


def run_job(wiring: Wiring, name: str, at: str | None = None) -> str:
    """Do what the schedule would do at `at` (ISO, by default now) and send what comes of it.

    Without `at` a person wants it now: nothing waits for somebody's working hours.
    Raises ValueError, with a text for people, for an unknown name or time.
    """
    job, now = named(name), _moment(at)
    said = job.run(replace(wiring.in_force(), by_hand=True), now, at is None)
    sent = drain(wiring, now=now)
    return f"{job.name}: {said}" if job.name == "deliver" else f"{job.name}: {said}. {sent}"


def _often(every: timedelta | None) -> str:
    if every is None:
        return "all the time"
    return f"every {plural(int(every.total_seconds() // 60), 'minute')}"


def _moment(at: str | None) -> datetime:
    if at is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError(f"{at!r} is no ISO time. Write it like 2026-11-23T08:30+01:00.") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
