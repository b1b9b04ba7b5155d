"""A source that fell silent is told, and its silence is not taken for the customer's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import sources
from csbot.alerts.detectors import inactive
from csbot.alerts.scope import Scope
from csbot.calendars.model import CalendarFeed
from csbot.contacts import Contact
from csbot.digests.service import present
from csbot.meetings.model import MeetingRef
from csbot.sources import SilentAfter, Source, heard, silent
from messages.render import render
from tests.builders import MONDAY, meeting
from tests.unit.alert_world import DAY, HOUR, World


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    sources._noted.clear()


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[World]:
    with sessions.begin() as session:
        yield World(session)


def speaks(world: World, name: str = "usage", *, ago: timedelta = timedelta(0)) -> None:
    last = world.now - ago
    world.session.merge(Source(name=name, first_at=MONDAY - 90 * DAY, last_at=last))
    world.session.flush()


def digest(world: World) -> str:
    shown = present(
        world.session, person=world.dana, reader=world.dana, settings=world.settings, now=world.now
    )
    return str(render(shown)["blocks"])


def test_a_source_is_silent_after_its_own_time_and_not_a_second_before(world: World) -> None:
    speaks(world, ago=72 * HOUR)
    assert silent(world.session, SilentAfter(), world.now) == {}
    later = world.now + timedelta(seconds=1)
    assert silent(world.session, SilentAfter(), later) == {"usage": world.now - 72 * HOUR}
    assert silent(world.session, SilentAfter(usage=0), later) == {}


@pytest.mark.parametrize("source", ["usage", "tickets", "meetings"])
def test_a_weekend_is_no_silence(world: World, source: str) -> None:
    speaks(world, source, ago=62 * HOUR)  # from Friday evening to Monday morning
    assert silent(world.session, SilentAfter(), world.now) == {}


def test_a_source_that_never_spoke_is_not_silent(world: World) -> None:
    assert silent(world.session, SilentAfter(), world.now) == {}


def test_hearing_of_a_source_moves_its_time_forward_only(world: World) -> None:
    heard(world.session, "tickets", SilentAfter(), world.now)
    heard(world.session, "tickets", SilentAfter(), world.now - HOUR)
    heard(world.session, "tickets", SilentAfter(), world.now + HOUR)
    row = world.session.get_one(Source, "tickets")
    assert (row.first_at, row.last_at) == (world.now, world.now + HOUR)


def test_within_a_minute_a_source_is_written_once(world: World) -> None:
    heard(world.session, "tickets", SilentAfter(), world.now)
    heard(world.session, "tickets", SilentAfter(), world.now + timedelta(seconds=59))
    assert world.session.get_one(Source, "tickets").last_at == world.now


def test_nobody_becomes_quiet_while_the_product_tells_nothing(world: World) -> None:
    world.quiet("Acme", days=3)
    speaks(world)
    assert world.detect().raised == 0
    assert world.detect(after=10 * DAY).raised == 0


def hears(world: World) -> None:
    heard(world.session, "usage", world.settings.config.silent_after, world.now)


def test_when_the_product_speaks_again_its_silence_is_not_the_customers(world: World) -> None:
    world.quiet("Acme", days=3)
    speaks(world)
    world.now += 10 * DAY
    hears(world)
    assert world.detect().raised == 0
    assert world.detect(after=DAY - HOUR).raised == 0
    assert world.detect(after=2 * HOUR).raised == 1


def test_who_was_quiet_before_the_silence_is_so_after_it(world: World) -> None:
    world.quiet("Acme", days=9)
    speaks(world)
    assert world.detect(after=10 * DAY).raised == 1
    hears(world)
    outcome = world.detect()
    assert (outcome.raised, outcome.closed) == (0, 0)


def test_a_login_after_the_silence_counts_from_itself(world: World) -> None:
    acme = world.quiet("Acme", days=3)
    speaks(world)
    world.now += 10 * DAY
    hears(world)
    world.session.execute(
        update(Contact).where(Contact.account_id == acme.id).values(last_login_at=world.now)
    )
    for _ in range(6):
        assert world.detect(after=DAY).raised == 0
        hears(world)
    assert world.detect(after=DAY).raised == 1


def test_what_was_quiet_before_the_silence_stays_so_and_is_not_rewritten(world: World) -> None:
    world.quiet("Acme", days=9)
    speaks(world)
    assert world.detect().raised == 1
    version = world.alert().fingerprint
    after = [world.detect(after=days * DAY) for days in (3, 1, 10)]
    assert [(one.raised, one.closed) for one in after] == [(0, 0)] * 3
    frozen = world.alert().fingerprint
    assert world.detect(after=5 * DAY).changed == 0
    assert world.alert().fingerprint == frozen != version


def test_an_alert_from_between_the_last_word_and_the_silence_stays(world: World) -> None:
    world.quiet("Acme", days=6)
    speaks(world)
    assert world.detect(after=36 * HOUR).raised == 1
    assert world.detect(after=10 * DAY).closed == 0


def test_without_any_usage_source_the_logins_of_an_import_count(world: World) -> None:
    world.quiet("Acme", days=4)
    assert world.detect(after=10 * DAY).raised == 1


def test_the_digest_says_what_fell_silent_and_since_when(world: World) -> None:
    speaks(world, "usage", ago=4 * DAY)
    speaks(world, "billing", ago=4 * DAY)
    told = digest(world)
    assert "No product usage since" in told
    assert "Nobody is reported as quiet" in told
    assert "billing" not in told


def test_the_digest_says_nothing_of_sources_that_speak(world: World) -> None:
    speaks(world)
    assert "Gone silent" not in digest(world)


STALE = "starts within the hour, as last heard on 15 Nov."


def read_by(world: World, *read: timedelta, source: str | None = "calendar") -> str:
    """What the alert says of a meeting that stands in a calendar for each of `read`, how long ago
    that one was read; the first line of it.
    """
    row = world.add(
        meeting(
            world.account().id, starts_at=world.now + HOUR / 2, created_at=MONDAY, source=source
        )
    )
    for ago in read:
        at, problem = world.now - ago, "it answers 404" if ago > HOUR else None
        feed = CalendarFeed(
            owner_id=world.dana.id, url=f"https://c.example/{ago}", created_at=at, read_at=at,
            tried_at=world.now, problem=problem,
        )  # fmt: skip
        name = f"feed:{world.add(feed).id}"
        world.add(MeetingRef(meeting_id=row.id, source=name, external_id="m", live=True))
    world.detect()
    (card,) = (row for row in world.outbox("post") if row.message == "alert_meeting_soon")
    return str(card.payload["text"])


def test_a_meeting_of_a_calendar_that_is_read_no_more_is_told_as_of_then(world: World) -> None:
    assert STALE in read_by(world, 8 * DAY)


@pytest.mark.parametrize(
    ("read", "source"),
    [((HOUR / 4,), "calendar"), ((8 * DAY, HOUR / 4), "calendar"), ((8 * DAY,), None)],
    ids=["read just now", "read in a colleague's", "entered by a person"],
)
def test_a_meeting_that_is_known_to_stand_is_told_plainly(
    world: World, read: tuple[timedelta, ...], source: str | None
) -> None:
    assert "starts within the hour." in read_by(world, *read, source=source)


@pytest.mark.parametrize(("ago", "plain"), [(6 * DAY, True), (8 * DAY, False)])
def test_a_booking_is_told_as_of_the_last_word_of_any(
    world: World, ago: timedelta, plain: bool
) -> None:
    speaks(world, "meetings", ago=ago)
    told = read_by(world, source="calendly")
    assert (STALE in told, "starts within the hour." in told) == (not plain, plain)


def test_one_question_tells_whether_the_product_is_silent(world: World) -> None:
    world.quiet("Acme", days=9)
    speaks(world)
    asked: list[str] = []
    scope = Scope.load(world.session, world.settings, world.now)
    event.listen(
        world.session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2])
    )
    assert len(list(inactive.find(scope))) == 1
    assert len([query for query in asked if "sources" in query]) == 1
