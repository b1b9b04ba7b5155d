"""What stages.toml may say, and what shows that a criterion is met."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.audit import AuditEntry
from csbot.checkins.model import CheckIn
from csbot.conditions.grammar import parse
from csbot.onboarding import evidence, queries
from csbot.onboarding.model import Requirements
from csbot.onboarding.stages import Criterion, Role, Shows, after, find, tracks
from csbot.onboarding.stages_file import WrongStages, read
from csbot.usage.model import Milestone, ProductGroup
from tests import builders
from tests.asking import Floor
from tests.builders import MONDAY
from tests.statements import statements

GOOD = """
[[transactional]]
key = "hello"
name = "Hello"
goal = "They are here."
owner = "csm"
days = 5
checklist = [{ key = "said", text = "Said hello" }]

[[enterprise]]
key = "first"
name = "First"
goal = "They are here."
owner = "account_executive"
days = 5
exit = [{ key = "met", text = "Met", meeting = "kickoff" }]

[[enterprise]]
key = "second"
name = "Second"
goal = "They stay."
owner = "csm"
days = 7
entry = [{ key = "rich", text = "They pay", when = { "account.arr" = { at_least = 1 } } }]
exit = [{ key = "used", text = "Used", event = "report-sent" }]
"""


def test_a_file_becomes_tracks():
    first, second = read(GOOD)["enterprise"]
    assert (first.owner, second.number) == (Role.ACCOUNT_EXECUTIVE, 2)
    assert first.criteria == (Criterion("met", "Met", Shows.MEETING, "kickoff"),)
    assert second.entry[0].what == parse({"account.arr": {"at_least": 1}})


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('owner = "csm"\ndays = 5', 'owner = "boss"\ndays = 5', "hello, owner: must be `"),
        ("days = 7", "days = 0", "second, days: must be a whole number from 1 to 365"),
        ("days = 7", 'days = "7"', "enterprise, second, days"),
        ('key = "said", ', "", "transactional, hello, checklist, number 1, key"),
        (', meeting = "kickoff"', "", "first, exit, met: needs one of meeting, touch, event"),
        ('meeting = "kickoff"', 'meeting = "any", touch = true', "has meeting, touch"),
        ('"account.arr" =', '"account.ar" =', "did you mean `account.arr`"),
        ("at_least = 1", "at_least = true", "second, entry, rich: when: account.arr"),
        ('"account.arr" = { at_least = 1 }', '"contact.role" = "user"', "not a field of the acc"),
        ('key = "second"', 'key = "first"', "enterprise: has first twice"),
        ('exit = [{ key = "used", text = "Used", event = "report-sent" }]', "", "nothing says"),
        ('goal = "They stay."', 'goal = "They stay."\ncolour = "red"', "enterprise, second, col"),
        ("[[transactional]]", "[[transactionel]]", "did you mean `transactional`?"),
        ("days = 7", "days = ", "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place(wrong, right, told):
    assert wrong in GOOD
    with pytest.raises(WrongStages) as caught:
        read(GOOD.replace(wrong, right, 1))
    assert told in str(caught.value)
    assert all(line.startswith("stages.toml: ") for line in str(caught.value).splitlines())


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(WrongStages) as caught:
        read(GOOD.replace("days = 5", "days = 0"))
    assert len(caught.value.problems) == 2


def test_the_first_stage_is_just_entered():
    entry = 'entry = [{ key = "x", text = "X", touch = true }]\n'
    with pytest.raises(WrongStages, match="the first stage has entry criteria"):
        read(GOOD.replace('key = "first"', entry + 'key = "first"'))


@pytest.mark.parametrize("name", ["transactional", "enterprise"])
def test_a_customer_is_handed_on_and_never_back(name):
    owners = [stage.owner for stage in tracks()[name]]
    kept = [one for at, one in enumerate(owners) if at == 0 or owners[at - 1] != one]
    assert len(kept) == len(set(kept))
    assert {"transactional": 3, "enterprise": 3}[name] == len(kept)


def test_every_stage_says_what_may_be_ticked_and_some_what_csbot_must_know():
    assert Shows.REQUIREMENTS in {one.shows for one in tracks()["enterprise"][0].criteria}
    assert all(not one.by_hand for stages in tracks().values() for s in stages for one in s.entry)


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        made = Floor(session)
        made.globex.onboarding_stage = "second-onboarding-meeting"
        made.globex.onboarding_stage_since = MONDAY - timedelta(days=3)
        session.flush()
        yield made


BEFORE, DURING = timedelta(days=-4), timedelta(days=-1)
CASES = {
    "a meeting of any kind": (Shows.MEETING, "any", lambda f: held(f, DURING), True),
    "a meeting before": (Shows.MEETING, "any", lambda f: held(f, BEFORE), False),
    "a meeting nobody came to": (
        Shows.MEETING, "any", lambda f: held(f, DURING, outcome="no_show"), False,
    ),
    "a meeting of the kind": (
        Shows.MEETING, "Kick-off", lambda f: held(f, DURING, kind="kick off"), True,
    ),
    "a meeting of another kind": (Shows.MEETING, "kickoff", lambda f: held(f, DURING), False),
    "a touch": (Shows.TOUCH, True, lambda f: touched(f, DURING), True),
    "a touch of its kind": (Shows.TOUCH, "call", lambda f: touched(f, DURING), True),
    "a touch of another kind": (Shows.TOUCH, "email", lambda f: touched(f, DURING), False),
    "a touch before": (Shows.TOUCH, True, lambda f: touched(f, BEFORE), False),
    "a login": (Shows.EVENT, "login", lambda f: logged_in(f, MONDAY), True),
    "a contact who never came": (Shows.EVENT, "login", lambda f: logged_in(f, None), False),
    "a milestone": (Shows.EVENT, "report-sent", lambda f: reached(f, "report-sent"), True),
    "another milestone": (Shows.EVENT, "report-sent", lambda f: reached(f, "invited"), False),
    "first value in usage": (Shows.EVENT, "first_value", lambda f: reached(f, "first_value"), True),
    "first value by word": (Shows.EVENT, "first_value", lambda f: valued(f), True),
    "requirements": (Shows.REQUIREMENTS, True, lambda f: wants(f, "a", "b"), True),
    "half of the requirements": (Shows.REQUIREMENTS, True, lambda f: wants(f, "a", None), False),
    "a condition": (
        Shows.WHEN, parse({"account.arr": {"known": True}}), lambda f: None, True,
    ),
    "a condition that does not hold": (
        Shows.WHEN, parse({"account.arr": {"at_least": 10**9}}), lambda f: None, False,
    ),
    "nothing but a hand": (Shows.HAND, None, lambda f: None, False),
}  # fmt: skip


def held(floor, ago, **over):
    return builders.meeting(
        floor.globex.id, **{"starts_at": MONDAY + ago, "outcome": "attended"} | over
    )


def touched(floor, ago):
    return CheckIn(account_id=floor.globex.id, at=MONDAY + ago, channel="call", note="Called")


def logged_in(floor, at):
    return builders.contact(floor.globex.id, last_login_at=at)


def reached(floor, name):
    group = ProductGroup(key="g", account_id=floor.globex.id, first_seen_at=MONDAY)
    floor.session.add(group)
    floor.session.flush()
    return Milestone(group_id=group.id, name=name, reached_at=MONDAY)


def valued(floor):
    floor.globex.first_value_at = MONDAY


def wants(floor, why, use):
    return Requirements(
        account_id=floor.globex.id, why_bought=why, intended_use=use, at=MONDAY
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_shows_that_a_criterion_is_met(floor, case):
    shows, what, there, met = CASES[case]
    if row := there(floor):
        floor.session.add(row)
    floor.session.flush()
    stage = find("enterprise", "second-onboarding-meeting")
    asked = Criterion("asked", "Asked", shows, what)
    found = evidence.found(
        floor.session, floor.globex.id, replace(stage, criteria=(asked,)),
        replace(stage, entry=(asked,)), now=MONDAY,
    )  # fmt: skip
    wanted = frozenset({"asked"} if met else ())
    assert (found["seen"], found["ready"], found["ticked"]) == (wanted, wanted, frozenset())


@pytest.mark.parametrize("process", ["transactional", "enterprise"])
def test_the_evidence_of_every_stage_is_one_query(floor, engine, process):
    for stage in tracks()[process]:
        floor.globex.process, floor.globex.onboarding_stage = process, stage.key
        floor.session.flush()
        with statements(engine) as seen:
            found = queries.progress(floor.session, floor.globex, now=MONDAY)
        assert len(seen) == 1
        assert found.following == after(process, stage)
    assert floor.session.scalars(select(AuditEntry)).all() == []
