"""What a call of the tracking API says, whatever stands in it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.inbox.errors import Unreadable
from csbot.usage.meaning import Meaning
from csbot.usage.reading import Call, Envelope, read_call
from csbot.usage.settings import Usage
from csbot.usage.traits import bounded
from tests.builders import MONDAY
from tests.payloads import segment

MEANING = Meaning(
    Usage(
        features={"Report Exported": "reports"},
        first_value=["First Shipment"],
        milestones={"team invited": "team"},
    )
)
NOW = Envelope(MONDAY)


def read(event: Any, envelope: Envelope = NOW, kind: str | None = None) -> Call:
    return read_call(event, envelope, MEANING, kind)


def track(**over: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u", "event": "E", "messageId": "m"} | over


@pytest.mark.parametrize(
    ("over", "user"),
    [
        ({"userId": 1042}, "1042"),
        ({"userId": " 1042 "}, "1042"),
        ({"userId": "", "anonymousId": "v"}, "~anonymous:v"),
        ({"userId": None, "anonymousId": 7}, "~anonymous:7"),
        ({"userId": "a", "anonymousId": "v"}, "a"),
        ({"userId": "~anonymous:v"}, "~~anonymous:v"),
        ({"userId": "~user:a"}, "~~user:a"),
        ({"userId": "~a"}, "~a"),
        ({"userId": "a\0b"}, "ab"),
        ({"userId": "\ud800x"}, "?x"),
        ({"userId": {"x": 1}, "anonymousId": "v"}, "~anonymous:v"),
        ({"userId": True, "anonymousId": "v"}, "~anonymous:v"),
    ],
)
def test_who_it_was(over, user):
    assert read(track(**over)).user == user


def test_two_long_ids_stay_two():
    first, second = (read(track(userId="x" * 5_000 + end)).user for end in "ab")
    assert first != second
    assert len(first) == 200


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (5, "batch"),
        ([], "batch"),
        (None, "batch"),
        ({}, "type"),
        ({"type": ["track"], "userId": "u"}, "type"),
        ({"type": "purchase", "userId": "u"}, "type"),
        ({"type": "track", "event": "E"}, "userId"),
        ({"type": "track", "event": "E", "userId": "", "anonymousId": []}, "userId"),
        ({"type": "track", "userId": "u"}, "event"),
        ({"type": "track", "userId": "u", "event": {"name": "E"}}, "event"),
        ({"type": "track", "userId": "u", "event": " "}, "event"),
        ({"type": "group", "userId": "u"}, "groupId"),
        ({"type": "alias", "userId": "u"}, "previousId"),
    ],
)
def test_what_does_not_fit_is_named(event, field):
    with pytest.raises(Unreadable) as caught:
        read(event)
    assert caught.value.field == field


def test_endless_nesting_is_no_event():
    deep: Any = 1
    for _ in range(200):
        deep = {"a": [deep]}
    with pytest.raises(Unreadable, match="deeper"):
        read(track(properties=deep))


@pytest.mark.parametrize(
    ("over", "sent", "at"),
    [
        ({"timestamp": "2026-11-23T08:00:00Z"}, None, MONDAY - timedelta(hours=1)),
        ({"timestamp": "2026-11-23T09:00:00+01:00"}, None, MONDAY - timedelta(hours=1)),
        ({"timestamp": "2026-11-23T08:00:00"}, None, MONDAY - timedelta(hours=1)),
        ({"timestamp": "2015-2-02T00:30:08.276Z"}, None, "2015-02-02T00:30:08.276+00:00"),
        ({"originalTimestamp": "2026-11-23T08:00:00.123456789Z"}, None,
         "2026-11-23T08:00:00.123456+00:00"),
        ({"timestamp": 1_795_420_800}, None, MONDAY - timedelta(hours=1)),
        ({"timestamp": 1_795_420_800_000}, None, MONDAY - timedelta(hours=1)),
        # The sender's clock is an hour fast, or slow by years: its own span is what counts.
        ({"timestamp": "2026-11-23T09:59:00Z"}, "2026-11-23T10:00:00Z",
         MONDAY - timedelta(minutes=1)),
        ({"timestamp": "2009-11-10T22:59:00Z"}, "2009-11-10T23:00:00Z",
         MONDAY - timedelta(minutes=1)),
        ({"timestamp": "2026-11-23T07:00:00Z", "sentAt": "2026-11-23T08:00:00Z"}, None,
         MONDAY - timedelta(hours=1)),
        ({"timestamp": "2026-11-23T09:00:01Z"}, None, MONDAY),
        ({"timestamp": "2999-01-01T00:00:00Z"}, None, MONDAY),
        ({"timestamp": "0001-01-01T00:00:00Z"}, None, MONDAY),
        ({"timestamp": "2026-02-30T00:00:00Z"}, None, MONDAY),
        ({"timestamp": {"$date": 1}}, None, MONDAY),
        ({"timestamp": "0001-01-01T00:00:00+23:59"}, None, MONDAY),
        ({}, "2026-11-23T08:00:00Z", MONDAY),
    ],
)  # fmt: skip
def test_when_it_was_by_our_clock(over, sent, at):
    envelope = Envelope(MONDAY, datetime.fromisoformat(sent) if sent else None)
    expected = datetime.fromisoformat(at) if isinstance(at, str) else at
    assert read(track(**over), envelope).at == expected


@pytest.mark.parametrize(
    ("over", "feature", "seconds"),
    [
        ({}, "E", 0),
        ({"event": "report exported", "properties": {"feature": "x"}}, "reports", 0),
        ({"properties": {"feature": "shipments", "duration": 90}}, "shipments", 90),
        ({"properties": {"duration_ms": 1_500}}, "E", 2),
        ({"properties": {"duration_minutes": "1.5"}}, "E", 90),
        ({"properties": {"duration": -5}}, "E", 0),
        ({"properties": {"duration": 10**400}}, "E", 0),
        ({"properties": {"duration": 10**30}}, "E", 86_400),
        ({"properties": {"duration": True, "feature": ["x"]}}, "E", 0),
        ({"properties": "none"}, "E", 0),
        ({"event": "x" * 500}, "x" * 100, 0),
        ({"type": "page", "name": "Shipments"}, "Shipments", 0),
        ({"type": "page", "name": None}, "", 0),
        ({"type": "screen", "name": "Map", "properties": {"feature": "maps"}}, "maps", 0),
        ({"type": "identify"}, "", 0),
    ],
)
def test_what_was_used_and_for_how_long(over, feature, seconds):
    call = read(track(**over))
    assert (call.feature, call.seconds) == (feature, seconds)


@pytest.mark.parametrize(
    ("over", "login", "milestone"),
    [
        ({"event": "signed in"}, True, None),
        ({"event": "Signed Out"}, False, None),
        ({"event": "FIRST SHIPMENT"}, False, "first_value"),
        ({"event": "Team Invited"}, False, "team"),
    ],
)
def test_logins_and_milestones(over, login, milestone):
    call = read(track(**over))
    assert (call.login, call.milestone) == (login, milestone)


def test_every_event_is_a_login_where_the_team_says_so():
    meaning = Meaning(Usage(logins=["*"]))
    assert read_call(track(type="page", name=None), NOW, meaning).login


@pytest.mark.parametrize(
    ("over", "group"),
    [
        ({"context": {"groupId": "g"}}, "g"),
        ({"context": {"groupId": 12}}, "12"),
        ({"groupId": "g"}, "g"),
        ({"context": {"groupId": ""}}, "shared"),
        ({"context": "none"}, "shared"),
    ],
)
def test_whom_it_was_done_for(over, group):
    assert read(track(**over), Envelope(MONDAY, None, {"groupId": "shared"})).group == group


def test_the_same_event_without_an_id_is_the_same_event():
    def made(**over: Any) -> str:
        event = track(timestamp="2026-11-23T08:00:00Z") | over
        return read({k: v for k, v in event.items() if k != "messageId"}).message_id

    assert made() == made(sentAt="2026-11-23T08:59:00Z") == made(messageId="")
    assert made() != made(properties={"a": 1})
    assert made(timestamp="2026-11-23T08:00:01Z") != made()


def test_without_any_time_the_same_is_the_same_within_a_minute():
    event = {"type": "track", "userId": "u", "event": "E"}
    ids = {
        read(event, Envelope(MONDAY + timedelta(seconds=seconds))).message_id
        for seconds in (0, 30, 60)
    }
    assert len(ids) == 2


def test_a_long_message_id_is_kept_as_its_hash():
    ids = {read(track(messageId="m" * 5_000 + end)).message_id for end in "ab"}
    assert {len(one) for one in ids} == {64}


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (segment.PYTHON, ["identify", "group", "track", "page"]),
        (segment.RUBY, ["track"]),
        (segment.GO, ["track", "identify", "group"]),
        (segment.NODE, ["track"]),
        (segment.HTTP, ["track"] * 3),
        (segment.RUDDER_NODE, ["identify", "track"]),
    ],
)
def test_every_client_is_understood(body, kinds):
    assert [read(event).type for event in body["batch"]] == kinds


def test_rudderstacks_web_client_tells_traits_in_the_context():
    call = read(segment.RUDDER_IDENTIFY)
    assert (call.user, call.other) == ("207", "~anonymous:0f3c-visitor")
    assert call.traits["name"] == "Ann Lee"
    assert read(segment.RUDDER_WEB).user == "~anonymous:0f3c-visitor"


def test_a_type_in_the_address_goes_before_the_bodys():
    assert read({"userId": "u", "type": "track", "name": "Home"}, kind="page").type == "page"


def test_traits_are_few_small_and_plain():
    kept = bounded(
        {f"t{n}": n for n in range(200)} | {"t0": "x" * 9_999, "t1": {"a": [1]}, "t2": 10**40}
    )
    assert len(kept) == 50
    assert (len(kept["t0"]), kept["t1"], kept["t2"]) == (500, '{"a": [1]}', "1" + "0" * 40)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: ANY | st.sampled_from(["track", "identify", "group", "alias", "page", "u"])
            for name in (
                "type", "userId", "anonymousId", "event", "name", "groupId", "previousId",
                "messageId", "timestamp", "sentAt", "traits", "properties", "context",
            )
        },
    )
)  # fmt: skip
def test_whatever_stands_there_is_read_or_named(event):
    try:
        call = read(event)
    except Unreadable:
        return
    assert call.at <= MONDAY
    for text in (call.message_id, call.user, call.group or "", call.properties, call.feature):
        assert "\0" not in text
        text.encode()
    bounded(call.traits)
