"""What is held back, and why: how much is usual, what is likely behind it, what is a beginning."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select

from csbot import audit
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.alerts.run import detect_all
from csbot.alerts.scope import Scope
from csbot.holds import beginnings, causes
from csbot.holds.holding import hold_back
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.usual import usual
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks.model import Playbook
from csbot.sources import Source
from messages.holds import Cause, HoldNotice
from messages.render import render
from messages.text import Person
from tests import builders
from tests.builders import MONDAY
from tests.contracts.test_messages import problems_of_message
from tests.unit.alert_world import DAY, HOUR, World, settings

QUIET = ("inactive", "inactive-users")


@pytest.fixture
def world(sessions):
    with sessions() as session:
        yield World(session)


def opened(world, at, many, playbook=QUIET[1]):
    """As many alerts as one run has opened."""
    for n in range(many):
        world.add(
            Alert(
                kind="inactive", playbook=playbook, account_id=world.acme.id, severity="soon",
                subject=f"{at}{n}", evidence={}, fingerprint="1|", channel="#x", since=at,
                opened_at=at, changed_at=at,
            )
        )  # fmt: skip


def scope(world, **over):
    return replace(Scope.load(world.session, settings(**over), MONDAY))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], None),
        ([4], 4),
        ([1] * 19 + [9], 1),  # of twenty, the second highest
        ([1] * 18 + [9, 9], 9),
        ([5, 1, 3], 5),
    ],
)
def test_usual_is_the_95th_percentile_of_runs_that_opened_any(world, runs, expected):
    world.acme = world.account()
    for back, many in enumerate(runs, 1):
        opened(world, MONDAY - back * HOUR, many)
    opened(world, MONDAY - 29 * DAY, 15)
    opened(world, MONDAY - HOUR, 12, playbook="another")
    found = usual(scope(world), [QUIET])
    assert found == ({} if expected is None else {QUIET: expected})


def test_what_a_first_look_found_says_nothing_of_other_days(world):
    world.acme = world.account()
    for reason, back in (("start", 2), ("flood", 1)):
        at = MONDAY - back * DAY
        world.add(builders.hold(reason=reason, ended="released", ended_at=at))
        opened(world, at, 10 * back)
    assert usual(scope(world), [QUIET]) == {QUIET: 10}


def found(world, since):
    return [
        causes.Finding(world.account(f"A{n}").id, "", "soon", at, {}, None, 1, "")
        for n, at in enumerate(since)
    ]


def test_a_source_that_has_told_nothing_for_long_is_the_likeliest_cause(world):
    last = MONDAY - 13 * HOUR
    world.add(Source(name="usage", first_at=MONDAY - 90 * DAY, last_at=last))
    world.add(Source(name="billing", first_at=MONDAY - 90 * DAY, last_at=last - DAY))
    said = {"source": "usage", "last": last.isoformat()}
    assert causes.likely(scope(world), "inactive", found(world, [MONDAY])) == ("silent", said)
    assert causes.likely(scope(world), "task", found(world, [MONDAY]))[0] != "silent"


def test_a_public_holiday_where_somebody_works_is_named(world):
    christmas = MONDAY.replace(month=12, day=25)
    world.dana.country = "DE"
    look = replace(scope(world), now=christmas)
    assert causes.likely(look, "task", found(world, [MONDAY])) == (
        "holiday", {"countries": ["DE"]}
    )  # fmt: skip


@pytest.mark.parametrize(("same", "cause"), [(3, None), (4, "same_day")])
def test_more_than_30_per_cent_of_the_accounts_on_one_day_is_a_cause(world, same, cause):
    since = [MONDAY - 8 * DAY] * same + [MONDAY - n * DAY for n in range(10, 20 - same)]
    name, said = causes.likely(scope(world), "inactive", found(world, since))
    assert (name, said) == (cause, {"day": "2026-11-15", "percent": 40} if cause else {})


def beginning(world):
    return beginnings.unlooked(world.session) is not None


def looked(world):
    beginnings.look(scope(world), beginnings.unlooked(world.session))


def imported(world, **after):
    audit.record(
        world.session, verb="import", subject="import:accounts", by=None, now=MONDAY, after=after
    )


def test_a_beginning_is_an_import_of_something_new_a_source_or_a_playbook_switched_on(world):
    assert not beginning(world)
    for begin in (
        lambda: imported(world, created=3, changed=0),
        lambda: world.add(Source(name="usage", first_at=MONDAY, last_at=MONDAY)),
        lambda: world.add(Playbook(name="tasks", on_since=MONDAY)),
        lambda: imported(world, created=1, changed=9),  # an hour that is not later, another file
    ):
        begin()
        assert beginning(world)
        looked(world)
        assert not beginning(world)
    imported(world, created=0, changed=500)
    world.session.execute(delete(Playbook))
    assert not beginning(world)


def test_what_is_imported_during_a_look_is_new_to_the_next_one(world):
    seen = beginnings.unlooked(world.session)
    imported(world, created=3)
    assert not hold_back(scope(world), [], everything=True, seen=seen)
    assert beginning(world)


def quiet(account):
    return builders.contact(account.id, last_login_at=MONDAY - 9 * DAY)


def company(sessions, many):
    with sessions.begin() as session:
        session.add(builders.member("Alex Kim", role="admin"))
        session.flush()
        rows = [builders.account(f"Q{n}") for n in range(many)]
        session.add_all(rows)
        session.flush()
        session.add_all(quiet(row) for row in rows)


def look(sessions, now=MONDAY, **over):
    kinds = ["inactive"]
    return detect_all(sessions, settings=settings(**over), now=now, kinds=kinds, guarded=True)


def test_a_flood_of_300_is_held_in_as_many_statements_as_one_of_12(engine, sessions):
    counts: list[int] = []
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    company(sessions, 0)
    for many in (12, 300):
        with sessions.begin() as session:
            for table in (HeldAlert, Hold, OutgoingMessage):
                session.execute(delete(table))
            rows = [builders.account(f"Q{many}-{n}") for n in range(many)]
            session.add_all(rows)
            session.flush()
            session.add_all(quiet(row) for row in rows)
        del seen[:]
        assert look(sessions, MONDAY + timedelta(minutes=many)).raised == 0
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_happens_to_one_account_is_neither_held_nor_raises_what_is(sessions):
    company(sessions, 12)
    look(sessions)
    with sessions.begin() as session:
        held = session.scalar(select(HeldAlert.account_id).limit(1))
        fresh = builders.account("Fresh")
        session.add(fresh)
        session.flush()
        session.add(quiet(fresh))
        session.flush()
        detect(session, settings=settings(), now=MONDAY, kinds=["inactive"], accounts=[held])
        assert session.scalars(select(Alert)).all() == []
        detect(session, settings=settings(), now=MONDAY, kinds=["inactive"], accounts=[fresh.id])
        assert session.scalars(select(Alert.account_id)).all() == [fresh.id]


def test_the_limits_are_settings(sessions):
    company(sessions, 12)
    assert look(sessions, holds={"above": 12}).raised == 12


LAST = MONDAY - 20 * HOUR
LOOKS = {
    "the source _usage_ has told nothing since": {
        "cause": Cause(kind="silent", source="usage", last=LAST)
    },
    "today is a public holiday (DE, FR)": {"cause": Cause(kind="holiday", countries=("DE", "FR"))},
    "43 % of all accounts dropped on the same day, 16 Nov": {
        "cause": Cause(kind="same_day", day=LAST.date() - 6 * DAY, percent=43)
    },
    "would raise 1 alert at once, 0 critical.": {"alerts": 1, "critical": 0, "usual": 0},
    "Somebody dropped 41 alerts of “Users who stay away”.": {"ended": "dropped", "ended_at": LAST},
    "1 alert is known and pings nobody": {"ended": "known", "alerts": 1, "by": Person("Alex")},
    "none of it is true now": {"ended": "gone", "reason": "start"},
}


@pytest.mark.parametrize("words", LOOKS)
@pytest.mark.parametrize("name", ["Users who stay away", "<!channel> *x* " + "ي" * 5_000])
def test_a_notice_says_what_is_known_and_slack_accepts_it(words, name):
    flood = {"reason": "flood", "playbook": "Users who stay away", "accounts": (name,) * 3}
    payload = render(replace(HoldNotice.example(), **flood | LOOKS[words]))
    assert problems_of_message(payload) == []
    assert words in str(payload["blocks"])
    assert "<!channel>" not in str(payload)
    poisoned = render(replace(HoldNotice.example(), **flood | LOOKS[words] | {"playbook": name}))
    assert problems_of_message(poisoned) == []
    assert len(poisoned["text"]) <= 200
