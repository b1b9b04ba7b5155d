"""What Prometheus reads of the outbox."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.base import Base
from csbot.inbox.model import Received
from csbot.metrics import exposition
from csbot.outbox.model import OutgoingMessage
from tests.builders import MONDAY

MINUTE = timedelta(minutes=1)


def message(key: str, not_before: datetime, **over: Any) -> OutgoingMessage:
    fields = {
        "key": key, "call": "post", "message": "said", "lane": "C1", "payload": {},
        "priority": 1, "created_at": not_before, "not_before": not_before,
    }  # fmt: skip
    return OutgoingMessage(**fields | over)


def figures(sessions: sessionmaker[Session], *rows: Base) -> dict[str, float]:
    with sessions.begin() as session:
        session.add_all(rows)
    lines = exposition(sessions, MONDAY).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_without_messages_nothing_is_late_or_refused(sessions: sessionmaker[Session]) -> None:
    found = figures(sessions)
    assert found["csbot_outbox_oldest_due_seconds"] == 0
    assert found["csbot_outbox_charts_refused"] == 0


def test_what_is_kept_until_it_can_be_used_is_seen_to_grow(
    sessions: sessionmaker[Session],
) -> None:
    states = ["done", "waiting", "set_aside", "set_aside"]
    rows = [
        Received(source="surveys", event_id=str(place), received_at=MONDAY, state=state)
        for place, state in enumerate(states)
    ]
    found = figures(sessions, *rows)
    assert found['csbot_inbox_left{state="waiting"}'] == 1
    assert found['csbot_inbox_left{state="set_aside"}'] == 2
    assert 'csbot_inbox_left{state="done"}' not in found


@pytest.mark.parametrize(
    ("over", "seconds"),
    [
        ({}, 600),
        ({"state": "sent"}, 0),
        ({"not_before": MONDAY + MINUTE}, 0),
        ({"call": "update", "target": "lost"}, 0),
    ],
)
def test_the_age_is_that_of_the_first_message_that_is_due_and_can_go_out(
    sessions: sessionmaker[Session], over: dict[str, Any], seconds: int
) -> None:
    lost = message("lost", MONDAY - 60 * MINUTE, state="dead")
    first = message("first", **{"not_before": MONDAY - 10 * MINUTE} | over)
    found = figures(sessions, lost, first)
    assert found["csbot_outbox_oldest_due_seconds"] == seconds


def test_charts_that_slack_refused_are_counted_for_a_day(sessions: sessionmaker[Session]) -> None:
    refused = {"state": "sent", "last_error": "charts_refused"}
    found = figures(
        sessions,
        message("now", MONDAY, **refused),
        message("long ago", MONDAY - timedelta(hours=25), **refused),
        message("fine", MONDAY, state="sent"),
    )
    assert found["csbot_outbox_charts_refused"] == 1
