"""The detectors' findings become alerts, and alerts follow what is true."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.audit import AuditEntry
from csbot.contacts import Contact
from tests.builders import MONDAY, account, renewal, task
from tests.unit.alert_world import DAY, HOUR, World, controls, first_block, words


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> object:
    with sessions.begin() as session:
        yield World(session)


def test_a_quiet_account_is_raised_posted_and_mentions_its_owner(world: World) -> None:
    world.quiet(arr=120_000)
    outcome = world.detect()
    assert (outcome.raised, outcome.posted) == (1, 1)
    (post,) = world.outbox()
    assert post.lane == "#cs-alerts"
    assert "nobody at Acme has logged in for 9 days* · <@U_DANA>" in first_block(post)
    assert post.payload["text"].startswith(
        "Critical: nobody at Acme has logged in for 9 days. $120k"
    )


def test_running_it_twice_changes_nothing(world: World) -> None:
    for name in ("Acme", "Globex"):
        world.quiet(name)
    world.detect()
    before = world.outbox(), [(a.version, a.fingerprint) for a in world.alerts()]
    outcome = world.detect(HOUR / 4)
    assert (outcome.raised, outcome.changed, outcome.closed, outcome.posted) == (0, 0, 0, 0)
    assert (world.outbox(), [(a.version, a.fingerprint) for a in world.alerts()]) == before


def test_the_next_day_the_same_message_counts_one_more_and_pings_nobody(world: World) -> None:
    world.dana.manager_id = None  # so that it goes no further
    world.quiet()
    world.detect()
    world.send_all()
    world.detect(HOUR * 2)
    world.detect(DAY - HOUR)
    assert [row.call for row in world.outbox()] == ["post", "update"]
    assert "for 10 days" in first_block(world.outbox("update")[0])


def test_when_somebody_comes_back_the_message_says_so_and_has_no_controls(world: World) -> None:
    world.quiet()
    world.detect()
    world.send_all()
    ann = world.session.scalars(select(Contact)).one()
    ann.last_login_at = world.now
    outcome = world.detect(HOUR / 2)
    assert outcome.closed == 1
    (changed,) = world.outbox("update")
    assert changed.message == "alert_closed"
    assert words([changed])[0].startswith("Closed: Acme is back. ")
    assert "Ann Lee logged in on 23 Nov." in first_block(changed)
    assert controls(changed) == []


def test_every_raise_and_close_is_audited(world: World) -> None:
    acme = world.quiet()
    world.detect()
    acme.lifecycle_stage = "churned"
    world.session.flush()
    world.detect(HOUR / 2)
    entries = list(world.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(e.verb, e.by_id, e.why) for e in entries] == [
        ("alert.raised", None, None),
        ("alert.closed", None, "It is marked as churned."),
    ]


def test_what_closed_and_comes_back_is_a_new_alert_with_a_new_message(world: World) -> None:
    acme = world.quiet()
    world.detect()
    world.send_all()
    acme.lifecycle_stage = "churned"
    world.session.flush()
    world.detect(HOUR / 2)
    acme.lifecycle_stage = "adoption"
    world.session.flush()
    world.detect(HOUR / 2)
    assert len(world.alerts(all=True)) == 2
    assert len({row.key for row in world.outbox("post")}) == 2


def test_outside_working_hours_it_waits_unless_it_is_critical(world: World) -> None:
    world.now = MONDAY + timedelta(hours=11)  # 20:00
    world.quiet("Acme")
    world.quiet("Globex", arr=90_000)
    world.detect()
    assert ["Globex" in text for text in words(world.outbox())] == [True]
    world.detect(HOUR * 12)
    assert world.posts() == [("#cs-alerts", "alert_inactive"), ("U_DANA", "alert_inactive")]
    world.detect(HOUR)
    assert world.posts()[2:] == [("#cs-alerts", "alert_inactive")]
    assert "Acme" in words(world.outbox("post"))[2]


def test_what_is_over_before_anybody_was_told_is_never_said(world: World) -> None:
    world.now = MONDAY + timedelta(days=5)  # Saturday
    acme = world.quiet()
    world.detect()
    acme.lifecycle_stage = "churned"
    world.session.flush()
    world.detect(DAY)
    world.detect(DAY)
    assert world.outbox() == []


def test_what_is_over_before_its_first_message_was_on_its_way_is_never_said(world: World) -> None:
    world.dana.alerts_by = "dm"
    acme = world.quiet()
    world.detect()
    assert len(world.posts()) == 2
    acme.lifecycle_stage = "churned"
    world.session.flush()
    assert world.detect().closed == 1
    assert world.outbox() == []


def test_what_a_sender_has_begun_to_send_is_rewritten_to_its_end(world: World) -> None:
    acme = world.quiet()
    world.detect()
    (post,) = world.outbox()
    post.state, post.attempts = "sending", 1
    acme.lifecycle_stage = "churned"
    world.session.flush()
    world.detect()
    assert [row.call for row in world.outbox()] == ["post", "update"]
    assert "Acme has left" in words(world.outbox("update"))[0]


def test_a_renewal_past_due_is_one_message_that_counts_the_days_until_its_date_moves(
    world: World,
) -> None:
    acme = world.account()
    row = world.add(renewal(acme.id, due_on=MONDAY.date() + timedelta(days=20)))
    world.detect()
    world.detect(DAY)
    world.send_all()
    told = len(world.posts())  # the card, and that nobody took it
    for _ in range(40):
        world.detect(DAY)
        world.send_all()
    assert len(world.posts()) == told
    assert "was due 21 days ago, and nobody has said how" in words(world.outbox())[-1]
    row.due_on = world.now.date() + timedelta(days=200)
    world.session.flush()
    assert world.detect().closed == 1
    assert "was moved" in words(world.outbox())[-1]


def test_only_the_named_kinds_and_accounts_are_looked_at(world: World) -> None:
    acme, globex = world.quiet("Acme"), world.quiet("Globex", owner_id=None)
    assert world.detect(kinds=["unowned"]).raised == 1
    assert world.detect(accounts=[acme.id]).raised == 1
    assert {a.account_id for a in world.alerts()} == {acme.id, globex.id}
    assert world.detect().raised == 1


def test_the_account_s_channel_wins_then_its_segment_s(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        world = World(session, channels={"segments": {"big-deals": "#cs-big"}, "renewals": "#r"})
        world.quiet("Acme", channel="C0ACME", segment="big deals")
        world.quiet("Globex", segment="Big Deals")
        world.quiet("Hooli")
        world.detect()
        assert [row.lane for row in world.outbox()] == ["C0ACME", "#cs-big", "#cs-alerts"]


def test_a_new_owner_of_the_account_is_the_alert_s_new_owner(world: World) -> None:
    acme = world.quiet()
    world.detect()
    acme.owner_id = world.lee.id
    world.session.flush()
    world.detect(HOUR / 4)
    assert world.alert().owner_id == world.lee.id


@pytest.mark.parametrize("asleep", ["former", "new"])
def test_what_gets_worse_as_it_changes_hands_is_told_in_the_new_owner_s_hours(
    world: World, asleep: str
) -> None:
    sleeper = world.dana if asleep == "former" else world.lee
    sleeper.timezone = "Asia/Tokyo"  # where it is 18:00
    acme = world.account("Acme", arr=10_000)
    tomorrow = MONDAY.date() + DAY
    call = world.add(task(acme.id, due_on=tomorrow, assignee_id=world.dana.id))
    world.detect()
    world.send_all()
    call.due_on, call.assignee_id = MONDAY.date(), world.lee.id
    world.session.flush()
    world.detect(HOUR / 60)
    alert = world.alert()
    assert (alert.severity, alert.owner_id) == ("soon", world.lee.id)
    assert (alert.post_at is None) == (asleep == "former")  # said already, or in Lee's morning


def flood(
    engine: Engine, sessions: sessionmaker[Session], count: int, per_channel: int
) -> list[int]:
    """How many statements a first, a second and a closing run take."""
    counts: list[int] = []
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with sessions.begin() as session:
        world = World(session)
        rows = [
            account(f"A{n}", owner_id=world.dana.id, channel=f"C{n // per_channel}")
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(
            Contact(
                account_id=row.id,
                email="a@x.example",
                last_login_at=MONDAY - 9 * DAY,
                opt_outs=[],
                created_at=MONDAY - 90 * DAY,
            )
            for row in rows
        )
        session.flush()
        for step in ("raise", "again", "close"):
            if step == "close":
                session.execute(update(Contact).values(last_login_at=MONDAY))
            del seen[:]
            world.detect()
            counts.append(len(seen))
            world.send_all()
        assert len(world.alerts(all=True)) == count
        session.rollback()
    return counts


@pytest.mark.parametrize("per_channel", [3, 12, 600])
def test_twelve_and_six_hundred_take_the_same_number_of_statements(
    engine: Engine, sessions: sessionmaker[Session], per_channel: int
) -> None:
    twelve = flood(engine, sessions, 12, per_channel)
    assert flood(engine, sessions, 600, per_channel) == twelve
