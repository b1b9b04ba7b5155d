"""App Home as it is drawn, beside its own statements alone, straight through the driver."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Engine, Integer, cast, event, insert, literal, select, update
from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.away.model import Absence
from csbot.db.engine import open_database, session_factory
from csbot.environment import Environment
from csbot.home.drawing import home
from csbot.settings import Config, Settings
from csbot.team.model import TeamMember
from messages.home import render_home
from tests.bench import company
from tests.bench.company import NOW
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.rounds import by_turns, seconds, tidy

BESIDE, AT_ONCE = 3.0, 0.1  # times the floor; seconds that nobody waits for: it comes by itself
SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
Asked = list[tuple[str, Any]]


@dataclass(frozen=True)
class Plan:
    accounts: int = 100_000
    rounds: int = 5


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"App Home, {kind}, {plan.accounts:,} accounts, one in five with an alert",
        (
            "whose", "beside its SQL alone", "statements", "blocks", "drawn", "SQL alone",
            f"aim: {BESIDE:.0f}x, or {ms(AT_ONCE)}",
        ),
    )  # fmt: skip
    with database(kind) as url:
        engine = open_database(url)
        company.fill(engine, plan.accounts)
        with session_factory(engine).begin() as session:
            people = prepared(session)
        tidy(engine)
        for absent in ("", ", one in ten away"):
            if absent:
                with session_factory(engine).begin() as session:
                    away(session)
                tidy(engine)
            for whose, id in people.items():
                with session_factory(engine)() as session:
                    _add(table, whose + absent, session, session.get_one(TeamMember, id), plan)
        engine.dispose()
    table.notes.append("SQL alone: the same statements, executed and fetched without SQLAlchemy")
    return table


def prepared(session: Session) -> dict[str, int]:
    """Every fifth account has an alert; of the managers the last one becomes a viewer."""
    columns = {
        "kind": literal("feedback"), "account_id": Account.id, "owner_id": Account.owner_id,
        "severity": literal("critical"), "state": literal("open"), "playbook": literal(""),
        "subject": literal(""), "version": cast(literal(1), Integer),
        "evidence": literal({"scale": "nps", "score": 2, "out_of": 10}, Alert.evidence.type),
        "fingerprint": literal("x"), "channel": literal("#a"),
        **{name: literal(NOW, Alert.since.type) for name in ("since", "opened_at", "changed_at")},
    }  # fmt: skip
    fifth = select(*columns.values()).where(Account.id % 5 == 0)
    session.execute(insert(Alert).from_select(list(columns), fifth, include_defaults=False))
    csms = company.csm_count(session.query(Account).count())
    viewer = TeamMember(
        email="viewer@vendor.example", name="Viewer", role=Role.VIEWER, created_at=NOW,
        timezone="UTC",
    )  # fmt: skip
    session.add(viewer)
    session.flush()
    session.execute(update(TeamMember).where(TeamMember.id == csms + 1).values(role="admin"))
    return {"a CSM": 1, "an admin with a team": csms + 1, "a viewer, of all": viewer.id}


def away(session: Session) -> None:
    """Every tenth of the team for a week, with their manager for a cover; the first of all, too."""
    since, until = NOW - company.DAY, NOW + 6 * company.DAY
    days = {"starts_at": since, "ends_at": until, "made_at": since}
    some = select(TeamMember.id, TeamMember.manager_id).where(TeamMember.id % 10 == 1)
    rows = [days | {"member_id": id, "cover_id": told} for id, told in session.execute(some)]
    session.execute(insert(Absence), rows)


def _add(table: Table, whose: str, session: Session, member: TeamMember, plan: Plan) -> None:
    def subject() -> dict[str, Any]:
        session.expire_all()
        return render_home(home(session, member, settings=SETTINGS, now=NOW))

    asked = recorded(session.get_bind(), subject)  # type: ignore[arg-type]
    cursor = session.connection().connection.cursor()

    def floor() -> object:
        return [alone(cursor, *one) for one in asked]

    ours, floors = (seconds(runs) for runs in by_turns(plan.rounds, subject, floor))
    beside, took = ratio(ours, floors), median(ours)
    good = beside <= BESIDE or took <= AT_ONCE
    blocks = len(subject()["blocks"])
    table.add(whose, times(beside), len(asked), blocks, ms(took), ms(median(floors)), verdict(good))


def recorded(engine: Engine, work: Callable[[], object]) -> Asked:
    """What it asks, with what it asks for."""
    seen: Asked = []

    def note(*args: Any) -> None:
        seen.append((args[2], args[3]))

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return seen


def alone(cursor: Any, statement: str, parameters: Any) -> int:
    """How many rows there are."""
    cursor.execute(statement, parameters)
    return len(cursor.fetchall()) if cursor.description else 0
