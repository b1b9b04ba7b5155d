"""Looks that are built once a day ask at any moment what they would ask if built then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from csbot.alerts.scope import Scope
from csbot.db.moment import Moment
from csbot.playbooks import enrol, prepared, store, turning, versions
from csbot.playbooks.model import Playbook, PlaybookRun
from csbot.settings import Settings
from csbot.sources import Source
from tests import builders

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
UNUSED = {"Reports": 30, "Calendars": 14}
ENDED = AT - 6 * DAY - timedelta(hours=2, minutes=30)
SILENCE = ENDED - 3 * DAY - 5 * HOUR, ENDED
# When, the product's last word, and its last silence. Between two that follow each other a day
# begins in UTC or in a zone of the team's, events count from another day on, or what a silence has
# moved back comes to another day, or to before the silence.
SPEAKS: tuple[tuple[datetime, datetime, Any], ...] = (
    (AT, AT, None),
    (AT + 7 * HOUR, AT, None),
    (AT + 16 * HOUR, AT, None),
    (AT + 7 * DAY - 3 * HOUR, AT + 6 * DAY, None),
    (AT + 7 * DAY - 90 * MINUTE, AT + 6 * DAY, None),
)
IS_SILENT_FIRST: tuple[tuple[datetime, datetime, Any], ...] = (
    (AT, AT - 4 * DAY, None),
    (AT + DAY, AT + DAY, None),
    (AT + DAY + HOUR, AT + DAY, None),
)
WAS_SILENT: tuple[tuple[datetime, datetime, Any], ...] = (
    (AT + 16 * HOUR, AT, SILENCE),
    (AT + 21 * HOUR, AT, SILENCE),
    (AT + 22 * HOUR, AT, SILENCE),
    (AT + 22 * HOUR, AT - 4 * DAY, None),
)


@pytest.fixture
def settings() -> Settings:
    plain = Settings.load()
    usage = plain.config.usage.model_copy(update={"unused_after": UNUSED})
    return replace(plain, config=plain.config.model_copy(update={"usage": usage}))


@pytest.fixture
def begun(sessions, settings) -> Any:
    """The whole library on, a run of each with a cause that may end, a team around the world."""
    with sessions.begin() as session:
        store.sync(session, settings=settings, now=AT)
        session.execute(update(Playbook).values(enabled=True, on_since=AT - 2 * HOUR))
        account = builders.account()
        session.add_all([
            account, builders.member(timezone="Asia/Tokyo"),
            builders.member("Zoe", email="zoe@csbot.example", timezone="America/Los_Angeles"),
        ])  # fmt: skip
        session.flush()
        session.add_all(
            PlaybookRun(playbook=force.name, version_id=force.version_id, account_id=account.id,
                        subject="1", started_at=AT)
            for force in store.in_force(session)
        )  # fmt: skip
    return sessions


def heard(sessions: Any, at: datetime, silence: tuple[datetime, datetime] | None) -> None:
    began, ended = silence or (None, None)
    with sessions.begin() as session:
        session.merge(Source(name="usage", first_at=AT - 90 * DAY, last_at=at,
                             silent_from=began, silent_to=ended))  # fmt: skip


def look(scope: Scope) -> None:
    """Everything that a pass looks for among all accounts."""
    prepared.silent(scope), prepared.word(scope)
    forces = versions.enabled(scope.session)
    for force in forces:
        enrol.ended_long_ago(scope, force), enrol.causeless(scope, force)
        enrol.causes(scope, force)
        for version in versions.known(force).values():
            turning.leaving(scope, version), turning.arriving(scope, version)
            turning.patient(scope, version)


@contextmanager
def asked(engine: Any) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def both(engine: Any, sessions: Any, settings: Settings, now: datetime) -> tuple[Any, Any]:
    """What is asked by what is kept, and by what is built for this moment alone."""
    made = []
    for at in (Moment.of(now), now):
        with sessions() as session, asked(engine) as seen:
            look(Scope.load(session, settings, at))
        made.append(seen)
    return made[0], made[1]


@pytest.mark.parametrize(
    "cases",
    [SPEAKS, IS_SILENT_FIRST, WAS_SILENT],
    ids=["speaks", "is silent first", "was silent"],
)
def test_a_look_that_is_kept_asks_what_a_new_one_would(engine, begun, settings, cases):
    engine.clear_compiled_cache()  # what a process asks first must not stand for what follows
    for now, last, silence in cases:
        heard(begun, last, silence)
        kept, fresh = both(engine, begun, settings, now)
        assert len(kept) == len(fresh) > 150
        for one, other in zip(kept, fresh, strict=True):
            assert one == other, (now, last, silence)


def test_nothing_is_built_anew_while_the_day_lasts(begun, settings):
    heard(begun, AT, None)
    statements = []
    for now in (AT, AT + HOUR):
        with begun() as session:
            look(Scope.load(session, settings, Moment.of(now)))
        statements.append({key: id(one) for key, one in prepared.SHELF.kept[1].items()})
    assert statements[0] == statements[1]
    assert len(statements[0]) > 150
