"""What asking for messages leaves in the outbox, one at a time and thousands at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import (
    OUT,
    Outgoing,
    Rewrite,
    enqueue,
    enqueue_many,
    enqueue_update,
    enqueue_updates_many,
)
from messages.answers import WhichOne
from messages.message import Message
from messages.render import use_folder
from messages.sharing import leads_on

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Note(Message):
    what: str

    @classmethod
    def example(cls) -> Self:
        return cls(what="hello")


@pytest.fixture(autouse=True)
def _template(tmp_path: Path) -> object:
    Note.name = "note"
    (tmp_path / "note.j2").write_text("{% block summary %}{{ what }}{% endblock %}")
    use_folder(tmp_path)
    yield
    use_folder(None)
    Note.name = ""


def rows(session: Session) -> list[tuple[str, str, str]]:
    found = session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id))
    return [(row.call, row.target or row.key, row.payload["text"]) for row in found]


def send_all(session: Session) -> None:
    for row in session.scalars(select(OutgoingMessage)):
        row.state = "sent"
        row.attempts = 1
    session.flush()


def test_a_known_key_is_a_no_op_alone_and_in_bulk(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        assert enqueue(session, Note(what="a"), to="C1", key="k1", now=NOW)
        assert not enqueue(session, Note(what="b"), to="C1", key="k1", now=NOW)
        items = [Outgoing(Note(what=k), "C1", k) for k in ("k1", "k2", "k3", "k2")]
        enqueue_many(session, items, now=NOW)
        assert rows(session) == [("post", "k1", "a"), ("post", "k2", "k2"), ("post", "k3", "k3")]


def test_nothing_to_ask_is_nothing_done(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        enqueue_many(session, [], now=NOW)
        enqueue_updates_many(session, [], now=NOW)
        assert rows(session) == []


def test_a_post_that_nobody_began_to_send_is_changed_itself(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        enqueue(session, Note(what="old"), to="C1", key="k", now=NOW)
        enqueue_update(session, Note(what="new"), target="k", now=NOW)
        assert rows(session) == [("post", "k", "new")]


def test_a_sent_post_gets_one_update_and_a_waiting_update_is_replaced(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        enqueue(session, Note(what="old"), to="C1", key="k", now=NOW)
        send_all(session)
        enqueue_update(session, Note(what="newer"), target="k", now=NOW)
        enqueue_update(session, Note(what="newest"), target="k", now=NOW)
        assert rows(session) == [("post", "k", "old"), ("update", "k", "newest")]


def test_an_update_beside_one_under_way_is_a_row_of_its_own(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        enqueue(session, Note(what="old"), to="C1", key="k", now=NOW)
        send_all(session)
        enqueue_update(session, Note(what="newer"), target="k", now=NOW)
        send_all(session)
        enqueue_update(session, Note(what="newest"), target="k", now=NOW)
        assert [text for _, _, text in rows(session)] == ["old", "newer", "newest"]


def test_a_dead_post_carries_the_newest_words_for_the_day_it_is_retried(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        enqueue(session, Note(what="old"), to="C1", key="k", now=NOW)
        row = session.scalars(select(OutgoingMessage)).one()
        row.state, row.attempts = "dead", 1
        session.flush()
        enqueue_update(session, Note(what="new"), target="k", now=NOW)
        session.expire_all()
        assert rows(session) == [("post", "k", "new")]


def test_what_leads_on_still_does_when_it_is_changed_before_it_is_sent(
    sessions: sessionmaker[Session],
) -> None:
    question = WhichOne.example()
    with sessions.begin() as session:
        for key, shared in (("k", True), ("alone", False)):
            enqueue_many(session, [Outgoing(question, "C1", key, leads_on=shared)], now=NOW)
            for _ in range(2):
                enqueue_update(session, question, target=key, now=NOW)
        session.expire_all()
        payloads = list(session.scalars(select(OutgoingMessage.payload).order_by(OUT.id)))
        assert [leads_on(payload) for payload in payloads] == [True, False]


def test_an_update_of_an_unknown_message_is_nothing(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        enqueue_update(session, Note(what="new"), target="nobody", now=NOW)
        assert rows(session) == []


def statements(engine: Engine, sessions: sessionmaker[Session], count: int) -> int:
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with sessions.begin() as session:
        items = [Outgoing(Note(what="a"), "C1", f"{count}.{n}") for n in range(count)]
        enqueue_many(session, items, now=NOW)
        first = [Rewrite(item.key, Note(what="b")) for item in items]
        enqueue_updates_many(session, first, now=NOW)
        session.execute(update(OutgoingMessage).values(state="sent", attempts=1))
        enqueue_updates_many(session, first, now=NOW)
        enqueue_updates_many(session, first, now=NOW)
    return len(seen)


def test_ten_and_a_thousand_take_the_same_number_of_statements(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    ten = statements(engine, sessions, 10)
    assert statements(engine, sessions, 1000) == ten
