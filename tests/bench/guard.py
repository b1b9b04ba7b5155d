"""A flood of one alert an account, held back: beside looking for it and storing rows by hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import delete, insert, update

from csbot.alerts.reconcile import differences
from csbot.alerts.run import detect_all
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.db.engine import open_database, session_factory
from csbot.environment import Environment
from csbot.holds.model import HeldAlert, Hold
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Config, Settings
from tests.bench import company
from tests.bench.company import NOW
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.rounds import counted, timed

BESIDE = 3.0  # times the floor
SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
KIND = "inactive"
CHUNK = 4_000
ROW: Any = HeldAlert.__table__


@dataclass(frozen=True)
class Plan:
    accounts: int = 100_000
    rounds: int = 3


class Guarded:
    """A company where nobody logs in any more."""

    def __init__(self, engine: Any, accounts: int) -> None:
        company.fill(engine, accounts)
        self.engine, self.sessions = engine, session_factory(engine)
        with self.sessions.begin() as session:
            session.execute(update(Contact).values(last_login_at=NOW - 30 * company.DAY))

    def hold(self) -> None:
        found = detect_all(self.sessions, settings=SETTINGS, now=NOW, kinds=[KIND], guarded=True)
        assert found.raised == 0

    def by_hand(self) -> None:
        """What a look finds, and its rows, in as many statements."""
        with self.sessions.begin() as session:
            scope = Scope.load(session, SETTINGS, NOW)
            found = [one for _, seen in differences(scope, [KIND]) for one in seen.new]
            hold = Hold(reason="flood", counts={}, opened_at=NOW, version=1)
            session.add(hold)
            session.flush()
            rows = [_row(one, hold.id) for one in found]
            for start in range(0, len(rows), CHUNK):
                session.connection().execute(insert(ROW), rows[start : start + CHUNK])

    def forget(self) -> int:
        with self.sessions.begin() as session:
            held = session.execute(delete(HeldAlert)).rowcount  # type: ignore[attr-defined]
            session.execute(delete(Hold))
            session.execute(delete(OutgoingMessage))
        return int(held)


def _row(finding: Any, hold_id: int) -> dict[str, Any]:
    return {
        "kind": KIND, "playbook": finding.playbook or KIND, "account_id": finding.account_id,
        "subject": finding.subject, "hold_id": hold_id, "severity": finding.severity,
        "person_id": finding.person_id,
    }  # fmt: skip


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"The guard, {kind}: every account quiet at once, all of it held",
        ("accounts", "beside by hand", "statements", "held", "took", "CPU", f"aim: {BESIDE:.0f}x"),
    )
    with database(kind) as url:
        engine = open_database(url)
        firm = Guarded(engine, plan.accounts)
        statements, held = counted(engine, firm.hold), firm.forget()
        ours, floors, cpu = list[float](), list[float](), list[float]()
        for _ in range(plan.rounds):
            floors.append(_timed(firm, firm.by_hand)[0])
            took, worked = _timed(firm, firm.hold)
            ours.append(took)
            cpu.append(worked)
        engine.dispose()
    beside = ratio(ours, floors)
    table.add(
        f"{plan.accounts:,}", times(beside), statements, f"{held:,}", ms(median(ours)),
        ms(median(cpu)), verdict(beside <= BESIDE),
    )  # fmt: skip
    table.notes.append("CPU is that of csbot's own process; by hand: the same look, plain inserts")
    return table


def _timed(firm: Guarded, work: Callable[[], object]) -> tuple[float, float]:
    """Elapsed and CPU seconds; nothing is held before."""
    firm.forget()
    began = time.process_time()
    took = timed(work).seconds
    return took, time.process_time() - began
