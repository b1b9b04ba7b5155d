"""What a terminal prints of files and databases holds nothing that the terminal would obey."""

import json
import re

import pytest

from csbot import terminal
from csbot.accounts.command import export
from csbot.cli import _told
from csbot.doctor import BAD, Finding, Report
from csbot.imports.command import import_command
from csbot.settings import Config, Environment, Settings
from csbot.wiring import Wiring
from tests.builders import account

HOSTILE = "\x1b[31mRed\x1b[0m \x9b31m \x1b]0;title\x07 \u202egnp.exe [bold]x[/bold] \u2066"
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def wiring(engine, sessions):
    settings = Settings(env=Environment.model_validate({}), config=Config())
    return Wiring(settings, engine, sessions, None, None)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "text",
    [f'name,arr\n"{HOSTILE}","{HOSTILE}"\n', f'name,"{HOSTILE}"\nAcme,1\n', f'"{HOSTILE}"\nx\n'],
    ids=["cells", "a header", "only a header"],
)
def test_the_report_on_a_hostile_file_is_plain_text(wiring, tmp_path, capsys, text, as_json):
    file = tmp_path / "accounts.csv"
    file.write_text(text)
    import_command(wiring, "accounts", file, as_json=as_json)
    told = "".join(capsys.readouterr())
    assert told
    assert not OBEYED.search(told)


def test_markup_in_a_file_is_shown_and_not_obeyed(wiring, tmp_path, capsys):
    file = tmp_path / "accounts.csv"
    file.write_text("name,arr\nAcme,[bold]x[/bold]\n")
    import_command(wiring, "accounts", file)
    assert "[bold]x[/bold]" in capsys.readouterr().out


def test_an_account_and_a_finding_are_shown_as_plain_text():
    assert not OBEYED.search(terminal.shown(_told({"name": HOSTILE, "tags": [HOSTILE]})))
    assert not OBEYED.search(terminal.shown(Report([Finding(BAD, HOSTILE, HOSTILE)]).text()))


def test_json_stays_the_same_json():
    value = {"name": HOSTILE + "Łódź ✓", "list": [1, None]}
    made = terminal.as_json(value)
    assert json.loads(made) == value
    assert "Łódź ✓" in made
    assert not OBEYED.search(made)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_that_opens_an_export_runs_nothing(sessions, start):
    with sessions.begin() as session:
        session.add(account(f"{start}HYPERLINK(1)", industry=f"{start}cmd|' /C calc'!A1"))
        session.flush()
        cells = [cell for row in list(export(session, "accounts"))[1:] for cell in row if cell]
    assert not [cell for cell in cells if cell.startswith(start)]
    shown = terminal.shown(f"{start}HYPERLINK(1)")
    assert {shown, f"'{shown}"} & {*cells}


def test_an_export_hides_nothing_that_a_terminal_obeys_or_that_covers_a_formula(sessions):
    """Since systems send names in, they hold what no file is allowed to bring."""
    with sessions.begin() as session:
        session.add(account(HOSTILE.replace("\0", ""), industry="\x1b=1+1"))
        session.flush()
        cells = [cell for row in export(session, "accounts") for cell in row]
    assert not [cell for cell in cells if OBEYED.search(cell)]
    assert "'=1+1" in cells
