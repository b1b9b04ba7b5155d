"""A customer base of which every account is in every playbook of the library."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, insert, literal, select, text
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.payments.model import BillingCustomer, Payment
from csbot.playbooks import versions
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.store import Force
from csbot.usage.model import GroupUsage, ProductGroup
from tests.bench import company
from tests.bench.company import DAY, NOW, Row

FAR = timedelta(days=30)
FEATURES = ("Reports", "Calendars", "Funnels")


def fill(engine: Engine, accounts: int) -> None:
    """Besides company's: what the product and billing told, too little to begin anything."""
    company.fill(engine, accounts)
    makers = ((ProductGroup, _group), (GroupUsage, _usage), (BillingCustomer, _payer),
              (Payment, _payments))  # fmt: skip
    with engine.begin() as connection:
        for table, make in makers:
            company.add(connection, table, (row for n in range(1, accounts + 1) for row in make(n)))


def _group(n: int) -> Iterator[Row]:
    yield {"id": n, "key": f"group {n}", "account_id": n, "first_seen_at": NOW - 200 * DAY}


def _usage(n: int) -> Iterator[Row]:
    for ago in (1, 3, 9):
        for feature in FEATURES:
            yield {"group_id": n, "day": (NOW - ago * DAY).date(), "feature": feature,
                   "events": 5, "active_seconds": 120 + n % 200, "logins": 0}  # fmt: skip


def _payer(n: int) -> Iterator[Row]:
    yield {"id": n, "sender": "stripe", "external_id": f"cus_{n}", "account_id": n,
           "as_of": NOW - 20 * DAY}  # fmt: skip


def _payments(n: int) -> Iterator[Row]:
    for ago in (20, 50):
        at = NOW - ago * DAY
        yield {"customer_id": n, "external_id": f"in_{ago}", "status": "paid", "at": at,
               "amount": Decimal(400), "currency": "USD", "attempts": 1, "as_of": at}  # fmt: skip


def enrol(sessions: sessionmaker[Session], now: datetime) -> dict[str, list[str]]:
    """Everybody into everything, at one of its waits, or done with it where it has none.

    Returns the waits of each playbook, in the order of its file.
    """
    waits = {}
    with sessions.begin() as session:
        for force in versions.enabled(session):
            waits[force.name] = list(versions.known(force)[force.version_id].waits)
            _everybody(session, force, waits[force.name], now)
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("ANALYZE"))
    return waits


def _everybody(session: Session, force: Force, waits: list[str], now: datetime) -> None:
    if force.name == "new-customer":
        waits = ["quick-win.after"]  # nearly all have an owner, whom the other one waits for
    for nth, step in enumerate(waits):
        _those(session, force, (len(waits), nth), now,
               state="active", step=step, wait_until=now + FAR)  # fmt: skip
    if not waits:
        _those(session, force, (1, 0), now, state="finished", ended_at=now)


def _those(
    session: Session, force: Force, every: tuple[int, int], now: datetime, **state: object
) -> None:
    first = (
        select(Contact.id)
        .where(Contact.account_id == Account.id)
        .order_by(Contact.id)
        .limit(1)
        .scalar_subquery()
    )
    row = {"playbook": force.name, "version_id": force.version_id, "subject": "by hand:bench",
           "facts": {}, "started_at": now, **state}  # fmt: skip
    columns = PlaybookRun.__table__.c
    values = [literal(value, columns[name].type).label(name) for name, value in row.items()]
    chosen = select(*values, Account.id, first).where(Account.id % every[0] == every[1])
    session.execute(
        insert(PlaybookRun).from_select([*row, "account_id", "contact_id"], chosen),
        execution_options={"synchronize_session": False},
    )
