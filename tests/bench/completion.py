"""Names as one types them: how long a menu waits for its lines, beside the same SQL by hand."""

from dataclasses import dataclass
from statistics import quantiles

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from csbot.accounts.suggest import MOST, suggestions
from csbot.db.engine import open_database, session_factory
from csbot.team.model import TeamMember
from tests.bench import company
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.rounds import timed

LONGEST = 1.0  # seconds that somebody who types may wait
BY_HAND = """
    SELECT id, name FROM accounts
    WHERE name_key LIKE :within OR domain LIKE :begins
    ORDER BY owner_id <> :me, name_key NOT LIKE :begins, name_key, id LIMIT :most"""


@dataclass(frozen=True)
class Plan:
    accounts: int = 100_000
    asked: int = 200  # times of each kind


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"Names as one types, {kind}, {plan.accounts:,} accounts",
        ("typed", "p50", "p99", "beside SQL by hand", f"aim: p99 of {LONGEST:.0f} s"),
    )
    with database(kind) as url:
        engine = open_database(url)
        company.fill(engine, plan.accounts)
        sessions = session_factory(engine)
        with sessions() as session:
            me = session.scalars(select(TeamMember).where(TeamMember.role == "csm")).first()
            assert me is not None
            for what, typed in _kinds(plan).items():
                ours, floor = _measure(session, me, typed)
                cuts = quantiles(ours, n=100)
                beside = times(ratio(ours, floor))
                table.add(what, ms(cuts[49]), ms(cuts[98]), beside, verdict(cuts[98] <= LONGEST))
        engine.dispose()
    table.notes.append(f"{plan.asked} of each kind, one after the other")
    return table


def _kinds(plan: Plan) -> dict[str, list[str]]:
    names = [company.name(1 + nth * 37 % plan.accounts).lower() for nth in range(plan.asked)]
    return {
        "nothing": [""] * plan.asked,
        "one letter": [name[0] for name in names],
        "three letters": [name[:3] for name in names],
        "a part within": [name[2:6] for name in names],
        "what nobody is called": [f"{name[:3]}%{nth}" for nth, name in enumerate(names)],
    }


def _measure(session: Session, me: TeamMember, typed: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of each, by turns."""
    ours, floor = [], []
    for key in typed:
        given = {"within": f"%{key}%", "begins": f"{key}%", "me": me.id, "most": MOST}
        asked = timed(lambda key=key: suggestions(session, key, person=me))
        by_hand = timed(lambda given=given: session.execute(text(BY_HAND), given).all())
        ours.append(asked.seconds)
        floor.append(by_hand.seconds)
    return ours, floor
