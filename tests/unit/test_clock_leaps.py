"""The demo's clock leaps over hours in which nothing could run: that is nobody's fault."""

from datetime import timedelta

from csbot import clock
from csbot.jobs import JobRun
from csbot.outbox.auditor import health
from csbot.outbox.queue import enqueue
from messages.rehearsal import TestAlert

EXPECTED = {"digest": timedelta(minutes=1), "never": timedelta(minutes=1)}


def test_only_what_did_not_happen_since_the_clock_leapt_is_late(sessions, tmp_path, monkeypatch):
    monkeypatch.setenv("CSBOT_CLOCK_FILE", str(tmp_path / "clock"))
    assert clock.moved_at() is None
    start = clock.now()
    with sessions.begin() as session:
        session.add(JobRun(job="digest", slot="1", started_at=start))
        enqueue(session, TestAlert(by=None), to="#a", key="a", now=start + timedelta(hours=1))
    clock.shift_to(start + timedelta(days=3))
    now = clock.now()
    with sessions() as session:
        assert health(session, now=now, expected=EXPECTED).problems() == []
        later = health(session, now=now + timedelta(minutes=20), expected=EXPECTED)
    assert (later.overdue, later.late_jobs) == (1, ("digest", "never"))
