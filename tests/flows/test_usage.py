"""Product usage over real HTTP, as Segment's and RudderStack's clients send it."""

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DataError

from csbot.inbox.model import Received
from csbot.keys import service as keys
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser, UsageEvent, UserUsage
from csbot.usage.service import apply
from handlers.pace import Pace
from handlers.usage import Paces, Post, deliver
from handlers.web import create
from tests.flows.desk import Desk, served


@pytest.fixture
def key(desk: Desk) -> str:
    with desk.sessions.begin() as session:
        return keys.create(session, source="usage", name="product", now=desk.now).text


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def track(n: int = 1, **over: Any) -> dict[str, Any]:
    event = {
        "type": "track", "userId": "u-1", "event": "Report Exported", "messageId": f"m-{n}",
        "timestamp": "2026-11-23T08:59:00Z", "properties": {"duration": 90},
    }  # fmt: skip
    return event | over


def post(desk: Desk, path: str, body: Any, key: str) -> httpx.Response:
    return httpx.post(f"{desk.url}/v1/{path}", json=body, headers=basic(key), timeout=30)


def test_a_batch_is_stored_once_and_counted(desk: Desk, key: str) -> None:
    body = {"batch": [track(1), track(2), track(2)], "sentAt": "2026-11-23T08:59:30Z"}
    for _ in range(2):
        answer = post(desk, "batch", body, key)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    with desk.sessions() as session:
        assert session.scalar(select(func.count(UsageEvent.id))) == 2
        rows = session.execute(
            select(UserUsage.feature, UserUsage.events, UserUsage.active_seconds)
            .order_by(UserUsage.feature)
        )  # fmt: skip
        assert [tuple(row) for row in rows] == [("", 2, 180), ("Report Exported", 2, 180)]
        assert session.scalars(select(GroupUsage.events)).all() == [2, 2]
        assert session.scalar(select(ProductUser.key)) == "u-1"
        assert session.scalar(select(ProductGroup.key)) == "~user:u-1"


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: basic(key),
        lambda key: {"Authorization": "Basic " + base64.b64encode(key.encode()).decode()},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {},
    ],
)
def test_a_key_is_shown_in_any_of_the_usual_ways(desk: Desk, key: str, headers: Any) -> None:
    shown = headers(key)
    body = track() | ({} if shown else {"writeKey": key})
    answer = httpx.post(f"{desk.url}/v1/track", json=body, headers=shown, timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_without_a_good_key_nothing_is_stored(desk: Desk, key: str) -> None:
    with desk.sessions.begin() as session:
        other = keys.create(session, source="tickets", name="desk", now=desk.now).text
        old = keys.create(session, source="usage", name="old", now=desk.now)
        keys.revoke(session, key_id=old.key.id, now=desk.now)
    for wrong in ("nonsense", other, old.text, "", "\0", "ключ"):
        answer = post(desk, "batch", {"batch": [track()]}, wrong)
        assert answer.status_code == 401
        assert answer.json()["field"] == "Authorization"
        assert "csbot keys create usage" in answer.json()["mend"]
        assert "WWW-Authenticate" in answer.headers
    for path, body in (("track", b"{}"), ("batch", b"{"), ("track", b" " * 40_000), ("track", b"")):
        answer = httpx.post(
            f"{desk.url}/v1/{path}", content=body, headers=basic("nope"), timeout=30
        )
        assert answer.status_code == 401, "a stranger is not told what is wrong with the body"
    assert stored(desk) == []


def test_events_are_counted_by_what_became_of_them(desk: Desk, key: str) -> None:
    def counted() -> dict[str, float]:
        name = "csbot_usage_events_total{outcome="
        text = httpx.get(f"{desk.url}/metrics", timeout=30).text
        assert "_created" not in text
        lines = [line.removeprefix(name) for line in text.splitlines() if line.startswith(name)]
        return {line.split('"')[1]: float(line.split()[-1]) for line in lines}

    before = counted()
    post(desk, "batch", {"batch": [track(1), track(2), track(2), {"type": "track"}]}, key)
    post(desk, "track", track(2), key)
    post(desk, "track", {}, key)
    post(desk, "track", {}, "nope")
    more = {outcome: count - before.get(outcome, 0) for outcome, count in counted().items()}
    assert more == {"taken": 2, "repeated": 2, "rejected": 2}


def stored(desk: Desk) -> list[str]:
    with desk.sessions() as session:
        return list(session.scalars(select(UsageEvent.message_id).order_by(UsageEvent.message_id)))


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, "body"),
        (b"{", 400, "body"),
        (b"[]", 400, "body"),
        (b"null", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b'{"batch": NaN}', 400, "body"),
        (b"{}", 400, "batch"),
        (b'{"batch": {}}', 400, "batch"),
        (b'{"batch": [' + b"{}," * 2_500 + b"{}]}", 413, "batch"),
        (b'{"batch": ["' + b"x" * 520_000 + b'"]}', 413, "body"),
        (b"[" * 100_000, 400, "body"),
    ],
)
def test_what_cannot_be_read_is_refused_with_field_and_mend(
    desk: Desk, key: str, body: bytes, status: int, field: str
) -> None:
    answer = httpx.post(f"{desk.url}/v1/batch", content=body, headers=basic(key), timeout=30)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert answer.json()["mend"]


