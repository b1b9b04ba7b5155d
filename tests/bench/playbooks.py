"""The whole library over all accounts: passes with nothing to do, and what a step costs."""

import json
import subprocess
import sys
from statistics import median
from typing import Any

from csbot.db.engine import open_database
from tests.bench import enrolled
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.scans import Plan

IDLE, EACH, GROWTH, MEMORY = 5.0, 3.0, 11.0, 700.0
Figures = dict[str, Any]


def measure(kind: str, plan: Plan) -> list[Figures]:
    """The figures of each size, each in a process of its own."""
    found = []
    for size in plan.sizes:
        with database(kind) as url:
            engine = open_database(url)
            enrolled.fill(engine, size)
            engine.dispose()
            found.append(_child(url, size, plan.rounds_at(size)) | {"accounts": size})
    return found


def _child(url: str, accounts: int, rounds: int) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.passing", url, str(accounts), str(rounds)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    figures: Figures = json.loads(done.stdout)
    return figures


def table(kind: str, rows: list[Figures]) -> Table:
    made = Table(
        f"playbooks, {kind}: every account in every playbook of the library",
        ("accounts", "nothing to do: beside SQL by hand", "each step: beside render + insert",
         "growth", "statements", "peak memory", "nothing to do", "by hand", "a step", "aim"),
    )  # fmt: skip
    before: Figures | None = None
    for seen in rows:
        idle, each = ratio(seen["again"], seen["by hand"]), ratio(seen["each"], seen["bare"])
        growth = _growth(before, seen)
        good = idle <= IDLE and 0 < each <= EACH and growth <= GROWTH and seen["peak MB"] < MEMORY
        made.add(
            f"{seen['accounts']:,}", times(idle), times(each), times(growth) if before else "",
            seen["statements"], f"{seen['peak MB']:.0f} MB", ms(median(seen["again"])),
            ms(median(seen["by hand"])), ms(median(seen["each"])), verdict(good),
        )  # fmt: skip
        before = seen
    made.notes.append(
        f"aim: at most {IDLE:.0f}x with nothing to do, {EACH:.0f}x a step, {GROWTH:.0f}x from "
        f"size to size, a constant number of statements, {MEMORY:.0f} MB"
    )
    return made


def _growth(before: Figures | None, seen: Figures) -> float:
    """Of the least disturbed rounds, for ten times the accounts."""
    if before is None:
        return 0.0
    return float(
        min(seen["again"]) / min(before["again"]) / (seen["accounts"] / before["accounts"] / 10)
    )
