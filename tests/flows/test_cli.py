"""The `csbot` command as a person types it: help, mends instead of tracebacks, stable output."""

import csv
import json
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.databases import copy_of_template
from tests.typed import typed

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "demo", "run", "web", "worker", "socket", "doctor", "messages", "db", "import", "export",
    "account", "job", "manifest", "keys", "inbox", "playbook", "erase", "uninstall",
]  # fmt: skip


@pytest.fixture
def csbot(sqlite_template, tmp_path):
    """Runs `csbot …` in an empty folder with a database of its own."""
    url = copy_of_template(sqlite_template, tmp_path)

    def run(*words: str, **environment: str) -> CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "CSBOT_"))}
        env = clean | {"DATABASE_URL": url, "COLUMNS": "120"} | environment
        return typed(*words, env=env, cwd=tmp_path)

    return run


def test_help_names_every_command(csbot):
    said = csbot("--help").stdout
    for name in COMMANDS:
        assert name in said


@pytest.mark.parametrize("command", ["web", "worker", "socket", "run"])
def test_a_process_without_its_tokens_says_all_that_is_missing_and_ends_with_2(csbot, command):
    done = csbot(command, PORT="none", CSBOT_TIMEZONE="Mars", CSBOT_LOG_LEVEL="LOUD")
    assert done.returncode == 2
    assert "CSBOT_LOG_LEVEL" in done.stderr
    assert "PORT" in done.stderr
    assert "CSBOT_TIMEZONE" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_tokens_are_listed_together(csbot):
    done = csbot("web")
    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN" in done.stderr
    assert "SLACK_SIGNING_SECRET" in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(csbot):
    done = csbot("account", "show", "acme", DATABASE_URL="postgresql://x:secret@127.0.0.1:1/no")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["db", "upgrade"], ["account", "show", "x"], ["doctor"]])
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:////nope/dir/x.db", "unable to open"),
        ("postgresql://x:secret@127.0.0.1:1/no", "refused"),
        ("sqlite:///accounts.csv", "not a database"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_with_the_reason(csbot, tmp_path, command, url, why):
    (tmp_path / "accounts.csv").write_text("name,domain\n" + "Acme,acme.example\n" * 400)
    done = csbot(*command, DATABASE_URL=url)
    assert done.returncode in (1, 2)
    said = done.stdout + done.stderr
    assert why in said.casefold()
    assert "DATABASE_URL" in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_job_that_would_post_wants_its_token(csbot):
    done = csbot("job", "run", "detect")
    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN" in done.stderr


def test_socket_mode_without_slack_is_one_sentence(csbot):
    done = csbot(
        "run", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1",
        SLACK_API_URL="http://127.0.0.1:1/api/",
    )  # fmt: skip
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert "csbot doctor" in sentence


def test_revenue_is_exported_as_it_is_imported(csbot, tmp_path):
    (tmp_path / "a.csv").write_text("name\nAcme\n")
    (tmp_path / "r.csv").write_text("account,effective_on,mrr,currency\nAcme,2026-01-01,400,USD\n")
    assert csbot("import", "accounts", "a.csv").returncode == 0
    assert csbot("import", "revenue", "r.csv").returncode == 0
    (tmp_path / "again.csv").write_text(csbot("export", "revenue").stdout)
    again = csbot("import", "revenue", "again.csv")
    assert "1 unchanged" in again.stdout, again.stdout


def test_renewals_are_exported_with_the_columns_of_the_guide(csbot, tmp_path):
    (tmp_path / "a.csv").write_text("name,arr,renewal_date\nAcme,4800,2099-01-31\n")
    assert csbot("import", "accounts", "a.csv").returncode == 0
    (row,) = csv.DictReader(csbot("export", "renewals").stdout.splitlines())
    guide = (ROOT / "docs" / "renewals.md").read_text("utf-8")
    documented = [line.split("`")[1].split() for line in guide.splitlines() if line[:3] == "| `"]
    assert {name for names in documented for name in names} >= set(row)
    told = ("Acme", "2099-01-31", "open", "4800", "probable", "75", "3600")
    names = ("account", "due_on", "status", "amount_due", "category", "probability", "expected")
    assert tuple(row[name] for name in names) == told


def test_an_unknown_account_is_told_with_the_way_on(csbot):
    done = csbot("account", "show", "nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr


def test_an_imported_account_is_shown_as_the_contract_says(csbot, tmp_path):
    file = tmp_path / "accounts.csv"
    file.write_text("name,domain,arr,segment,tags\nAcme,acme.example,48000,enterprise,beta\n")
    assert csbot("import", "accounts", str(file)).returncode == 0
    shown = json.loads(csbot("account", "show", "acme", "--json").stdout)
    assert set(shown) >= {
        "name", "domain", "arr", "currency", "segment", "plan", "process", "lifecycle_stage",
        "onboarding_stage", "health", "renewal_date", "owner", "tags", "pipelines", "score",
        "contacts", "tasks", "meetings", "checkins", "feedback", "payments", "alerts", "usage",
        "touches", "timeline", "requirements",
    }  # fmt: skip
    assert csbot("account", "recount").stdout == "All scores were right.\n"
    assert (shown["name"], shown["arr"], shown["tags"]) == ("Acme", 48000, ["beta"])


def test_jobs_are_listed_and_an_unknown_one_is_told_with_the_known_ones(csbot):
    listed = csbot("job", "list").stdout
    for name in ("detect", "digest", "reminders", "renewals", "deliver", "audit"):
        assert name in listed
    done = csbot("job", "run", "nonsense", SLACK_BOT_TOKEN="xoxb-1")
    assert done.returncode == 2
    assert "detect" in done.stderr


def test_what_follows_from_health_is_the_playbooks_work(csbot):
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    done = csbot("job", "run", "health", **slack)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("playbooks: 0 runs started")


def test_a_job_wants_a_real_time(csbot):
    done = csbot("job", "run", "detect", "--at", "fryday", SLACK_BOT_TOKEN="xoxb-1")
    assert done.returncode == 2
    assert "fryday" in done.stderr


def test_every_message_has_an_example(csbot):
    done = csbot("messages", "alert_inactive")
    assert done.returncode == 0
    assert "Quietwater" in done.stdout


def test_the_manifest_is_json_and_its_link_opens_slack(csbot):
    assert json.loads(csbot("manifest").stdout)["features"]["slash_commands"]
    assert csbot("manifest", "--link").stdout.startswith("https://api.slack.com/apps?new_app=1&")


def test_doctor_ends_with_the_next_thing_to_do(csbot):
    done = csbot("doctor")
    assert done.returncode == 1
    assert done.stdout.rstrip().splitlines()[-1].startswith("Next: ")


def test_a_message_that_does_not_exist_is_said(csbot):
    done = csbot("messages", "alert_inactve")
    assert done.returncode == 2
    assert "no message called 'alert_inactve'" in done.stderr


def test_a_replay_is_said_in_words_and_in_json_and_a_wrong_question_with_its_mend(csbot, tmp_path):
    for name, rows in {
        "accounts": "name,created_at\nAcme,2024-01-01\n",
        "contacts": "account,email,last_login_at\nAcme,ann@acme.example,2026-01-02\n",
    }.items():
        (tmp_path / f"{name}.csv").write_text(rows)
        assert csbot("import", name, f"{name}.csv").returncode == 0
    said = csbot("playbook", "simulate", "inactive-users", "--since", "2d")
    assert (said.returncode, said.stderr) == (0, "")
    assert "it would have started 1 time, for 1 account." in said.stdout
    assert "too early to tell: 1" in said.stdout
    told = csbot("playbook", "simulate", "inactive-users", "--since", "2d", "--with", "days=700",
                 "--json")  # fmt: skip
    assert json.loads(told.stdout)["with"] == {"days": 700}
    assert json.loads(told.stdout)["fired"] == 0
    for words, mend in (
        (["inactive-usrs"], "did you mean `inactive-users`?"),
        (["inactive-users", "--since", "yesterday"], "Write 180d, 26w or a date"),
        (
            ["inactive-users", "--with", "dayz=1"],
            "There is no parameter dayz, did you mean days?",
        ),
    ):
        wrong = csbot("playbook", "simulate", *words)
        assert (wrong.returncode, mend in wrong.stderr) == (2, True)


def test_a_person_is_erased_only_after_it_was_shown_what_goes(csbot, tmp_path):
    (tmp_path / "a.csv").write_text("name\nAcme\n")
    (tmp_path / "c.csv").write_text("account,email,name\nAcme,ann@acme.example,Ann Lee\n")
    csbot("import", "accounts", "a.csv")
    csbot("import", "contacts", "c.csv")
    shown = csbot("erase", "Ann@Acme.example")
    assert "1  contacts" in shown.stdout
    assert "Nothing was changed" in shown.stdout
    assert "Erased." in csbot("erase", "ann@acme.example", "--yes").stdout
    again = csbot("erase", "ann@acme.example", "--yes")
    assert (again.returncode, "Nothing is known of" in again.stderr) == (2, True)


def test_a_purge_asks_for_the_databases_name_first(csbot, tmp_path):
    (tmp_path / "a.csv").write_text("name\nAcme\n")
    csbot("import", "accounts", "a.csv")
    assert "csbot's data stays" in csbot("uninstall").stdout
    refused = csbot("uninstall", "--purge")
    assert (refused.returncode, "Nothing was deleted" in refused.stderr) == (2, True)
    assert "1  accounts" in refused.stdout
    assert '"Acme"' in csbot("account", "show", "acme", "--json").stdout
    assert "is deleted" in csbot("uninstall", "--purge", "--yes").stdout
    assert csbot("account", "show", "acme").returncode != 0
