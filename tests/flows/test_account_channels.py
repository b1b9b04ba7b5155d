"""A channel that follows an account: its header, its alerts, its commands, and what ends it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from csbot import audit, clock
from csbot.account_channels import service
from csbot.account_channels.facts import headers
from csbot.account_channels.keeping import keep_current
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.moving import follow_channel
from csbot.accounts.as_json import as_json, plain
from csbot.accounts.model import Account
from csbot.alerts.model import Alert, AlertGroup
from csbot.away.model import Absence
from csbot.checkins.model import CheckIn
from csbot.errors import Refused
from csbot.outbox.claim import Claimed, claim
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.outcome import Dead
from csbot.outbox.queue import Priority, enqueue
from csbot.outbox.sender import drain
from csbot.outbox.settle import settle
from csbot.settings import Settings
from csbot.slack.gateway import ChannelInfo
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from csbot.workspace.faults import Fault
from csbot.workspace.model import User
from csbot.workspace.state import BOT_USER
from messages.said import Said
from tests import builders
from tests.statements import statements

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
    assert again.words.endswith("This channel follows Acme already.")
    desk.deliver()
    assert len(desk.in_channel("#acme-internal")) == 1
    assert "follows Acme since" in desk.person("U_LEE", ROOM).command("/cs follow").words


def test_fifty_changes_in_an_hour_are_twelve_updates_at_most_and_no_new_message(desk, following):
    began, count = len(desk.slack.calls), len(desk.in_channel("#acme-internal"))
    for score in range(50):
        change(desk, following, health=score)
        tick(desk)
    assert 5 <= len(calls(desk, "chat.update", since=began)) <= 12
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
    shown = header(desk)
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
    first = desk.slack.calls[began : began + 3]
    assert first[0].method == "chat.update"
    assert first[0].args["ts"] == shown.ts
    neutral = {"chat.update", "conversations.setTopic", "chat.getPermalink", "bookmarks.list"}
    assert {call.method for call in first} <= neutral
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


def test_what_csbot_said_there_before_is_taken_out_once_another_organisation_reads_along(
    desk, following, room
):
    dana, late = desk.person("U_DANA", ROOM), desk.now.date() - timedelta(days=3)
    desk.add(builders.task(following.id, due_on=late), builders.feedback(following.id, score=1))
    desk.run("detect")
    for title, task in (("Gone", 2), ("Call Max", 3)):
        dana.command(f"/cs task add acme {title} due {late}")
        desk.run("detect")
        dana.command(f"/cs task done {task}")
    desk.deliver()
    seen = dana.messages(ROOM)
    assert len([m for m in seen if "Acme" in m.words and not m.ephemeral]) >= 3
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": ROOM})
    desk.slack.events.wait_idle()
    desk.deliver()
    with desk.slack.lock:
        there = [m for m in desk.slack.messages[ROOM].values() if m.ephemeral_to is None]
    assert {m.ts for m in seen if not m.ephemeral} <= {m.ts for m in there}
    assert {m.text for m in there} == {
        "This channel is shared with another organisation: csbot says nothing here."
    }
    assert not any(m.controls for m in desk.in_channel("#acme-internal"))
    desk.run("detect")
    assert {"Critical", "Soon"} == {m.text.split(":")[0] for m in desk.in_channel()}


def test_who_reads_along_decides_whether_it_may_be_followed(desk, acme, room):
    dana = desk.person("U_DANA", ROOM)
    room.is_pending_ext_shared = True
    assert "another organisation" in dana.command("/cs follow acme").words
    room.is_pending_ext_shared = False
    room.members.discard(BOT_USER)
    assert "/invite @csbot" in dana.command("/cs follow acme").words
    room.kind = "private"
    assert "/invite @csbot" in dana.command("/cs follow acme").words
    assert "in the channel" in desk.person("U_DANA").command("/cs follow acme").words
    assert "This channel follows no account" in dana.command("/cs unfollow").words
    desk.deliver()
    assert desk.slack.pins == []


def test_another_channel_may_be_named_and_one_follows_one_account(desk, following):
    desk.add(builders.account("Globex"), builders.account("Globe Theatre"))
    dana = desk.person("U_DANA", "C_OTHER")
    assert "follows Acme already" in desk.person("U_DANA", ROOM).command("/cs follow globex").words
    desk.slack.add_channel("C_GLOBEX", "globex", members=["U_DANA"])
    asked = dana.command("/cs follow glob in <#C_GLOBEX|globex>").ephemeral
    assert "#globex follows Globex" in dana.press(asked, label="Globex").words
    assert "did not read" in dana.command("/cs follow globex now").words
    desk.slack.channels[ROOM].kind = "private"
    assert "private" in dana.command(f"/cs follow acme in <#{ROOM}|acme-internal>").words


@pytest.mark.parametrize(
    "words",
    ["acme in {room}", "acme {room}", "{room} acme", "in {room}: acme please", "{id} {room}",
     "acme in #acme-internal", "acme #acme-internal", "#acme-internal acme"],
)  # fmt: skip
def test_the_channel_is_named_before_or_after_the_account(desk, acme, room, words):
    dana, named = desk.person("U_DANA", "C_OTHER"), f"<#{ROOM}|acme-internal>"
    said = dana.command("/cs follow " + words.format(room=named, id=f"#{acme.id}")).words
    assert "#acme-internal follows Acme from now on" in said
    gone = dana.command(f"/cs unfollow {named if 'room' in words else '#acme-internal'}").words
    assert "#acme-internal follows Acme no more" in gone


def test_here_is_this_channel_and_a_channel_alone_asks_for_the_account(desk, acme, room):
    dana = desk.person("U_DANA", ROOM)
    assert "follows Acme from now on" in dana.command("/cs follow acme here").words
    assert "follows Acme already" in dana.command("/cs follow acme in this channel").words
    alone = dana.command(f"/cs follow <#{ROOM}|acme-internal>").words
    assert "with the account's name" in alone
    assert ROOM not in alone


@pytest.mark.parametrize("named", ["alerts", "renewals", "wins", "segments"])
@pytest.mark.parametrize("spelled", ["#everybody", "C_EVERYBODY"])
def test_where_news_of_many_accounts_goes_none_is_followed(desk, named, spelled):
    config, everybody = desk.settings.config, ChannelInfo(
        "C_EVERYBODY", "everybody", is_private=False, is_archived=False, is_ext_shared=False,
        is_member=True,
    )  # fmt: skip
    chosen = {"enterprise": spelled} if named == "segments" else spelled
    channels = config.channels.model_copy(update={named: chosen})
    changed = config.model_copy(update={"channels": channels})
    service.check(everybody, asked_in=None, settings=desk.settings)
    with pytest.raises(Refused, match="follows no single one"):
        service.check(
            everybody, asked_in=None, settings=Settings(env=desk.settings.env, config=changed)
        )


def test_the_alerts_channel_follows_nothing(desk, acme):
    refused = desk.person("U_DANA", "C_ALERTS").command("/cs follow acme").words
    assert "News of many accounts goes to this channel" in refused
    desk.deliver()
    assert desk.slack.pins == []


COMMANDS = {
    "account": "Acme: $48k", "timeline": "Acme", "brief": "Acme", "brief qbr": "Acme",
    "checkin called them, all is well": "Check-in logged for Acme",
    "checkin 4 people came": "Check-in logged for Acme",
    "task add call legal due friday": "Acme", "task call legal due friday": "Acme",
    "tasks": "Acme", "tasks overdue": "Acme", "meetings": "Acme",
    "meeting add QBR friday 3pm": "Acme", "nps 9 great": "Acme", "csat 4": "Acme",
    "happiness 3": "Acme", "assign @lee": "Acme", "health struggling no logins": "Acme",
    "tag +beta": "Acme", "snooze until friday waiting": "Acme", "stage": "Acme",
    "onboarding": "Acme", "renewal": "Acme", "score": "Acme",
    "checkin globex called them": "Check-in logged for Globex", "account glob": "Globex: $48k",
    "account #{globex}": "Globex", "nps globex 9 great": "Globex", "tasks globex": "Globex",
    "checkin \"busy all day\"": "Check-in logged for Acme",
}  # fmt: skip


def test_commands_there_are_about_its_account_unless_they_name_another(desk, following):
    globex = desk.add(builders.account("Globex"))
    dana = desk.person("U_DANA", ROOM)
    for command, about in COMMANDS.items():
        seen = dana.command(f"/cs {command.replace('{globex}', str(globex.id))}")
        assert about in seen.words, (command, seen.words)
    for form in ("checkin", "task add", "meeting", "health", "tag", "snooze", "nps", "churn"):
        opened = dana.command(f"/cs {form}").view
        assert opened is not None, form
        assert "Acme" in opened.words, form
    assert desk.person("U_DANA", "C_OTHER").command("/cs checkin").view is not None


def test_an_account_is_followed_from_its_card_and_from_home(desk, acme, room):
    dana = desk.person("U_DANA", "C_OTHER")
    dana.choose(dana.command("/cs account acme").ephemeral, "Follow in a Channel…")
    closed = desk.slack.add_channel("C_CLOSED", "closed", kind="private", members=["U_DANA"])
    desk.slack.add_channel("C_ALONE", "alone", members=["U_DANA"], with_bot=False)
    for where, why in ((closed.id, "private"), ("C_ALONE", "/invite @csbot")):
        assert why in dana.submit(None, {"channel": where}).errors["channel"]
    assert dana.submit(None, {"channel": ROOM}).ok
    desk.deliver()
    assert "#acme-internal follows Acme from now on" in dana.last("C_OTHER").words
    assert "Acme: on us" in header(desk).words
    desk.add(builders.account("Globex"))
    dana.home()
    desk.deliver()
    dana.press(dana.home(), label="Follow in a Channel…")
    taken = dana.submit(None, {"account": "Globex", "channel": ROOM})
    assert "follows Acme already" in taken.errors["channel"]
    shared = dana.submit(None, {"account": "Globex", "channel": "C_ALERTS"})
    assert "News of many accounts goes to this channel" in shared.errors["channel"]
    desk.slack.add_channel("C_GLOBEX", "globex", members=["U_DANA"])
    said = dana.submit(None, {"account": "Globex", "channel": "C_GLOBEX"})
    assert "#globex follows Globex" in said.words
    with desk.sessions() as session:
        assert len(session.scalars(select(AccountChannel)).all()) == 2


def test_a_word_that_begins_another_name_is_asked_about(desk, following):
    busy = desk.add(builders.account("Busy Bakery"))
    dana = desk.person("U_DANA", ROOM)
    asked = dana.command("/cs checkin busy today, calls tomorrow").ephemeral
    assert {"Acme", "Busy Bakery"} <= set(asked.labels)
    assert "logged for Acme" in dana.press(asked, label="Acme").words
    with desk.sessions() as session:
        note = session.scalars(select(CheckIn)).one()
    assert (note.account_id, note.note) == (following.id, "busy today, calls tomorrow")
    asked = dana.command("/cs checkin busy today").ephemeral
    assert "logged for Busy Bakery" in dana.press(asked, label="Busy Bakery").words
    with desk.sessions() as session:
        mine = select(CheckIn.note).where(CheckIn.account_id == busy.id)
        assert session.scalars(mine).one() == "today"


def test_alerts_and_news_go_there_each_once(desk, following):
    with desk.sessions.begin() as session:
        dana = by_slack_id(session, "U_DANA")
        late = (desk.now - timedelta(days=3)).date()
        session.add(builders.task(following.id, due_on=late, assignee_id=dana.id))
        for verb in ("onboarding.started", "renewal.won"):
            audit.record(
                session, verb=verb, subject="renewal:1", by=dana.id, account=following.id,
                now=desk.now + MINUTE, after={"stage": "kickoff"},
            )  # fmt: skip
        for was, changed in (("adoption", "renewal"), ("renewal", "renewal")):
            audit.record(
                session, verb="import", subject="account:1", by=None, account=following.id,
                now=desk.now + MINUTE, before={"lifecycle_stage": was, "plan": "x"},
                after={"lifecycle_stage": changed, "plan": "y"},
            )  # fmt: skip
    desk.at(desk.now + 2 * MINUTE)
    desk.run("detect")
    for _ in range(3):
        tick(desk, 6 * MINUTE)
    here = desk.in_channel("#acme-internal")
    assert len([m for m in here if "Renewal won" in m.words]) == 1
    assert len([m for m in here if "Onboarding began" in m.words]) == 1
    assert [m.text for m in here if "Lifecycle" in m.words] == [
        "Acme: Lifecycle stage changed from adoption to renewal."
    ]
    (alert,) = [m for m in here if "overdue" in m.text and "Acknowledge" in m.labels]
    assert desk.in_channel() == []
    desk.person("U_DANA", ROOM).choose(alert, "Why This?…")
    why = desk.person("U_DANA", ROOM).view()
    assert why is not None
    assert "the channel that follows the account" in why.words


def test_a_header_that_is_deleted_comes_back_once_and_says_so(desk, following):
    desk.slack.remove(desk.slack.find(ROOM, header(desk).ts))
    change(desk, following, health=12)
    for _ in range(2):
        tick(desk, 6 * MINUTE)
    again = header(desk)
    assert "health 12" in again.words
    assert "deleted the header" in desk.person("U_LEE", ROOM).messages(ROOM, again.ts)[-1].text
    desk.slack.remove(desk.slack.find(ROOM, again.ts))
    change(desk, following, health=13)
    for _ in range(4):
        tick(desk, 6 * MINUTE)
    assert desk.in_channel("#acme-internal") == []
    desk.person("U_DANA", ROOM).command("/cs follow acme")
    desk.deliver()
    assert "health 13" in header(desk).words


def test_a_header_that_is_unpinned_is_pinned_once_more_and_then_left_alone(desk, following):
    shown = header(desk)
    desk.slack.pins.remove((ROOM, shown.ts))
    for health in (1, 2):
        change(desk, following, health=health)
        tick(desk, 6 * MINUTE)
    assert header(desk).ts == shown.ts
    assert "unpinned" in desk.person("U_LEE", ROOM).messages(ROOM, shown.ts)[-1].text
    desk.slack.pins.remove((ROOM, shown.ts))
    for health in (3, 4, 5):
        change(desk, following, health=health)
        tick(desk, 6 * MINUTE)
    assert desk.slack.pins == []
    (left,) = desk.in_channel("#acme-internal")
    assert "health 5" in left.words


@pytest.mark.parametrize("taken", ["deleted", "unpinned"])
def test_a_header_that_is_taken_away_is_missed_within_the_hour_though_nothing_changes(
    desk, following, taken
):
    shown = header(desk)
    if taken == "deleted":
        desk.slack.remove(desk.slack.find(ROOM, shown.ts))
    else:
        desk.slack.pins.remove((ROOM, shown.ts))
    for _ in range(2):
        tick(desk, 31 * MINUTE)
    tick(desk)
    again = header(desk)
    assert (again.ts == shown.ts) == (taken == "unpinned")
    told = desk.person("U_LEE", ROOM).messages(ROOM, again.ts)
    assert [taken in message.text for message in told][-1]
    quiet = len(desk.slack.calls)
    tick(desk, 57 * MINUTE)
    assert writes(desk, quiet) == []


def test_a_scope_that_is_granted_later_is_found_within_the_hour(desk, acme, room):
    missing = {"pins:write", "bookmarks:read", "channels:manage", "channels:write.topic"}
    room.topic = "For people"
    scopes = {name: set(token.scopes) for name, token in desk.slack.tokens.items()}
    for token in desk.slack.tokens.values():
        token.scopes = set(token.scopes) - missing
    dana = desk.person("U_DANA", ROOM)
    dana.command("/cs follow acme")
    desk.deliver()
    assert (desk.slack.pins, desk.slack.bookmarks, room.topic) == ([], [], "For people")
    room.topic = "For people, since then"
    tick(desk, 62 * MINUTE)
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE")
    change(desk, acme, owner_id=lee.id)  # the topic that is missing is an older one's then
    tick(desk, 62 * MINUTE)
    assert desk.slack.pins == []
    for name, token in desk.slack.tokens.items():
        token.scopes = scopes[name]
    for _ in range(2):
        tick(desk, 62 * MINUTE)
    assert "Acme" in header(desk).words
    assert [mark["title"] for mark in desk.slack.bookmarks] == ["Brief"]
    assert room.topic.startswith("Acme · owner Lee")
    told = desk.person("U_LEE", ROOM).messages(ROOM, header(desk).ts)
    assert "unpinned" not in str([message.text for message in told])
    dana.command("/cs unfollow")
    desk.deliver()
    assert room.topic == "For people, since then"


def test_what_no_scope_allows_is_left_out_without_a_word(desk, acme, room):
    missing = {"pins:write", "bookmarks:read", "channels:manage", "channels:write.topic",
               "groups:write", "groups:write.topic"}  # fmt: skip
    change(desk, acme, custom={"CRM URL": "https://crm.example/1"})
    for token in desk.slack.tokens.values():
        token.scopes = set(token.scopes) - missing
    desk.person("U_DANA", ROOM).command("/cs follow acme")
    desk.deliver()
    assert "Acme" in desk.in_channel("#acme-internal")[0].words
    assert desk.slack.pins == []
    assert desk.slack.bookmarks == []
    assert room.topic == ""
    for person in ("U_DANA", "U_PRIYA"):
        assert desk.person(person).messages() == []


def test_the_record_in_the_crm_is_bookmarked_once_and_taken_away(desk, acme, room):
    change(desk, acme, custom={"CRM URL": "https://crm.example/1", "x": "javascript:alert(1)"})
    dana = desk.person("U_DANA", ROOM)
    for _ in range(2):
        dana.command("/cs follow acme")
        desk.deliver()
    links = {mark["title"]: mark["link"] for mark in desk.slack.bookmarks}
    assert len(desk.slack.bookmarks) == 2
    assert links["CRM record"] == "https://crm.example/1"
    assert "/archives/" in links["Brief"]
    assert "no more" in dana.command("/cs unfollow").words
    assert "This channel follows no account" in dana.command("/cs unfollow").words
    desk.deliver()
    assert desk.slack.bookmarks == desk.slack.pins == []
    assert [m.text for m in desk.in_channel("#acme-internal")] == [
        "csbot keeps nothing here any more."
    ]
    assert "Acme" not in room.topic


@pytest.mark.parametrize("meanwhile", [None, "Call at ten"])
def test_the_topic_that_people_had_written_comes_back_unless_they_have_set_another(
    desk, acme, room, meanwhile
):
    room.topic, dana = "For people & <friends>", desk.person("U_DANA", ROOM)
    dana.command("/cs follow acme")
    desk.deliver()
    assert "Acme" in room.topic
    room.topic = meanwhile or room.topic
    dana.command("/cs unfollow")
    desk.deliver()
    assert room.topic == (meanwhile or "For people & <friends>")


def test_a_topic_on_its_way_back_is_not_lost_to_the_next_account(desk, acme, room):
    desk.add(builders.account("Globex"))
    room.topic, dana = "For people", desk.person("U_DANA", ROOM)
    dana.command("/cs follow acme")
    desk.deliver()
    dana.command("/cs unfollow")
    dana.command("/cs follow globex")  # before anything went out
    desk.deliver()
    assert room.topic.startswith("Globex · owner")
    dana.command("/cs unfollow")
    desk.deliver()
    assert room.topic == "For people"


@pytest.mark.parametrize("shared", [True, False])
def test_people_s_topic_comes_back_after_all_once_nobody_else_reads_along(desk, acme, room, shared):
    room.topic, dana = "For people", desk.person("U_DANA", ROOM)
    dana.command("/cs follow acme")
    desk.deliver()
    room.is_ext_shared = True
    for event in ["channel_shared", *([] if shared else ["channel_unshared"])]:
        desk.slack.events.post({"type": event, "channel": ROOM})
        desk.slack.events.wait_idle()
        desk.deliver()
    assert room.topic == "Shared with another organisation"
    room.is_ext_shared = shared
    dana.command("/cs unfollow")
    desk.deliver()
    assert room.topic == ("Shared with another organisation" if shared else "For people")
    assert desk.slack.pins == []
    assert desk.in_channel("#acme-internal")[0].text == "csbot keeps nothing here any more."


def test_the_channel_that_everybody_is_in_follows_no_account(desk, acme, room):
    room.name, room.topic = "general", "For people"
    for where, words in ((ROOM, "acme"), ("C_OTHER", f"acme in <#{ROOM}|general>")):
        told = desk.person("U_DANA", where).command(f"/cs follow {words}").words
        assert "Make a channel for the account" in told
    desk.deliver()
    assert (room.topic, desk.slack.pins) == ("For people", [])


GUESTS = {
    "of one channel": {"is_ultra_restricted": True}, "of several": {"is_restricted": True},
    "of theirs": {"team_id": "T_ACME"},
}  # fmt: skip


def joined(desk, user):
    desk.slack.add_user(user)
    desk.slack.channels[ROOM].members.add(user.id)
    event = {"type": "member_joined_channel", "channel": ROOM, "user": user.id}
    desk.slack.events.post(event)
    desk.slack.events.wait_idle()
    desk.deliver()


@pytest.mark.parametrize("guest", GUESTS)
def test_a_guest_who_joins_reads_nothing_internal(desk, following, room, guest):
    dana = desk.person("U_DANA", ROOM)
    dana.command("/cs account acme --share")
    desk.deliver()
    joined(desk, User("U_GUEST", "ann", "Ann Max", **GUESTS[guest]))
    neutral = "This channel is shared with another organisation: csbot says nothing here."
    assert {m.text for m in desk.in_channel("#acme-internal")} == {neutral}
    assert room.topic == "Shared with another organisation"
    seen = dana.command("/cs account acme --share")
    assert "another organisation" in seen.ephemeral.words
    dana.say("@csbot acme")
    desk.slack.events.wait_idle()
    late = (desk.now - timedelta(days=3)).date()
    desk.add(builders.task(following.id, due_on=late))
    desk.run("detect")
    said = [m.text for m in desk.in_channel("#acme-internal") if m.user == BOT_USER]
    assert set(said) == {neutral}
    assert "Acknowledge" in desk.in_channel()[-1].labels


@pytest.mark.parametrize("ours", [{}, {"is_bot": True, "is_restricted": True}])
def test_a_colleague_or_an_app_that_joins_changes_nothing(desk, following, ours):
    joined(desk, User("U_NEW", "kim", "Kim Lang", **ours))
    assert "Acme" in header(desk).words


def test_while_slack_does_not_say_who_joined_the_event_comes_again(desk, following):
    desk.slack.faults.order(Fault("users.info", "error", error="internal_error"))
    joined(desk, User("U_GUEST", "ann", "Ann Max", is_restricted=True))
    desk.slack.events.wait_idle()
    desk.deliver()
    assert "says nothing here" in desk.in_channel("#acme-internal")[0].text


def test_csbot_learns_by_itself_that_it_became_shared(desk, following, room):
    desk.at(desk.now + timedelta(minutes=11))  # what is known of a channel is old by now
    room.is_ext_shared = True
    with desk.sessions.begin() as session:
        enqueue(session, Said(sentence="Acme is at risk"), to=ROOM, key="risk", now=desk.now)
    desk.deliver()
    assert [m.text for m in desk.in_channel("#acme-internal")] == [
        "This channel is shared with another organisation: csbot says nothing here."
    ]
    assert [m.text for m in desk.in_channel()] == ["Acme is at risk"]
    assert "another organisation" in desk.person("U_LEE", ROOM).command("/cs follow").words
    room.is_ext_shared = False
    desk.slack.events.post({"type": "channel_unshared", "channel": ROOM})
    desk.slack.events.wait_idle()
    change(desk, following, health=3)
    tick(desk, 20 * MINUTE)
    assert "Acme" not in desk.in_channel("#acme-internal")[0].words
    desk.person("U_DANA", ROOM).command("/cs follow acme")
    desk.deliver()
    assert "health 3" in desk.in_channel("#acme-internal")[-1].words


def test_a_hostile_name_stays_a_name_in_header_and_topic(desk, room):
    name = "<!channel> *Evil* & <https://x.example|Corp>\u202e" + "e" * 400
    evil = desk.add(builders.account(name, name_key="evil", domain="evil.example"))
    desk.person("U_DANA", ROOM).command(f"/cs follow #{evil.id}")
    desk.deliver()
    assert not desk.slack.find(ROOM, header(desk).ts).pings
    assert "<" not in room.topic
    assert "\u202e" not in room.topic
    assert len(room.topic) <= 250
    assert room.topic.endswith(" · owner nobody · adoption · renews 1 May 2027")


def test_an_alert_that_stood_there_begins_anew_in_the_alerts_channel(desk, following, room):
    late = (desk.now - timedelta(days=3)).date()
    first = desk.add(builders.task(following.id, due_on=late))
    desk.run("detect")
    (old,) = [m for m in desk.in_channel("#acme-internal") if "Acknowledge" in m.labels]
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": ROOM})
    desk.slack.events.wait_idle()
    began = len(desk.slack.calls)
    for _ in range(2):
        desk.at(desk.now + 6 * MINUTE)
        desk.run("detect")
    (new,) = [m for m in desk.in_channel() if "Acknowledge" in m.labels]
    assert new.text == old.text
    desk.person("U_DANA", "C_ALERTS").press(new, label="Acknowledge")
    with desk.sessions.begin() as session:
        session.get_one(Task, first.id).done_at = desk.now
    desk.run("detect")
    (closed,) = [m for m in desk.in_channel() if m.ts == new.ts]
    assert closed.text.startswith("⚪") or "Closed" in closed.text
    told = [call for call in desk.slack.calls[began:] if call.args.get("channel") == ROOM]
    changed = {call.args["ts"] for call in told if call.method == "chat.update"}
    neutral = [desk.slack.find(ROOM, ts) for ts in changed]  # header, brief under it, alert
    assert ["says nothing here" in message.text for message in neutral] == [True, True, True]
    assert calls(desk, "chat.postMessage", since=began)[0].args["channel"] != ROOM


def test_a_channel_on_the_list_of_shared_ones_gets_no_header_either(desk, following, room):
    config = desk.settings.config
    channels = config.channels.model_copy(update={"shared_allowed": ["acme-internal"]})
    changed = config.model_copy(update={"channels": channels})
    wiring = replace(desk.wiring, settings=Settings(env=desk.settings.env, config=changed))
    change(desk, following, health=5, lifecycle_stage="renewal")
    desk.at(desk.now + timedelta(minutes=11))
    room.is_ext_shared = True
    with desk.sessions.begin() as session:
        keep_current(session, settings=desk.settings, now=desk.now)
    began = len(desk.slack.calls)
    drain(wiring, now=desk.now)
    changes = calls(desk, "chat.update", "conversations.setTopic", since=began)
    assert changes
    assert not [call for call in changes if "Acme" in str(call.args)]
    assert "says nothing here" in desk.in_channel("#acme-internal")[0].text


def test_keeping_many_headers_current_asks_the_database_as_often_as_one(desk):
    with desk.sessions.begin() as session:
        rows = [builders.account(f"Customer {n}") for n in range(12)]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
        session.add_all([_link(id, desk.now) for id in ids[:2]])
    asked = [_asked(desk)]
    with desk.sessions.begin() as session:
        session.add_all([_link(id, desk.now) for id in ids[2:]])
    assert [*asked, _asked(desk)] == asked * 2


def test_all_headers_are_looked_at_within_the_hour_also_where_there_are_many(desk):
    with desk.sessions.begin() as session:
        rows = [builders.account(f"Customer {n}") for n in range(660)]
        session.add_all(rows)
        session.flush()
        session.add_all([_link(row.id, desk.now) for row in rows])
        session.flush()
        keep_current(session, settings=desk.settings, now=desk.now)
        later = desk.now + timedelta(minutes=61)
        assert keep_current(session, settings=desk.settings, now=later).updated == 660 / 60


def _link(account_id: int, now) -> AccountChannel:
    where = f"C{account_id}"
    return AccountChannel(
        channel_id=where, account_id=account_id, name=where.lower(), followed_at=now, topic="old",
        header=f"header:{where}", seen="old", header_at=now - timedelta(hours=1), remade=0,
    )  # fmt: skip


def _asked(desk) -> int:
    with statements(desk.wiring.engine) as seen, desk.sessions.begin() as session:
        kept = keep_current(session, settings=desk.settings, now=desk.now)
        session.flush()
        session.rollback()
    assert kept.updated
    return len([one for one in seen if one.startswith(("SELECT", "INSERT"))])


def _alert(desk, account, **over) -> Alert:
    """An open alert of the account that nobody has seen yet."""
    fields = {
        "kind": "renewal", "account_id": account.id, "severity": "soon", "evidence": {},
        "fingerprint": "x", "channel": ROOM, "since": desk.now, "opened_at": desk.now,
        "changed_at": desk.now, "post_at": desk.now + timedelta(days=9),
    }  # fmt: skip
    return desk.add(Alert(**fields | over))


def _now_is(desk, alert: Alert) -> Alert:
    with desk.sessions() as session:
        return session.get_one(Alert, alert.id)


@pytest.mark.parametrize("event", ["channel_archive", "group_deleted"])
def test_a_channel_that_is_gone_follows_no_more_and_swallows_nothing(desk, following, room, event):
    waits = _alert(desk, following)
    room.archived = True
    with desk.sessions.begin() as session:
        enqueue(session, Said(sentence="Acme is at risk"), to=ROOM, key="risk", now=desk.now)
    desk.at(desk.now + timedelta(minutes=11))
    desk.deliver()
    (trouble,) = desk.in_channel()
    assert "Messages to #acme-internal do not arrive" in trouble.text
    told = {"type": event, "channel": ROOM}
    with desk.sessions.begin() as session:
        follow_channel(session, told, ROOM, settings=desk.settings, now=desk.now)
    desk.deliver()
    assert [m.text for m in desk.in_channel()] == [trouble.text, "Acme is at risk"]
    assert _now_is(desk, waits).channel == desk.settings.alerts_channel
    with desk.sessions() as session:
        assert session.get(AccountChannel, ROOM) is None


def test_a_channel_is_left_from_elsewhere_with_what_nobody_has_seen_yet(desk, following):
    waits = _alert(desk, following, channel="#acme-internal")
    dana = desk.person("U_DANA", "C_OTHER")
    assert "does not follow Acme" in dana.command("/cs unfollow acme").words
    assert "did not read *at once*" in dana.command("/cs unfollow acme at once").words
    said = dana.command("/cs unfollow in #acme-internal, please").words
    assert "#acme-internal follows Acme no more" in said
    assert "with a name there" in said
    assert _now_is(desk, waits).channel == desk.settings.alerts_channel
    with desk.sessions() as session:
        assert Priority.FIRST not in session.scalars(select(OutgoingMessage.priority)).all()


def test_names_of_channels_and_kind_words_are_understood_as_they_are_typed(desk, acme, room):
    """Also where Slack makes no token of a name; a private channel is not found by its name."""
    dana = desk.person("U_DANA", "C_OTHER")
    spoken = desk.person("U_DANA")
    spoken.say("follow acme in #Acme-Internal please")
    desk.slack.events.wait_idle()
    desk.deliver()
    assert "#acme-internal follows Acme from now on" in spoken.messages()[-1].text
    assert (
        "follows Acme no more"
        in desk.person("U_DANA", ROOM).command("/cs unfollow acme, please!").words
    )
    desk.slack.add_channel("C_VAULT", "vault", members=["U_LEE"], kind="private")
    assert "I am not in that channel" in dana.command("/cs follow acme in #vault").words
    assert "That channel follows no account" in dana.command("/cs unfollow in #vault").words


def test_open_alerts_follow_a_channel_to_its_new_id(desk, following):
    waits = _alert(desk, following)
    group = desk.add(AlertGroup(kind="renewal", channel=ROOM, opened_at=desk.now))
    event = {"type": "channel_id_changed", "old_channel_id": ROOM, "new_channel_id": "C_NEW"}
    with desk.sessions.begin() as session:
        follow_channel(session, event, ROOM, settings=desk.settings, now=desk.now)
    assert _now_is(desk, waits).channel == "C_NEW"
    with desk.sessions() as session:
        assert session.get_one(AlertGroup, group.id).channel == "C_NEW"


def test_a_post_under_way_while_it_turns_shared_goes_to_the_alerts_channel(desk, following, room):
    with desk.sessions.begin() as session:
        enqueue(session, Said(sentence="Acme is at risk"), to=ROOM, key="risk", now=desk.now)
    delivery = desk.settings.config.delivery
    with desk.sessions.begin() as session:
        taken = claim(session, now=desk.now, wall=clock.now(), delivery=delivery)
    assert isinstance(taken, Claimed)
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": ROOM})
    desk.slack.events.wait_idle()
    with desk.sessions.begin() as session:
        end = Dead("shared_channel")
        assert settle(session, taken, end, settings=desk.settings, now=desk.now)
    desk.deliver()
    assert [m.text for m in desk.in_channel()] == ["Acme is at risk"]


def test_a_header_that_was_never_posted_stands_in_no_other_channel(desk, acme, room):
    desk.person("U_DANA", ROOM).command("/cs follow acme")
    desk.at(desk.now + timedelta(minutes=11))
    room.is_ext_shared = True
    desk.deliver()
    assert desk.in_channel() == []


def test_a_header_refused_after_its_channel_turned_neutral_is_no_trouble(desk, acme, room):
    desk.person("U_DANA", ROOM).command("/cs follow acme")
    desk.at(desk.now + timedelta(minutes=11))
    how, now = desk.settings.config.delivery, desk.now
    with desk.sessions.begin() as session:
        header = claim(session, now=now, wall=now, delivery=how)
    assert isinstance(header, Claimed)
    assert header.row.message == "account_header"
    turned = {"type": "channel_shared", "channel": ROOM}
    with desk.sessions.begin() as session:
        follow_channel(session, turned, ROOM, settings=desk.settings, now=now)
    with desk.sessions.begin() as session:
        settle(session, header, Dead("shared_channel"), settings=desk.settings, now=now)
    with desk.sessions() as session:
        told = session.scalars(select(OutgoingMessage.message)).all()
    assert "delivery_trouble" not in told


def test_a_private_channel_in_trouble_is_named_to_admins_alone(desk, room):
    """Neither to who covers for one, nor in the alerts channel while nobody is one."""
    room.kind, room.archived = "private", True
    hidden = "Messages to a private channel do not arrive: the channel is archived."

    def lost(key):
        with desk.sessions.begin() as session:
            enqueue(session, Said(sentence="Acme is at risk"), to=ROOM, key=key, now=desk.now)
        desk.at(desk.now + timedelta(minutes=11))
        desk.deliver()

    lost("nobody is one")
    assert [said.text for said in desk.in_channel()] == [hidden]
    desk.slack.add_user(User("U_ALEX", "alex", "Alex Kim"))
    alex = desk.add(builders.member("Alex Kim", role="admin", slack_id="U_ALEX"))
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE").id
    span = {"starts_at": desk.now, "ends_at": desk.now + timedelta(days=3), "made_at": desk.now}
    desk.add(Absence(member_id=alex.id, cover_id=lee, **span))
    lost("one is away")
    read = [desk.person(who).messages()[-1].text for who in ("U_LEE", "U_ALEX")]
    assert read == [hidden, hidden.replace("a private channel", "#acme-internal")]


def test_an_alert_moved_while_taken_has_nothing_to_undo_and_stops_no_look(desk, following, room):
    late = (desk.now - timedelta(days=3)).date()
    desk.add(builders.task(following.id, due_on=late))
    desk.run("detect")
    dana = desk.person("U_DANA", ROOM)
    (shown,) = [m for m in desk.in_channel("#acme-internal") if "Acknowledge" in m.labels]
    dana.press(shown, label="Acknowledge")
    room.is_ext_shared = True
    desk.slack.events.post({"type": "channel_shared", "channel": ROOM})
    desk.slack.events.wait_idle()
    with desk.sessions.begin() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.undo, alert.undo_until, alert.dm_at, alert.escalate_at) == (None,) * 4
        owner = session.get_one(Account, following.id).owner_id
        session.add(Absence(member_id=owner, made_at=desk.now, starts_at=desk.now - MINUTE,
                            ends_at=desk.now + timedelta(days=3)))  # fmt: skip
        alert.state, alert.escalate_at = "open", desk.now
    desk.run("detect")


def test_a_brief_that_cannot_be_written_holds_up_neither_headers_nor_other_briefs(desk, following):
    other = desk.add(builders.account("Globex"))
    link = _link(other.id, desk.now)
    link.channel_id, link.bookmarks = "C_A", {"brief": ["broken"], "brief_on": "2020-01-01"}
    desk.add(link)
    change(desk, following, health=12)
    tick(desk, timedelta(days=1))
    assert "health 12" in header(desk).words
    with desk.sessions() as session:
        marks = session.scalars(select(AccountChannel.bookmarks)).all()
    assert {mark["brief_on"] for mark in marks} == {desk.now.date().isoformat()}
