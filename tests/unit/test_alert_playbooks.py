"""Alerts belong to playbooks: each watches with its own limits and filter, until it is off."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.escalating import escalate_runs
from csbot.alerts.model import AlertMute
from csbot.alerts.scope import Scope
from csbot.alerts.watching import library
from csbot.playbooks.folders import LIBRARY
from csbot.playbooks.model import Playbook, PlaybookVersion
from tests.builders import MONDAY, feedback, task
from tests.unit.alert_world import DAY, HOUR, World, words

NAMES = {
    "inactive-users": "inactive", "feedback": "feedback", "tasks": "task",
    "meeting-tomorrow": "meeting_tomorrow", "meeting-soon": "meeting_soon",
    "renewal-window": "renewal", "payments": "payment_failed", "no-owner": "unowned",
}  # fmt: skip


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Any:
    with sessions.begin() as session:
        yield World(session)


def put(world: World, name: str, like: str, **over: Any) -> Playbook:
    """A playbook in force that is as one of the library, but for these parts of its file."""
    said = yaml.load((LIBRARY / f"{like}.yaml").read_text(), yaml.BaseLoader)  # noqa: S506
    said |= {"name": name} | over
    version = world.add(
        PlaybookVersion(name=name, digest=f"{name}{over}", source="own", definition=said,
                        seen_at=world.now)
    )  # fmt: skip
    found = world.session.get(Playbook, name)
    if found is None:
        return world.add(Playbook(name=name, version_id=version.id))  # type: ignore[no-any-return]
    found.version_id = version.id
    world.session.flush()
    return found


def quiet_for(days: int, **rest: Any) -> dict[str, Any]:
    return {"trigger": {"detector": "contact.inactive", "with": {"days": days}}, **rest}


def raised(world: World) -> set[tuple[str, str, int]]:
    return {(a.playbook, a.severity, a.account_id) for a in world.alerts()}


def test_the_library_s_files_are_in_force_before_any_is_read_in(world: World) -> None:
    acme = world.quiet(owner_id=None)
    world.add(task(acme.id))
    world.detect()
    told = {(a.kind, a.playbook) for a in world.alerts()}
    assert told == {(NAMES[p], p) for p in ("inactive-users", "tasks", "no-owner")}
    assert set(NAMES) <= {one.name for one in library()}


def test_two_playbooks_use_one_detector_each_with_its_limits_filter_and_urgency(
    world: World,
) -> None:
    urgent = {"steps": [{"alert": {"template": "alert_inactive", "severity": "critical"}}]}
    put(world, "inactive-users", "inactive-users")
    put(world, "quiet-big", "inactive-users",
        **quiet_for(3, filter={"account.segment": "enterprise"}, **urgent))  # fmt: skip
    small, big = world.quiet("Acme", days=8), world.quiet("Big", days=4, segment="enterprise")
    both = world.quiet("Both", days=8, segment="enterprise")
    world.detect()
    assert raised(world) == {
        ("inactive-users", "soon", small.id),
        ("quiet-big", "critical", big.id),
        ("inactive-users", "soon", both.id),
        ("quiet-big", "critical", both.id),
    }
    before = [(a.id, a.version) for a in world.alerts()]
    assert world.detect(HOUR / 4).raised == 0
    assert [(a.id, a.version) for a in world.alerts()] == before


def test_what_the_filter_does_not_let_through_any_more_closes_and_says_so(world: World) -> None:
    put(world, "quiet-big", "inactive-users", **quiet_for(3, filter={"account.segment": "a"}))
    acme = world.quiet(segment="a")
    world.detect()
    world.send_all()
    acme.segment = "b"
    world.session.flush()
    assert world.detect(HOUR / 4).closed == 1
    assert words(world.outbox("update"))[-1] == (
        "Closed: the alert about Acme. The playbook “Users who stay away” is not about it any more."
    )


def test_a_filter_may_ask_of_what_the_trigger_saw(world: World) -> None:
    put(world, "furious", "feedback", filter={"trigger.score": {"at_most": 1}})
    acme = world.account()
    world.add(feedback(acme.id, 3))
    worse = world.add(feedback(acme.id, 1))
    world.detect()
    assert [(a.playbook, a.subject) for a in world.alerts()] == [("furious", str(worse.id))]


def test_switching_a_playbook_off_closes_its_alerts_alone_in_words(world: World) -> None:
    put(world, "quiet-too", "inactive-users", **quiet_for(5, title="Quiet too"))
    put(world, "inactive-users", "inactive-users")
    world.quiet()
    world.detect()
    world.send_all()
    one = world.session.get_one(Playbook, "quiet-too")
    one.enabled, one.changed_by_id = False, world.priya.id
    world.session.flush()
    assert world.detect(HOUR / 4).closed == 1
    assert [a.playbook for a in world.alerts()] == ["inactive-users"]
    assert words(world.outbox("update"))[-1] == (
        "Closed: the alert about Acme. The playbook “Quiet too” was switched off by Priya Shah."
    )


def test_a_playbook_whose_file_is_gone_has_no_alerts(world: World) -> None:
    put(world, "quiet-too", "inactive-users", **quiet_for(5, title="Quiet too"))
    world.quiet()
    world.detect()
    world.session.get_one(Playbook, "quiet-too").gone_at = world.now
    world.session.flush()
    assert world.detect(HOUR / 4).closed == 1
    assert world.alerts(all=True)[0].closed_because == (
        "The file of the playbook “Quiet too” is gone."
    )


def test_a_playbook_that_its_file_switches_off_says_so(world: World) -> None:
    put(world, "quiet-too", "inactive-users", **quiet_for(5, title="Quiet too"))
    world.quiet()
    world.detect()
    put(world, "quiet-too", "inactive-users", **quiet_for(5, title="Quiet too", enabled=False))
    assert world.detect(HOUR / 4).closed == 1
    assert world.alerts(all=True)[0].closed_because == (
        "The playbook “Quiet too” is switched off in its file."
    )


def test_a_longer_limit_closes_what_it_does_not_reach(world: World) -> None:
    put(world, "inactive-users", "inactive-users", **quiet_for(7))
    world.quiet(days=9)
    world.detect()
    put(world, "inactive-users", "inactive-users", **quiet_for(14))
    assert world.detect(HOUR / 4).closed == 1
    assert "after 14 days" in str(world.alerts(all=True)[0].closed_because)


def test_a_playbook_that_cannot_be_read_any_more_stops_no_other(world: World) -> None:
    put(world, "inactive-users", "inactive-users")
    put(world, "odd", "inactive-users", filter={"account.no_such_field": 1})
    put(world, "odder", "inactive-users", **quiet_for(-1))
    world.quiet()
    world.detect()
    assert [a.playbook for a in world.alerts()] == ["inactive-users"]


def test_a_muted_account_has_no_alert_of_that_playbook_until_the_day(world: World) -> None:
    acme, globex = world.quiet("Acme"), world.quiet("Globex")
    world.add(task(acme.id))
    world.detect()
    world.add(
        AlertMute(playbook="inactive-users", account_id=acme.id, until=world.now + 2 * DAY,
                  why="they moved house", by_id=world.lee.id, at=world.now)
    )  # fmt: skip
    assert world.detect(HOUR / 4).closed == 1
    assert [(a.kind, a.account_id) for a in world.alerts()] == [
        ("inactive", globex.id), ("task", acme.id),
    ]  # fmt: skip
    assert [a.closed_because for a in world.alerts(all=True) if a.closed_because] == [
        "Lee Wong wants no such alert of it until 25 Nov: they moved house."
    ]
    world.detect(DAY)
    assert len(world.alerts()) == 2
    world.detect(DAY)
    assert len(world.alerts()) == 3


def test_only_in_my_digest_mentions_me_no_more_and_changes_nobody_else(world: World) -> None:
    world.add(
        AlertMute(playbook="inactive-users", member_id=world.dana.id, by_id=world.dana.id,
                  at=world.now)
    )  # fmt: skip
    world.quiet("Acme")
    world.quiet("Globex", owner_id=world.lee.id)
    world.add(task(world.account("Hooli").id))
    world.quiet("Initech", arr=120_000)  # critical: that reaches everybody
    world.detect()
    asked = {
        name: "<@U_" in row.payload["blocks"][0]["text"]["text"]
        for row in world.outbox("post")
        for name in ("Acme", "Globex", "Hooli", "Initech")
        if name in row.payload["text"]
    }
    assert asked == {"Acme": False, "Globex": True, "Hooli": True, "Initech": True}


def test_a_step_of_a_run_asks_somebody_until_they_are_done(world: World) -> None:
    acme = world.account()
    asked = world.asked(acme, person_id=world.lee.id, at=MONDAY - timedelta(hours=1))
    world.detect()
    (post,) = world.outbox("post")
    assert "*Soon: Call Ann, Acme* · <@U_LEE>" in post.payload["blocks"][0]["text"]["text"]
    assert "Playbook “Steady use”" in str(post.payload["blocks"][1])
    assert (world.alert().kind, world.alert().playbook) == ("playbook", "steady-use")
    asked.done_at, asked.done_by_id = world.now, world.lee.id
    world.session.flush()
    assert world.detect(HOUR / 4).closed == 1
    assert world.session.scalars(select(Playbook)).all() == []


def test_a_playbook_sends_its_alert_to_the_manager_in_its_thread(world: World) -> None:
    acme, globex = world.account(), world.account("Globex")
    mine, other = world.asked(acme), world.asked(acme, "Call Max")
    theirs = world.asked(globex)
    world.now = MONDAY + 12 * HOUR  # nobody has been shown anything yet
    world.detect()
    scope = Scope.load(world.session, world.settings, world.now)
    assert escalate_runs(scope, {mine.run_id: "No answer in 3 days."}) == {}
    world.detect(DAY)
    scope = Scope.load(world.session, world.settings, world.now)
    why = {mine.run_id: "No answer in 3 days.", theirs.run_id: "Nobody called."}
    assert escalate_runs(scope, why) == dict.fromkeys(why, "Priya Shah")
    first, second = [row for row in world.outbox("post") if row.thread]
    assert first.thread == f"alert:{at_subject(world, mine).id}"
    assert first.payload["blocks"][0]["text"]["text"] == (
        "<@U_PRIYA> For you now: Call Ann, Acme. It is with Dana Reyes. No answer in 3 days."
    )
    assert "Nobody called." in second.payload["text"]
    up = {a.subject for a in world.alerts() if a.escalated_at is not None}
    assert up == {str(mine.id), str(theirs.id)}
    assert str(other.id) not in up
    assert escalate_runs(scope, why) == dict.fromkeys(why, "Priya Shah")
    assert len([row for row in world.outbox("post") if row.thread]) == 2


def at_subject(world: World, asked: Any) -> Any:
    return next(a for a in world.alerts() if a.subject == str(asked.id))
