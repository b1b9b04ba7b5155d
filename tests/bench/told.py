"""What the product, billing, the team and customers told of company's accounts.

Little of it begins anything. Moments keep off the days that thresholds are counted in, so that
nothing becomes due while passes are measured, a minute after the other.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, case, literal, text, update

from csbot.accounts.model import Account, AccountTag
from csbot.checkins.model import CheckIn
from csbot.churn.model import Churn
from csbot.db.base import Base
from csbot.onboarding.model import Requirements, StageSpell
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.renewals.model import Renewal
from csbot.touches.model import Touch
from csbot.usage.model import GroupUsage, ProductGroup
from tests.bench.company import DAY, HOUR, Row, add, csm_count

FEATURES = ("Reports", "Calendars", "Funnels")
UNUSED_AFTER = {"Reports": 30, "Calendars": 14}
CHECKED_IN_OF = 30  # days over which the last check-ins are spread, an account a day
LEAVES_OF, LEFT, LEAVES = 50, 17, 18  # of so many accounts one has left, and one says it will
TRIES_OF, TRIES = 50, 12
IN_STAGE_OF, IN_STAGE = 25, 6
OFF = 12 * HOUR
Maker = Callable[[int, int, datetime], Iterator[Row]]


def fill(engine: Engine, accounts: int, now: datetime) -> None:
    makers: tuple[tuple[type[Base], Maker], ...] = (
        (ProductGroup, _group), (GroupUsage, _usage), (BillingCustomer, _payer),
        (Payment, _payments), (SubscriptionState, _subscription), (StageSpell, _stages),
        (Requirements, _requirements), (CheckIn, _checkins), (Touch, _mails), (AccountTag, _busy),
        (Renewal, _renewals), (Churn, _churn),
    )  # fmt: skip
    csms = csm_count(accounts)
    with engine.begin() as connection:
        _live(connection, now)
        for table, make in makers:
            rows = (row for n in range(1, accounts + 1) for row in make(n, csms, now))
            add(connection, table, rows)
        connection.execute(text("ANALYZE"))


def _live(connection: Connection, now: datetime) -> None:
    """What has become of the accounts and renewals themselves."""
    theirs, nth = update(Account), Account.id
    here, left = nth % IN_STAGE_OF == IN_STAGE, nth % LEAVES_OF == LEFT
    tries = nth % TRIES_OF == TRIES
    for one in (
        theirs.values(
            onboarding_began_at=now - 290 * DAY,
            onboarding_ended_at=case((nth % 10 == 1, literal(now - 100 * DAY))),
            first_value_at=case((nth % 20 != 9, literal(now - 280 * DAY))),
        ),
        theirs.where(here).values(
            onboarding_stage="metrics-tracking", onboarding_stage_since=now - 20 * DAY
        ),
        theirs.where(left).values(lifecycle_stage="churned"),
        theirs.where(tries).values(arr=Decimal(0)),
        update(Renewal).values(signal=Renewal.category, signal_why=["health 38"]),
        update(Renewal).where(Renewal.account_id % 100 == 0).values(signal="at_risk"),
    ):
        connection.execute(one)


def _group(n: int, _: int, now: datetime) -> Iterator[Row]:
    yield {"id": n, "key": f"group {n}", "account_id": n, "first_seen_at": now - 200 * DAY}


def _usage(n: int, _: int, now: datetime) -> Iterator[Row]:
    for ago in (1, 3, 9):
        for feature in FEATURES:
            yield {"group_id": n, "day": (now - ago * DAY).date(), "feature": feature,
                   "events": 5, "active_seconds": 120 + n % 200, "logins": 0}  # fmt: skip


def _payer(n: int, _: int, now: datetime) -> Iterator[Row]:
    yield {"id": n, "sender": "stripe", "external_id": f"cus_{n}", "account_id": n,
           "as_of": now - 20 * DAY}  # fmt: skip


def _payments(n: int, _: int, now: datetime) -> Iterator[Row]:
    for ago in (20, 50):
        at = now - ago * DAY
        yield {"customer_id": n, "external_id": f"in_{ago}", "status": "paid", "at": at,
               "amount": Decimal(400), "currency": "USD", "attempts": 1, "as_of": at}  # fmt: skip


def _subscription(n: int, _: int, now: datetime) -> Iterator[Row]:
    """A trial that became more, or one that ends in ten days."""
    tries = n % TRIES_OF == TRIES
    begun = now - (4 if tries else 200) * DAY - OFF
    states = [("trialing", begun, Decimal(0))]
    if not tries:
        states.append(("active", begun + 14 * DAY, Decimal(400)))
    for rank, (status, at, mrr) in enumerate(states):
        yield {"customer_id": n, "event_id": f"evt_{rank}", "subscription": f"sub_{n}", "at": at,
               "rank": rank, "status": status, "mrr": mrr, "currency": "USD",
               "trial_ends_at": begun + 14 * DAY}  # fmt: skip


def _stages(n: int, _: int, now: datetime) -> Iterator[Row]:
    """Two that are over; one in twenty-five is in a third, a quarter of those for too long."""
    spells = [("onboarding", 290, 14), ("transition", 276, 7)]
    here = n % IN_STAGE_OF == IN_STAGE
    if here:
        spells.append(("metrics-tracking", 40 if n % 100 == IN_STAGE else 20, 30))
    for nth, (stage, ago, days) in enumerate(spells):
        begun = now - ago * DAY - OFF
        yield {"account_id": n, "process": "transactional", "stage": stage, "days": days,
               "begun_at": begun, "ended_at": begun + days * DAY if nth < 2 else None}  # fmt: skip


def _requirements(n: int, _: int, now: datetime) -> Iterator[Row]:
    if n % 2 == 0:
        yield {"account_id": n, "why_bought": "To see what is late", "intended_use": "Planning",
               "at": now - 290 * DAY}  # fmt: skip


def _checkins(n: int, csms: int, now: datetime) -> Iterator[Row]:
    """Every other one was a conversation; one customer in two hundred never answers calls."""
    calls = (50, 42, 33) if n % 200 == 13 else (n % CHECKED_IN_OF,)
    for ago in calls:
        yield {"account_id": n, "by_id": 1 + n % csms, "at": now - ago * DAY - OFF,
               "channel": "call", "note": "How the quarter goes",
               "sentiment": "good" if len(calls) == 1 and n % 2 else None}  # fmt: skip


def _mails(n: int, _: int, now: datetime) -> Iterator[Row]:
    for ago in (20, 47):
        at = now - ago * DAY - OFF
        yield {"playbook": "tips", "account_id": n, "channel": "email",
               "address": f"p0@customer{n}.example", "words": {"subject": "A tip", "text": "..."},
               "state": "sent", "created_at": at, "send_at": at, "expires_at": at + DAY,
               "queued_at": at, "sent_at": at, "token": f"{n}-{ago}"}  # fmt: skip


def _busy(n: int, _: int, now: datetime) -> Iterator[Row]:
    if n % 40 == 0:
        yield {"account_id": n, "tag": "Busy Season", "added_at": now - 30 * DAY}


def _renewals(n: int, _: int, now: datetime) -> Iterator[Row]:
    """Every other account has renewed before; of one in a hundred a day has passed."""
    if n % 2 == 0 or n % 100 == 11:
        open_ = n % 100 == 11
        yield {"account_id": n, "due_on": (now - (9 if open_ else 300) * DAY).date(),
               "amount_due": Decimal(9_000), "currency": "USD", "category": "commit",
               "status": "open" if open_ else "won", "next_step": "Call the buyer",
               "final_amount": None if open_ else Decimal(9_000),
               "closed_at": None if open_ else now - 305 * DAY,
               "created_at": now - 600 * DAY}  # fmt: skip


def _churn(n: int, _: int, now: datetime) -> Iterator[Row]:
    left = n % LEAVES_OF == LEFT
    if left or n % LEAVES_OF == LEAVES:
        gone = now + (-60 if left else 30) * DAY
        back = now + (-5 if n % 1000 == LEFT else 60) * DAY
        yield {"account_id": n, "type": "competitor", "evidence": "Signed with Rival",
               "notice_on": (now - 70 * DAY).date(), "effective_on": gone.date(),
               "win_back_on": back.date(), "arr": Decimal(9_000), "currency": "USD",
               "at": now - 20 * DAY, "applied_at": gone if left else None}  # fmt: skip
