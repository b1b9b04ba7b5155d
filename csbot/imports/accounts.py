"""Accounts from a file: found by id, else domain, else exact name; added or brought up to date."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, AccountTag
from csbot.accounts.rules import name_key, process_for
from csbot.churn import queries
from csbot.imports.directory import Accounts, Known, People
from csbot.imports.errors import BadCell, shorten
from csbot.imports.known import ACCOUNTS
from csbot.imports.reading import Record, Table
from csbot.imports.report import Report
from csbot.imports.run import Run
from csbot.imports.store import (
    Row,
    held,
    insert_returning,
    insert_rows,
    table_of,
    update_rows,
)
from csbot.imports.trail import entry, record_all
from csbot.onboarding import spells
from csbot.onboarding.rules import AFTER_ONBOARDING, IN_ONBOARDING
from csbot.onboarding.stages import track
from csbot.payments.booking import fields_of
from csbot.renewals.closing import signed_on
from csbot.renewals.sync import STALE_AFTER, sync

LEFT = re.compile(r"\b(cancel+ed|former|ex|lost|churn|terminated|gekündigt|ehemalig\w*)\b")
MONEY = re.compile(r"revenue|amount|contract value|umsatz|betrag", re.IGNORECASE)
ACCOUNT = table_of(Account)
TAG = table_of(AccountTag)
COLUMNS = {  # of the file, by the field's name
    "name": "name",
    "id": "external_id",
    "domain": "domain",
    "segment": "segment",
    "plan": "plan",
    "industry": "industry",
    "arr": "arr",
    "currency": "currency",
    "lifecycle_stage": "lifecycle_stage",
    "renewal_date": "renewal_on",
    "contract_months": "contract_months",
    "created_at": "customer_since",
    "channel": "channel",
}
WRITTEN = (*COLUMNS.values(), "owner_id", "name_key", "custom", "onboarding_stage")
TERMS = ("arr", "renewal_on", "contract_months")  # of a contract
ENDED = ("lifecycle_stage", "arr", "renewal_on")  # with a churn
DEFAULTS: Mapping[str, Any] = {
    "currency": "USD",
    "lifecycle_stage": AFTER_ONBOARDING,
    "contract_months": 12,
    "score": 0,
}


@dataclass(slots=True)
class Placed:
    """A row of the file and the account it is about; `known.id` is None until it is stored."""

    record: Record
    known: Known
    owner_id: int | None


def place(table: Table, accounts: Accounts, people: People) -> list[Placed]:
    """Which account each row is about; what cannot be decided goes to the table's problems."""
    placed: list[Placed] = []
    taken: dict[int, int] = {}
    claimed = {domain for record in table.records if (domain := record.values.get("domain"))}
    for record in table.records:
        if "name" not in record.values:  # it was told when the row was read
            continue
        try:
            known = _find(record, accounts, claimed) or _new(record, accounts)
        except BadCell as bad:
            table.bad(record, "name", record.values["name"], bad.mend)
            continue
        first = taken.setdefault(id(known), record.line)
        if first != record.line:
            mend = f"line {first} is about the same account; keep one of the two rows."
            table.bad(record, "name", record.values["name"], mend)
            continue
        placed.append(Placed(record, known, owner_of(table, record, people)))
    return placed


def mention_stale(table: Table, now: datetime) -> None:
    """Say of which rows the renewal date opens no renewal, being long past."""
    oldest = now.date() - STALE_AFTER
    for record in table.records:
        due_on = record.values.get("renewal_date")
        if due_on is not None and due_on < oldest:
            table.remark(record.line, "the renewal date is long past and opens no renewal.")


def mention_left(table: Table) -> None:
    for record in table.records:
        if LEFT.search(stage := record.values.get("lifecycle_stage", "")):
            mend = f"“{shorten(stage)}” counts as a customer; who has left is “churned” in csbot."
            table.remark(record.line, mend)


