"""Every recurring job, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from csbot.outbox import auditor
from csbot.outbox.sender import drain
from csbot.team.matching import refresh_people
from csbot.wiring import Wiring


@dataclass(frozen=True)
class Job:
    """`run` says in one line what it did; `every` is None for what the senders do all the time.

    A job may run twice or late without harm: what it does is keyed in the database.
    """

    name: str
    every: timedelta | None
    what: str
    run: Callable[[Wiring, datetime], str]

    def slot(self, now: datetime) -> str:
        """The period of `every` that `now` is in: one process takes it, the others pass."""
        length = (self.every or timedelta(minutes=1)).total_seconds()
        return str(int(now.timestamp() // length))


def deliver(wiring: Wiring, now: datetime) -> str:
    return str(drain(wiring, now=now))


def audit(wiring: Wiring, now: datetime) -> str:
    found = auditor.audit(wiring, now=now, expected=expected())
    return "; ".join(found.problems()) or "all is well"


def people(wiring: Wiring, now: datetime) -> str:
    matched, asked = refresh_people(wiring, now=now)
    return f"{matched} people matched with Slack, {asked} looked up"


JOBS = [
    Job("deliver", None, "sends the messages that are due", deliver),
    Job("people", timedelta(minutes=10), "finds team members in Slack by their e-mail", people),
    Job("audit", timedelta(minutes=5), "finds overdue work, retries what was mended", audit),
]


def expected() -> dict[str, timedelta]:
    return {job.name: job.every for job in JOBS if job.every is not None}


def named(name: str) -> Job:
    """Raises ValueError that lists the jobs there are."""
    found = next((job for job in JOBS if job.name == name), None)
    if found is None:
        names = ", ".join(job.name for job in JOBS)
        raise ValueError(f"There is no job called {name!r}. There are: {names}.")
    return found
