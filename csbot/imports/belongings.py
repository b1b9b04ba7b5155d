"""What belongs to an account: contacts, tasks, meetings, feedback, revenue.

Each kind says which columns identify a row; the rest is one way of writing for all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table as SqlTable
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.imports.accounts import owner_of
from csbot.imports.directory import Accounts, Known, People
from csbot.imports.errors import BadCell, shorten
from csbot.imports.feedback import follow
from csbot.imports.reading import Record, Table
from csbot.imports.report import Report
from csbot.imports.run import Run
from csbot.imports.store import Row, held, insert_returning, table_of, update_rows
from csbot.imports.trail import entry, record_all
from csbot.meetings.model import Meeting
from csbot.payments.booking import book
from csbot.revenue import Revenue
from csbot.tasks.model import Task


@dataclass(frozen=True, slots=True)
class Belonging:
    """`narrow` is the column by which stored rows are looked up, beside the account.

    `noun` is what the audit calls a row; `then` follows for the accounts with something new.
    """

    noun: str
    table: SqlTable
    key: tuple[str, ...]
    columns: Mapping[str, str]
    fresh: Callable[["Item", Run], Row]
    narrow: str | None = None
    people: tuple[str, str, str] | None = None  # address field, name field, column
    undated: tuple[str, ...] = ()  # the key where the file does not say when
    merge: Callable[[Row, Row], Row] = field(default=lambda before, given: before | given)
    then: Callable[[Session, set[int], Run], None] = field(default=lambda session, ids, run: None)

    @property
    def written(self) -> tuple[str, ...]:
        columns = tuple(dict.fromkeys((*self.key, *self.columns.values())))
        return columns + ((self.people[2],) if self.people else ())


@dataclass(slots=True)
class Item:
    record: Record
    account: Known
    person: int | None
    contact_id: int | None = None

    @property
    def account_id(self) -> int:
        assert self.account.id is not None  # noqa: S101  only stored accounts are referred to
        return self.account.id


def place(table: Table, kind: Belonging, accounts: Accounts, people: People) -> list[Item]:
    """Rows with their accounts; rows that say the same thing twice count once."""
    placed: list[Item] = []
    seen: dict[tuple[object, ...], Item] = {}
    for record in table.records:
        account = _account(table, record, accounts)
        if account is None:
            continue
        person = owner_of(table, record, people, *kind.people[:2]) if kind.people else None
        item = Item(record, account, person)
        first = seen.setdefault((account.id, *_key(kind, _given(kind, item))), item)
        if first is item:
            placed.append(item)
        elif _given(kind, first) == _given(kind, item):
            table.remark(record.line, "the same as a line above, so it counts once.")
        else:
            mend = f"line {first.record.line} says otherwise of the same; keep one of the rows."
            table.bad(record, kind_field(kind), record.values.get(kind_field(kind), ""), mend)
    return placed


def kind_field(kind: Belonging) -> str:
    """The field of the file that identifies a row, for naming it in a problem."""
    return next(name for name, column in kind.columns.items() if column == kind.key[0])


def _account(table: Table, record: Record, accounts: Accounts) -> Known | None:
    try:
        known, named = accounts.refer_any(record.values["account"])
    except BadCell as bad:
        table.bad(record, "account", record.values["account"][0], bad.mend)
        return None
    if named > 1:
        table.remark(record.line, f"several companies; “{shorten(known.name)}” was taken.")
    return known


def _given(kind: Belonging, item: Item) -> Row:
    values = item.record.values
    given = {column: values[name] for name, column in kind.columns.items() if name in values}
    if kind.people and item.person is not None:
        given[kind.people[2]] = item.person
    return given


def _key(kind: Belonging, row: Mapping[str, Any]) -> tuple[object, ...]:
    names = kind.undated if kind.undated and not row.get("at") else kind.key
    return _key_by(names, row)


def _key_by(names: tuple[str, ...], row: Mapping[str, Any]) -> tuple[object, ...]:
    return (names, *(row.get(name) for name in names))


def write(
    session: Session, part: Sequence[Item], report: Report, kind: Belonging, run: Run
) -> set[int]:
    """Store a part of the file with its audit entries; the accounts that something is new for."""
    if kind.undated:
        _name_contacts(session, part)
    stored = _stored(session, part, kind)
    new: list[tuple[Item, Row]] = []
    changed: list[tuple[Item, Row, Row]] = []
    for item in part:
        given = _given(kind, item)
        before = stored.get((item.account_id, *_key(kind, given)))
        if before is None:
            new.append((item, kind.fresh(item, run) | given | {"account_id": item.account_id}))
        elif (after := kind.merge(before, given)) != before:
            changed.append((item, before, after))
    ids = insert_returning(session, kind.table, _even([row for _, row in new]))
    update_rows(session, kind.table, [after for _, _, after in changed])
    for (_, row), row_id in zip(new, ids, strict=True):
        row["id"] = row_id
    told = [(item, Row(), row) for item, row in new] + changed
    record_all(session, [_entry(kind, *one, run) for one in told])
    report.count(len(new), len(changed), len(part) - len(new) - len(changed))
    return {item.account_id for item, _, _ in told}


def _entry(kind: Belonging, item: Item, before: Row, after: Row, run: Run) -> Row:
    return entry(
        run,
        verb=f"{kind.noun}.{'updated' if before else 'imported'}",
        subject=f"{kind.noun}:{after['id']}",
        account=item.account_id,
        before=before,
        after=after,
        names=[name for name in kind.written if name in after],
        line=item.record.line,
    )


def _even(rows: Sequence[Row]) -> list[Row]:
    """All rows with the same columns, so that they are one statement."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in names} for row in rows]


