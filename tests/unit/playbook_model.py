"""What playbooks do, told once more: a small interpreter in memory, to hold the engine against.

It follows a program step by step for one account after the other, and knows no database.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from csbot.playbooks.definition import Definition, Limit
from csbot.playbooks.program import Instruction, Program
from csbot.playbooks.steps.flow import DEEPEST
from csbot.team.model import TeamMember

GOING = ("active", "paused")
NEVER = datetime.min.replace(tzinfo=UTC)
NOBODY = TeamMember(  # nobody owns these accounts: csbot's own hours count
    name="nobody", timezone="UTC", working_days=[1, 2, 3, 4, 5], work_starts=time(9),
    work_ends=time(18),
)  # fmt: skip
WEEK = timedelta(days=7)


def holds(said: dict[str, Any] | None, tags: set[str]) -> bool:
    """The only conditions that these tests use: which tags an account has."""
    if said is None:
        return False
    return all(test["has"] in tags for test in said.values())


@dataclass
class Customer:
    """`people` has the tags that only people give; playbooks give `tags`, too."""

    tags: set[str] = field(default_factory=set)
    score: int = 0
    opted_out: bool = False


@dataclass
class Policy:
    version: int
    definition: Definition
    since: datetime
    members: set[int] | None = None

    @property
    def program(self) -> Program:
        return Program.of(self.definition)


@dataclass
class Run:
    playbook: str
    policy: Policy
    account: int
    contact: int | None
    subject: str
    started: datetime
    step: str | None
    due: datetime | None
    depth: int = 0
    until: datetime | None = None
    state: str = "active"
    ended: datetime | None = None
    over: datetime | None = None
    log: list[tuple[str, str, datetime]] = field(default_factory=list)

    def end(self, state: str, now: datetime) -> None:
        self.state, self.ended, self.step, self.due, self.until = state, now, None, None, None

    def told(self) -> tuple[Any, ...]:
        return (self.playbook, self.account, self.started, self.state, self.ended, tuple(self.log))


@dataclass
class Model:
    customers: dict[int, Customer]
    policies: dict[str, Policy] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    said: list[tuple[int, int, datetime]] = field(default_factory=list)
    touches: list[tuple[int, str, datetime]] = field(default_factory=list)
    now: datetime = NEVER

    def settle(self, now: datetime) -> None:
        """Passes until there is nothing to do; the first may only count whom it finds inside."""
        self.now = now
        self._pass()
        while self._pass():
            pass

    def _pass(self) -> bool:
        before = len(self.runs), sum(len(run.log) for run in self.runs), self._ended()
        for name in sorted(self.policies):
            self._enrol(name)
        for run in self.runs:
            if run.state in GOING and holds(run.policy.definition.exit, self._tags(run)):
                run.end("exited", self.now)
        for run in self.runs:
            self._be_patient(run)
        while due := [run for run in self.runs if self._is_due(run)]:
            self._take(due)
        return before != (len(self.runs), sum(len(run.log) for run in self.runs), self._ended())

    def _ended(self) -> int:
        return sum(run.ended is not None for run in self.runs)

    def _tags(self, run: Run) -> set[str]:
        return self.customers[run.account].tags

    def _is_due(self, run: Run) -> bool:
        return run.state == "active" and run.due is not None and run.due <= self.now

    def _be_patient(self, run: Run) -> None:
        if run.state != "active" or run.due is not None or run.step is None:
            return
        wait = run.policy.program.instructions[run.step].step.wait
        assert wait is not None
        assert run.until is not None
        if run.until <= self.now or holds(wait.until, self._tags(run)):
            run.due = self.now

    # Beginning

    def _enrol(self, name: str) -> None:
        policy = self.policies[name]
        trigger = policy.definition.trigger
        if trigger.event:
            self._hear(name, policy)
        elif trigger.entering is not None:
            self._cross(name, policy, trigger.entering)

    def _hear(self, name: str, policy: Policy) -> None:
        since = max(policy.since, self.now - WEEK)
        heard = {run.subject for run in self.runs if run.playbook == name}
        for number, account, at in sorted(self.said, key=lambda one: one[2]):
            if since <= at <= self.now and f"said:{number}" not in heard:
                self._start(name, policy, account, account, f"said:{number}")

    def _cross(self, name: str, policy: Policy, watched: dict[str, Any]) -> None:
        inside = {id for id, one in self.customers.items() if holds(watched, one.tags)}
        if policy.members is None:
            policy.members = inside
            return
        for run in self.runs:
            causeless = run.playbook == name and run.over is None and run.account not in inside
            if causeless and not run.subject.startswith("from:"):
                if run.state in GOING:
                    run.end("exited", self.now)
                run.over = self.now
        come, policy.members = sorted(inside - policy.members), inside
        subject = f"crossed:{self.now}"
        for account in come:
            if not any(
                run.playbook == name and run.account == account and run.subject == subject
                and run.over is None for run in self.runs
            ):  # fmt: skip
                self._start(name, policy, account, None, subject)

    def _start(
        self, name: str, policy: Policy, account: int, contact: int | None, subject: str,
        depth: int = 0,
    ) -> bool:  # fmt: skip
        definition = policy.definition
        by_step = subject.startswith("from:")
        if not by_step and not holds(definition.filter, self.customers[account].tags):
            return False
        if not self._has_room(name, definition, account, contact):
            return False
        first = policy.program.first
        self.runs.append(
            Run(name, policy, account, contact, subject, self.now, first, self.now, depth)
        )
        return True

    def _has_room(
        self, name: str, definition: Definition, account: int, contact: int | None
    ) -> bool:
        limit = Limit(at_most=1) if definition.enrol == "once" else definition.enrol
        if not isinstance(limit, Limit):
            return True
        since = self.now - limit.per.length if limit.per else NEVER
        same = [
            run for run in self.runs
            if (run.playbook, run.account, run.contact) == (name, account, contact)
            and run.started > since
        ]  # fmt: skip
        return len(same) < limit.at_most

    # Going on

    def _take(self, due: list[Run]) -> None:
        places: dict[tuple[int, str], list[Run]] = {}
        for run in due:
            places.setdefault((run.policy.version, run.step or ""), []).append(run)
        for place in sorted(places):
            self._turn(place[1], places[place])

    def _turn(self, step: str, there: list[Run]) -> None:
        for run in there:
            if run.state in GOING and holds(run.policy.definition.exit, self._tags(run)):
                run.end("exited", self.now)
        there = [run for run in there if run.state == "active" and run.step == step]
        if not there:
            return
        instruction = there[0].policy.program.instructions[step]
        ways = {id(run): self._way(run, instruction) for run in there}
        outcomes = self._stopped(instruction, there)
        for run in there:
            outcome = outcomes.get(id(run)) or self._do(run, instruction)
            run.log.append((step, outcome, self.now))
        for run in there:
            if run.state == "active":
                self._move(run, ways[id(run)])

    def _stopped(self, instruction: Instruction, there: list[Run]) -> dict[int, str]:
        """Done where the other playbook was under way for the account."""
        if instruction.kind != "stop":
            return {}
        accounts = {run.account for run in there}
        ended = [
            run for run in self.runs
            if run.playbook == instruction.step.stop and run.account in accounts
            and run.state in GOING
        ]  # fmt: skip
        for run in ended:
            run.end("stopped", self.now)
        stopped = {run.account for run in ended}
        return {id(run): "done" if run.account in stopped else "skipped" for run in there}

    def _way(self, run: Run, instruction: Instruction) -> str | None:
        for way, branch in zip(instruction.ways, instruction.step.branch or [], strict=True):
            if branch.if_ is None or holds(branch.if_, self._tags(run)):
                return way.to
        return instruction.following

    def _do(self, run: Run, instruction: Instruction) -> str:
        customer, step = self.customers[run.account], instruction.step
        if step.tag:
            customer.tags -= set(step.tag.remove)
            customer.tags |= set(step.tag.add)
        elif step.score:
            customer.score += step.score.points
        elif step.email:
            return self._write(run, instruction)
        elif step.start:
            return self._start_another(run, instruction)
        return "done"

    def _write(self, run: Run, instruction: Instruction) -> str:
        spec = instruction.step.email
        assert spec is not None
        assert run.due is not None
        if self.now - run.due >= spec.expires.length or self.customers[run.account].opted_out:
            return "skipped"
        self.touches.append((run.account, instruction.name, self.now))
        return "done"

    def _start_another(self, run: Run, instruction: Instruction) -> str:
        name = instruction.step.start or ""
        if run.depth >= DEEPEST:
            return "failed"
        subject = f"from:{len(self.runs)}"
        policy = self.policies[name]
        begun = self._start(name, policy, run.account, run.contact, subject, run.depth + 1)
        return "done" if begun else "skipped"

    def _move(self, run: Run, name: str | None) -> None:
        run.step = name
        if name is None:
            run.end("finished", self.now)
            return
        wait = run.policy.program.instructions[name].step.wait
        if wait and wait.for_:
            run.due = wait.for_.after(self.now, NOBODY)
        elif wait and wait.at_most:
            run.due, run.until = None, wait.at_most.after(self.now, NOBODY)
