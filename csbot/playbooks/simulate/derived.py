"""The past of what other tables tell: health, points, stages, tags and invoices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import (
    Account,
    AccountPipeline,
    AccountTag,
    HealthChange,
    PipelineMove,
)
from csbot.audit import TAKEN_BACK
from csbot.payments.model import Payment
from csbot.playbooks.simulate.past import Change, Row, Tape
from csbot.playbooks.simulate.rows import ALWAYS
from csbot.playbooks.simulate.trail import Step, Trail
from csbot.points import PointsEntry

Steps = dict[int, list[Step]]


def account_steps(session: Session) -> Steps:
    """Health and score, by account: neither is in the audit log as a rule."""
    steps: Steps = defaultdict(list)
    _health(session, steps)
    _scores(session, steps)
    return steps


def _health(session: Session, steps: Steps) -> None:
    """Before its first entry an account's health was not known, unless the log says otherwise."""
    query = select(HealthChange.account_id, HealthChange.at, HealthChange.score)
    query = query.add_columns(HealthChange.status, HealthChange.reason)
    rows = session.execute(query.order_by(HealthChange.account_id, HealthChange.at)).all()
    for id, entries in groupby(rows, key=lambda row: row.account_id):
        before: Row = {"health": None, "health_status": None, "health_reason": None}
        for row in entries:
            after = {
                "health": row.score,
                "health_status": row.status,
                "health_reason": row.reason,
            }
            steps[id].append(Step(row.at, before, after))
            before = after


def _scores(session: Session, steps: Steps) -> None:
    """Counted back from today's score: what is in no ledger was there from the start."""
    now = dict(session.execute(select(Account.id, Account.score)).all())
    query = select(PointsEntry.account_id, PointsEntry.at, PointsEntry.points)
    rows = session.execute(query.order_by(PointsEntry.at.desc(), PointsEntry.id.desc()))
    for id, at, points in rows:
        after = now.get(id, 0)
        now[id] = after - points
        steps[id].append(Step(at, {"score": after - points}, {"score": after}))


def stages(session: Session) -> Tape:
    """The stage an account was in, of each pipeline, by the history of its moves."""
    tape = Tape(AccountPipeline.__table__)  # type: ignore[arg-type]
    moves = select(PipelineMove.account_id, PipelineMove.pipeline, PipelineMove.at)
    found: dict[tuple[int, str], list[tuple[datetime, str]]] = defaultdict(list)
    for id, pipeline, at, stage in session.execute(moves.add_columns(PipelineMove.stage)):
        found[id, pipeline].append((at, stage))
    for row in session.execute(select(AccountPipeline.__table__)).mappings():
        told = found.get((row["account_id"], row["pipeline"])) or [(row["since"], row["stage"])]
        tape.changes += [
            Change(at, "add", {**row, "stage": stage, "since": at}) for at, stage in told
        ]
    return tape.sorted()


Tagging = tuple[datetime, str, str]  # when, add or gone, which


def tags(session: Session, trail: Trail) -> Tape:
    """By what people tagged, by when a tag that is there was added, and by each health status."""
    tape = Tape(AccountTag.__table__)  # type: ignore[arg-type]
    found: dict[int, list[Tagging]] = defaultdict(list)
    for id, tag, at in session.execute(
        select(AccountTag.account_id, AccountTag.tag, AccountTag.added_at)
    ):
        found[id].append((at, "add", tag))
    for (noun, id), entries in trail.entries.items():
        if noun == "account":
            found[id] += _tagged(entries)
    for id, entries in _statuses(session):
        found[id] += entries
    for id, all_of_it in found.items():
        tape.changes += _taggings(id, all_of_it)
    return tape.sorted()


def _tagged(entries: Iterable[Any]) -> Iterator[Tagging]:
    for entry in entries:
        if entry.verb.removeprefix(TAKEN_BACK) == "account.tagged":
            yield from ((entry.at, "gone", tag) for tag in (entry.before or {}).get("tags", ()))
            yield from ((entry.at, "add", tag) for tag in (entry.after or {}).get("tags", ()))


def _statuses(session: Session) -> Iterator[tuple[int, list[Tagging]]]:
    query = select(HealthChange.account_id, HealthChange.at, HealthChange.status)
    rows = session.execute(query.order_by(HealthChange.account_id, HealthChange.at))
    for id, entries in groupby(rows, key=lambda row: row.account_id):
        told: list[Tagging] = []
        before = None
        for _, at, status in entries:
            if status != before:
                told += [(at, "gone", before)] if before else []
                told += [(at, "add", status)] if status else []
                before = status
        yield id, told


def _taggings(id: int, told: list[Tagging]) -> Iterator[Change]:
    """What first goes was there before; two tellings of one change do no harm."""
    told.sort(key=lambda one: one[0])
    seen: set[str] = set()
    for at, kind, tag in told:
        row = {"account_id": id, "tag": tag}
        if kind == "gone" and tag not in seen:
            yield Change(ALWAYS, "add", row | {"added_at": ALWAYS})
        seen.add(tag)
        yield Change(at, kind, row | {"added_at": at} if kind == "add" else row)


def invoices(session: Session, trail: Trail) -> Tape:
    """As each event told of them; an invoice that was paid at once is known since then."""
    tape = Tape(Payment.__table__)  # type: ignore[arg-type]
    for found in session.execute(select(Payment.__table__)).mappings():
        row = dict(found)
        for entry in trail.entries.get(("payment", row["id"]), ()):
            if entry.verb == "billing.payment_failed":
                attempts = (entry.after or {}).get("attempts") or 0
                was = {"status": "failed", "attempts": attempts, "as_of": entry.at}
                tape.changes.append(Change(entry.at, "add", row | was))
        entries = trail.entries.get(("payment", row["id"]), ())
        known = max([row["as_of"], *(entry.at for entry in entries)])
        tape.changes.append(Change(known, "add", row))
    return tape.sorted()