def mention_no_arr(table: Table) -> None:
    """What customers pay is what most of csbot weighs by: a file without it is not passed over."""
    if not table.records or any("arr" in record.values for record in table.records):
        return
    found = [table.titles[name] for name in ("arr", "mrr") if name in table.titles]
    if found:
        table.notices.append(f"No ARR was found: {found[0]} is empty in every row.")
        return
    others = (name for record in table.records for name in record.custom if MONEY.search(name))
    near = next(others, None)
    which = f"If “{near}” is what they pay you" if near else "If another column holds it"
    table.notices.append(
        "No ARR was found, so amounts stay as they are. A column called one of these was looked "
        f"for: {', '.join(ACCOUNTS['arr'])}; or {', '.join(ACCOUNTS['mrr'])}. "
        f"{which}, rename it to arr (to mrr if it is by the month) and import the file again."
    )


def _find(record: Record, accounts: Accounts, claimed: set[str]) -> Known | None:
    """By id, else domain, else name; one that has another id is another account."""
    external: str | None = record.values.get("id")
    if external is not None and external in accounts.by_external:
        return accounts.by_external[external]
    domain: str | None = record.values.get("domain")
    found = _only("domain", domain, external, accounts.by_domain.get(domain or "", []))
    if found is None:
        name: str = record.values["name"]
        named = accounts.by_name.get(name_key(name), [])
        if domain:  # a namesake that has a row of its own in this file is not meant
            named = [known for known in named if known.domain not in claimed]
        found = _only("name", name, external, named)
    if found is not None and external is not None:
        found.external_id = external
        accounts.by_external[external] = found
    return found


def _only(what: str, text: str | None, external: str | None, found: list[Known]) -> Known | None:
    free = [known for known in found if external is None or known.external_id is None]
    if len(free) > 1:
        raise BadCell(f"{len(free)} accounts have the {what} {shorten(text or '')}; give its id.")
    return free[0] if free else None


def _new(record: Record, accounts: Accounts) -> Known:
    values = record.values
    known = Known(None, values.get("id"), values.get("domain"), values["name"], line=record.line)
    accounts.add(known)
    return known


def owner_of(
    table: Table, record: Record, people: People, strict: str = "owner_email", loose: str = "owner"
) -> int | None:
    """An address must be the team's; a name that fits nobody is only remarked on."""
    email, name = record.values.get(strict), record.values.get(loose)
    if email:
        try:
            return people.need(email)
        except BadCell as bad:
            table.bad(record, strict, email, bad.mend)
            return None
    if not name:
        return None
    found = people.guess(name)
    if found is None:
        table.remark(
            record.line, f"the {loose} “{shorten(name)}” is nobody of the team; left as it was."
        )
    return found


def write(session: Session, part: Sequence[Placed], report: Report, run: Run) -> None:
    """Store a part of the file, its tags, its audit entries and its open renewals."""
    stored = _stored(session, part)
    billed, gone = fields_of(session, stored), queries.gone(session, stored)
    signed = signed_on(session, stored)
    new, changed, entries = [], [], []
    for item in part:
        before = stored.get(item.known.id or 0)
        if before is None:
            new.append((item, _fresh(item, run)))
            continue
        after = _merged(before, item) | billed.get(item.known.id or 0, {})
        if item.known.id in gone:  # and comes back by *They Stay* or a new start, not by a file
            after |= {name: before[name] for name in ENDED}
        over = (item.known.id, after["renewal_on"]) in signed
        if over and before["renewal_on"] and before["renewal_on"] > after["renewal_on"]:
            # The file has not heard of the contract that is signed.
            after |= {name: before[name] for name in TERMS}
        if after != before:
            changed.append({"id": item.known.id, "updated_at": run.now} | after)
            entries.append(_entry(item, "import", before, after, run))
    added = _insert(session, new, run)
    update_rows(session, ACCOUNT, changed)
    entries += [_entry(item, "account.added", {}, row, run) for item, row in new]
    updated = {row["id"] for row in changed} | _tag(session, part, run.now)
    record_all(session, entries)
    sync(session, [item.known.id for item in part if item.known.id is not None], run.now)
    report.count(len(added), len(updated - added), len(part) - len(added | updated))


