"""What only drew something anew is forgotten; what is newest, or may still matter, stays."""

from datetime import timedelta

from sqlalchemy import select, update

from csbot.outbox.marks import enqueue_marks, pin
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import enqueue, enqueue_homes, enqueue_update
from csbot.outbox.tidying import tidy
from messages.said import Said
from tests.builders import MONDAY

o, HOUR = OutgoingMessage, timedelta(hours=1)


def test_of_what_was_drawn_anew_a_day_ago_only_the_newest_is_kept(sessions):
    with sessions.begin() as session:
        enqueue(session, Said(sentence="Hello"), to="C1", key="hello", now=MONDAY)
        for hours in range(4):
            now = MONDAY + hours * HOUR
            enqueue_homes(session, ["U_DANA", "U_LEE"], now=now)
            enqueue_marks(session, [pin("C1", "hello")], now=now)
        session.execute(update(o).values(state="sent"))
        enqueue_update(session, Said(sentence="Bye"), target="hello", now=MONDAY)
        enqueue_update(session, Said(sentence="Bye bye"), target="hello", now=MONDAY)
        dead = select(o.id).where(o.lane == "U_LEE").order_by(o.id).limit(1).scalar_subquery()
        session.execute(update(o).where(o.id == dead).values(state="dead"))
    assert tidy(sessions, now=MONDAY + 23 * HOUR) == 0
    assert tidy(sessions, now=MONDAY + 26 * HOUR) == 5  # of two hours; one is dead
    assert tidy(sessions, now=MONDAY + 90 * HOUR) == 3
    assert tidy(sessions, now=MONDAY + 90 * HOUR) == 0
    with sessions() as session:
        left = session.scalars(select(o.call).order_by(o.call)).all()
    assert left == ["home", "home", "home", "pin", "post", "update"]
