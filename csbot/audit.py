"""The record of every change: who, verb, subject, before, after, why, when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, exists, insert
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from csbot.away.acting import covering
from csbot.db.base import Base

CHANGED = "changed"  # in a session's info: this transaction has written something
TAKEN_BACK = "undo."  # before the verb of an entry that another one has taken back


class AuditEntry(Base):
    """`by_id` is empty when csbot acted by itself; `subject` is like task:12.

    `acting_for_id` is the absent colleague whom `by_id` covered for.
    `undoes_id` is the entry whose change this one took back: an entry is taken back once.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_account_id_at", "account_id", "at"),
        Index("ix_audit_by_id_at", "by_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    verb: Mapped[str]
    subject: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    why: Mapped[str | None]
    undoes_id: Mapped[int | None] = mapped_column(
        ForeignKey("audit.id", ondelete="SET NULL"), unique=True
    )


def stands() -> ColumnElement[bool]:
    """That nobody has taken an entry's change back."""
    later = aliased(AuditEntry)
    return ~exists().where(later.undoes_id == AuditEntry.id)


_ENTRY = insert(AuditEntry.metadata.tables[AuditEntry.__tablename__])


def record(
    session: Session,
    *,
    verb: str,
    subject: str,
    by: int | None,
    now: datetime,
    account: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str | None = None,
) -> None:
    told = entry(
        verb=verb, subject=subject, by=by, now=now, account=account, before=before, after=after,
        why=why,
    )  # fmt: skip
    record_all(session, [told])


def entry(
    *,
    verb: str,
    subject: str,
    by: int | None,
    now: datetime,
    account: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str | None = None,
) -> dict[str, Any]:
    """One of many that `record_all` writes."""
    return {
        "at": now,
        "by_id": by,
        "verb": verb,
        "subject": subject,
        "account_id": account,
        "before": before,
        "after": after,
        "why": why,
    }


def record_all(session: Session, entries: Sequence[dict[str, Any]]) -> None:
    """As `record`, in one statement however many they are."""
    if not entries:
        return
    # On the table, past the ORM's unit of work: a third of the time for one row.
    session.info[CHANGED] = True
    session.flush()
    session.connection().execute(_ENTRY, _covered(session, entries))


def _covered(session: Session, entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With whom each act was done for, where it was a cover's."""
    by_people = [one for one in entries if one["by_id"] and one["account_id"]]
    whose = covering(session, by_people, entries[0]["at"]) if by_people else {}
    return [
        one | {"acting_for_id": whose.get((one["by_id"], one["account_id"]))} for one in entries
    ]
