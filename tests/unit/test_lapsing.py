"""Many promises at once: in as many statements as a few, also of people without a manager."""

from collections import Counter

from sqlalchemy import event, select

from csbot.alerts import lapsing
from csbot.alerts.model import Alert, AlertPromise
from csbot.outbox.model import OutgoingMessage
from tests.builders import MONDAY, account, member
from tests.unit.alert_world import DAY, HOUR, settings


def promised(session, owner_id, number):
    """A critical alert that its owner took on Monday at nine, for the evening."""
    session.add(held := account(f"Customer {number}", owner_id=owner_id))
    session.flush()
    alert = Alert(
        kind="unowned", account_id=held.id, owner_id=owner_id, severity="critical", evidence={},
        fingerprint="x", channel="#cs-alerts", since=MONDAY, opened_at=MONDAY, changed_at=MONDAY,
        posted_at=MONDAY, state="taken", taken_by_id=owner_id, taken_at=MONDAY,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    session.add(
        AlertPromise(
            alert_id=alert.id, member_id=owner_id, made_at=MONDAY, due_at=MONDAY + 9 * HOUR
        )
    )


def test_thirty_promises_take_no_more_statements_than_three(engine, sessions):
    with sessions.begin() as session:
        session.add(priya := member("Priya Shah", role="manager"))
        session.flush()
        session.add_all([dana := member(manager_id=priya.id), lee := member("Lee Park")])
    asked = Counter()
    counting = []
    event.listen(engine, "before_cursor_execute", lambda *_: asked.update(counting))
    counts = []
    for few, day in ((3, 0), (30, 2)):
        with sessions.begin() as session:
            for number in range(few):
                promised(session, (dana, lee)[number % 2].id, f"{few}.{number}")
        for hours in (9, 33):
            counting[:] = [(few, hours)]
            did = lapsing.follow_up(
                sessions, settings=settings(), now=MONDAY + day * DAY + hours * HOUR
            )
            counting[:] = []
            counts.append((did.nudged, did.lapsed))
    assert counts == [(3, 0), (0, 3), (30, 0), (0, 30)]
    for hours in (9, 33):
        assert asked[30, hours] == asked[3, hours]
    with sessions() as session:
        posts = session.scalars(select(OutgoingMessage).where(OutgoingMessage.call == "post")).all()
        said = Counter(row.message for row in posts)
        assert said == {"alert_note": 17}, "only Dana has a manager, and no nudge had been sent"
        assert set(session.scalars(select(AlertPromise.ended))) == {"lapsed"}
        assert set(session.scalars(select(Alert.state))) == {"open"}
