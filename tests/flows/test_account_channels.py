"""A channel that follows an account: its header, its alerts, its commands, and what ends it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from csbot.account_channels.facts import headers
from csbot.account_channels.keeping import keep_current
from csbot.account_channels.model import AccountChannel
from csbot.accounts.as_json import as_json, plain
from csbot.accounts.model import Account
from csbot.checkins.model import CheckIn
from csbot.outbox.queue import Priority, enqueue
from csbot.team.queries import by_slack_id
from messages.said import Said
from tests import builders

ROOM = "C_ROOM"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def room(desk):
    """An internal channel that csbot is in."""
    people = ["U_DANA", "U_LEE", "U_PRIYA", "U_ROBIN"]
    return desk.slack.add_channel(ROOM, "acme-internal", members=people)


@pytest.fixture
def acme(desk, room):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    return desk.add(builders.account("Acme", owner_id=dana.id, health_reason="all is well"))


@pytest.fixture
def following(desk, acme):
    seen = desk.person("U_DANA", ROOM).command("/cs follow acme")
    assert "follows Acme from now on" in seen.words, seen
    desk.deliver()
    return acme


def calls(desk, *methods: str, since: int = 0) -> list:
    return [call for call in desk.slack.calls[since:] if call.method in methods]


def writes(desk, since: int) -> list[str]:
    """What Slack was told to change, in order."""
    asked = ("conversations.info", "conversations.list", "users.info", "auth.test")
    return [call.method for call in desk.slack.calls[since:] if call.method not in asked]


def header(desk):
    """The pinned message."""
    pinned = {ts for channel, ts in desk.slack.pins if channel == ROOM}
    (shown,) = [m for m in desk.in_channel("#acme-internal") if m.ts in pinned]
    return shown


def change(desk, account, **values) -> None:
    with desk.sessions.begin() as session:
        row = session.get_one(Account, account.id)
        for name, value in values.items():
            setattr(row, name, value)


def tick(desk, after: timedelta = MINUTE) -> None:
    """The job of every minute, and what it asks for."""
    desk.at(desk.now + after)
    desk.run("channels")
    desk.deliver()


def test_following_pins_a_header_and_sets_the_topic(desk, following, room):
    shown = header(desk)
    assert "Acme: on us, health 70" in shown.words
    assert "Dana Reyes" in shown.words
    assert "all is well" in shown.words
    assert room.topic == "Acme · owner Dana Reyes · adoption · renews 1 May 2027"
    again = desk.person("U_DANA", ROOM).command("/cs follow acme")
    assert "already" in again.words
    desk.deliver()
    assert len(desk.in_channel("#acme-internal")) == 1
    assert "follows Acme since" in desk.person("U_LEE", ROOM).command("/cs follow").words


def test_fifty_changes_in_an_hour_are_twelve_updates_at_most_and_no_new_message(desk, following):
    began, count = len(desk.slack.calls), len(desk.in_channel("#acme-internal"))
    for score in range(50):
        change(desk, following, health=score)
        tick(desk)
    assert 9 <= len(calls(desk, "chat.update", since=began)) <= 12
    assert calls(desk, "chat.postMessage", "conversations.setTopic", since=began) == []
    assert len(desk.in_channel("#acme-internal")) == count
    tick(desk, 6 * MINUTE)
    assert "health 49" in header(desk).words
    still = len(desk.slack.calls)
    tick(desk, 6 * MINUTE)
    assert writes(desk, still) == []


def test_the_topic_is_set_when_owner_stage_or_renewal_date_change_and_never_else(
    desk, following, room
):
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE")
    began = len(desk.slack.calls)
    matters = [
        {"owner_id": lee.id}, {"lifecycle_stage": "renewal"}, {"renewal_on": date(2028, 5, 1)},
        {"renewal_on": None}, {"owner_id": None},
    ]  # fmt: skip
    others = [
        {"name": "Acme & Sons"}, {"health": 3}, {"arr": 5}, {"segment": "enterprise"},
        {"health_reason": "quiet"},
    ]  # fmt: skip
    for one, other in zip(matters, others, strict=True):
        change(desk, following, **other)
        tick(desk)
        change(desk, following, **one)
        tick(desk)
    assert len(calls(desk, "conversations.setTopic", since=began)) == len(matters)
    assert room.topic == "Acme &amp; Sons · owner nobody · renewal"


def test_every_figure_is_that_of_the_account_as_json(desk, following):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    late = (desk.now - timedelta(days=3)).date()
    desk.add(
        builders.task(following.id), builders.task(following.id, "Old", due_on=late),
        builders.task(following.id, "Gone", done_at=desk.now),
        builders.meeting(following.id), builders.meeting(following.id, "Later", starts_at=desk.now
                                                         + timedelta(days=9)),
        CheckIn(account_id=following.id, by_id=dana.id, at=desk.now - timedelta(hours=4),
                channel="call", note="Rollout is on track"),
        CheckIn(account_id=following.id, by_id=dana.id, at=desk.now - timedelta(days=4),
                channel="call", note="Earlier"),
    )  # fmt: skip
    desk.run("detect")
    tick(desk, 6 * MINUTE)
    with desk.sessions() as session:
        known = as_json(session, session.get_one(Account, following.id))
        said = headers(session, [following.id], settings=desk.settings, now=desk.now)
        facts = said[following.id]
        email = dana.email if facts.owner and facts.owner.slack_id == dana.slack_id else None
    alerts = [alert for alert in known["alerts"] if alert["closed_at"] is None]
    tasks = [task for task in known["tasks"] if task["done_at"] is None]
    meetings = [m for m in known["meetings"] if m["starts_at"] > plain(desk.now)]
    assert alerts
    assert facts.arr is not None
    assert facts.meeting is not None
    assert {
        "owner": email,
        "arr": plain(facts.arr.amount),
        "currency": facts.arr.currency,
        "renewal_date": plain(facts.renews_on),
        "health": facts.health,
        "health_status": facts.health_status,
        "health_reason": facts.health_reason,
        "lifecycle_stage": facts.lifecycle,
        "onboarding_stage": facts.stage,
    }.items() <= known.items()
    assert (facts.alerts, facts.critical) == (
        len(alerts), len([a for a in alerts if a["severity"] == "critical"])
    )  # fmt: skip
    assert (facts.tasks, facts.overdue) == (
        len(tasks), len([t for t in tasks if t["due"] < desk.now.date().isoformat()])
    )  # fmt: skip
    assert plain(facts.meeting.starts_at) == min(m["starts_at"] for m in meetings)
    assert plain(facts.touched_at) == max(one["at"] for one in known["checkins"])
    shown = header(desk).words
    for figure in ("$48k", "70 of 100", f"{len(tasks)} tasks (1 overdue)", "1 May 2027"):
        assert figure in shown


def test_the_moment_it_is_shared_the_neutral_header_is_the_next_call(desk, following, room):
    change(desk, following, health=5, lifecycle_stage="renewal")
    with desk.sessions.begin() as session:
        keep_current(session, settings=desk.settings, now=desk.now + 6 * MINUTE)
        for number in range(3):
            said, key = Said(sentence="Acme is at risk"), f"alert:{number}"
            urgent = Priority.URGENT
            enqueue(session, said, to=ROOM, key=key, now=desk.now, priority=urgent)
        enqueue(session, said, to="#other", key="other", now=desk.now, priority=urgent)
    desk.at(desk.now + 6 * MINUTE)
    began = len(desk.slack.calls)
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": ROOM})
    desk.slack.events.wait_idle()
    desk.deliver()
    first = desk.slack.calls[began : began + 2]
    assert sorted(call.method for call in first) == ["chat.update", "conversations.setTopic"]
    assert "Acme" not in str([call.args for call in first])
    here = desk.in_channel("#acme-internal")
    assert [m.text for m in here] == [
        "This channel is shared with another organisation: csbot says nothing here."
    ]
    assert room.topic == "Shared with another organisation"
    assert [m.text for m in desk.in_channel()].count("Acme is at risk") == 3
    after = len(desk.slack.calls)
    change(desk, following, health=1, renewal_on=None)
    for _ in range(3):
        tick(desk, 6 * MINUTE)
    touched = [call for call in desk.slack.calls[after:] if ROOM in str(call.args)]
    assert [call.method for call in touched if call.method != "conversations.info"] == []
