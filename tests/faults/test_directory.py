"""Channels by name, remembered for a while; people by e-mail; the outside watch."""

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from sqlalchemy import select

from csbot import clock
from csbot.home.model import Home
from csbot.outbox.auditor import audit, beat, health
from csbot.outbox.model import OutgoingMessage
from csbot.slack.directory import Directory, forget
from csbot.slack.gateway import RateLimited, RefusedBySlack
from csbot.team.matching import refresh_people
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from tests.builders import MONDAY, member
from tests.faults.rig import Rig


@pytest.fixture
def directory(rig: Rig) -> Directory:
    return Directory(rig.wiring.sessions, rig.wiring.slack)


def test_a_name_is_looked_up_once_in_ten_minutes(rig: Rig, directory: Directory) -> None:
    now = clock.now()
    assert directory.channel("#ca", now=now).id == "CA"
    assert directory.channel("CA", now=now + timedelta(minutes=9)).name == "ca"
    assert len(rig.calls("conversations.list")) == 1
    directory.channel("#ca", now=now + timedelta(minutes=11))
    assert len(rig.calls("conversations.list")) == 2


def test_a_channel_that_changed_is_asked_for_again(rig: Rig, directory: Directory) -> None:
    now = clock.now()
    directory.channel("#ca", now=now)
    rig.slack.channels["CA"].is_ext_shared = True
    with rig.wiring.sessions.begin() as session:
        forget(session, "CA")
    assert directory.channel("#ca", now=now).is_ext_shared


def test_an_unknown_name_does_not_list_all_channels_every_time(
    rig: Rig, directory: Directory
) -> None:
    now = clock.now()
    for _ in range(3):
        with pytest.raises(RefusedBySlack, match="channel_not_found"):
            directory.channel("#nowhere", now=now)
    assert len(rig.calls("conversations.list")) == 1
    rig.slack.add_channel("CN", "nowhere")
    assert directory.channel("#nowhere", now=now + timedelta(minutes=2)).id == "CN"


def test_an_archived_channel_is_asked_about_each_time(rig: Rig, directory: Directory) -> None:
    now = clock.now()
    rig.slack.channels["CA"].archived = True
    assert directory.channel("CA", now=now).is_archived
    rig.slack.channels["CA"].archived = False
    assert not directory.channel("CA", now=now).is_archived


def test_people_are_found_by_their_mail_address_and_guests_are_noticed(rig: Rig) -> None:
    rig.slack.users["U_LEE"].is_restricted = True
    with rig.wiring.sessions.begin() as session:
        session.add(member("Dana Reyes", email="U_DANA@vendor.example", slack_id=None))
        session.add(lee := member("Lee Park", slack_id="U_LEE"))
        session.add(member("Max Nobody", slack_id=None))
        session.flush()
        session.add(Home(member_id=lee.id, first_opened_at=MONDAY, opened_at=MONDAY, shown={}))
    assert refresh_people(rig.wiring, now=clock.now()) == (1, 3)
    with rig.wiring.sessions() as session:
        found = {m.name: (m.slack_id, m.is_outsider) for m in session.scalars(select(TeamMember))}
    assert found == {
        "Dana Reyes": ("U_DANA", False),
        "Lee Park": ("U_LEE", True),
        "Max Nobody": (None, False),
    }
    with rig.wiring.sessions() as session:
        homes = select(OutgoingMessage.lane).where(OutgoingMessage.call == "home")
        assert session.scalars(homes).all() == ["U_LEE"]  # who may not see theirs any more
    assert refresh_people(rig.wiring, now=clock.now()) == (0, 0)
    assert refresh_people(rig.wiring, now=clock.now() + timedelta(hours=1)) == (0, 1)


def test_what_is_overdue_or_stuck_is_not_well(rig: Rig) -> None:
    now = clock.now()
    rig.ask("one")
    rig.fail("drop_before")
    rig.ask("two", to="CB")
    rig.drain(patience=0)
    later = now + timedelta(minutes=20)
    rig.ask("three", now=now)
    with rig.wiring.sessions() as session:
        found = health(session, now=later)
    assert (found.overdue, found.stuck, found.well) == (1, 1, False)
    assert len(found.problems()) == 2


class Watch(BaseHTTPRequestHandler):
    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests need no access log."""


@pytest.fixture
def watch() -> Iterator[str]:
    Watch.heard = []
    server = HTTPServer(("127.0.0.1", 0), Watch)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/beat"
    server.shutdown()
    server.server_close()


def with_heartbeat(wiring: Wiring, url: str) -> Wiring:
    wiring.settings.env.csbot_heartbeat_url = url
    return wiring


def test_the_heartbeat_goes_out_only_while_all_is_well(rig: Rig, watch: str) -> None:
    wiring, now = with_heartbeat(rig.wiring, watch), clock.now()
    assert audit(wiring, now=now, expected={}).well
    assert Watch.heard == ["/beat"]
    rig.ask("one")
    assert not audit(wiring, now=now + timedelta(hours=1), expected={}).well
    assert Watch.heard == ["/beat"]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1:9/", "nonsense", "http://"]
)
def test_a_heartbeat_that_cannot_be_sent_is_no_fault_of_csbot(url: str) -> None:
    assert beat(url) is False


def test_many_channels_at_once_are_listed_not_asked_for_one_by_one(
    rig: Rig, directory: Directory
) -> None:
    rooms = [f"CX{n}" for n in range(40)]
    for room in rooms:
        rig.slack.add_channel(room, room.lower())
    assert [directory.channel(room, now=clock.now()).id for room in rooms] == rooms
    assert len(rig.calls("conversations.info")) == 20
    assert len(rig.calls("conversations.list")) == 1


def test_a_retry_after_is_kept_by_everybody_who_would_ask_the_same(
    rig: Rig, directory: Directory
) -> None:
    rig.fail("ratelimited", "conversations.info", retry_after=30)
    for room in ("CA", "CB", "CA"):
        with pytest.raises(RateLimited):
            directory.channel(room, now=clock.now())
    assert len(rig.calls("conversations.info")) == 1
