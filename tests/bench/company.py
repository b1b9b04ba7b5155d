"""A customer base of any size, the same each time: mostly well, with some alerts of each kind."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text

from csbot.accounts.model import Account, HealthChange
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.db.base import Base
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # Monday; the same date in all zones below
ZONES = ("UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon")
CONTACTS = 10
ACCOUNTS_EACH = 100  # per CSM
CHUNK = 10_000
SOUNDS = (
    "ba",
    "de",
    "fi",
    "go",
    "ku",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "wo",
    "zu",
    "ha",
)
KINDS = ("Systems", "Freight", "Labs", "Foods", "Partners")
ROLES = ("champion", "decision maker", "user", "admin", "user")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Row = dict[str, Any]


def fill(engine: Engine, accounts: int, *, now: datetime = NOW) -> None:
    """`accounts` with ten contacts each; every alert goes to a channel of its own account."""
    csms = csm_count(accounts)
    with engine.begin() as connection:
        add(connection, TeamMember, _team(csms, now))
        makers: list[tuple[type[Base], Callable[[int, int, datetime], Iterator[Row]]]] = [
            (Account, _account), (Contact, _contacts), (Task, _tasks), (Meeting, _meetings),
            (Feedback, _feedback), (Renewal, _renewals), (HealthChange, _health),
            (AuditEntry, _stages),
        ]  # fmt: skip
        for table, make in makers:
            rows = (row for n in range(1, accounts + 1) for row in make(n, csms, now))
            add(connection, table, rows)
        _settle(connection)


def csm_count(accounts: int) -> int:
    return max(1, accounts // ACCOUNTS_EACH)


def name(number: int) -> str:
    """No two alike, and few that begin alike."""
    word, left = "", number + 4_096
    while left:
        left, sound = divmod(left, len(SOUNDS))
        word += SOUNDS[sound]
    return f"{word.capitalize()} {KINDS[number % len(KINDS)]}"


def add(connection: Connection, table: type[Base], rows: Iterator[Row]) -> None:
    """Rows that all have the same columns; by whatever is fastest."""
    if connection.dialect.name == "postgresql":
        _copy(connection, table.metadata.tables[table.__tablename__], rows)
        return
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(table), chunk)


def _copy(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    """By COPY, five times as fast as INSERT; with the defaults that an INSERT would fill in."""
    columns = [c for c in table.columns if c.default is not None]
    defaults = {c.name: c.default.arg for c in columns}  # type: ignore[union-attr]
    first = next(rows)
    names = list(defaults | first)
    convert = [_converter(connection, table, name) for name in names]
    driver: Any = connection.connection.driver_connection
    listed = ", ".join(f'"{name}"' for name in names)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
        for row in chain([first], rows):
            values = (row.get(name, _made(defaults.get(name))) for name in names)
            copy.write_row([do(value) for do, value in zip(convert, values, strict=True)])


def _converter(connection: Connection, table: Table, name: str) -> Callable[[Any], Any]:
    kind: Any = table.c[name].type.dialect_impl(connection.dialect)
    bind: Callable[[Any], Any] | None = kind.bind_processor(connection.dialect)
    return bind or (lambda value: value)


def _made(default: Any) -> Any:
    made: Callable[[Any], Any] = default
    return made(None) if callable(default) else default


def _settle(connection: Connection) -> None:
    """Ids were given by us, and PostgreSQL would gather its statistics a little later."""
    if connection.dialect.name != "postgresql":
        return
    for table in ("team", "accounts"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))"))
    connection.execute(text("ANALYZE"))


def _team(csms: int, now: datetime) -> Iterator[Row]:
    """CSMs have the first ids, then one manager for ten of them."""
    managers = 1 + (csms - 1) // 10
    for number in range(csms + managers, 0, -1):  # managers first: they are referred to
        is_csm = number <= csms
        yield {
            "id": number,
            "email": f"mate{number}@vendor.example",
            "name": f"Mate {number}",
            "role": "csm" if is_csm else "manager",
            "slack_id": f"U{number:06d}",
            "timezone": ZONES[number % len(ZONES)],
            "manager_id": csms + 1 + (number - 1) // 10 if is_csm else None,
            "slack_checked_at": now,
            "created_at": now - 400 * DAY,
        }


def _account(n: int, csms: int, now: datetime) -> Iterator[Row]:
    yield {
        "id": n,
        "name": name(n),
        "name_key": name(n).casefold(),
        "domain": f"customer{n}.example",
        "arr": Decimal(5_000 + n * 7_919 % 90_000),
        "currency": "USD",
        "segment": ("small", "mid-market", "enterprise")[n % 3],
        "owner_id": None if n % 100 == 1 else 1 + n % csms,
        "process": "transactional",
        "lifecycle_stage": "adoption",
        "health": n * 31 % 101,
        "renewal_on": renews_on(n, now),
        "channel": f"C{n:07d}",
        "created_at": now - 300 * DAY,
        "updated_at": now - 30 * DAY,
    }


def renews_on(n: int, now: datetime) -> date:
    return (now + n % 365 * DAY).date()


def _contacts(n: int, _: int, now: datetime) -> Iterator[Row]:
    """In one account of twenty two people have stayed away; one person in ten never came."""
    for k in range(CONTACTS):
        seen = now - HOUR * (5 + (n * 13 + k * 29) % 110)
        away = n % 20 == 0 and k < 2
        yield {
            "account_id": n,
            "email": f"p{k}@customer{n}.example",
            "name": f"Person {k} of {n}",
            "role": ROLES[k % len(ROLES)],
            "last_login_at": None if k == 9 else now - 10 * DAY if away else seen,
            "created_at": now - 300 * DAY,
        }


def _tasks(n: int, csms: int, now: datetime) -> Iterator[Row]:
    """Every fifth account has one, every fiftieth one that is due today."""
    if n % 5 == 2:
        yield {
            "account_id": n,
            "title": f"Call about the renewal of {n}",
            "priority": "high" if n % 3 else "normal",
            "due_on": (now + (0 if n % 50 == 2 else 30) * DAY).date(),
            "assignee_id": 1 + n % csms,
            "created_at": now - 5 * DAY,
        }


def _meetings(n: int, csms: int, now: datetime) -> Iterator[Row]:
    """One of a hundred is tomorrow, one of a thousand within the hour, many later."""
    ahead = 25 * HOUR if n % 100 == 3 else HOUR * 3 / 4 if n % 1000 == 7 else 14 * DAY
    if n % 10 in (3, 7):
        yield {
            "account_id": n,
            "title": "Success session",
            "starts_at": now + ahead,
            "organizer_id": 1 + n % csms,
            "attendees": [f"p0@customer{n}.example"],
            "created_at": now - 5 * DAY,
        }


def _feedback(n: int, _: int, now: datetime) -> Iterator[Row]:
    """Every fourth account has answered, every fiftieth was unhappy and waits."""
    unhappy = n % 50 == 4
    if n % 4 == 0 or unhappy:
        yield {
            "account_id": n,
            "email": f"p1@customer{n}.example",
            "kind": "nps",
            "score": 3 if unhappy else 9,
            "negative": unhappy,
            "at": now - HOUR * (3 + n % 2000),
            "answered_at": None,
        }


def _renewals(n: int, _: int, now: datetime) -> Iterator[Row]:
    """One each; a tenth has no next step yet."""
    yield {
        "account_id": n,
        "due_on": renews_on(n, now),
        "amount_due": Decimal(5_000 + n * 7_919 % 90_000),
        "currency": "USD",
        "category": ("commit", "probable", "best_case", "at_risk")[n % 4],
        "status": "open",
        "next_step": None if n % 10 == 9 else "Send the proposal",
        "created_at": now - 300 * DAY,
    }


def _health(n: int, _: int, now: datetime) -> Iterator[Row]:
    if n % 7 == 0:
        for ago, score in ((10 * DAY, 60), (12 * HOUR, n * 31 % 101)):
            yield {"account_id": n, "at": now - ago, "score": score}


def _stages(n: int, _: int, now: datetime) -> Iterator[Row]:
    if n % 30 == 0:
        yield {
            "at": now - 12 * HOUR,
            "verb": "stage.advanced",
            "subject": f"account:{n}",
            "account_id": n,
            "before": {"stage": "kickoff"},
            "after": {"stage": "setup"},
        }
