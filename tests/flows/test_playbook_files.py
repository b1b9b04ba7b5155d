"""Somebody edits a playbook's file: what Slack is told when it breaks, and the command line."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from csbot.doctor import examine
from csbot.playbooks.store import in_force
from tests.builders import MONDAY
from tests.typed import typed

NAME = "quiet-customer"
GOOD = (Path(__file__).parents[1] / f"payloads/playbooks/{NAME}.yaml").read_text("utf-8")
GOOD = GOOD.replace("  - stop: tips\n  - start: win-back\n", "")


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file of a team's own playbook; ask for it before the desk."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    monkeypatch.setenv("CSBOT_PLAYBOOKS_DIR", str(folder))
    monkeypatch.setenv("CSBOT_ADMINS", "U_PRIYA")
    path = folder / f"{NAME}.yaml"
    path.write_text(GOOD, "utf-8")
    return path


def later(desk, minutes):
    desk.at(MONDAY + timedelta(minutes=minutes))
    desk.run("playbooks")
    desk.deliver()


def heard(desk, slack_id):
    """What somebody reads of this playbook in their messages from csbot."""
    person = desk.person(slack_id)
    return [shown.words for shown in person.messages(person.dm) if NAME in shown.text]


def test_a_file_that_breaks_is_told_to_its_owner_and_the_admins_and_stays_in_force(file, desk):
    later(desk, 0)
    file.write_text(GOOD.replace("contact.quiet", "contact.quite"), "utf-8")
    later(desk, 1)
    later(desk, 2)
    for slack_id in ("U_PRIYA", "U_DANA"):
        (told,) = heard(desk, slack_id)
        assert told.startswith(f"The file of the playbook {NAME} cannot be used: 1 problem.")
        assert (
            "• line 8, column 13: there is no detector 'contact.quite',"
            " did you mean 'contact.quiet'?" in told
        )
        assert "the version of before stays in force" in told
    with desk.sessions() as session:
        assert NAME in {force.name for force in in_force(session) if force.enabled}
    file.write_text(GOOD, "utf-8")
    later(desk, 3)
    (mended,) = heard(desk, "U_DANA")[1:]
    assert f"The file of the playbook {NAME} can be used again.\n{file}\n" in mended
    assert "runs that are under way go on as they began" in mended


def csbot(*words, cwd=None):
    """`csbot playbook …` with the settings of the test."""
    return typed("playbook", *words, cwd=cwd)


def test_the_list_has_a_line_for_each_playbook_and_all_that_is_wrong(file, desk):
    rows = {row["name"]: row for row in json.loads(csbot("list", "--json").stdout)}
    assert rows[NAME] | {"version": ""} == {
        "name": NAME,
        "title": "A customer who has gone quiet",
        "starts": "when contact.quiet becomes true (days 9)",
        "state": "on",
        "touches": "draft",
        "source": "own",
        "version": "",
        "problem": None,
    }
    assert rows["payments"]["source"] == "library"
    file.write_text("nonsense", "utf-8")
    later(desk, 1)
    said = csbot("list").stdout
    assert f"{file}:1:1: must be a mapping" in said


def test_lint_ends_with_1_only_where_something_is_wrong(file):
    done = csbot("lint", NAME)
    assert (done.returncode, done.stderr) == (0, "1 file: 0 errors, 1 warning\n")
    file.write_text(GOOD.replace("points: -30", "points: many"), "utf-8")
    for asked in (NAME, str(file)):
        done = csbot("lint", asked)
        assert done.returncode == 1
        assert f"{file}:35:21: `points` must be a whole number\n" in done.stdout
    done = csbot("lint", "quiet-custommer")
    assert done.returncode == 2
    assert "did you mean `quiet-customer`?" in done.stderr


def test_the_doctor_names_a_broken_file_and_is_well_all_the_same(file, desk):
    file.write_text("nonsense", "utf-8")
    report = examine(desk.wiring)
    (found,) = [one for one in report.findings if NAME in one.what]
    assert (found.level, found.mend) == ("warn", f"run: csbot playbook lint {NAME}")
    assert report.well


def test_two_files_of_one_name_are_an_error_of_both(file, desk):
    other = file.with_suffix(".yml")
    other.write_text(GOOD, "utf-8")
    twice = f"is there twice, as `{NAME}.yaml` and `{NAME}.yml`; delete one of them"
    for asked in ((NAME,), (str(file),)):
        done = csbot("lint", *asked)
        assert done.returncode == 1
        assert done.stdout == f"{file}:1:1: {twice}\n{other}:1:1: {twice}\n"
    assert [one.mend for one in examine(desk.wiring).findings if NAME in one.what] == [
        f"run: csbot playbook lint {NAME}"
    ]


def test_a_diagram_lies_where_one_is_and_all_of_them_only_where_one_says(tmp_path):
    assert csbot("diagram", "win-back", cwd=tmp_path).stdout == "win-back.md\nwin-back.png\n"
    assert {path.name for path in tmp_path.glob("win-back.*")} == {"win-back.md", "win-back.png"}
    done = csbot("diagram", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--out DIR" in done.stderr


def test_lint_takes_a_folder_and_leaves_warnings_about_the_library_to_who_asks(file, tmp_path):
    shown = csbot("lint")
    assert (shown.returncode, shown.stdout.count("\n")) == (0, 1)
    assert str(file) in shown.stdout
    assert "library/win-back.yaml" in csbot("lint", "win-back").stdout
    other = tmp_path / "drafts"
    other.mkdir()
    assert "no .yaml file" in csbot("lint", str(other)).stderr
    (other / "first.yaml").write_text("nonsense", "utf-8")
    (other / "second.yml").write_text("", "utf-8")
    done = csbot("lint", str(other))
    assert done.stderr == "2 files: 2 errors, 0 warnings\n"
    assert done.stdout.startswith(f"{other}/first.yaml:1:1: must be a mapping")
