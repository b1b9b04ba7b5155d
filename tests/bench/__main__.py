"""`python -m tests.bench [requests|detect|posting|completion ...]`: beside floors."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests.bench import (
    completion,
    guard,
    home,
    onboarding,
    playbooks,
    posting,
    renewals,
    requests,
    scans,
    usage,
    usage_questions,
)
from tests.bench.report import Table, markdown, show
from tests.databases import KINDS

BENCHES = (
    "requests",
    "detect",
    "digest",
    "posting",
    "usage",
    "playbooks",
    "completion",
    "onboarding",
    "renewals",
    "home",
    "guard",
)


def main() -> None:
    asked = _asked()
    for name in [name for name in os.environ if name.startswith(("SLACK_", "CSBOT_"))]:
        if name != "CSBOT_TEST_POSTGRES_URL":
            del os.environ[name]  # settings of a real workspace stay out of it
    console, pages = Console(width=None if sys.stdout.isatty() else 160), []
    for table in _tables(asked):
        show(table, console)
        pages.append(markdown(table))
        if asked.write:
            asked.write.write_text("\n".join(pages))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("benches", nargs="*", choices=[*BENCHES, []], metavar="BENCH")
    parser.add_argument("--accounts", type=int, action="append", help="a size; may be repeated")
    parser.add_argument("--database", choices=KINDS, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="how fast Slack's time runs")
    parser.add_argument("--write", type=Path, help="the tables as Markdown, too")
    return parser.parse_args()


def _tables(asked: argparse.Namespace) -> Iterator[Table]:
    wanted = asked.benches or list(BENCHES)
    for kind in asked.database or KINDS:
        if "requests" in wanted:
            accounts = asked.accounts[0] if asked.accounts else requests.Plan.accounts
            yield from requests.bench(kind, requests.Plan(accounts=accounts, rounds=asked.rounds))
        if chosen := [scan for scan in ("detect", "digest") if scan in wanted]:
            plan = scans.Plan(tuple(asked.accounts or scans.SIZES), rounds=asked.rounds)
            yield from scans.tables(kind, scans.measure(kind, plan, *chosen))
        if "posting" in wanted:
            yield posting.bench(kind, posting.Plan(scale=asked.scale))
        if "usage" in wanted:
            yield usage.bench(kind, usage.Plan(rounds=asked.rounds))
            sizes = [usage_questions.Plan(events) for events in usage_questions.SIZES]
            yield usage_questions.bench(kind, sizes)
        yield from _asked_by_people(kind, asked, wanted)
        if "playbooks" in wanted:
            plan = scans.Plan(tuple(asked.accounts or scans.SIZES), rounds=asked.rounds)
            yield playbooks.table(kind, playbooks.measure(kind, plan))


def _asked_by_people(kind: str, asked: argparse.Namespace, wanted: list[str]) -> Iterator[Table]:
    if "completion" in wanted:
        sizes = asked.accounts or [completion.Plan.accounts]
        yield from (completion.bench(kind, completion.Plan(size)) for size in sizes)
    if "onboarding" in wanted:
        sizes = asked.accounts or [onboarding.Plan.accounts]
        plans = [onboarding.Plan(size, asked.rounds) for size in sizes]
        yield from (onboarding.bench(kind, plan) for plan in plans)
    if "renewals" in wanted:
        sizes = asked.accounts or [renewals.Plan.accounts]
        yield from (renewals.bench(kind, renewals.Plan(size, asked.rounds)) for size in sizes)
    if "home" in wanted:
        sizes = asked.accounts or [home.Plan.accounts]
        yield from (home.bench(kind, home.Plan(size, asked.rounds)) for size in sizes)
    if "guard" in wanted:
        sizes = asked.accounts or [guard.Plan.accounts]
        yield from (guard.bench(kind, guard.Plan(size, asked.rounds)) for size in sizes)


if __name__ == "__main__":
    main()
