"""`/cs renewals` and its history with one renewal an account, beside the same SQL by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import Engine, insert, literal, select, text
from sqlalchemy.orm import Session

from csbot.db.engine import open_database, session_factory
from csbot.renewals import history
from csbot.renewals.filters import Filters
from csbot.renewals.model import ForecastWeek, Renewal, RenewalCategoryChange
from csbot.renewals.overview import overview
from csbot.renewals.signalling import tell_all
from csbot.renewals.telling import told
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.render import render
from tests.bench import company
from tests.bench.company import NOW
from tests.bench.places import database
from tests.bench.report import Table, ms, ratio, times, verdict
from tests.bench.rounds import by_turns, counted, seconds, tidy

LONGEST, AT_ONCE, BESIDE = 1.0, 0.05, 5.0  # seconds to wait, that nobody feels; times the floor
WEIGHT = """CASE r.category WHEN 'commit' THEN 100 WHEN 'probable' THEN 75
    WHEN 'best_case' THEN 45 ELSE 15 END"""
DUE = (
    "FROM renewals r JOIN accounts a ON a.id = r.account_id WHERE r.due_on <= '{last}' AND {whose}"
)
SUMS = f"""
    SELECT substr(CAST(r.due_on AS text), 1, 7), r.status, r.category, r.currency, count(*),
        sum(r.amount_due), sum(r.amount_due * {WEIGHT}) {DUE}
    GROUP BY 1, 2, 3, 4"""
PAGE = f"""
    SELECT r.id, a.name, r.due_on, r.amount_due, r.category, a.health, r.next_step {DUE}
    AND r.status = 'open' ORDER BY r.due_on, a.name LIMIT 10"""
WORSE = f"""
    SELECT count(*) {DUE} AND r.status = 'open' AND a.health < 50
    AND r.category IN ('commit', 'probable')"""
WEEKS = """
    SELECT week_on, category, status, currency, sum(amount), sum(expected) FROM renewal_forecasts
    WHERE due_month <= '{last}' GROUP BY 1, 2, 3, 4"""
Work = Callable[[], object]


@dataclass(frozen=True)
class Plan:
    accounts: int = 100_000
    rounds: int = 5


@dataclass(frozen=True)
class Question:
    """What is asked for, and whether its history is."""

    filters: Filters
    history: bool = False


def bench(kind: str, plan: Plan) -> Table:
    table = Table(
        f"/cs renewals, {kind}, {plan.accounts:,} accounts",
        (
            "asked for", "beside SQL by hand", "statements", "answer", "by hand",
            f"aim: {BESIDE:.0f}x or {ms(AT_ONCE)}, {LONGEST:.0f} s",
        ),
    )  # fmt: skip
    settings = Settings.load()
    with database(kind) as url:
        engine = open_database(url)
        company.fill(engine, plan.accounts)
        sessions = session_factory(engine)
        with sessions.begin() as session:
            fill(session, settings)
        tidy(engine)
        for what, question in _kinds().items():
            with sessions() as session:
                _add(table, what, question, session, engine, settings, plan)
        engine.dispose()
    table.notes.append(
        "by hand: the sums by month and category, ten rows, how many are worse than said; of the "
        "history the sums of 13 weeks"
    )
    return table


def _kinds() -> dict[str, Question]:
    return {
        "90 days": Question(Filters()),
        "a year": Question(Filters(window="12m")),
        "of one CSM": Question(Filters(owners=(1,))),
        "a year by owner": Question(Filters(window="12m", view="owner", page=40)),
        "history": Question(Filters(), history=True),
    }


def fill(session: Session, settings: Settings) -> None:
    """One in fifty was doubted this week; the forecasts of thirteen weeks are those of today.

    Signals are as the job of every hour leaves them.
    """
    tell_all(session, settings=settings, now=NOW)
    session.execute(
        insert(RenewalCategoryChange).from_select(
            ["renewal_id", "at", "before", "after", "reason"],
            select(
                Renewal.id,
                literal(NOW - timedelta(days=2), RenewalCategoryChange.at.type),
                literal("commit"),
                Renewal.category,
                literal("They are silent"),
            ).where(Renewal.id % 50 == 0),
        )
    )
    history.note_week(session, settings=settings, now=NOW)
    columns = [c for c in ForecastWeek.__table__.columns if c.name not in ("id", "week_on")]
    week = history.monday(NOW.date())
    for ago in range(1, history.WEEKS):
        on = literal(week - timedelta(weeks=ago))
        same = select(on, *columns).where(ForecastWeek.week_on == week)
        names = ["week_on", *(column.name for column in columns)]
        session.execute(insert(ForecastWeek).from_select(names, same))


def _add(
    table: Table,
    what: str,
    question: Question,
    session: Session,
    engine: Engine,
    settings: Settings,
    plan: Plan,
) -> None:
    me = session.scalars(select(TeamMember).order_by(TeamMember.id)).first()
    assert me is not None
    asked = told if question.history else overview

    def subject() -> object:
        shown = asked(session, question.filters, person=me, settings=settings, now=NOW)
        return render(shown)

    def floor() -> object:
        return by_hand(session, question)

    statements = counted(engine, subject)
    ours, floors = (seconds(runs) for runs in by_turns(plan.rounds, subject, floor))
    beside, took = ratio(ours, floors), median(ours)
    good = (beside <= BESIDE or took <= AT_ONCE) and took <= LONGEST
    table.add(what, times(beside), statements, ms(took), ms(median(floors)), verdict(good))


def by_hand(session: Session, question: Question) -> int:
    """How many renewals there are, or weeks."""
    _, last = question.filters.span(NOW.date())
    if question.history:
        rows = session.execute(text(WEEKS.format(last=last))).all()
        return len({row[0] for row in rows})
    owners = question.filters.owners
    where = {"last": last, "whose": f"a.owner_id = {owners[0]:d}" if owners else "1 = 1"}
    sums = session.execute(text(SUMS.format(**where))).all()
    for one in (PAGE, WORSE):
        session.execute(text(one.format(**where))).all()
    return sum(row[4] for row in sums)
