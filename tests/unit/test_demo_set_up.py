"""The demo before anything runs: whose accounts a file names, which port, folder and day."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from csbot.demo.folder import free_port, fresh_folder, read_port
from csbot.demo.own import OWNERS_MAX, named_in
from csbot.demo.start import story_monday


def owners(folder: Path, *rows: str, header: str = "name,owner,owner_email") -> list[str]:
    file = folder / "accounts.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return [f"{mate.name} <{mate.email}>" for mate in named_in(file)]


def test_owners_are_met_once_whatever_the_file_calls_them(tmp_path: Path) -> None:
    rows = ("A,Tom Baker,", "B,tom  baker,", "C,,ana.b_diaz@own.example", "D,Bo,bo@own.example")
    assert owners(tmp_path, *rows) == [
        "Tom Baker <owner1@northwind.example>",
        "Ana B Diaz <ana.b_diaz@own.example>",
        "Bo <bo@own.example>",
    ]


def test_people_of_the_sample_team_and_empty_cells_add_nobody(tmp_path: Path) -> None:
    assert owners(tmp_path, "A,Dana Reyes,", "B,,lee@northwind.example", "C,,") == []


def test_whoever_owns_most_comes_first_and_only_so_many_can_be_acted_as(tmp_path: Path) -> None:
    rows = [f"A{n},,person{n}@own.example" for n in range(OWNERS_MAX + 5)]
    file = tmp_path / "accounts.csv"
    file.write_text("\n".join(["name,owner,owner_email", *rows, "Z,,person7@own.example", ""]))
    found = named_in(file)
    assert (len(found), found[0].email) == (OWNERS_MAX + 5, "person7@own.example")
    assert sum(bool(mate.slack_id) for mate in found) == OWNERS_MAX


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"no,such,columns\n1,2,3\n"])
def test_what_is_no_file_of_accounts_names_nobody(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "accounts.csv"
    assert named_in(file) == []
    file.write_bytes(content)
    assert named_in(file) == []


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "8080.5"])
def test_a_port_that_is_none_is_explained(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        read_port(text)
    assert "1 to 65535" in capsys.readouterr().err


def test_a_second_demo_leaves_the_folder_of_the_first_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        one = fresh_folder(port)
        (one / "csbot.db").write_text("kept")
        assert free_port(port) > port
        two = fresh_folder(port + 1)
        assert (one.name, two.name) == ("csbot-demo", f"csbot-demo-{port + 1}")
        assert (one / "csbot.db").read_text() == "kept"
    assert fresh_folder(port).name == "csbot-demo"
    assert not (one / "csbot.db").exists(), "once it has ended, its folder is begun anew"


@pytest.mark.parametrize(
    ("today", "monday"),
    [
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), datetime(2026, 11, 16, 7, 30, tzinfo=UTC)),
        (datetime(2026, 7, 8, 12, tzinfo=UTC), datetime(2026, 7, 6, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_story_begins_on_the_monday_of_danas_week(today: datetime, monday: datetime) -> None:
    assert story_monday(today) == monday
