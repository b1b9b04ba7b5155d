"""The worker process as it is run: signals, ticks and turns."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from sqlalchemy import func, select

from csbot import jobs
from csbot.jobs import JobRun
from schedules.command import list_jobs, run_job
from schedules.runner import Runner
from schedules.table import JOBS, Job, named
from tests.faults.processes import eventually
from tests.faults.rig import Rig


def start_worker(rig: Rig, folder: Path) -> subprocess.Popen[bytes]:
    url = rig.wiring.engine.url.render_as_string(hide_password=False)
    own = {
        "DATABASE_URL": url,
        "SLACK_API_URL": rig.wiring.settings.env.slack_api_url,
        "SLACK_BOT_TOKEN": rig.wiring.settings.env.slack_bot_token,
        "CSBOT_TICK_SECONDS": "0.5",
    }
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "csbot", "worker"], env=os.environ | own, stderr=log
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_asked_to_end_ends_in_time_and_leaves_its_message_to_the_next(
    rig: Rig, tmp_path: Path
) -> None:
    rig.fail("hang", seconds=60)
    rig.ask("one")
    worker = start_worker(rig, tmp_path)
    every = {job.name for job in JOBS if job.every}
    eventually(lambda: rig.received() == ["one"] and ran(rig) == every, within=60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert rig.row("one").state == "sending"
    rig.drain_out()
    rig.assert_each_once("one")


def ran(rig: Rig) -> set[str]:
    with rig.wiring.sessions() as session:
        return set(session.scalars(select(JobRun.job)))


def test_three_schedulers_at_the_same_tick_do_the_work_once(rig: Rig) -> None:
    done: list[str] = []

    def work(*_: Any) -> str:
        done.append("once")
        return "done"

    job = Job("digest", named("digest").every, "a test", work)
    runners = [Runner(rig.wiring) for _ in range(3)]
    with freeze_time(datetime(2026, 11, 23, 9, tzinfo=UTC)):
        assert [runner.tick(job) for runner in runners] == [True, False, False]
    with freeze_time(datetime(2026, 11, 23, 14, tzinfo=UTC)):
        assert [runner.tick(job) for runner in runners] == [True, False, False]
    assert len(done) == 2, "after hours without any worker it is done once, not for every period"


def test_a_digest_waits_until_what_is_true_now_has_been_found(rig: Rig) -> None:
    done: list[str] = []

    def job(name: str, *, fails: bool = False) -> Job:
        def run(*_: Any) -> str:
            done.append(name)
            if fails:
                raise RuntimeError("broken")
            return "done"

        return replace(named(name), run=run)

    runner = Runner(rig.wiring)
    monday = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    with freeze_time(monday):
        assert not runner.tick(job("digest"))
        assert runner.tick(job("detect"))
        assert runner.tick(job("digest"))
    with freeze_time(monday + timedelta(days=1)):
        assert not runner.tick(job("digest"))
        assert not runner.tick(job("detect", fails=True)), "what fails holds up no digest"
        assert runner.tick(job("digest"))
    assert done == ["detect", "digest", "detect", "digest"]


def test_a_digest_waits_for_the_look_that_another_process_is_at_or_was_killed_in(
    rig: Rig,
) -> None:
    """The second process ticks while the first is still looking."""
    ours, theirs = Runner(rig.wiring), Runner(rig.wiring)
    quick = replace(named("detect"), run=lambda *_: "done")
    digest = replace(named("digest"), run=lambda *_: "sent")
    meanwhile: list[bool] = []

    def look(*_: Any) -> str:
        meanwhile.extend((ours.tick(quick), ours.tick(digest)))
        return "done"

    monday = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    with freeze_time(monday):
        assert theirs.tick(replace(quick, run=look))
        assert meanwhile == [False, False]
        assert ours.tick(digest)
    with freeze_time(monday + timedelta(days=1)):
        with rig.wiring.sessions.begin() as session:
            dead = quick.slot(datetime.now(UTC))
            jobs.claim(session, job="detect", slot=dead, now=datetime.now(UTC))
        assert [ours.tick(quick), ours.tick(digest)] == [False, False]
    with freeze_time(monday + timedelta(days=1, minutes=2)):
        assert [ours.tick(quick), ours.tick(digest)] == [True, True]


def test_a_job_that_fails_does_not_end_the_schedule(rig: Rig) -> None:
    def fail(*_: Any) -> str:
        raise RuntimeError("broken")

    assert Runner(rig.wiring).tick(Job("detect", named("detect").every, "a test", fail)) is False
    with rig.wiring.sessions() as session:
        assert session.scalar(select(func.count()).select_from(JobRun)) == 1


def test_what_a_job_run_by_hand_asks_for_goes_out_at_once(rig: Rig) -> None:
    now = datetime.now(UTC)
    rig.ask("long held", not_before=now.replace(year=now.year + 1))
    rig.ask("due")
    assert run_job(rig.wiring, "deliver") == "deliver: 1 sent, 0 waiting"
    assert rig.received() == ["due"]


@pytest.mark.parametrize("job", [job.name for job in JOBS])
def test_every_job_can_be_run_by_hand_at_any_time(rig: Rig, job: str) -> None:
    assert run_job(rig.wiring, job, "2026-12-01T09:00+01:00").startswith(f"{job}: ")
    assert job in list_jobs()


@pytest.mark.parametrize(("name", "at"), [("nope", None), ("digest", "tomorrow")])
def test_a_wrong_name_or_time_is_explained(rig: Rig, name: str, at: str | None) -> None:
    with pytest.raises(ValueError, match=r"There are:|Write it like"):
        run_job(rig.wiring, name, at)
