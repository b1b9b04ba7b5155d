"""`csbot keys` and `csbot inbox` as a person types them, beside a running csbot."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from csbot import clock
from csbot.accounts.model import Account
from csbot.inbox.model import Received
from csbot.inbox.pruning import KEPT, prune
from csbot.keys.model import ApiKey
from csbot.keys.service import SOURCES
from csbot.usage.model import ProductUser
from schedules.table import named
from tests.flows.office import Office, survey
from tests.typed import typed as csbot

SURVEYS = "/webhooks/surveys"
ESCAPES = "\x1b[31mred\x1b[0m \x9b1A \u202eback"


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()


def read(*words: str) -> Any:
    return json.loads(csbot(*words, "--json").stdout)


def test_a_key_is_shown_once_with_a_command_that_works_and_revoked_at_once(office: Office) -> None:
    said = csbot("keys", "create", "surveys", "--name", ESCAPES).stdout
    assert "\x1b" not in said
    line = said[said.index("curl ") :].split("\n\n")[0]
    words = shlex.split(line.replace("\\\n", " "))
    key, body = words[words.index("-u") + 1], words[words.index("-d") + 1]
    assert words[-1].endswith(SURVEYS)
    assert office.post(SURVEYS, body.encode(), key=key.rstrip(":")).status_code == 200
    [row] = read("keys", "list")
    assert row["starts_with"] in key
    assert key.rstrip(":") not in csbot("keys", "list").stdout
    with office.sessions() as session:
        [stored] = session.scalars(select(ApiKey))
        assert key.rstrip(":") not in str(vars(stored))
    assert csbot("keys", "revoke", str(row["id"])).returncode == 0
    assert csbot("keys", "revoke", str(row["id"])).returncode == 0, "again changes nothing"
    assert office.post(SURVEYS, body.encode(), key=key.rstrip(":")).status_code == 401
    assert read("keys", "list")[0]["revoked_at"]


def test_a_new_key_says_which_database_has_it(office: Office) -> None:
    made, url = csbot("keys", "create", "usage").stdout, office.wiring.engine.url
    assert str(url.database) in made
    assert not url.password or url.password not in made


def test_usage_that_waits_for_its_company_is_listed_with_the_inbox(office: Office) -> None:
    office.know()
    key, at = office.key("usage"), "2026-11-23T08:00:00Z"
    sent = [("u1", "globex-7"), ("u2", "globex-7"), ("ann@later.example", None), ("u3", None)]
    batch = [
        {"type": "track", "event": "E", "userId": user, "timestamp": at, "messageId": user}
        | ({"context": {"groupId": group}} if group else {})
        for user, group in [*sent, ("ann@customer.example", None)]
    ]
    assert office.post("/v1/batch", {"batch": batch}, key=key).status_code == 200
    rows = read("inbox", "list", "--state", "waiting")
    assert [(row["id"], row["kind"]) for row in rows] == [(None, "2 events")] * 2
    assert {row["problem"] for row in rows} == {
        "no account yet for globex-7", "no account yet for 2 people of no known company",
    }  # fmt: skip
    assert all(row["received_at"].startswith("2026-11-23") for row in rows)
    assert "globex-7" in csbot("inbox", "list").stdout
    assert read("inbox", "list", "--state", "set_aside") == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_an_example_that_is_taken(office: Office, source: str) -> None:
    made = csbot("keys", "create", source).stdout
    words = shlex.split(made[made.index("curl ") :].split("\n\n")[0].replace("\\\n", " "))
    key, body = words[words.index("-u") + 1], words[words.index("-d") + 1]
    path = "/" + words[-1].split("/", 3)[3]
    answer = office.post(path, body.encode(), key=key.rstrip(":"))
    assert answer.status_code == 200, answer.text
    assert "aside" not in answer.text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["keys", "create", "letters"], "There are: usage, surveys, tickets, meetings, generic."),
        (["keys", "revoke", "99"], "csbot keys list"),
        (["keys", "revoke", "9" * 20], "csbot keys list"),
        (["inbox", "show", "9" * 20], "csbot inbox list"),
        (["keys", "revoke", "x"], "string as an integer"),
        (["inbox", "show", "99"], "csbot inbox list"),
        (["inbox", "retry", "99"], "csbot inbox list"),
        (["inbox", "retry"], "csbot inbox retry --all"),
        (["inbox", "retry", "1", "--all"], "csbot inbox retry --all"),
        (["inbox", "list", "--state", "lost"], "waiting, set_aside, done"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(office: Office, words: list[str], says: str) -> None:
    done = csbot(*words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_the_inbox_is_listed_shown_and_tried_again(office: Office) -> None:
    key = office.key("surveys")
    office.post(SURVEYS, survey(comment=ESCAPES), key=key)
    office.post(SURVEYS, survey("2", score=f"{ESCAPES}\ud800"), key=key)
    office.post(SURVEYS, f"{{ {ESCAPES}".encode(), key=key)
    assert csbot("inbox", "retry", "--all").returncode == 1
    rows = read("inbox", "list")
    assert [row["state"] for row in rows] == ["set_aside", "set_aside", "waiting"]
    assert [row["id"] for row in read("inbox", "list", "--state", "waiting")] == [rows[2]["id"]]
    listed = csbot("inbox", "list").stdout
    assert "no account yet" in listed
    assert "ann@" not in listed
    for row in rows:
        shown = csbot("inbox", "show", str(row["id"]))
        assert shown.returncode == 0
        assert not {"\x1b", "\x9b", "\u202e"} & set(shown.stdout + listed)
    assert read("inbox", "show", str(rows[2]["id"]))["body"] == survey(comment=ESCAPES)
    office.know()
    again = csbot("inbox", "retry", str(rows[2]["id"]))
    assert (again.returncode, office.answers()) == (0, 1)
    assert csbot("inbox", "retry", str(rows[2]["id"])).returncode == 0, "done is done"
    assert office.answers() == 1
    assert read("inbox", "show", str(rows[2]["id"]))["body"] is None
    outcomes = {row["id"]: row["state"] for row in read("inbox", "retry", "--all")}
    assert outcomes == {rows[0]["id"]: "set_aside", rows[1]["id"]: "set_aside"}


def test_the_schedule_takes_up_what_waited_and_forgets_what_is_old(office: Office) -> None:
    office.post(SURVEYS, survey(), key=office.key("surveys"))
    office.know()
    with office.sessions.begin() as session:
        session.execute(update(Account).values(updated_at=clock.now()))
    assert "1 delivery" in named("join").run(office.wiring, clock.now(), False)
    assert office.states() == ["done"]
    assert prune(office.sessions, settings=office.wiring.settings, now=clock.now()) == 0
    office.add(
        Received(source="x", event_id="w", received_at=clock.now() - 2 * KEPT, state="waiting")
    )
    assert prune(office.sessions, settings=office.wiring.settings, now=clock.now() + KEPT) == 1
    assert office.states() == ["waiting"], "what is not done is kept for longer"
    assert "0 deliveries" in named("prune").run(office.wiring, clock.now(), False)


def test_an_event_of_a_batch_that_does_not_fit_is_kept_and_tried_like_any_other(
    office: Office,
) -> None:
    good = {"type": "track", "userId": "u-1", "event": "Signed In", "messageId": "m-1"}
    bad = {"type": "track", "event": "Signed In", "messageId": "m-2"}
    batch = {"batch": [bad, good, "text"]}
    assert office.post("/v1/batch", batch, key=office.key("usage")).status_code == 200
    rows = [row for row in read("inbox", "list") if row["id"]]
    assert {row["source"] for row in rows} == {"usage"}
    assert len(rows) == 2
    tried = csbot("inbox", "retry", "--all")
    assert tried.returncode == 1
    assert "userId" in tried.stdout
    with office.sessions.begin() as session:
        row = session.get_one(Received, rows[-1]["id"])
        row.body = json.dumps(json.loads(row.body or "") | {"userId": "u-2"})
    assert csbot("inbox", "retry", str(rows[-1]["id"])).returncode == 0
    with office.sessions() as session:
        users = set(session.scalars(select(ProductUser.key)))
    assert users == {"u-1", "u-2"}
