"""Product usage over real HTTP, as Segment's and RudderStack's clients send it."""

import base64
import gzip
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from csbot.keys import service as keys
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser, UsageEvent, UserUsage
from tests.flows.desk import Desk


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
    return httpx.post(f"{desk.url}/v1/{path}", json=body, headers=basic(key))


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
