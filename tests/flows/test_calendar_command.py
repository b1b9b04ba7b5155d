"""`csbot calendar` as a person types it, and the job that reads what it added."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from csbot.meetings.model import Meeting
from schedules.command import list_jobs
from tests import ics
from tests.builders import member
from tests.flows.office import Office
from tests.typed import typed as csbot
from tests.web_server import answer, saying, serving

ALLOWED = '[calendars]\nallowed_networks = ["127.0.0.0/8"]\n'


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    made = open_office(ALLOWED)
    made.know("Acme", domain="acme.example")
    with made.sessions.begin() as session:
        session.add(member("Dana Reyes"))
    return made


def test_a_calendar_is_added_listed_and_removed_and_its_secret_never_shown(office: Office) -> None:
    with serving(saying(answer(ics.calendar(ics.event())))) as server:
        url = f"http://127.0.0.1:{server.port}/private-0a1b2c/basic.ics"
        added = csbot("calendar", "add", "dana@vendor.example", url)
    assert added.returncode == 0, added.stderr
    assert "1 meeting with customers" in added.stdout
    with office.sessions() as session:
        assert [row.title for row in session.scalars(select(Meeting))] == ["Success session"]
    told = csbot("calendar", "list").stdout + csbot("doctor").stdout
    [row] = json.loads(csbot("calendar", "list", "--json").stdout)
    assert f"Calendar {row['id']} at 127.0.0.1 is read." in added.stdout
    assert (row["owner"], row["host"], row["problem"]) == ("dana@vendor.example", "127.0.0.1", None)
    assert "0a1b2c" not in added.stdout + added.stderr + told
    assert f"calendar {row['id']} of dana@vendor.example at 127.0.0.1: read 2026-11-23" in told
    assert csbot("calendar", "remove", str(row["id"])).returncode == 0
    assert "csbot calendar add EMAIL" in csbot("calendar", "list").stdout
    with office.sessions() as session:
        assert list(session.scalars(select(Meeting))) == []


@pytest.mark.parametrize("words", [("-",), ()])
def test_the_secret_address_may_come_by_standard_input(
    office: Office, words: tuple[str, ...]
) -> None:
    command = ["calendar", "add", "dana@vendor.example", *words]
    with serving(saying(answer(ics.calendar(ics.event())))) as server:
        url = f"http://127.0.0.1:{server.port}/private-0a1b2c/basic.ics\n"
        added = csbot(*command, input=url)
    assert "1 meeting with customers" in added.stdout, added.stderr
    nothing = csbot(*command)
    assert (nothing.returncode, "no web address" in nothing.stderr) == (2, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_person_is_asked_for_the_secret_address_and_it_is_not_shown(office: Office) -> None:
    command = [sys.executable, "-m", "csbot", "calendar", "add", "dana@vendor.example"]
    terminal, keyboard = os.openpty()
    with (
        serving(saying(answer(ics.calendar(ics.event())))) as server,
        subprocess.Popen(
            command,
            stdin=keyboard,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process,
    ):
        assert process.stderr is not None
        asked = b""
        while not asked.endswith(b"unseen: "):
            asked += process.stderr.read(1) or pytest.fail(asked.decode())
        os.write(terminal, f"http://127.0.0.1:{server.port}/private-0a1b2c/basic.ics\n".encode())
        said, _ = process.communicate(timeout=60)
    os.close(keyboard)
    assert b"1 meeting with customers" in said
    with pytest.raises(OSError, match="Input/output"):  # the line is closed, and nothing on it
        os.read(terminal, 1)
    os.close(terminal)


def test_one_that_cannot_be_read_is_told_with_its_mend_and_not_added(office: Office) -> None:
    with serving(saying(answer(status="404 Not Found"))) as server:
        url = f"http://127.0.0.1:{server.port}/private-0a1b2c/basic.ics"
        added = csbot("calendar", "add", "dana@vendor.example", url)
    assert added.returncode == 2
    assert "Nothing was added: 127.0.0.1 cannot be read: " in added.stderr
    assert "answers 404: copy the address again" in added.stderr
    assert "0a1b2c" not in added.stdout + added.stderr
    assert json.loads(csbot("calendar", "list", "--json").stdout) == []


def test_one_that_is_read_already_stays_when_adding_it_again_fails(office: Office) -> None:
    works, gone = answer(ics.calendar(ics.event())), answer(status="404 Not Found")
    with serving(saying(works, gone)) as server:
        url = f"http://127.0.0.1:{server.port}/private-0a1b2c/basic.ics"
        added = [csbot("calendar", "add", "dana@vendor.example", url) for _ in range(2)]
    assert [one.returncode for one in added] == [0, 2]
    assert "It stays calendar " in added[1].stderr
    assert "answers 404" in csbot("calendar", "list").stdout
    assert "answers 404" in csbot("doctor").stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "nobody@vendor.example", "https://calendar.example/"), "Nobody in the team"),
        (("add", "dana@vendor.example", "calendar.ics"), "no web address"),
        (("remove", "9"), "no calendar 9"),
    ],
)
def test_a_mistake_is_one_sentence(office: Office, words: tuple[str, ...], why: str) -> None:
    said = csbot("calendar", *words)
    assert said.returncode == 2
    assert why in said.stderr
    assert "Traceback" not in said.stderr


def test_a_network_that_is_none_is_a_readable_setting(office: Office, tmp_path: Path) -> None:

    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[calendars]\nallowed_networks = ["10.0.0.0/99"]\n')
    said = subprocess.run(
        [sys.executable, "-m", "csbot", "calendar", "list"],
        capture_output=True, text=True, timeout=60, env=os.environ | {"CSBOT_CONFIG": str(wrong)},
    )  # fmt: skip
    assert said.returncode == 2
    assert "wrong.toml: calendars.allowed_networks" in said.stderr
    assert "Traceback" not in said.stderr


def test_the_job_is_on_the_list() -> None:
    assert "calendars" in list_jobs()
