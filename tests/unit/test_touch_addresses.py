"""Whose answer or returned mail it is, found by the address without a look at all touches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.orm import Session, sessionmaker

from csbot.audit import AuditEntry
from csbot.email.bounces import Returned, returned
from csbot.sms.receipts import receive
from csbot.touches.model import Touch
from tests.builders import MONDAY, account, contact
from tests.faults.customers import queued
from tests.unit.alert_world import settings

PHONE, MAIL = "+14158675300", "ann@acme.example"


@pytest.fixture
def written(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """Ann has been sent a mail and an SMS; a second SMS to her is a draft."""
    with sessions.begin() as session:
        acme = account("Acme")
        session.add(acme)
        session.flush()
        ann = contact(acme.id, email=MAIL, phone="+1 (415) 867-5300")
        session.add(ann)
        session.flush()
        of_ann = {"account_id": acme.id, "contact_id": ann.id}
        sent = [
            queued(to, call, MONDAY, **of_ann) for to, call in ((MAIL, "email"), (PHONE, "sms"))
        ]
        for touch in sent:
            touch.state = "sent"
        draft = queued(PHONE, "sms", MONDAY, **of_ann)
        draft.state, draft.queued_at = "draft", None
        session.add_all([*sent, draft])
    return sessions


def answer(session: Session) -> None:
    form = {"From": PHONE, "Body": "Tuesday, please", "MessageSid": "SM1"}
    receive(session, form, "", settings=settings(), now=MONDAY)


def bounce(session: Session) -> None:
    told = Returned("hard", None, "Ann@Acme.example", "550 gone")
    assert returned(session, told, settings=settings(), now=MONDAY)


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    yield seen
    event.remove(engine, "before_cursor_execute", listen)


def plan(connection: Connection, statement: str, parameters: Any) -> str:
    """How the database finds it; PostgreSQL reads the whole of a table this small unless told."""
    explain = "EXPLAIN QUERY PLAN"
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(row) for row in rows)


@pytest.mark.parametrize("comes", [answer, bounce])
def test_what_comes_back_is_found_by_the_index_on_addresses(
    engine: Engine, written: sessionmaker[Session], comes: Callable[[Session], None]
) -> None:
    with asked(engine) as seen, written.begin() as session:
        comes(session)
    first = next(one for one in seen if "FROM touches" in one[0] and "address" in one[0])
    with engine.begin() as connection:
        assert "ix_touches_address_queued_at" in plan(connection, *first)


def test_a_mail_that_came_back_is_hers_however_the_server_writes_her_address(
    written: sessionmaker[Session],
) -> None:
    with written.begin() as session:
        bounce(session)
    with written() as session:
        found = session.scalars(select(Touch.state).order_by(Touch.id)).all()
    assert found == ["bounced", "sent", "draft"]


def test_an_answer_is_to_what_went_out_and_not_to_a_draft(written: sessionmaker[Session]) -> None:
    with written.begin() as session:
        answer(session)
    with written() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "contact.answered")
        ).one()
        touch = session.get_one(Touch, (entry.after or {})["touch_id"])
    assert touch.state == "sent"
