"""The ticks: APScheduler says when to look, rows in the database say whose turn it is."""

import logging
from datetime import datetime
from threading import Thread
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from csbot import clock, jobs
from csbot.faults import Faults
from csbot.wiring import Wiring
from schedules.table import JOBS, Job, named

log = logging.getLogger(__name__)


class DaemonThreads(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """A thread for each run, which ends with the process: a job under way rolls back.

    The library's own pool would keep a stopping process alive until its jobs are through.
    """

    def _do_submit_job(self, job: Any, run_times: list[Any]) -> None:
        Thread(target=self._run, args=(job, run_times), name=job.id, daemon=True).start()

    def _run(self, job: Any, run_times: list[Any]) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException as error:
            self._run_job_error(job.id, error, error.__traceback__)
        else:
            self._run_job_success(job.id, events)


class Runner:
    """Runs every job once in each of its periods, whatever number of processes tick."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring, self._faults = wiring, Faults(wiring.sessions)
        self._seen: dict[str, str] = {}
        self._scheduler = BackgroundScheduler(
            executors={"default": DaemonThreads()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )

    def start(self) -> None:
        seconds = self._wiring.settings.env.csbot_tick_seconds
        for job in JOBS:
            if job.every is not None:
                self._scheduler.add_job(
                    self.tick, IntervalTrigger(seconds=seconds), args=[job], id=job.name
                )
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    def tick(self, job: Job) -> bool:
        """Run the job if nobody has in this period; returns whether it did."""
        try:
            return self._take_turn(job)
        except Exception as error:  # the next period tries again; one job must not end the schedule
            self._faults.note(error, asked=f"job {job.name}", now=clock.now())
            return False

    def _take_turn(self, job: Job) -> bool:
        now = clock.now()
        slot = job.slot(now)
        if self._seen.get(job.name) == slot or self._waits(job, now):
            return False
        with self._wiring.sessions.begin() as session:
            ours = jobs.claim(session, job=job.name, slot=slot, now=now)
        self._seen[job.name] = slot
        try:
            if ours:
                did = job.run(self._wiring.in_force(), now, False)
                log.info("job done", extra={"job": job.name, "did": did})
                self._faults.keep()
        finally:
            if ours:
                with self._wiring.sessions.begin() as session:
                    jobs.done(session, job=job.name, slot=slot, now=clock.now())
        return ours

    def _waits(self, job: Job, now: datetime) -> bool:
        """A digest of what was true before the night, or before the outage, would mislead.

        It goes out once a look has ended in this period, whichever process had it: also one that
        failed, of which the admins hear, for a digest of what is known is better than none. In
        the place of one that was killed comes that of the next period.
        """
        if job.after is None:
            return False
        first = named(job.after)
        with self._wiring.sessions() as session:
            return not jobs.through(session, job=first.name, since=first.began(now))