def _stored(
    session: Session, part: Sequence[Item], kind: Belonging
) -> dict[tuple[object, ...], Row]:
    table = kind.table
    columns = [table.c.id, table.c.account_id, *(table.c[name] for name in kind.written)]
    if kind.narrow:  # pairs: two lists would make SQLite try every account with every address
        wanted = {(item.account_id, _given(kind, item)[kind.narrow]) for item in part}
        query = select(*columns).where(tuple_(table.c.account_id, table.c[kind.narrow]).in_(wanted))
    else:
        ids = {item.account_id for item in part}
        query = select(*columns).where(table.c.account_id.in_(ids))
    rows: dict[tuple[object, ...], Row] = {}
    for found in session.execute(held(query, table)).mappings():
        row = dict(found)
        account_id = row.pop("account_id")
        for names in filter(None, (kind.key, kind.undated)):
            rows.setdefault((account_id, *_key_by(names, row)), row)
    return rows


def _contact(item: Item, run: Run) -> Row:
    return {"opt_outs": [], "created_at": run.now}


def _merge_contact(before: Row, given: Row) -> Row:
    """Neither a login nor an opt-out is ever taken back: the later login counts."""
    after = before | given
    after["opt_outs"] = sorted({*before["opt_outs"], *after["opt_outs"]})
    known, new = before["last_login_at"], after["last_login_at"]
    if known and new and known > new:
        after["last_login_at"] = known
    return after


def _task(item: Item, run: Run) -> Row:
    return {
        "priority": "normal",
        "assignee_id": item.account.owner_id,
        "created_by_id": run.by,
        "created_at": run.now,
    }


def _meeting(item: Item, run: Run) -> Row:
    return {
        "kind": "meeting",
        "duration_minutes": 30,
        "organizer_id": item.account.owner_id,
        "attendees": [],
        "created_at": run.now,
    }


def _feedback(item: Item, run: Run) -> Row:
    return {
        "email": None,
        "comment": None,
        "at": run.now,
        "contact_id": item.contact_id,
        "recorded_by_id": run.by,
    }


def _name_contacts(session: Session, part: Sequence[Item]) -> None:
    """The contact whose address a feedback has, in one query."""
    contact = table_of(Contact)
    pairs = {
        (item.account_id, email)
        for item in part
        if (email := item.record.values.get("email")) is not None
    }
    query = select(contact.c.account_id, contact.c.email, contact.c.id).where(
        tuple_(contact.c.account_id, contact.c.email).in_(pairs)
    )
    ids = {(row[0], row[1]): row[2] for row in session.execute(query)}
    for item in part:
        item.contact_id = ids.get((item.account_id, item.record.values.get("email", "")))


def _revenue(item: Item, run: Run) -> Row:
    return {"currency": item.account.currency}


PERSON = ("email", "name", "role", "title", "phone", "timezone")
KINDS: Mapping[str, Belonging] = {
    "contacts": Belonging(
        "contact",
        table_of(Contact),
        ("email",),
        {name: name for name in (*PERSON, "last_login_at", "created_at", "opt_outs")},
        _contact,
        narrow="email",
        merge=_merge_contact,
    ),
    "tasks": Belonging(
        "task",
        table_of(Task),
        ("title", "due_on"),
        {"title": "title", "due": "due_on", "priority": "priority"},
        _task,
        narrow="title",
        people=("assignee_email", "assignee", "assignee_id"),
    ),
    "meetings": Belonging(
        "meeting",
        table_of(Meeting),
        ("starts_at", "title"),
        {
            name: name
            for name in ("title", "kind", "starts_at", "duration_minutes", "attendees", "agenda")
        },
        _meeting,
        narrow="starts_at",
        people=("organizer_email", "organizer", "organizer_id"),
    ),
    "feedback": Belonging(
        "feedback",
        table_of(Feedback),
        ("kind", "email", "at"),
        {name: name for name in ("email", "kind", "score", "negative", "comment", "at")},
        _feedback,
        undated=("kind", "email", "score", "comment"),
        then=follow,
    ),
    "revenue": Belonging(
        "revenue",
        table_of(Revenue),
        ("effective_on",),
        {name: name for name in ("effective_on", "mrr", "currency")},
        _revenue,
        narrow="effective_on",
        then=lambda session, ids, run: book(session, ids, now=run.now),
    ),
}
