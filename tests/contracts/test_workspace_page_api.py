"""What the browser page is told, and that no other page may ask."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from csbot.workspace.guide import GuideStep
from csbot.workspace.state import Workspace
from tests.contracts.scripted_bot import ScriptedBot

Json = dict[str, Any]


class Page:
    def __init__(self, workspace: Workspace) -> None:
        self.url = workspace.base_url

    def get(self, path: str, **headers: str) -> Json:
        return self._send(urllib.request.Request(self.url + path, headers=headers))  # noqa: S310

    def post(self, path: str, body: Json, **headers: str) -> Json:
        data = json.dumps(body).encode()
        told = {"Content-Type": "application/json", **headers}
        return self._send(urllib.request.Request(self.url + path, data, told))  # noqa: S310

    def _send(self, request: urllib.request.Request) -> Json:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: Json = json.load(answer)
        return found


@pytest.fixture
def page(northwind: Workspace) -> Page:
    return Page(northwind)


def status_of(call: Any, *args: Any, **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(*args, **headers)
    caught.value.close()
    return caught.value.code


def test_a_picture_that_was_uploaded_stands_in_its_message(
    northwind: Workspace, page: Page, api: WebClient
) -> None:
    file_id = api.files_getUploadURLExternal(filename="due.png", length=3, alt_txt="By month")[
        "file_id"
    ]
    address = f"{northwind.base_url}/files/{file_id}"
    urllib.request.urlopen(urllib.request.Request(address, b"png"), timeout=30).close()  # noqa: S310
    assert status_of(page.get, f"/files/{file_id}") == 404
    api.files_completeUploadExternal(
        files=[{"id": file_id, "title": "Due"}], channel_id="C_ALERTS", initial_comment="Here"
    )
    (shown,) = page.get("/ui/messages?as=U_DANA&channel=C_ALERTS")["messages"]
    assert shown["files"] == [
        {"id": file_id, "name": "due.png", "title": "Due", "mimetype": "image/png",
         "alt_txt": "By month"}
    ]  # fmt: skip
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
        assert (answer.headers["content-type"], answer.read()) == ("image/png", b"png")
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert status_of(page.get, f"/files/{file_id}", Host="elsewhere.example") == 403


def test_the_state_is_what_this_person_may_see(northwind: Workspace, page: Page) -> None:
    mine = page.get("/ui/state?as=U_DANA")
    assert {c["name"] for c in mine["channels"] if not c["is_im"]} == {"cs-alerts", "elsewhere"}
    assert [c["im_with"] for c in mine["channels"] if c["is_im"]] == ["UCSBOT"]
    theirs = page.get("/ui/state?as=U_OUT")
    assert theirs["channels"] == []
    assert mine["commands"][0]["command"] == "/cs"
    assert status_of(page.get, "/ui/state?as=U_NOBODY") == 404


def test_who_has_not_said_whom_to_act_as_is_the_first_person_and_never_the_bot(
    page: Page,
) -> None:
    state = page.get("/ui/state")
    people = [user["id"] for user in state["users"] if not user["is_bot"]]
    assert state["me"] == people[0]


@pytest.mark.parametrize("path", ["/", "/app.js", "/style.css"])
def test_after_an_upgrade_nobody_sees_half_of_the_old_page(page: Page, path: str) -> None:
    with urllib.request.urlopen(page.url + path, timeout=30) as answer:  # noqa: S310
        assert answer.headers["cache-control"] == "no-cache"


def test_messages_private_answers_and_unread_marks(api: WebClient, page: Page) -> None:
    def unread(user: str) -> tuple[int, int]:
        rows = page.get(f"/ui/state?as={user}")["channels"]
        room = next(row for row in rows if row["id"] == "C_ALERTS")
        return room["unread"], room["mentions"]

    api.chat_postMessage(channel="C_ALERTS", text="for <@U_DANA>")
    api.chat_postEphemeral(channel="C_ALERTS", user="U_LEE", text="psst")
    assert (unread("U_DANA"), unread("U_LEE")) == ((1, 1), (2, 0))
    seen = page.get("/ui/messages?as=U_DANA&channel=C_ALERTS")["messages"]
    assert [(m["text"], m["ephemeral"]) for m in seen] == [("for <@U_DANA>", False)]
    assert unread("U_DANA") == (0, 0)
    assert page.get("/ui/messages?as=U_DANA&channel=C_SECRET")["messages"] == []


def test_typing_pressing_and_sending_go_through(
    api: WebClient, page: Page, scripted: ScriptedBot
) -> None:
    scripted.answer({"text": "hello Dana"})
    typed = {"as": "U_DANA", "channel": "C_ALERTS", "text": "cs my"}
    assert page.post("/ui/command", typed) == {"ok": True}
    trigger = scripted.last["payload"]["trigger_id"]
    element = {"type": "plain_text_input", "action_id": "v"}
    label = {"type": "plain_text", "text": "Note"}
    block = {"type": "input", "block_id": "note", "label": label, "element": element}
    view = {"type": "modal", "title": label, "submit": label, "blocks": [block]}
    api.views_open(trigger_id=trigger, view=view)
    top = page.get("/ui/view?as=U_DANA")["view"]
    sent = {"as": "U_DANA", "view_id": top["id"], "values": {}}
    assert "note" in page.post("/ui/submit", sent)["errors"]
    sent["values"] = {"note": {"v": {"type": "plain_text_input", "value": "x"}}}
    assert page.post("/ui/submit", sent) == {"ok": True}
    assert page.get("/ui/view?as=U_DANA")["view"] is None
    assert page.post("/ui/message", {**typed, "text": "hi"}) == {"ok": True}
    assert page.post("/ui/command", {**typed, "text": "nope"})["code"] == "invalid_command"


def test_changes_stream_to_those_they_concern(api: WebClient, northwind: Workspace) -> None:
    url = f"{northwind.base_url}/ui/events?as=U_DANA&since={northwind.journal.seq}"
    with urllib.request.urlopen(url, timeout=30) as stream:  # noqa: S310
        api.chat_postEphemeral(channel="C_ALERTS", user="U_LEE", text="psst")
        ts = api.chat_postMessage(channel="C_ALERTS", text="all")["ts"]
        event = next(_events(stream))
    assert (event["type"], event["channel"], event["ts"]) == ("message", "C_ALERTS", ts)


def _events(stream: Any) -> Iterator[Json]:
    for line in stream:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


def test_other_sites_and_other_names_are_kept_out(northwind: Workspace, page: Page) -> None:
    get, post, body = page.get, page.post, {"as": "U_DANA"}
    assert status_of(get, "/ui/state?as=U_DANA", Host="evil.example") == 403
    assert status_of(get, "/control/calls", Host="evil.example") == 403
    assert status_of(post, "/ui/home_opened", body, Origin="https://evil.example") == 403
    form = {"Content-Type": "text/plain"}
    assert status_of(post, "/ui/home_opened", body, **form) == 403
    assert status_of(post, "/control/reset", {}, Origin="null") == 403
    assert post("/ui/home_opened", body, Origin=northwind.base_url) == {"ok": True}


def test_guide_steps_tick_themselves_and_stay_ticked(northwind: Workspace, page: Page) -> None:
    done = False
    northwind.guide = [GuideStep("Press", "Acknowledge", lambda: done)]

    def ticks() -> list[bool]:
        return [step["done"] for step in page.get("/ui/state?as=U_DANA")["guide"]]

    assert ticks() == [False]
    done = True
    assert ticks() == [True]
    done = False
    assert ticks() == [True]


def test_the_clock_moves_forward_only_where_a_clock_file_is_shared(
    northwind: Workspace, page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert status_of(page.post, "/ui/clock", {"advance": 60}) == 404
    monkeypatch.setenv("CSBOT_CLOCK_FILE", str(tmp_path / "clock"))
    told: list[datetime] = []
    northwind.on_clock.append(told.append)
    before = northwind.now()
    moved = page.post("/ui/clock", {"advance": 3600})
    assert northwind.now() - before >= timedelta(hours=1)
    assert told == [datetime.fromisoformat(moved["now"])]
    back = {"to": (northwind.now() - timedelta(days=1)).isoformat()}
    assert status_of(page.post, "/ui/clock", back) == 400
    assert status_of(page.post, "/ui/clock", {"to": "soon"}) == 400


def test_killing_is_there_only_for_the_demo(northwind: Workspace, page: Page) -> None:
    assert status_of(page.post, "/ui/kill", {}) == 404
    killed: list[bool] = []
    northwind.on_kill = lambda: killed.append(True)
    assert page.post("/ui/kill", {}) == {"ok": True}
    assert (killed, page.get("/ui/state?as=U_DANA")["can_kill"]) == ([True], True)
