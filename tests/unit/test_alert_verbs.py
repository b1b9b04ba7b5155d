"""What people do to alerts, each of it twice, and by those who may not."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.timeline import timeline
from csbot.alerts import handover, service
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.away import acting
from csbot.away.model import Absence
from csbot.contacts import Contact
from csbot.errors import Forbidden, Refused
from tests.builders import MONDAY, member, task
from tests.unit.alert_world import DAY, HOUR, World, controls, first_block, words

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> object:
    with sessions.begin() as session:
        world = World(session)
        world.quiet()
        world.detect()
        world.send_all()
        yield world


def act(world: World, verb: object, by: object, **more: object) -> object:
    done = verb(  # type: ignore[operator]
        world.session, alert_id=world.alerts(all=True)[0].id, by=by, now=world.now,
        settings=world.settings, **more,
    )  # fmt: skip
    world.session.flush()
    world.session.expire_all()
    return done


def refusal(world: World, verb: object, by: object, **more: object) -> str:
    before = [(a.state, a.version, a.owner_id) for a in world.alerts(all=True)], len(world.outbox())
    with pytest.raises(Refused) as refused:
        act(world, verb, by, **more)
    after = [(a.state, a.version, a.owner_id) for a in world.alerts(all=True)], len(world.outbox())
    assert before == after
    return refused.value.reason


def verbs(world: World) -> list[str]:
    return list(world.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def later(world: World, **span: float) -> None:
    world.now += timedelta(**span)


def test_acknowledging_rewrites_the_message_and_posts_nothing(world: World) -> None:
    assert act(world, service.take, world.dana) is None
    (changed,) = world.outbox("update")
    assert "*Dana Reyes has it since" in first_block(changed)
    assert changed.payload["text"].startswith("Soon, Dana Reyes has it: nobody at Acme")
    assert controls(changed) == [
        "Log Check-In", "Hand Over", "Undo", "By When…", "Snooze…", "Create Task…", "Why This?…",
    ]  # fmt: skip
    assert len(world.outbox("post")) == 1
    assert verbs(world)[-1] == "alert.taken"


def test_a_second_press_is_answered_politely(world: World) -> None:
    act(world, service.take, world.dana)
    later(world, minutes=2)
    said = refusal(world, service.take, world.lee)
    assert said == "Dana Reyes took this one 2 minutes ago. You can still log a check-in."
    assert refusal(world, service.take, world.dana).startswith("You took this one 2 minutes ago.")


def test_a_press_after_the_cause_has_gone_changes_nothing_and_says_so(world: World) -> None:
    world.session.scalars(select(Contact)).one().last_login_at = world.now
    world.session.flush()
    world.detect()
    said = refusal(world, service.take, world.dana)
    assert "This one closed on 23 Nov, 09:00, so nothing was changed. Ann Lee logged in" in said


def test_viewers_and_unknown_alerts_are_refused(world: World) -> None:
    vera = world.add(member("Vera Viewer", role="viewer"))
    with pytest.raises(Forbidden):
        act(world, service.take, vera)
    for id in (0, -1, 999_999, 10**15):
        with pytest.raises(Refused, match="no such alert"):
            service.take(
                world.session, alert_id=id, by=world.dana, now=world.now, settings=world.settings
            )


def test_undo_opens_it_again_and_the_second_undo_is_answered(world: World) -> None:
    before = world.alert().escalate_at
    act(world, service.take, world.dana)
    assert world.alert().escalate_at is None
    later(world, minutes=9)
    act(world, service.undo, world.dana)
    alert = world.alert()
    assert (alert.state, alert.taken_by_id, alert.escalate_at) == ("open", None, before)
    assert "Acknowledge" in controls(world.outbox("update")[-1])
    assert "nothing to undo" in refusal(world, service.undo, world.dana)
    assert verbs(world)[-2:] == ["alert.taken", "alert.undone"]


def test_undo_is_for_whoever_pressed_and_for_managers(world: World) -> None:
    act(world, service.take, world.dana)
    assert "manager" in refusal(world, service.undo, world.lee)
    act(world, service.undo, world.priya)
    assert world.alert().state == "open"


def test_undo_ends_after_ten_minutes_and_leaves_the_menu(world: World) -> None:
    act(world, service.take, world.dana)
    later(world, minutes=10)
    assert "Undo works for 10 minutes" in refusal(world, service.undo, world.dana)
    world.detect()
    assert "Undo" not in controls(world.outbox("update")[-1])
    count = len(world.outbox())
    world.detect(5 * MINUTE)
    assert len(world.outbox()) == count


def test_what_is_taken_goes_no_further(world: World) -> None:
    act(world, service.take, world.dana)
    world.detect(DAY)
    assert len(world.outbox("post")) == 1


def snooze(world: World, **more: object) -> dict[str, object]:
    return {"until": world.now + DAY, "reason": "Max is back tomorrow"} | more


def test_a_snooze_says_until_when_by_whom_and_why(world: World) -> None:
    act(world, service.snooze, world.dana, **snooze(world))
    (changed,) = world.outbox("update")
    assert "*snoozed until <!date^" in first_block(changed)
    assert "by Dana Reyes*: Max is back tomorrow" in first_block(changed)
    assert controls(changed) == [
        "Log Check-In", "End Snooze", "Snooze…", "Reassign…", "Open Account", "Why This?…",
    ]  # fmt: skip
    assert "snoozed this one until Tue 24 Nov, 09:00" in refusal(world, service.take, world.lee)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"until": timedelta(0)}, "still to come"),
        ({"until": -DAY}, "still to come"),
        ({"until": 91 * DAY}, "90 days at most"),
        ({"reason": "  "}, "why it can wait"),
        ({"reason": "x" * 301}, "At most 300"),
    ],
)
def test_a_snooze_that_does_not_fit_is_refused(
    world: World, wrong: dict[str, object], said: str
) -> None:
    if isinstance(wrong.get("until"), timedelta):
        wrong = {"until": world.now + wrong["until"]}  # type: ignore[operator]
    assert said in refusal(world, service.snooze, world.dana, **snooze(world, **wrong))


def test_a_snooze_that_has_run_out_opens_the_same_message_and_pings_once(world: World) -> None:
    act(world, service.snooze, world.dana, **snooze(world))
    world.send_all()
    world.detect(DAY - MINUTE)
    assert world.alert().state == "snoozed"
    assert len(world.outbox("post")) == 1
    world.detect(MINUTE)
    assert world.alert().state == "open"
    (reply,) = world.outbox("post")[1:]
    assert (reply.thread, reply.broadcast) == (f"alert:{world.alert().id}", False)
    assert first_block(reply).startswith("<@U_DANA> Awake again: nobody at Acme")
    assert "Acknowledge" in controls(world.outbox("update")[-1])
    world.detect(MINUTE)
    assert len(world.outbox("post")) == 2


def test_a_snoozed_alert_closes_when_its_cause_goes_away(world: World) -> None:
    act(world, service.snooze, world.dana, **snooze(world))
    world.session.scalars(select(Contact)).one().last_login_at = world.now
    world.session.flush()
    assert world.detect(HOUR).closed == 1
    world.detect(2 * DAY)
    assert len(world.outbox("post")) == 1


def test_ending_one_s_own_snooze_pings_nobody_another_s_does_once(world: World) -> None:
    act(world, service.snooze, world.dana, **snooze(world))
    act(world, service.wake, world.dana)
    assert world.alert().state == "open"
    assert len(world.outbox("post")) == 1
    assert "not snoozed" in refusal(world, service.wake, world.dana)
    act(world, service.snooze, world.dana, **snooze(world))
    act(world, service.wake, world.lee)
    assert [first_block(row).split(":")[0] for row in world.outbox("post")[1:]] == [
        "<@U_DANA> Awake again"
    ]


def test_a_hand_over_tells_the_new_owner_once_and_the_old_one_if_it_was_not_them(
    world: World,
) -> None:
    act(world, handover.reassign, world.priya, to=world.lee, why="Dana is away")
    (reply,) = world.outbox("post")[1:]
    assert first_block(reply).startswith("<@U_LEE> <@U_DANA> Priya Shah handed this to Lee Wong: ")
    assert "Dana is away" in first_block(reply)
    assert "<@" not in first_block(world.outbox("update")[-1])
    assert "Lee Wong" in first_block(world.outbox("update")[-1])
    assert world.alert().owner_id == world.lee.id
    assert "has it already" in refusal(world, handover.reassign, world.priya, to=world.lee)


def test_who_covers_for_the_old_owner_hears_once_that_it_is_theirs_now(world: World) -> None:
    covered = {"cover_id": world.lee.id, "starts_at": MONDAY - DAY, "ends_at": MONDAY + DAY}
    world.add(Absence(member_id=world.dana.id, made_at=MONDAY, **covered))
    acting.forget(world.session)  # as whoever notes an absence does
    world.lee.alerts_by = "dm"
    act(world, handover.reassign, world.priya, to=world.lee)
    (message,) = world.outbox("post")[1:]
    assert message.lane == "U_LEE"


def test_who_hands_over_their_own_is_not_told(world: World) -> None:
    act(world, handover.reassign, world.dana, to=world.lee)
    (reply,) = world.outbox("post")[1:]
    assert first_block(reply).startswith("<@U_LEE> Dana Reyes handed this")


def test_who_takes_it_over_themselves_has_it_and_only_the_old_owner_is_told(world: World) -> None:
    act(world, handover.reassign, world.priya, to=world.priya)
    assert (world.alert().state, world.alert().taken_by_id) == ("taken", world.priya.id)
    (reply,) = world.outbox("post")[1:]
    assert "<@U_PRIYA>" not in first_block(reply)
    assert "<@U_DANA> Priya Shah has taken this over: nobody" in first_block(reply)


def test_a_hand_over_stays_until_the_account_changes_hands(world: World) -> None:
    act(world, handover.reassign, world.dana, to=world.lee)
    world.detect(DAY)
    assert world.alert().owner_id == world.lee.id


def test_the_account_can_go_along_and_the_new_owner_still_hears_once(world: World) -> None:
    act(world, handover.reassign, world.dana, to=world.lee, whole_account=True)
    assert [row.lane for row in world.outbox("post")[1:]] == ["U_LEE"]
    assert world.alert().owner_id == world.lee.id


def test_others_alerts_are_handed_over_by_managers_and_never_to_those_who_cannot_act(
    world: World,
) -> None:
    with pytest.raises(Forbidden):
        act(world, handover.reassign, world.lee, to=world.lee)
    vera = world.add(member("Vera Viewer", role="viewer"))
    gone = world.add(member("Gus Gone", active=False))
    for somebody in (vera, gone):
        said = refusal(world, handover.reassign, world.dana, to=somebody)
        assert said == f"{somebody.name} cannot act on alerts in csbot."


def test_acting_on_the_account_from_the_alert_takes_it_silently(world: World) -> None:
    act(world, service.followed_up, world.lee)
    assert (world.alert().state, world.alert().taken_by_id) == ("taken", world.lee.id)
    act(world, service.followed_up, world.dana)
    assert world.alert().taken_by_id == world.lee.id
    assert len(world.outbox("post")) == 1


def test_a_copy_by_direct_message_changes_along(world: World) -> None:
    world.dana.alerts_by = "dm"
    world.quiet("Globex")
    world.detect()
    world.send_all()
    copies = [row.lane for row in world.outbox("post")[1:]]
    assert copies == ["#cs-alerts", "U_DANA"]
    assert not any("<@" in first_block(row) for row in world.outbox("post")[1:])
    globex = world.alerts()[1]
    service.take(
        world.session, alert_id=globex.id, by=world.lee, now=world.now, settings=world.settings
    )
    changed = world.outbox("update")
    assert [row.target for row in changed] == [f"alert:{globex.id}", f"alert:{globex.id}:dm"]
    assert all("Lee Wong has it" in text for text in words(changed))


def test_new_versions_have_new_block_ids(world: World) -> None:
    ids = {world.outbox()[0].payload["blocks"][-1]["block_id"]}
    for by in (world.dana, world.priya):
        act(world, service.take if by is world.dana else service.undo, by)
        ids.add(world.outbox("update")[-1].payload["blocks"][-1]["block_id"])
    assert len(ids) == 3
    assert isinstance(world.alert(), Alert)


def test_the_account_s_timeline_says_of_each_act_which_alert_it_was_about(world: World) -> None:
    quiet = world.alert()
    world.add(task(quiet.account_id, "Call legal", assignee_id=world.dana.id))
    world.detect(kinds=["task"])
    later(world, minutes=1)
    act(world, service.take, world.dana)
    later(world, minutes=1)
    act(world, service.snooze, world.dana, until=world.now + HOUR, reason="Ann is away")
    later(world, minutes=1)
    act(world, handover.reassign, world.priya, to=world.lee)
    later(world, minutes=1)
    due = next(alert for alert in world.alerts() if alert.kind == "task")
    service.take(
        world.session, alert_id=due.id, by=world.dana, now=world.now, settings=world.settings
    )
    world.session.flush()
    assert [event.what for event in timeline(world.session, quiet.account_id, 4)] == [
        "Alert acknowledged: a task is due, “Call legal”",
        "Alert handed over: nobody has logged in",
        "Alert snoozed: nobody has logged in (Ann is away)",
        "Alert acknowledged: nobody has logged in",
    ]


def test_the_audit_says_how_it_stood_before_and_after_each_act(world: World) -> None:
    act(world, service.take, world.dana)
    act(world, service.undo, world.dana)
    act(world, service.snooze, world.lee, **snooze(world))
    act(world, service.wake, world.dana)
    acts = world.session.scalars(
        select(AuditEntry).where(AuditEntry.by_id.is_not(None)).order_by(AuditEntry.id)
    ).all()
    until = (world.now + DAY).isoformat()
    free, hers = {"state": "open", "by": None}, {"state": "taken", "by": world.dana.id}
    asleep = {"state": "snoozed", "by": world.lee.id, "until": until}
    about = {"kind": "inactive"}
    assert [(entry.verb, entry.before, entry.after) for entry in acts] == [
        ("alert.taken", free, about | hers),
        ("alert.undone", hers, about | free),
        ("alert.snoozed", free, about | asleep),
        ("alert.woken", asleep, about | free),
    ]
