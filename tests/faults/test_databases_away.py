"""The database goes away, is busy, or is copied in mid-flight; clocks jump; settings are wrong."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from csbot import clock
from csbot.outbox import claim
from csbot.outbox.model import Lane
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.outbox.sender import drain
from csbot.settings import Settings, SettingsError
from csbot.wiring import wire
from messages.said import Said
from tests import databases
from tests.faults.rig import Rig, settings_for


@contextmanager
def broken_while_settling(rig: Rig, times: int) -> Iterator[list[str]]:
    """The next statements that would mark a message as sent fail, as if the server were gone."""
    left = list(range(times))
    seen: list[str] = []

    def fail(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if left and statement.startswith("UPDATE outbox") and "sent" in str(parameters):
            left.pop()
            seen.append(statement)
            raise OperationalError(statement, None, Exception("server closed the connection"))

    event.listen(rig.wiring.engine, "before_cursor_execute", fail)
    yield seen
    event.remove(rig.wiring.engine, "before_cursor_execute", fail)


def test_a_database_that_is_gone_while_marking_sent_is_waited_for(rig: Rig) -> None:
    rig.ask("one")
    with broken_while_settling(rig, 1) as failed:
        rig.drain()
    assert len(failed) == 1
    assert rig.states() == {"one": "sent"}
    rig.assert_each_once("one")


def test_a_database_that_stays_away_costs_a_look_not_a_message(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csbot.outbox.sender.SETTLE_TRIES", ())
    rig.ask("one")
    with broken_while_settling(rig, 1):
        rig.drain()
    assert rig.states() == {"one": "sending"}
    rig.drain_out()
    rig.assert_each_once("one")
    assert len(rig.calls("chat.postMessage")) == 1


def test_connections_that_the_server_cut_are_made_anew(rig: Rig) -> None:
    rig.ask("one")
    rig.drain()
    if rig.wiring.engine.dialect.name == "postgresql":
        cut_all(rig)
    rig.ask("two")
    rig.drain()
    rig.assert_each_once("one", "two")


def cut_all(rig: Rig) -> None:
    admin = create_engine(rig.wiring.engine.url)
    with admin.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    admin.dispose()


def test_a_sqlite_file_that_a_backup_holds_is_waited_for(rig: Rig) -> None:
    url = rig.wiring.engine.url
    if url.get_backend_name() != "sqlite":
        assert rig.drain().sent == 0
        return
    rig.ask("one")
    backup = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
    backup.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.4, backup.rollback)
    release.start()
    rig.drain()
    release.join()
    backup.close()
    rig.assert_each_once("one")


def test_a_copy_of_the_files_after_a_power_cut_has_every_message_that_was_promised(
    slack: Any, sqlite_template: Path, tmp_path: Path
) -> None:
    source, copied = tmp_path / "at work", tmp_path / "after the cut"
    source.mkdir()
    copied.mkdir()
    wiring = wire(
        settings_for(slack.api_url, databases.copy_of_template(sqlite_template, source))
    )  # fmt: skip
    promised: list[str] = []
    for n in range(30):
        with wiring.sessions.begin() as session:
            item = Outgoing(Said(sentence=f"{n}"), "CA", f"key {n}")
            enqueue_many(session, [item], now=clock.now())
        promised.append(f"key {n}")
        if n == 17:
            for file in source.iterdir():
                shutil.copy(file, copied / file.name)
            kept = list(promised)
    wiring.engine.dispose()
    after = sqlite3.connect(copied / "csbot.db")
    assert after.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {key for (key,) in after.execute("SELECT key FROM outbox")} >= set(kept)
    after.close()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_wall_clock_that_jumps_neither_ends_leases_nor_hides_messages(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    rig.fail("drop_after")
    rig.ask("one")
    rig.drain()
    file = tmp_path / "clock"
    monkeypatch.setenv("CSBOT_CLOCK_FILE", str(file))
    file.write_text(str(hours * 3600))
    later = clock.now() + timedelta(days=1)
    assert drain(rig.wiring, now=later, patience=0.3).sent == 0, "the lease has not ended"
    rig.drain_out()
    rig.assert_each_once("one")


def test_a_steady_clock_that_began_anew_closes_no_channel_for_long(rig: Rig) -> None:
    rig.ask("one")
    rig.drain()
    with rig.wiring.sessions.begin() as session:
        for lane in session.query(Lane):
            lane.next_at = claim.steady(session) + timedelta(days=3)
    rig.ask("two")
    rig.drain()
    rig.assert_each_once("one", "two")


def test_a_lease_that_does_not_outlast_a_request_is_refused_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "csbot.toml"
    path.write_text("[delivery]\nrequest_timeout = 30\nlease = 60\n")
    monkeypatch.setenv("CSBOT_CONFIG", str(path))
    with pytest.raises(SettingsError, match="lease must be at least twice"):
        Settings.load()
