"""Measures passes over playbooks on one database, in a process of its own so that its memory can be
told. Arguments: the database's URL, rounds. Prints JSON.
"""

import json
import resource
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event

from csbot import clock
from csbot.db.engine import open_database, session_factory
from csbot.feedback.model import Feedback
from csbot.playbooks import engine
from csbot.settings import Settings
from messages.playbooks import PlaybookNote
from tests.bench import by_hand_playbooks, enrolled, told
from tests.bench.company import NOW, add
from tests.bench.scan import bare

MINUTE = timedelta(minutes=1)
CAUSES = 500  # accounts that a step round is about, or a twentieth: more than a pass wavers by
SAMPLE = 200


class Passes:
    """One pass after the other, a minute apart; what each did is kept."""

    def __init__(self, url: str, accounts: int) -> None:
        self.database = open_database(url)
        self.sessions = session_factory(self.database)
        self.settings, self.now, self.accounts = _settings(), NOW, accounts
        self.statements = 0
        event.listen(Engine, "before_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self.statements += 1

    def play(self) -> tuple[float, engine.Outcome, int]:
        """Seconds, what it did, and statements."""
        self.now += MINUTE
        self.statements, begins = 0, clock.steady()
        did = engine.run_due(self.sessions, settings=self.settings, now=self.now)
        return clock.steady() - begins, did, self.statements

    def settle(self) -> None:
        """Until there is nothing to do."""
        while (did := self.play()[1]).started or did.steps or did.ended:
            pass

    def by_hand(self, waits: dict[str, list[str]]) -> float:
        with self.sessions() as session:
            begins = clock.steady()
            by_hand_playbooks.conditions(session, self.now, waits)
            return clock.steady() - begins

    def barely(self) -> float:
        """Seconds for one message that is rendered and inserted and nothing else."""
        work = bare([PlaybookNote.example()] * SAMPLE)
        with self.sessions() as session:
            begins = clock.steady()
            work(session)
            seconds = clock.steady() - begins
            session.rollback()
        return seconds / SAMPLE

    def customers_write(self) -> None:
        causes = min(max(CAUSES, self.accounts // 20), self.accounts)
        first = 1 + int(self.now.timestamp()) % max(1, self.accounts - causes)
        rows = (
            {"account_id": first + n % self.accounts, "email": None, "kind": "nps", "score": 9,
             "negative": False, "at": self.now, "answered_at": self.now}
            for n in range(causes)
        )  # fmt: skip
        with self.database.begin() as connection:
            add(connection, Feedback, rows)


def _settings() -> Settings:
    """The defaults, and features that count as unused: without any, nobody looks for them."""
    plain = Settings.load()
    usage = plain.config.usage.model_copy(update={"unused_after": told.UNUSED_AFTER})
    return replace(plain, config=plain.config.model_copy(update={"usage": usage}))


def measured(url: str, accounts: int, rounds: int) -> dict[str, Any]:
    passes = Passes(url, accounts)
    enrolled.begin(passes.sessions, passes.settings, passes.now)
    waits = enrolled.enrol(passes.sessions, passes.now)
    passes.settle()
    found: dict[str, Any] = {"again": [], "by hand": [], "each": [], "bare": [], "steps": 0}
    passes.by_hand(waits), passes.play()
    for _ in range(rounds):
        found["by hand"].append(passes.by_hand(waits))
        seconds, did, found["statements"] = passes.play()
        found["again"].append(seconds)
        assert did == engine.Outcome()
    for _ in range(rounds):
        _taken(passes, found)
    return found | {"peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _taken(passes: Passes, found: dict[str, Any]) -> None:
    """Steps of whom something has happened to, without the look that finds them."""
    idle = min(found["again"])
    passes.customers_write()
    found["bare"].append(passes.barely())
    seconds, did, _ = passes.play()
    found["each"].append((seconds - idle) / max(1, did.steps))
    found["steps"] = did.steps


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
