"""What has changed since each reader's last digest: health, stages completed, promoters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, HealthChange
from csbot.alerts.among import bound, dialect_of, is_one_of
from csbot.audit import AuditEntry, stands
from csbot.churn.queries import CUSTOMER
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.digests.readers import Reader
from csbot.feedback.model import Feedback

PROMOTER = 9  # of 10, the usual NPS scale
SINCE, NOW = (bindparam(name, type_=UTCDateTime()) for name in ("since", "now"))
FORWARD = ("stage.advanced", "onboarding.finished")


def health_moves(
    session: Session, readers: Sequence[Reader], *, now: datetime
) -> dict[int, list[tuple[str, int, int]]]:
    """Account, change and score of each reader's accounts since their last digest."""
    since = {reader.member.id: reader.since(now) for reader in readers}
    dialect = dialect_of(session)
    accounts: dict[int, _Scores] = {}
    for account_id, score, at, name, owner_id in session.execute(
        _scores(dialect), _given(dialect, since, now)
    ):
        scores = accounts.setdefault(account_id, _Scores(name, owner_id))
        scores.note(score, is_before=at <= since[owner_id])
    found: dict[int, list[tuple[str, int, int]]] = {}
    for scores in accounts.values():
        if moved := scores.moved():
            found.setdefault(scores.owner_id, []).append(moved)
    for moves in found.values():
        moves.sort(key=lambda move: (-abs(move[1]), move[0]))
    return found


def _given(dialect: str, since: Mapping[int, datetime], now: datetime) -> dict[str, Any]:
    return {"people": bound(dialect, since), "since": min(since.values()), "now": now}


@cache
def _scores(dialect: str) -> Select[*tuple[Any, ...]]:
    """Of accounts whose health changed, each change since the longest ago, and the one before."""
    recent = and_(HealthChange.at > SINCE, HealthChange.at <= NOW)
    changed = select(HealthChange.account_id).where(recent)
    newest_before = (
        select(HealthChange.account_id, func.max(HealthChange.at).label("at"))
        .where(HealthChange.at <= SINCE)
        .where(HealthChange.account_id.in_(changed))
        .group_by(HealthChange.account_id)
        .subquery()
    )
    before = and_(
        HealthChange.account_id == newest_before.c.account_id,
        HealthChange.at == newest_before.c.at,
    )
    return (
        select(
            HealthChange.account_id, HealthChange.score, HealthChange.at, Account.name,
            Account.owner_id,
        )
        .join(Account, Account.id == HealthChange.account_id)
        .outerjoin(newest_before, before)
        .where(
            is_one_of(dialect, Account.owner_id, bindparam("people")),
            or_(recent, newest_before.c.at.is_not(None)),
        )
        .order_by(HealthChange.at, HealthChange.id)
    )  # fmt: skip


@dataclass
class _Scores:
    """An account's health before and after a reader's last digest."""

    name: str
    owner_id: int
    before: int | None = None
    after: int | None = None

    def note(self, score: int | None, *, is_before: bool) -> None:
        if is_before:
            self.before = score
        else:
            self.after = score

    def moved(self) -> tuple[str, int, int] | None:
        if self.before is None or self.after is None or self.before == self.after:
            return None
        return self.name, self.after - self.before, self.after


@dataclass(frozen=True)
class Win:
    """A stage that was left (`stage`, as `process` names it) or a promoter's `score`."""

    at: datetime
    account: str
    stage: str | None = None
    after: str | None = None
    process: str = ""
    who: str | None = None
    score: int | None = None


def wins(session: Session, readers: Sequence[Reader], *, now: datetime) -> dict[int, list[Win]]:
    since = {reader.member.id: reader.since(now) for reader in readers}
    found: dict[int, list[Win]] = {}
    for owner_id, win in (*_stages(session, since, now), *_promoters(session, since, now)):
        if win.at > since[owner_id]:
            found.setdefault(owner_id, []).append(win)
    return found


def _stages(
    session: Session, since: Mapping[int, datetime], now: datetime
) -> Iterable[tuple[int, Win]]:
    dialect = dialect_of(session)
    rows = session.execute(_advances(dialect), _given(dialect, since, now))
    for at, before, after, name, process, owner_id in rows:
        left, entered = (before or {}).get("stage"), (after or {}).get("stage")
        yield owner_id, Win(at, name, stage=left, after=entered, process=process)


@cache
def _advances(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AuditEntry.at, AuditEntry.before, AuditEntry.after, Account.name, Account.process,
            Account.owner_id,
        )
        .join(Account, Account.id == AuditEntry.account_id)
        .where(
            AuditEntry.verb.in_(FORWARD),
            stands(),
            AuditEntry.why.is_(None),  # a manager's reason means that not all of it was done
            AuditEntry.at > SINCE,
            AuditEntry.at <= NOW,
            is_one_of(dialect, Account.owner_id, bindparam("people")),
            CUSTOMER,
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    )  # fmt: skip


def _promoters(
    session: Session, since: Mapping[int, datetime], now: datetime
) -> Iterable[tuple[int, Win]]:
    dialect = dialect_of(session)
    for at, score, name, owner_id, who in session.execute(
        _praise(dialect), _given(dialect, since, now)
    ):
        yield owner_id, Win(at, name, who=who, score=score)


@cache
def _praise(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Feedback.at, Feedback.score, Account.name, Account.owner_id,
            func.coalesce(Contact.name, Feedback.email),
        )
        .join(Account, Account.id == Feedback.account_id)
        .outerjoin(Contact, Contact.id == Feedback.contact_id)
        .where(
            Feedback.kind == "nps",
            Feedback.score >= PROMOTER,
            Feedback.at > SINCE,
            Feedback.at <= NOW,
            is_one_of(dialect, Account.owner_id, bindparam("people")),
            CUSTOMER,
        )
        .order_by(Feedback.at, Feedback.id)
    )  # fmt: skip
