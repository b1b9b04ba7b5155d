"""Detect and digest at several sizes, each in a process of its own, beside SQL written by hand."""

import json
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import Any

from csbot.db.engine import open_database
from tests.bench import company
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict

SIZES = (1_000, 10_000, 100_000)
NOTHING_NEW, EACH, GROWTH, MEMORY = 5.0, 3.0, 11.0, 500.0
Figures = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    sizes: tuple[int, ...] = SIZES
    rounds: int = 5
    rounds_at_100k: int = 3

    def rounds_at(self, size: int) -> int:
        return self.rounds if size < 100_000 else min(self.rounds, self.rounds_at_100k)


def measure(kind: str, plan: Plan, *scans: str) -> dict[str, list[Figures]]:
    """The figures of each scan, one for each size; a digest needs the alerts of a detect before."""
    found: dict[str, list[Figures]] = {scan: [] for scan in scans}
    for size in plan.sizes:
        with database(kind) as url:
            engine = open_database(url)
            company.fill(engine, size)
            engine.dispose()
            for scan in ("detect", "digest") if "digest" in scans else ("detect",):
                seen = _child(scan, url, plan.rounds_at(size)) | {"accounts": size}
                if scan in found:
                    found[scan].append(seen)
    return found


def _child(scan: str, url: str, rounds: int) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.scan", scan, url, str(rounds)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    figures: Figures = json.loads(done.stdout)
    return figures


def tables(kind: str, figures: dict[str, list[Figures]]) -> list[Table]:
    made = [_table(kind, scan, rows) for scan, rows in figures.items()]
    if "detect" in figures:
        made.append(_floods(kind, figures["detect"]))
    return made


def _table(kind: str, scan: str, rows: list[Figures]) -> Table:
    table = Table(
        f"{scan}, {kind}, ten contacts an account",
        (
            "accounts", "nothing new: beside SQL by hand",
            "first run: beside that SQL and each render + insert", "growth", "statements",
            "peak memory", "nothing new", "by hand", "first run", "messages", "aim",
        ),
    )  # fmt: skip
    before = None
    for seen in rows:
        again = ratio(seen["again"], seen["again by hand"])
        first = _first(seen)
        growth = _growth(before, seen)
        good = again <= NOTHING_NEW and first <= EACH and growth <= GROWTH
        table.add(
            f"{seen['accounts']:,}", times(again), times(first),
            times(growth) if before else "", seen["again statements"],
            f"{seen['peak MB']:.0f} MB", ms(median(seen["again"])),
            ms(median(seen["again by hand"])), ms(median(seen["first"])), f"{seen['raised']:,}",
            verdict(good and seen["peak MB"] < MEMORY),
        )  # fmt: skip
        before = seen
    table.notes.append(
        f"aim: at most {NOTHING_NEW:.0f}x with nothing new, {EACH:.0f}x on a first run, "
        f"{GROWTH:.0f}x from size to size, a constant number of statements, "
        f"{MEMORY:.0f} MB"
    )
    return table


def _first(seen: Figures) -> float:
    """A first run beside finding the rows by hand and barely writing as many messages."""
    share = seen["raised"] / max(1, seen["rendered"])
    floors = zip(seen["first by hand"], seen["bare"], strict=True)
    return ratio(seen["first"], [by_hand + bare * share for by_hand, bare in floors])


def _each(seen: Figures, run: str, messages: int, bare: str = "bare") -> float:
    """A message of this run beside one that is rendered and inserted and nothing else."""
    per_message = [seconds / max(1, messages) for seconds in seen[run]]
    barely = [seconds / max(1, seen["rendered"]) for seconds in seen[bare]]
    return ratio(per_message, barely)


def _growth(before: Figures | None, seen: Figures) -> float:
    """The worse of both runs, for ten times the accounts.

    Of the least disturbed rounds, since sizes are not measured by turns.
    """
    if before is None:
        return 0.0
    tenfold = seen["accounts"] / before["accounts"] / 10
    runs = ("first", "again")
    grown = [min(seen[run]) / min(before[run]) for run in runs]
    return float(max(grown) / tenfold)


def _floods(kind: str, rows: list[Figures]) -> Table:
    """What thousands of alerts at once cost, message by message."""
    table = Table(
        f"detect, {kind}: every alert a message of its own, all in one channel, all changed",
        (
            "accounts", "raised, each beside render + insert", "grouped, each",
            "changed, each", "statements: raised", "changed", "alerts", "own messages",
            "grouped", "changed ", "aim",
        ),
    )  # fmt: skip
    for seen in rows:
        raised = _each(seen, "first", seen["raised"])
        grouped = _each(seen, "grouped", seen["raised"], "grouped bare")
        changed = _each(seen, "next day", seen["changed"], "next day bare")
        table.add(
            f"{seen['accounts']:,}", times(raised), times(grouped), times(changed),
            seen["first statements"], seen["changed statements"], f"{seen['raised']:,}",
            ms(median(seen["first"])), ms(median(seen["grouped"])), ms(median(seen["next day"])),
            verdict(max(raised, changed) <= EACH),
        )  # fmt: skip
    table.notes.append(
        "statements grow by one for each thousand rows written, since a driver takes no more at "
        "once; the next day every open alert has changed, for its age is part of it"
    )
    return table