def test_one_event_alone_is_refused_where_it_does_not_fit(desk: Desk, key: str) -> None:
    answer = post(desk, "track", {"event": "E"}, key)
    assert (answer.status_code, answer.json()["field"]) == (400, "userId")
    answer = post(desk, "track", track(properties={"x": "y" * 33_000}), key)
    assert (answer.status_code, answer.json()["mend"]) == (413, "send at most 32 KB at a time")
    answer = post(desk, "batch", {"batch": ["x" * 520_000]}, key)
    assert (answer.status_code, answer.json()["mend"]) == (413, "send at most 500 KB at a time")
    assert stored(desk) == []


def test_wrong_events_of_a_batch_are_set_aside_and_the_rest_is_taken(desk: Desk, key: str) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    wrong = [
        5, {"type": "track", "event": "E"}, track(9, type="purchase"),
        track(8, properties={"x": "y" * 33_000}), track(7, properties={"deep": deep}),
    ]  # fmt: skip
    body = {"batch": [track(1), *wrong, track(2)], "context": {"groupId": "g"}}
    for _ in range(2):
        answer = post(desk, "batch", body, key)
        assert answer.status_code == 200
        rejected = answer.json()["rejected"]
        assert [one["index"] for one in rejected] == [1, 2, 3, 4, 5]
        assert [one["field"] for one in rejected] == ["batch", "userId", "type", "batch", "batch"]
    assert stored(desk) == ["m-1", "m-2"]
    with desk.sessions() as session:
        rows = session.scalars(select(Received).where(Received.source == "usage")).all()
        assert [row.state for row in rows] == ["set_aside"] * 5
        kept = next(json.loads(row.body) for row in rows if row.event_id.endswith("m-9"))
    kept["type"] = "track"
    with desk.sessions.begin() as session:
        for _ in range(2):
            apply(session, kept, settings=desk.settings, now=desk.now)
    assert stored(desk) == ["m-1", "m-2", "m-9"]
    with desk.sessions() as session:
        assert session.scalar(select(ProductGroup.key)) == "g"
        assert len(set(session.scalars(select(UsageEvent.source)))) == 1


HOSTILE = [
    {"x": "\0"}, {"\0": "\ud800"}, {"x": 10**400}, {"x": "😀" * 100}, {"": [None, {}, ""]},
    {"x": 1e308, "y": -0.0}, {"duration": "1e999"},
]  # fmt: skip


