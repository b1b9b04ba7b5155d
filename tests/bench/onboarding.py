"""`/cs onboarding` with every account in onboarding, beside the same SQL by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import Engine, bindparam, event, literal, select, text, update
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.db.base import UTCDateTime
from csbot.db.engine import open_database, session_factory
from csbot.onboarding import gantt_file
from csbot.onboarding.filters import Filters
from csbot.onboarding.overview import overview
from csbot.onboarding.stages import tracks
from csbot.team.model import TeamMember
from messages.render import render
from tests.bench import company
from tests.bench.company import NOW
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.rounds import by_turns, seconds

BESIDE, AT_ONCE = 5.0, 0.05  # times the floor; seconds that nobody feels
STAGES = [(process, stage) for process, stages in tracks().items() for stage in stages]
PLACES = ", ".join(
    f"('{process}', '{stage.key}', {number}, {stage.days})"
    for number, (process, stage) in enumerate(STAGES)
)
COUNTED = """
    WITH s (process, stage, nth, days) AS (VALUES {places})
    SELECT s.nth, count(*), sum(CASE WHEN a.onboarding_stage_since <= {due} THEN 1 ELSE 0 END)
    FROM accounts a JOIN s ON s.process = a.process AND s.stage = a.onboarding_stage
    WHERE {whose} GROUP BY s.nth"""
PAGE = """
    WITH s (process, stage, nth, days) AS (VALUES {places})
    SELECT a.id, a.name, a.onboarding_stage, a.onboarding_stage_since, t.name
    FROM accounts a JOIN s ON s.process = a.process AND s.stage = a.onboarding_stage
    LEFT JOIN team t ON t.id = a.owner_id
    WHERE {whose}
    ORDER BY s.nth, a.onboarding_stage_since, a.name LIMIT 10"""
DUE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', :now, '-' || s.days || ' days')",
    "postgresql": "CAST(:now AS timestamptz) - make_interval(days => s.days)",
}


@dataclass(frozen=True)
class Plan:
    accounts: int = 100_000
    rounds: int = 5


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"/cs onboarding, {kind}, {plan.accounts:,} accounts, all in onboarding",
        (
            "asked for", "beside SQL by hand", "statements", "answer", "by hand",
            f"aim: {BESIDE:.0f}x, or {ms(AT_ONCE)}",
        ),
    )  # fmt: skip
    with database(kind) as url:
        engine = open_database(url)
        company.fill(engine, plan.accounts)
        sessions = session_factory(engine)
        with sessions.begin() as session:
            put_in_stages(session)
        _tidy(engine)
        for what, filters in _kinds().items():
            with sessions() as session:
                _add(table, what, session, engine, kind, filters, plan)
        engine.dispose()
    table.notes.append("by hand: how many in each stage and late, and the ten rows of the page")
    return table


def _kinds() -> dict[str, Filters]:
    return {
        "everybody": Filters(everybody=True),
        "only late": Filters(everybody=True, late=True),
        "of one CSM": Filters(owners=(1,)),
        "the last pages": Filters(everybody=True, page=9_000),
        "chart of all": Filters(everybody=True),
    }


def put_in_stages(session: Session) -> None:
    """Two thirds transactional; from today to 49 days in their stage."""
    for number, (process, stage) in enumerate(STAGES):
        mine = Account.id % literal(len(STAGES)) == number
        place = {"process": process, "onboarding_stage": stage.key}
        session.execute(update(Account).where(mine).values(**place))
    for days in range(50):
        at = NOW - timedelta(days=days, hours=1)
        session.execute(
            update(Account).where(Account.id // 7 % 50 == days).values(onboarding_stage_since=at)
        )


def _tidy(engine: Engine) -> None:
    """PostgreSQL does so by itself, some time after so many changes."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as raw:
            raw.execute(text("VACUUM ANALYZE accounts"))


def _add(
    table: Table,
    what: str,
    session: Session,
    engine: Engine,
    kind: str,
    filters: Filters,
    plan: Plan,
) -> None:
    me = session.scalars(select(TeamMember).order_by(TeamMember.id.desc())).first()
    assert me is not None
    person = me

    def subject() -> object:
        if what.startswith("chart"):
            return gantt_file.everybody(session, filters, now=NOW)
        return render(overview(session, filters, person=person, now=NOW))

    def floor() -> object:
        return by_hand(session, kind, filters.owners[0] if filters.owners else None)

    statements = _counted(engine, subject)
    ours, floors = (seconds(runs) for runs in by_turns(plan.rounds, subject, floor))
    beside, took = ratio(ours, floors), median(ours)
    good = beside <= BESIDE or took <= AT_ONCE
    table.add(what, times(beside), statements, ms(took), ms(median(floors)), verdict(good))


def by_hand(session: Session, kind: str, owner: int | None) -> list[int]:
    """How many rows each statement found."""
    whose = "true" if owner is None else f"a.owner_id = {owner:d}"
    counted = text(COUNTED.format(places=PLACES, due=DUE[kind], whose=whose))
    rows = session.execute(counted.bindparams(bindparam("now", NOW, UTCDateTime()))).all()
    page = session.execute(text(PAGE.format(places=PLACES, whose=whose))).all()
    return [sum(row[1] for row in rows), sum(row[2] for row in rows), len(page)]


def _counted(engine: Engine, work: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
