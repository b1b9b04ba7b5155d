"""A customer base of which every account is in every playbook of the library that fits it."""

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.playbooks import enrol as starting
from csbot.playbooks import store, versions
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.store import Force
from csbot.renewals.model import Renewal
from csbot.settings import Settings
from tests.bench import company, told
from tests.bench.company import DAY, NOW

FAR = timedelta(days=30)
CHURNED = Account.lifecycle_stage == "churned"
LEAVING = Account.id % told.LEAVES_OF == told.LEAVES
# Whoever is in no playbook here would be at its end at once.
FITTING: dict[str, ColumnElement[bool]] = {
    "churn-recorded": or_(CHURNED, LEAVING),
    "closer-care": ~CHURNED & (Account.id % told.CHECKED_IN_OF > 14),
    "first-value-late": ~CHURNED & Account.first_value_at.is_(None),
    "onboarding-late": ~CHURNED & Account.onboarding_stage.is_not(None),
    "onboarding-requirements": ~CHURNED & (Account.id % 2 == 1),
    "renewal-enterprise": ~CHURNED & (Account.renewal_on > (NOW + 125 * DAY).date()),
    "renewal-standard": ~CHURNED & (Account.renewal_on > (NOW + 125 * DAY).date()),
    "trial-ending": ~CHURNED & (Account.arr == 0),
    "win-back": CHURNED,
    "win-back-day": CHURNED,
}


def fill(engine: Engine, accounts: int) -> None:
    """Besides company's: what everybody else told, most of it too little to begin anything."""
    company.fill(engine, accounts)
    told.fill(engine, accounts, NOW)


def begin(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> None:
    """What triggers see begins, and is over with: the steps of thousands are measured elsewhere."""
    with sessions.begin() as session:
        store.sync(session, settings=settings, now=now)
        forces = versions.enabled(session)
        versions.note_on(session, forces, now=now)
        scope = Scope.load(session, settings, now)
        for force in forces:
            if starting.is_uncounted(force):
                starting.count_members(scope, force)
            else:
                starting.begin(scope, force, starting.causes(scope, force))
        session.execute(
            update(PlaybookRun).values(state="finished", step=None, due_at=None, ended_at=now)
        )


def enrol(sessions: sessionmaker[Session], now: datetime) -> dict[str, list[str]]:
    """Everybody into what fits, at one of its waits, or done with it where it has none.

    Returns the waits of each playbook, in the order of its file.
    """
    waits: dict[str, list[str]] = {}
    with sessions.begin() as session:
        for force in versions.enabled(session):
            waits[force.name] = list(versions.known(force)[force.version_id].waits)
            _everybody(session, force, waits[force.name], now)
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
    # By sevens: every second account, or every third, has something that the others have not.
    chosen = select(*values, Account.id, first, _about(force)).where(
        Account.id // 7 % every[0] == every[1], FITTING.get(force.name, ~CHURNED)
    )
    session.execute(
        insert(PlaybookRun).from_select([*row, "account_id", "contact_id", "subject_id"], chosen),
        execution_options={"synchronize_session": False},
    )


def _about(force: Force) -> ColumnElement[int | None]:
    """The renewal that is open, where a playbook is about one."""
    theirs = select(func.max(Renewal.id)).where(
        Renewal.account_id == Account.id, Renewal.status == "open"
    )
    of_renewals = force.name.startswith("renewal-")
    return theirs.scalar_subquery() if of_renewals else cast(null(), Integer)
