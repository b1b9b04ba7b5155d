"""What roll-ups answer, and how fast, when they stand for millions of events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.db.engine import open_database, session_factory
from csbot.usage import queries
from csbot.usage.model import ProductGroup, ProductUser
from tests.bench.company import NOW
from tests.bench.places import database
from tests.bench.report import Table, ms
from tests.bench.rounds import timed

SIZES = (1_000_000, 10_000_000)
DAYS, FEATURES, EVENTS = 90, 5, 11  # events an account and day, over the features
TODAY = NOW.date()
Question = Callable[[Session], Any]


@dataclass(frozen=True)
class Plan:
    """Accounts as many as it takes for so many events, each with somebody who uses it all."""

    events: int
    rounds: int = 9

    @property
    def accounts(self) -> int:
        return self.events // (DAYS * EVENTS)


def bench(kind: str, plans: list[Plan]) -> Table:
    table = Table(
        f"Usage, {kind}: what the roll-ups answer", ("events", "accounts", *_questions(1))
    )
    for plan in plans:
        found = measure(kind, plan)
        table.add(f"{plan.events:,}", f"{plan.accounts:,}", *[ms(found[name]) for name in found])
    table.notes.append(f"medians of {plans[0].rounds}; of one account, but for the last")
    return table


def measure(kind: str, plan: Plan) -> dict[str, float]:
    """Seconds, each of another account every time."""
    with database(kind) as url:
        engine = open_database(url)
        with engine.begin() as connection:
            _fill(connection, plan)
        if kind == "postgresql":
            with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as raw:
                raw.execute(text("VACUUM ANALYZE"))
        sessions = session_factory(engine)
        seconds: dict[str, list[float]] = {}
        for nth in range(plan.rounds + 1):
            account = 1 + nth * 7919 % plan.accounts
            for name, ask in _questions(account).items():
                with sessions() as session:
                    run = timed(lambda ask=ask, session=session: ask(session))
                assert run.found, name
                if nth:  # the first one warms up
                    seconds.setdefault(name, []).append(run.seconds)
        engine.dispose()
    return {name: median(runs) for name, runs in seconds.items()}


def _questions(account: int) -> dict[str, Question]:
    span = {"since": TODAY - timedelta(days=DAYS), "until": TODAY}
    return {
        "last login": lambda s: queries.last_login(s, account),
        "minutes on a feature, 90 days": lambda s: queries.minutes_on(
            s, account_id=account, feature="feature 1", **span
        ),
        "minutes of a contact": lambda s: queries.minutes_on(s, contact_id=account, **span),
        "velocity": lambda s: queries.velocity(s, [account], TODAY),
        "card": lambda s: queries.overview(s, account, TODAY),
        "velocity of all": lambda s: s.execute(
            queries.velocities("events"), queries.windows(TODAY)
        ).all(),
    }


def _fill(connection: Connection, plan: Plan) -> None:
    """An account, its group, its contact and its user have the same id."""
    ids = range(1, plan.accounts + 1)
    rows: dict[Any, list[dict[str, Any]]] = {
        Account: [
            {"id": id, "name": f"A{id}", "name_key": f"a{id}", "process": "x", "lifecycle_stage":
             "adoption", "created_at": NOW, "updated_at": NOW}
            for id in ids
        ],
        Contact: [
            {"id": id, "account_id": id, "email": f"a@a{id}.example", "created_at": NOW}
            for id in ids
        ],
        ProductGroup: [
            {"id": id, "key": f"g{id}", "account_id": id, "first_seen_at": NOW} for id in ids
        ],
        ProductUser: [
            {"id": id, "key": f"u{id}", "group_id": id, "contact_id": id, "last_login_at": NOW,
             "first_seen_at": NOW}
            for id in ids
        ],
    }  # fmt: skip
    for model, values in rows.items():
        connection.execute(model.__table__.insert(), values)
    day = "date(:today, '-' || days.n || ' days')"
    if connection.dialect.name == "postgresql":
        day = "(CAST(:today AS date) - days.n)"
    for table, owner in (("usage_by_group", "group_id"), ("usage_by_user", "user_id")):
        connection.execute(
            text(
                f"""
                WITH RECURSIVE
                days(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < :days),
                features(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM features WHERE n < :features)
                INSERT INTO {table} ({owner}, day, feature, events, active_seconds, logins)
                SELECT id, {day},
                CASE WHEN features.n = 0 THEN '' ELSE 'feature ' || features.n END,
                CASE WHEN features.n = 0 THEN :events ELSE :events / :features END, 600, 1
                FROM product_groups CROSS JOIN days CROSS JOIN features
                ORDER BY id, days.n DESC, features.n
                """
            ),
            {"days": DAYS, "features": FEATURES, "events": EVENTS, "today": TODAY.isoformat()},
        )
