"""Segment's own library against csbot, unchanged but for its `host`."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
from segment.analytics.client import Client
from sqlalchemy import select, text

from csbot.contacts import Contact
from csbot.keys import service as keys
from csbot.usage.model import GroupUsage, UsageEvent
from tests.faults.processes import eventually
from tests.flows.desk import Desk


@pytest.fixture
def key(desk: Desk) -> str:
    with desk.sessions.begin() as session:
        return keys.create(session, source="usage", name="product", now=desk.now).text


def client(desk: Desk, key: str, **options: Any) -> Client:
    return Client(key, host=desk.url, upload_interval=0.05, max_retries=4, **options)


def speak(library: Client) -> None:
    """Everything it can say, once."""
    library.identify("207", {"email": "ann@quietwater.example", "name": "Ann Lee"})
    library.group("207", "qw-1", {"name": "Quietwater Freight", "plan": "growth"})
    for _ in range(3):
        library.track("207", "Signed In", {"duration": 60})
    library.page("207", None, "Shipments", {"path": "/shipments"})
    library.screen("207", None, "Shipments")
    library.alias("visitor-9", "207")
    library.track(None, "Search", anonymous_id="visitor-9")


def heard(desk: Desk) -> list[tuple[str, int]]:
    """What was counted for the company, by feature."""
    with desk.sessions() as session:
        rows = session.execute(select(GroupUsage.feature, GroupUsage.events))
        return sorted((feature, events) for feature, events in rows)


EVERYTHING = [("", 6), ("Search", 1), ("Shipments", 2), ("Signed In", 3)]


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_library_works_unchanged(desk: Desk, key: str, gzip: bool) -> None:
    failed: list[Any] = []
    library = client(desk, key, gzip=gzip, on_error=lambda error, items: failed.append(error))
    speak(library)
    library.shutdown()
    assert failed == []
    assert heard(desk) == EVERYTHING
    with desk.sessions() as session:
        ann = session.scalars(select(Contact)).one()
    assert (ann.email, ann.last_login_at is not None) == ("ann@quietwater.example", True)


def test_a_wrong_key_reaches_the_librarys_own_error(desk: Desk, key: str) -> None:
    failed: list[Any] = []
    library = client(desk, "wrong", on_error=lambda error, items: failed.append(error))
    library.track("207", "Search")
    library.shutdown()
    assert [error.status for error in failed] == [401]
    assert heard(desk) == []


def test_what_comes_while_the_database_is_away_comes_again(desk: Desk, key: str) -> None:
    failed: list[Any] = []
    library = client(desk, key, on_error=lambda error, items: failed.append(error))
    with away(desk):
        speak(library)
        done = Thread(target=library.shutdown)
        done.start()
        eventually(
            lambda: 'outcome="unavailable"' in httpx.get(f"{desk.url}/metrics", timeout=30).text
        )
        answer = httpx.post(f"{desk.url}/v1/page", json={"userId": "u"}, auth=(key, ""), timeout=30)
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    done.join(30)
    assert failed == []
    assert heard(desk) == EVERYTHING
    with desk.sessions() as session:
        assert len(session.scalars(select(UsageEvent)).all()) == 9


@contextmanager
def away(desk: Desk) -> Iterator[None]:
    """As a database that is being moved: it answers, but not with what we need."""
    rename("usage_events", "usage_moved", desk)
    try:
        yield
    finally:
        rename("usage_moved", "usage_events", desk)


def rename(before: str, after: str, desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
