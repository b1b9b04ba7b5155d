"""Any playbooks, any events, any clock: what the engine leaves behind is what a small interpreter
says, also when it is killed half-way, cut off from its database, or runs twice at once.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from csbot.accounts.model import Account, AccountTag
from csbot.contacts import Contact
from csbot.db.engine import open_database, session_factory
from csbot.email.settings import Email
from csbot.playbooks import versions
from csbot.playbooks.definition import Definition, Limit
from csbot.playbooks.engine import Outcome, Pass
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookStep, PlaybookVersion
from csbot.points import PointsEntry
from csbot.settings import Settings
from csbot.touches.model import Touch
from tests import builders, databases
from tests.unit.playbook_model import Customer, Model, Policy, Run
from tests.unit.playing import HEAD, MONDAY

NAMES = ("p0", "p1", "p2")
CUSTOMERS = 3
GIVEN, OWN = ("g0", "g1"), ("t0", "t1")  # tags that people give; and that playbooks give, too
SPANS = ("1 minute", "5 hours", "1 day", "2 working days", "9 days")
LATER = [timedelta(), timedelta(minutes=1), timedelta(hours=7), timedelta(days=1),
         timedelta(days=3), timedelta(days=20)]  # fmt: skip
FEW = settings(
    max_examples=8, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@dataclass
class Author:
    """Writes stories: three playbooks come into force, and then things happen, and time passes."""

    chance: Random
    tags: tuple[str, ...] = GIVEN + OWN
    stops: bool = True

    def story(self) -> list[tuple[list[Any], timedelta]]:
        first = [("edit", name, self.playbook()) for name in NAMES]
        rest = [self.events() for _ in range(self.chance.randint(4, 8))]
        return [(events, self.chance.choice(LATER)) for events in [first, *rest]]

    def events(self) -> list[tuple[Any, ...]]:
        pick = self.chance.choice
        whose = range(1, CUSTOMERS + 1)
        kinds: list[Any] = [
            *[lambda: ("says", pick(whose))] * 4,
            *[lambda: ("tag", pick(whose), pick(self.tags), pick([True, True, False]))] * 4,
            lambda: ("hold", pick(NAMES), pick([True, False, False])),
            lambda: ("edit", pick(NAMES), self.playbook()),
            lambda: ("opts out", pick(whose)),
        ]
        return [pick(kinds)() for _ in range(self.chance.randint(0, 4))]

    def playbook(self) -> dict[str, Any]:
        pick = self.chance.choice
        triggers = [{"event": "feedback.received"}, {"event": "feedback.received"},
                    {"entering": self.condition()}, {"by_hand": True}]  # fmt: skip
        limits = ["always", "always", "once", {"at_most": 2, "per": "2 days"}]
        said = {"trigger": pick(triggers), "enrol": pick(limits), "touches": "send",
                "steps": self.steps(5)}  # fmt: skip
        if pick([True, False, False]):
            said["filter"] = self.condition()
        if pick([True, False, False]):
            said["exit"] = self.condition()
        return said

    def condition(self) -> dict[str, Any]:
        return {"account.tags": {"has": self.chance.choice(self.tags)}}

    def steps(self, most: int) -> list[dict[str, Any]]:
        return [self.step(most) for _ in range(self.chance.randint(1, most))]

    def step(self, room: int) -> dict[str, Any]:
        pick = self.chance.choice
        span, other = pick(SPANS), pick(NAMES)
        kinds: list[dict[str, Any]] = [
            {"tag": {"add": [pick(OWN)]}},
            {"tag": {"remove": [pick(OWN)]}},
            {"score": {"points": self.chance.randint(-9, 9), "reason": "because"}},
            {"wait": {"for": span}},
            {"wait": {"until": self.condition(), "at_most": span}},
            {"task": {"title": "Call {{ account.name }}", "due": "1 day"}},
            {"notify": {"text": "{{ account.name }}"}},
            {"email": {"subject": "Hello", "text": "Hello there.", "expires": "2 days"}},
            {"start": other},
            {"stop": other} if self.stops else {"start": other},
        ]
        if room > 2 and pick([True, False, False]):
            branches = [{"if": self.condition(), "steps": self.steps(2)}, {"steps": self.steps(2)}]
            return {"branch": branches}
        step = pick(kinds)
        return step | ({"after": span} if pick([True, False, False, False]) else {})


def _writing(made: Settings) -> Settings:
    """With all that an e-mail needs to be handed over."""
    there = {"smtp_url": "smtp://127.0.0.1", "csbot_public_url": "https://csbot.vendor.example/"}
    email = {"email": Email(from_="us@vendor.example")}
    return Settings(
        env=made.env.model_copy(update=there), config=made.config.model_copy(update=email)
    )


class World:
    """The same in the database and in the model."""

    def __init__(self, sessions: Any) -> None:
        self.sessions, self.now = sessions, MONDAY
        self.engine = sessions.kw["bind"]
        self.settings = _writing(Settings.load())
        databases.empty(self.engine)
        self.model = Model({n: Customer() for n in range(1, CUSTOMERS + 1)})
        self.accounts: dict[int, int] = {}
        self.contacts: dict[int, int] = {}
        self.opted_out: dict[int, datetime] = {}
        with sessions.begin() as session:
            for n in self.model.customers:
                account = builders.account(f"Customer {n}", domain=f"c{n}.example", custom={})
                session.add(account)
                session.flush()
                person = builders.contact(account.id, f"Ann{n}")
                session.add(person)
                session.flush()
                self.accounts[n], self.contacts[n] = account.id, person.id

    def happen(self, what: tuple[Any, ...]) -> None:
        kind, *rest = what
        with self.sessions.begin() as session:
            getattr(self, f"_{kind.replace(' ', '_')}")(session, *rest)

    def _says(self, session: Any, n: int) -> None:
        number = len(self.model.said) + 1
        at = self.now - timedelta(microseconds=1_000_000 - number)
        session.add(builders.feedback(
            self.accounts[n], 9, at=at, negative=False, contact_id=self.contacts[n]
        ))  # fmt: skip
        self.model.said.append((number, n, at))

    def _tag(self, session: Any, n: int, tag: str, has: bool) -> None:
        row = {"account_id": self.accounts[n], "tag": tag}
        found = session.get(AccountTag, row)
        if has and found is None:
            session.add(AccountTag(**row, added_at=self.now))
        elif found is not None and not has:
            session.delete(found)
        tags = self.model.customers[n].tags
        (tags.add if has else tags.discard)(tag)

    def _opts_out(self, session: Any, n: int) -> None:
        session.get_one(Contact, self.contacts[n]).opt_outs = ["email"]
        self.model.customers[n].opted_out = True
        self.opted_out.setdefault(n, self.now)

    def _hold(self, session: Any, name: str, held: bool) -> None:
        """All runs of a playbook are paused, or go on."""
        before, after = ("active", "paused") if held else ("paused", "active")
        runs = update(PlaybookRun).where(PlaybookRun.playbook == name, PlaybookRun.state == before)
        session.execute(runs.values(state=after))
        for run in self.model.runs:
            if (run.playbook, run.state) == (name, before):
                run.state = after

    def _edit(self, session: Any, name: str, said: dict[str, Any]) -> None:
        definition = Definition.model_validate({"name": name, **HEAD, **said})
        count = session.scalar(select(func.count()).select_from(PlaybookVersion))
        row = PlaybookVersion(
            name=name, digest=f"{count}:{definition.model_dump_json(by_alias=True)}", source="own",
            definition=definition.model_dump(mode="json", by_alias=True, exclude_unset=True),
            seen_at=self.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.merge(Playbook(name=name, version_id=row.id, enabled=True, on_since=self.now))
        self.model.policies[name] = Policy(row.id, definition, self.now)

    def play(self) -> Outcome:
        """One pass over what is in force."""
        one = Pass(self.sessions, self.settings, self.now)
        with self.sessions() as session:
            forces = versions.enabled(session)
        one.carry_out(forces)
        one._until_none(one._release)
        return one.outcome

    def settle(self) -> int:
        """Passes until there is nothing to do; returns how many steps failed.

        Never only one: that may have done nothing but count whom a new version finds inside.
        """
        failed = self.play().failed
        while did := self.play():
            failed += did.failed
            if not (did.started or did.ended or did.steps):
                return failed
        raise AssertionError

    def told(self) -> list[tuple[Any, ...]]:
        names = {id: n for n, id in self.accounts.items()}
        with self.sessions() as session:
            log: dict[int, list[Any]] = {}
            query = select(PlaybookStep).order_by(PlaybookStep.id)
            for one in session.scalars(query):
                log.setdefault(one.run_id, []).append((one.step, one.outcome, one.at))
            return [
                (run.playbook, names[run.account_id], run.started_at, run.state, run.ended_at,
                 tuple(log.get(run.id, [])))
                for run in session.scalars(select(PlaybookRun))
            ]  # fmt: skip

    def agrees(self) -> None:
        assert Counter(self.told()) == Counter(run.told() for run in self.model.runs)
        with self.sessions() as session:
            rows = session.execute(select(Account.id, Account.score))
            assert dict(rows.all()) == {
                id: self.model.customers[n].score for n, id in self.accounts.items()
            }  # fmt: skip
            tags = session.execute(select(AccountTag.account_id, AccountTag.tag)).all()
            assert {(id, tag) for id, tag in tags} == {
                (id, tag) for n, id in self.accounts.items() for tag in self.model.customers[n].tags
            }

    def keeps_its_promises(self) -> None:
        """What must hold whatever was in between."""
        with self.sessions() as session:
            sums = select(PointsEntry.account_id, func.sum(PointsEntry.points))
            won = dict(session.execute(sums.group_by(PointsEntry.account_id)).all())
            for account in session.scalars(select(Account)):
                assert account.score == won.get(account.id, 0)
            late = select(func.count()).where(
                PlaybookStep.run_id == PlaybookRun.id, PlaybookStep.at > PlaybookRun.ended_at
            )
            assert session.scalar(late) == 0
            due = select(func.count()).where(
                PlaybookRun.state == "active", PlaybookRun.due_at <= self.now
            )
            assert session.scalar(due) == 0
            for n, since in self.opted_out.items():
                theirs = Touch.contact_id == self.contacts[n]
                written = select(func.count()).where(theirs, Touch.queued_at > since)
                assert session.scalar(written) == 0

    def keeps_to_its_limits(self) -> None:
        """Those of the file of today; what ran before it counts, too, and may have had others."""
        for name, policy in self.model.policies.items():
            limit = policy.definition.enrol
            once = 1 if limit == "once" else limit.at_most if isinstance(limit, Limit) else None
            if once is None:
                continue
            per = timedelta(days=2) if isinstance(limit, Limit) else timedelta(days=9999)
            same = (PlaybookRun.account_id, PlaybookRun.contact_id)
            counted = (
                select(func.count())
                .where(
                    PlaybookRun.playbook == name,
                    PlaybookRun.version_id == policy.version,
                    PlaybookRun.started_at > self.now - per,
                )
                .group_by(*same)
            )
            with self.sessions() as session:
                assert max(session.scalars(counted), default=0) <= once


@pytest.fixture
def world(sessions) -> Any:
    return lambda: World(sessions)


@pytest.fixture
def postgres_world(postgres_url) -> Iterator[Any]:
    """SQLite has one writer at a time: there nothing is at once."""
    engine = open_database(postgres_url)
    yield lambda: World(session_factory(engine))
    databases.empty(engine)
    engine.dispose()


@FEW
@given(chance=st.randoms(use_true_random=True))
def test_what_a_small_interpreter_says_is_what_the_engine_does(world, chance):
    here = world()
    for events, later in Author(chance).story():
        for one in events:
            here.happen(one)
        assert here.settle() == sum(failed_at(run, here.now) for run in advanced(here))
        here.agrees()
        here.now += later
    here.settle()
    here.keeps_its_promises()


def advanced(here: World) -> list[Run]:
    here.model.settle(here.now)
    return here.model.runs


def failed_at(run: Run, now: datetime) -> int:
    return sum(outcome == "failed" and at == now for _, outcome, at in run.log)


class Killed(BaseException):
    """As a SIGKILL: nothing that catches errors notices it."""


@contextmanager
def broken_at(engine: Any, number: int, how: type[BaseException]) -> Iterator[None]:
    """The statement of that number in what follows is the last."""
    left = [number]

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            gone = Exception("server closed the connection")
            raise OperationalError(statement, None, gone) if how is OperationalError else how()

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    except how:
        pass
    finally:
        event.remove(engine, "before_cursor_execute", count)


@FEW
@given(chance=st.randoms(use_true_random=True))
def test_kills_and_databases_that_go_away_change_nothing_of_the_end(world, chance):
    here = world()
    for events, later in Author(chance, tags=GIVEN, stops=False).story():
        breaks = [(chance.randint(1, 60), chance.choice([Killed, OperationalError]))
                  for _ in range(2)]  # fmt: skip
        for one in events:
            here.happen(one)
        for number, how in breaks:
            with broken_at(here.engine, number, how):
                here.play()
        here.settle()
        here.model.settle(here.now)
        here.agrees()
        here.keeps_its_promises()
        here.now += later


@FEW
@given(chance=st.randoms(use_true_random=True))
def test_two_passes_at_once_take_each_step_once_and_pass_no_limit(postgres_world, chance):
    here = postgres_world()
    for events, later in Author(chance).story():
        for one in events:
            here.happen(one)
        both = [Thread(target=here.play) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        here.settle()
        here.keeps_its_promises()
        here.keeps_to_its_limits()
        here.now += later