@pytest.mark.parametrize("odd", HOSTILE)
def test_odd_values_are_kept_or_set_aside_but_break_nothing(
    desk: Desk, key: str, odd: dict[str, Any]
) -> None:
    strange = "a\0b\ud800"
    events = [
        track(1, properties=odd),
        track(2, event=strange, userId=strange, messageId=strange),
        track(3, type="identify", traits=odd | {"email": "x\0@y.example", "name": strange}),
        track(4, type="group", groupId=strange, traits=odd | {"name": strange, "domain": strange}),
        track(5, type="page", name=strange, context=odd | {"groupId": strange}),
        track(6, type="alias", previousId=strange),
    ]
    body = json.dumps({"batch": events, "context": odd}).encode()
    answer = httpx.post(f"{desk.url}/v1/batch", content=body, headers=basic(key), timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert len(stored(desk)) == 6


def test_numbers_beyond_all_bounds_in_plain_json(desk: Desk, key: str) -> None:
    body = b"""{"batch": [{"type": "track", "userId": 123456789012345678901234567890, "event": "E",
      "anonymousId": "a", "messageId": "m", "properties": {"x": 1e999, "duration": 1e999}}]}"""
    answer = httpx.post(f"{desk.url}/v1/batch", content=body, headers=basic(key), timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_gzip_is_unpacked_and_bombs_are_refused(desk: Desk, key: str) -> None:
    told = basic(key) | {"Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())
    assert (
        httpx.post(f"{desk.url}/v1/batch", content=body, headers=told, timeout=30).status_code
        == 200
    )
    bomb = gzip.compress(b'{"batch": ["' + b" " * 50_000_000 + b'"]}')
    assert (
        httpx.post(f"{desk.url}/v1/batch", content=bomb, headers=told, timeout=30).status_code
        == 413
    )
    assert (
        httpx.post(f"{desk.url}/v1/batch", content=b"no", headers=told, timeout=30).status_code
        == 400
    )
    assert stored(desk) == ["m-1"]


def paced(wiring: Any, **limits: int) -> Any:
    """csbot with other limits, and the write key wk."""
    usage = wiring.settings.config.usage.model_copy(update=limits)
    config = wiring.settings.config.model_copy(update={"usage": usage})
    env = wiring.settings.env.model_copy(update={"csbot_write_keys": ["wk"]})
    return create(replace(wiring, settings=replace(wiring.settings, config=config, env=env)))


def test_a_key_that_brings_too_many_events_is_told_when_to_come_again(wiring: Any) -> None:
    with served(paced(wiring, events_per_minute=60)) as url, httpx.Client(base_url=url) as http:

        def sent(begin: int) -> httpx.Response:
            companies = [
                {"type": "group", "userId": "u", "groupId": f"g{n}", "messageId": f"g{n}"}
                for n in range(begin, begin + 20)
            ]
            return http.post("/v1/batch", json={"batch": companies}, headers=basic("wk"))

        first, second = sent(0), sent(20)
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json().keys() == {"error", "field", "mend"}
    assert 10 <= int(second.headers["Retry-After"]) <= 30
    with wiring.sessions() as session:
        assert session.scalar(select(func.count(ProductGroup.id))) == 20


def test_who_is_too_fast_is_told_when_to_come_again(wiring: Any) -> None:
    with served(paced(wiring, per_minute=10)) as url:
        codes = []
        for n in range(4):
            answer = httpx.post(f"{url}/v1/track", json=track(n), headers=basic("wk"), timeout=30)
            codes.append(answer.status_code)
    assert codes[0] == 200
    assert codes[-1] == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_what_is_tried_again_for_another_counts_once_against_its_pace(
    wiring: Any,
) -> None:
    env = wiring.settings.env.model_copy(update={"csbot_write_keys": ["wk"]})
    wiring = replace(wiring, settings=replace(wiring.settings, env=env))
    failed: list[str] = []

    def refuse_once(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "usage_events" in statement and not failed:
            failed.append(statement)
            raise DataError("", {}, Exception("a value that another sender's batch has"))

    event.listen(wiring.engine, "before_cursor_execute", refuse_once)
    post = Post(
        "track", {"authorization": basic("wk")["Authorization"]}, json.dumps(track()).encode()
    )
    pace = Paces(Pace(10), Pace(10))
    assert deliver(wiring, pace, set(), [post]) == [{"success": True}]
    assert failed


@pytest.mark.parametrize("depth", [100, 500, 900])
def test_what_is_nested_beyond_reason_breaks_nothing(desk: Desk, key: str, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    event = '{"type": "track", "event": "E", "userId": "u", "messageId": "%s", "%s": %s}'
    wrong = [event % (f"d-{name}", name, deep) for name in ("properties", "traits", "context")]
    ours = json.dumps(track(1))
    events = ", ".join([deep, *wrong, ours])
    body = f'{{"context": {deep}, "batch": [{events}]}}'
    answer = httpx.post(f"{desk.url}/v1/batch", content=body, headers=basic(key), timeout=30)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert [one["index"] for one in answer.json()["rejected"]] == [0, 1, 2, 3]
        assert stored(desk) == ["m-1"]
