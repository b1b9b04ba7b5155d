"""Many of a kind at once are one message; alone or together, what nobody takes goes further."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts import handover, service
from csbot.alerts.model import AlertGroup
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from tests.builders import MONDAY, task
from tests.unit.alert_world import DAY, HOUR, World, controls, first_block, settings, words

MINUTE = timedelta(minutes=1)
NAMES = ["Initech", "Hooli", "Umbrella", "Globex", "Acme", "Vandelay", "Wonka"]


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> object:
    with sessions.begin() as session:
        yield World(session)


def seven(world: World, **over: object) -> list[int]:
    ids = [world.quiet(name, days=20 - n, **over).id for n, name in enumerate(NAMES)]
    world.detect()
    world.send_all()
    return ids


def back(world: World, *account_ids: int) -> None:
    world.session.execute(
        update(Contact).where(Contact.account_id.in_(account_ids)).values(last_login_at=world.now)
    )


def test_five_are_five_messages_and_six_are_one(world: World) -> None:
    for name in NAMES[:5]:
        world.quiet(name)
    world.detect()
    assert len(world.posts()) == 5
    for name in ("A", "B", "C", "D", "E", "F"):
        world.quiet(name)
    world.detect()
    assert world.posts()[5:] == [("#cs-alerts", "alert_group")]


def test_a_group_lists_the_worst_first_and_has_a_menu(world: World) -> None:
    seven(world)
    (post,) = world.outbox()
    lines = first_block(post).splitlines()
    assert lines[0] == (
        "🟠 *Soon: people at 7 accounts have stopped logging in "
        "(first: Initech, nobody for 20 days)* · <@U_DANA>"
    )
    assert lines[1] == "Initech, nobody for 20 days · Dana Reyes"
    assert lines[6:] == ["and 2 more", "*Next:* choose one and open it"]
    assert controls(post)[0] == "Initech: nobody for 20 days"
    assert controls(post)[-1] == "Show All"
    assert len(controls(post)) == 8


def test_kinds_and_channels_are_counted_apart(world: World) -> None:
    for n, name in enumerate(NAMES):
        world.quiet(name, channel=f"C{n % 2}")
    world.detect()
    assert len(world.posts()) == 7


def test_members_leave_as_they_are_dealt_with_and_it_closes_with_the_last(world: World) -> None:
    ids = seven(world)
    back(world, *ids[:3])
    world.detect()
    assert "people at 4 accounts" in words(world.outbox("update"))[-1]
    act(world, 0, service.take, world.dana)
    assert "people at 3 accounts" in words(world.outbox("update"))[-1]
    act(world, 0, service.snooze, world.dana, until=world.now + DAY, reason="later")
    back(world, ids[4], ids[5])
    world.detect()
    alone = world.outbox("update")[-1]
    assert alone.message == "alert_inactive"  # the last one is no group any more
    assert controls(alone)[:2] == ["Acknowledge", "Log Check-In"]
    back(world, *ids)
    world.detect()
    closed = world.outbox("update")[-1]
    assert closed.message == "alert_group_closed"
    assert controls(closed) == []
    assert world.session.scalars(select(AlertGroup)).one().closed_at == world.now
    assert len(world.posts()) == 1


def test_a_group_that_is_over_before_it_was_on_its_way_is_never_said(world: World) -> None:
    world.dana.alerts_by = "dm"
    ids = [world.quiet(name).id for name in NAMES]
    world.detect()
    assert world.posts() == [("#cs-alerts", "alert_group"), ("U_DANA", "alert_note")]
    back(world, *ids)
    world.detect()
    assert world.outbox("post") == []


def act(world: World, nth: int, verb: object, by: object, **more: object) -> object:
    done = verb(  # type: ignore[operator]
        world.session, alert_id=world.alerts()[nth].id, by=by, now=world.now,
        settings=world.settings, **more,
    )  # fmt: skip
    world.session.expire_all()
    return done


def test_taking_one_of_a_group_shows_its_card_to_whoever_did(world: World) -> None:
    seven(world)
    card = act(world, 2, service.take, world.dana)
    assert card is not None
    assert (card.account, card.state) == ("Umbrella", "taken")
    assert "Umbrella" not in first_block(world.outbox("update")[-1])
    act(world, 2, service.undo, world.dana)
    assert "people at 7 accounts" in words(world.outbox("update"))[-1]


def test_one_of_a_group_that_wakes_up_gets_a_card_of_its_own(world: World) -> None:
    seven(world)
    act(world, 0, service.snooze, world.dana, until=world.now + HOUR, reason="later")
    world.detect(HOUR)
    assert world.posts()[1:] == [("#cs-alerts", "alert_inactive")]
    assert "people at 6 accounts" in words(world.outbox("update"))[-1]


def test_a_group_s_hand_over_is_said_in_the_group_s_thread(world: World) -> None:
    seven(world)
    act(world, 0, handover.reassign, world.dana, to=world.lee)
    (reply,) = world.outbox("post")[1:]
    assert reply.thread == f"alert-group:{world.alerts()[0].group_id}"


def test_nobody_took_it_in_four_working_hours_it_goes_to_the_manager_once(world: World) -> None:
    world.quiet()
    world.detect()
    world.detect(4 * HOUR - MINUTE)
    assert len(world.posts()) == 1
    assert world.detect(MINUTE).escalated == 1
    reply = world.outbox("post")[1]
    assert (reply.thread, reply.broadcast) == (f"alert:{world.alert().id}", True)
    assert first_block(reply) == (
        "<@U_PRIYA> Nobody has taken this in 4 working hours: nobody at Acme has logged in "
        "for 9 days. It is with Dana Reyes."
    )
    world.detect(DAY)
    assert len(world.posts()) == 2


def test_the_night_and_the_weekend_do_not_count(world: World) -> None:
    world.now = MONDAY + timedelta(days=4, hours=8)  # Friday, 17:00
    world.quiet()
    world.detect()
    world.detect(timedelta(days=2))
    assert len(world.posts()) == 1
    world.detect(timedelta(days=1, minutes=-300) - MINUTE)  # Monday, 11:59
    assert len(world.posts()) == 1
    world.detect(MINUTE)
    assert len(world.posts()) == 2


def test_notes_and_people_without_a_manager_are_not_escalated(world: World) -> None:
    acme = world.quiet()
    world.contact(acme, "Max Orr", days=0, email="max@customer.example")
    world.quiet("Globex", owner_id=world.priya.id)
    world.detect()
    world.detect(3 * DAY)
    assert len(world.posts()) == 2


def test_a_critical_one_follows_by_direct_message_only_when_nobody_acted(world: World) -> None:
    world.quiet(arr=90_000)
    world.detect()
    world.detect(9 * MINUTE)
    assert len(world.posts()) == 1
    world.detect(MINUTE)
    assert world.posts()[1:] == [("U_DANA", "alert_inactive")]
    world.detect(HOUR)
    assert len(world.posts()) == 2


def test_a_critical_one_that_is_taken_in_time_is_not_repeated_by_direct_message(
    world: World,
) -> None:
    world.quiet(arr=90_000)
    world.detect()
    act(world, 0, service.take, world.dana)
    world.detect(HOUR)
    assert len(world.posts()) == 1


def test_many_critical_ones_are_one_direct_message_and_one_escalation(world: World) -> None:
    seven(world, arr=90_000)
    world.detect(10 * MINUTE)
    (note,) = world.outbox("post")[1:]
    assert note.lane == "U_DANA"
    assert words([note]) == [
        "Critical and not taken yet: nobody at Initech has logged in for 20 days (and 6 more)."
    ]
    world.send_all()
    world.detect(4 * HOUR)
    (reply,) = world.outbox("post")[2:]
    assert (reply.broadcast, reply.thread) == (True, note.key.split(":waiting")[0])


def test_a_task_that_gets_worse_is_one_reply_to_its_assignee(world: World) -> None:
    acme = world.account()
    world.add(task(acme.id, due_on=MONDAY.date() + DAY, assignee_id=world.lee.id))
    world.detect()
    assert "<@U_LEE>" in first_block(world.outbox()[0])
    world.send_all()
    world.detect(DAY)
    world.detect(DAY)
    replies = [first_block(row) for row in world.outbox("post") if not row.broadcast][1:]
    assert replies == [
        "<@U_LEE> Now: task “Call legal” for Acme is due today.",
        "<@U_LEE> Now: task “Call legal” for Acme is overdue by 1 day.",
    ]


def test_what_went_up_untaken_goes_up_again_once_it_is_overdue(world: World) -> None:
    acme = world.account()
    world.add(task(acme.id, due_on=MONDAY.date(), assignee_id=world.lee.id, priority="high"))
    world.detect()
    for _ in range(2):
        world.detect(5 * HOUR)
    assert len(went_up(world)) == 1
    for _ in range(2):
        world.detect(14 * HOUR)
    assert went_up(world)[1:] == [
        "<@U_PRIYA> Critical: task “Call legal” for Acme is overdue by 1 day. It is with Lee Wong."
    ]


def test_one_of_a_group_that_is_handed_over_goes_up_again_alone(world: World) -> None:
    seven(world, arr=90_000)
    world.detect(5 * HOUR)
    world.send_all()
    handover.reassign(
        world.session, alert_id=world.alerts()[2].id, to=world.lee, by=world.dana, now=world.now,
        settings=world.settings,
    )  # fmt: skip
    world.detect(DAY)
    world.detect(DAY)
    assert [line.partition(": nobody at ")[2].split(".")[0] for line in went_up(world)] == [
        "Initech has logged in for 20 days (and 6 more)",
        "Umbrella has logged in for 19 days",
    ]
    asked = [row.lane for row in world.outbox("post") if ":waiting:" in row.key]
    assert asked == ["U_DANA", "U_LEE"]


def test_nothing_is_called_gone_up_whose_manager_has_left(world: World) -> None:
    world.quiet()
    world.detect()
    world.priya.slack_id = None
    world.detect(DAY)
    assert (world.alert().escalated_at, world.alert().escalate_at) == (None, None)
    told = select(AuditEntry.id).where(AuditEntry.verb == "alert.escalated")
    assert world.session.scalars(told).all() == []


def went_up(world: World) -> list[str]:
    return [first_block(row) for row in world.outbox("post") if row.broadcast]


def test_an_overdue_task_of_high_priority_is_with_the_manager_at_once(world: World) -> None:
    acme = world.account()
    world.add(task(acme.id, due_on=MONDAY.date(), assignee_id=world.lee.id, priority="high"))
    world.now += 12 * HOUR
    world.detect()
    assert world.posts() == []  # due today, and Lee has gone home
    world.detect(5 * HOUR)
    card, reply = world.outbox("post")
    assert words([card])[0].startswith("Critical: task “Call legal” for Acme is overdue by 1 day")
    assert first_block(reply).startswith("<@U_PRIYA> Critical: task “Call legal”")
    assert reply.thread == card.key
    world.detect(HOUR)
    assert len(world.posts()) == 3  # the direct message to Lee, since nobody acted


def test_nobody_is_told_twice_of_the_same_thing(world: World) -> None:
    world.dana.alerts_by = "dm"
    world.quiet(arr=90_000)
    world.detect()
    world.detect(HOUR)
    assert [lane for lane, _ in world.posts()] == ["#cs-alerts", "U_DANA"]


def test_another_usual_way_of_a_role_moves_those_who_have_not_chosen_and_nobody_else(
    world: World,
) -> None:
    world.lee.alerts_by = "mention"
    world.settings = settings(alerts_by={"csm": "dm", "manager": "digest"})
    world.quiet()
    world.quiet("Globex", owner_id=world.lee.id)
    world.quiet("Initech", owner_id=world.priya.id)
    world.detect()
    assert sorted(lane for lane, _ in world.posts()) == ["#cs-alerts"] * 3 + ["U_DANA"]
    mentioned = [re.findall(r"<@(\w+)>", first_block(row)) for row in world.outbox()]
    assert sorted(mentioned) == [[], [], [], ["U_LEE"]]


def test_who_wants_only_the_digest_is_not_mentioned_unless_it_is_critical(world: World) -> None:
    world.dana.alerts_by = "digest"
    world.quiet()
    world.quiet("Globex", arr=90_000)
    world.detect()
    assert ["<@U_DANA>" in first_block(row) for row in world.outbox()] == [False, True]
