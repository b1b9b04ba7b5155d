"""A look at all accounts: one transaction as a rule, several short ones when much is to do."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts import further, posting
from csbot.alerts.detectors import DETECTORS
from csbot.alerts.pings import release
from csbot.alerts.reconcile import Outcome, awaken, differences, follow
from csbot.alerts.scope import Scope
from csbot.holds.beginnings import Beginnings, look, unlooked
from csbot.holds.holding import Found, hold_back
from csbot.holds.standing import lock_undecided
from csbot.holds.telling import keep_up
from csbot.home.redrawing import alerts_changed
from csbot.outbox.crash import crash
from csbot.outbox.queue import Priority
from csbot.settings import Settings

SLICE = 500  # alerts in one transaction: about half a second, in which SQLite has no other writer


def detect_all(
    sessions: sessionmaker[Session],
    *,
    settings: Settings,
    now: datetime,
    kinds: Collection[str] | None = None,
    at_once: bool = False,
    guarded: bool = False,
) -> Outcome:
    """As `detect`, for all accounts. Killed in between, the next run does the rest.

    With `guarded` nobody asked for this run: too much at once is held back until an admin decides.

    What is raised in several transactions is held until all of it is there: the last of them
    decides what becomes one message, and other processes say nothing of it before.
    """
    chosen = list(kinds or DETECTORS)
    return _Run(sessions, settings, now, chosen, at_once, guarded).to_the_end()


@dataclass
class _Run:
    sessions: sessionmaker[Session]
    settings: Settings
    now: datetime
    kinds: list[str]
    at_once: bool
    guarded: bool
    outcome: Outcome = field(default_factory=Outcome)

    def to_the_end(self) -> Outcome:
        with self._scope() as scope:
            done = self._at_once(scope)
        if not done:
            self._in_slices()
        if self.outcome.touched:
            with self.sessions.begin() as session:
                alerts_changed(session, self.outcome.touched, now=self.now)
        return self.outcome

    def _at_once(self, scope: Scope) -> bool:
        """The usual run, one short transaction; False where there is more to do than a slice."""
        lock_undecided(scope)
        seen = unlooked(scope.session)  # before the look: what comes later is for the next one
        woken = self._awaken(scope)
        found = list(differences(scope, self.kinds))
        # Slices look anew and would find what was left out; all else is for the look at all, too.
        left_out = self._guard(scope, found, seen)
        if woken >= SLICE or sum(len(difference) for _, difference in found) >= SLICE:
            return left_out
        stale = follow(scope, found, self.outcome)
        posting.rewrite(scope, stale, priority=Priority.ROUTINE)
        keep_up(scope)
        steps = (self._release, self._post, self._remind, self._escalate)
        return max(step(scope) for step in steps) < SLICE or left_out

    def _guard(self, scope: Scope, found: Found, seen: Beginnings | None) -> bool:
        """Decided once, of all that is new, before the first slice: to it, what is held is old.

        True where all that is new is left to the look at everything.
        """
        everything = set(self.kinds) == set(DETECTORS)
        if self.guarded:
            return hold_back(scope, found, everything=everything, seen=seen)
        if everything and seen is not None:  # somebody looks for themselves
            look(scope, seen)
        return False

    def _in_slices(self) -> None:
        self._repeat(self._awaken)
        slices = list(_slices(self._differing()))
        for accounts in slices:
            with self._scope(accounts, held=len(slices) > 1) as scope:
                lock_undecided(scope)
                stale = follow(scope, differences(scope, self.kinds), self.outcome)
                posting.rewrite(scope, stale, priority=Priority.ROUTINE)
            crash("alerts.after_slice")
        with self._scope() as scope:
            keep_up(scope)
        self._repeat(self._release, self._post, self._remind, self._escalate)

    @contextmanager
    def _scope(
        self, accounts: Collection[int] | None = None, held: bool = False
    ) -> Iterator[Scope]:
        with self.sessions.begin() as session:
            yield replace(Scope.load(session, self.settings, self.now, accounts), held=held)

    def _repeat(self, *steps: Callable[[Scope], int]) -> None:
        """These steps, in as many transactions as it takes until nothing is left to do."""
        did = 1
        while did:
            with self._scope() as scope:
                did = 0
                for step in steps:
                    did += step(scope) if did < SLICE else 0
            crash(f"alerts.after{steps[-1].__name__}")

    def _differing(self) -> Counter[int]:
        """How many differences each account has, looked for one kind at a time."""
        found: Counter[int] = Counter()
        for kind in self.kinds:
            with self._scope() as scope:
                for _, difference in differences(scope, [kind]):
                    found.update(difference.accounts())
        return found

    def _awaken(self, scope: Scope) -> int:
        stale = awaken(scope, self.outcome, SLICE)
        posting.rewrite(scope, stale, priority=Priority.ROUTINE)
        return len(stale)

    def _release(self, scope: Scope) -> int:
        return release(scope, self.kinds)

    def _post(self, scope: Scope) -> int:
        posted = posting.post_due(scope, at_once=self.at_once, most=SLICE)
        self.outcome.posted += posted
        return posted

    def _remind(self, scope: Scope) -> int:
        reminded = further.remind_due(scope, SLICE)
        self.outcome.reminded += reminded
        return reminded

    def _escalate(self, scope: Scope) -> int:
        escalated = further.escalate_due(scope, SLICE)
        self.outcome.escalated += len(escalated)
        self.outcome.touched.update(escalated)
        return len(escalated)


def _slices(found: Counter[int]) -> Iterator[list[int]]:
    """The accounts in order, cut where a slice is full."""
    part: list[int] = []
    size = 0
    for account_id in sorted(found):
        part.append(account_id)
        size += found[account_id]
        if size >= SLICE:
            yield part
            part, size = [], 0
    if part:
        yield part