def _insert(session: Session, new: Sequence[tuple[Placed, Row]], run: Run) -> set[int]:
    ids = insert_returning(session, ACCOUNT, [row for _, row in new])
    for (item, _), account_id in zip(new, ids, strict=True):
        item.known.id = account_id
    begun = [
        spells.row(
            account_id, row["process"], track(row["process"])[0], row["owner_id"],
            begun_at=run.now, by=run.by,
        )
        for account_id, (_, row) in zip(ids, new, strict=True)
        if row["onboarding_stage"]
    ]  # fmt: skip
    spells.add(session, begun)
    return set(ids)


def _stored(session: Session, part: Sequence[Placed]) -> dict[int, Row]:
    ids = [item.known.id for item in part if item.known.id is not None]
    columns = [ACCOUNT.c[name] for name in WRITTEN]
    query = select(ACCOUNT.c.id, *columns).where(ACCOUNT.c.id.in_(ids))
    rows = session.execute(held(query, ACCOUNT))
    return {row[0]: dict(zip(WRITTEN, row[1:], strict=True)) for row in rows}


def _given(item: Placed) -> Row:
    values = item.record.values
    given = {column: values[name] for name, column in COLUMNS.items() if name in values}
    if item.owner_id is not None:
        given["owner_id"] = item.owner_id
    return given | {"name_key": name_key(values["name"])}


def _merged(before: Row, item: Placed) -> Row:
    """Empty cells and missing columns leave what is stored; custom fields are added to."""
    after = before | _given(item)
    after["custom"] = {**(before["custom"] or {}), **item.record.custom}
    if before["onboarding_stage"] or after["lifecycle_stage"] == IN_ONBOARDING:
        after["lifecycle_stage"] = before["lifecycle_stage"]  # csbot knows better than the CRM
    return after


def _fresh(item: Placed, run: Run) -> Row:
    """A new account; onboarding begins only where the file says that it is under way."""
    row: Row = dict.fromkeys(WRITTEN) | dict(DEFAULTS) | _given(item)
    row["custom"] = item.record.custom
    process = process_for(segment=row["segment"], arr=row["arr"], thresholds=run.thresholds)
    begun = row["lifecycle_stage"] == IN_ONBOARDING
    return row | {
        "process": process.value,
        "onboarding_stage": track(process.value)[0].key if begun else None,
        "onboarding_stage_since": run.now if begun else None,
        "onboarding_began_at": run.now if begun else None,
        "created_at": run.now,
        "updated_at": run.now,
    }


def _entry(item: Placed, verb: str, before: Row, after: Row, run: Run) -> Row:
    return entry(
        run,
        verb=verb,
        subject=f"account:{item.known.id}",
        account=item.known.id,
        before=before,
        after=after,
        names=[name for name in WRITTEN if name != "name_key"],
        line=item.record.line,
    )


def _tag(session: Session, part: Sequence[Placed], now: datetime) -> set[int]:
    """Tags are only ever added; those taken off by hand elsewhere stay the person's business."""
    wanted = {
        (item.known.id, tag)
        for item in part
        for tag in item.record.values.get("tags", ())
        if item.known.id is not None
    }
    ids = {account_id for account_id, _ in wanted}
    # Tags are folded in files, but not where csbot or people set them: Struggling is one.
    query = select(TAG.c.account_id, TAG.c.tag).where(TAG.c.account_id.in_(ids))
    missing = sorted(wanted - {(row[0], row[1].casefold()) for row in session.execute(query)})
    rows = [{"account_id": key, "tag": tag, "added_at": now} for key, tag in missing]
    insert_rows(session, TAG, rows)
    return {key for key, _ in missing}
