"""`csbot import` as a person or a script runs it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.imports.command import import_command
from csbot.settings import Settings
from csbot.wiring import Wiring, wire
from tests.builders import account

ACCOUNTS = "name,domain,ARR,Renewal Date,Seats\n"
GOOD = ACCOUNTS + "Acme,acme.example,$48,2027-01-31,40\n"
BAD = ACCOUNTS + "Acme,acme,48k,4/5/2027,40\nGlobex,globex.example,1,5/6/2027,\n"


@dataclass(frozen=True)
class Done:
    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def wiring(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("CSBOT_CONFIG", raising=False)
    wiring = wire(Settings.load())
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def run(wiring: Wiring, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(kind: str, text: str | bytes | None, **flags: str | bool) -> Done:
        file = tmp_path / "export.csv"
        if text is not None:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = import_command(wiring, kind, file, **flags)  # type: ignore[arg-type]
        return Done(code, *capsys.readouterr())

    return run


def names(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Account.name).order_by(Account.id)))


def test_a_good_file_is_imported_and_told(run: Run, sessions: sessionmaker[Session]) -> None:
    done = run("accounts", GOOD)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "Note: Columns kept as custom fields: Seats.",
        "1 row of accounts: 1 created, 0 changed, 0 unchanged.",
    ]
    assert names(sessions) == ["Acme"]


def test_bad_rows_are_listed_and_nothing_is_changed(
    run: Run, sessions: sessionmaker[Session]
) -> None:
    done = run("accounts", BAD)
    assert done.exit_code == 1
    assert "line 2, domain: “acme” is not a domain; write it like acme.com." in done.stdout
    assert "line 2, ARR: “48k” is abbreviated" in done.stdout
    assert done.stdout.count("--dates day-first or --dates month-first") == 2
    assert "Nothing was imported: 4 cells are wrong, in 2 of 2 rows of accounts." in done.stdout
    assert names(sessions) == []


def test_a_dry_run_says_that_it_was_one(run: Run, sessions: sessionmaker[Session]) -> None:
    done = run("accounts", GOOD, dry_run=True)
    assert done.exit_code == 0
    assert "1 would be created" in done.stdout
    assert "This was a dry run: nothing was changed." in done.stdout
    assert names(sessions) == []


def test_flags_settle_what_the_file_leaves_open(run: Run, sessions: sessionmaker[Session]) -> None:
    text = "name,arr,renewal_date\nAcme,2.000,4/5/2027\n"
    assert run("accounts", text).exit_code == 1
    assert run("accounts", text, dates="day-first", numbers="comma").exit_code == 0
    with sessions() as session:
        acme = session.scalars(select(Account)).one()
    assert (str(acme.arr), str(acme.renewal_on)) == ("2000", "2027-05-04")


@pytest.mark.parametrize(
    ("kind", "text", "flags", "reason"),
    [
        ("accounts", None, {}, "export.csv: There is no such file."),
        ("accounts", "", {}, "The file is empty."),
        ("accounts", "a,b\n1,2\n", {}, "Missing header for accounts: name."),
        ("accounts", b"PK\x03\x04x", {}, "Excel workbook"),
        ("acounts", GOOD, {}, "cannot be imported; accounts, contacts, team"),
        ("accounts", GOOD, {"dates": "us"}, "--dates is day-first or month-first, not us."),
        (
            "accounts",
            GOOD,
            {"numbers": "us", "dates": "us"},
            "--dates is day-first or month-first, not us. --numbers is dot or comma, not us.",
        ),
        ("accounts", GOOD, {"zone": "Berlin"}, "--zone: “Berlin” is not a time zone name"),
    ],
)
def test_what_cannot_be_used_is_said_with_status_2(
    run: Run, kind: str, text: str | bytes | None, flags: dict[str, str], reason: str
) -> None:
    done = run(kind, text, **flags)
    assert done.exit_code == 2
    assert reason in done.stderr
    assert done.stdout == ""


def test_a_folder_a_missing_file_and_one_that_cannot_be_read_are_told_by_their_path(
    wiring: Wiring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd").mkdir()
    (tmp_path / "own.CSV").write_text("")
    for path, reason in {
        ".": "This is a folder. Name the CSV file in it, as in own.CSV.",
        "odd": "This is a folder. There is no CSV file in it.",
        "odd/none.csv": "There is no such file.",
        "own.CSV": "The file is empty.",
        "own.CSV/x": "This file cannot be read: Not a directory.",
    }.items():
        assert import_command(wiring, "accounts", Path(path)) == 2
        assert capsys.readouterr().err == f"{path}: {reason}\n"


def test_accounts_without_any_amount_are_told_what_was_looked_for(run: Run) -> None:
    """The customer's own revenue, as HubSpot has it, is not what it pays us."""
    said = run("accounts", "name,Annual Revenue\nAcme,4000000\n").stdout
    assert "Note: No ARR was found" in said
    assert "arr, annual recurring revenue," in said
    assert "If “Annual Revenue” is what they pay you, rename it to arr" in said
    assert "ARR is empty in every row" in run("accounts", "name,ARR\nAcme,\n").stdout
    assert "No ARR" not in run("accounts", "name,MRR\nAcme,10\nBolt,\n").stdout


def test_json_is_for_programs(run: Run) -> None:
    done = run("accounts", BAD, as_json=True)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["ok"], told["rows"], told["problem_count"]) == (False, 2, 4)
    assert told["problems"][0] == {
        "line": 2,
        "column": "domain",
        "value": "acme",
        "mend": "“acme” is not a domain; write it like acme.com.",
    }
    unusable = run("accounts", "", as_json=True)
    assert unusable.exit_code == 2
    assert json.loads(unusable.stdout) == {
        "ok": False,
        "file": "export.csv",
        "reason": "The file is empty.",
    }


def test_markup_in_a_file_is_printed_as_it_is(run: Run, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(account("Acme"))
    done = run("contacts", "account,email\n[red]x[/],[bold]nobody\n")
    assert done.exit_code == 1
    assert "“[bold]nobody” is not an e-mail address" in done.stdout


def test_the_command_itself_ends_with_the_same_status(
    database_url: str, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    for text, status in ((GOOD, 0), (BAD, 1), ("", 2)):
        file.write_text(text)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from csbot.cli import main; main()",
                "import",
                "accounts",
                file,
            ],
            env={"DATABASE_URL": database_url},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done.stderr
    assert names(sessions) == ["Acme"]
