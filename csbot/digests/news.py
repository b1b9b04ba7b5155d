"""What has changed since each reader's last digest: health, stages completed, promoters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, HealthChange
from csbot.alerts.among import among
from csbot.audit import AuditEntry, stands
from csbot.churn.queries import CUSTOMER
from csbot.contacts import Contact
from csbot.digests.readers import Reader
from csbot.feedback.model import Feedback

PROMOTER = 9  # of 10, the usual NPS scale
FORWARD = ("stage.advanced", "onboarding.finished")


def health_moves(
    session: Session, readers: Sequence[Reader], *, now: datetime
) -> dict[int, list[tuple[str, int, int]]]:
    """Account, change and score of each reader's accounts since their last digest."""
    since = {reader.member.id: reader.since(now) for reader in readers}
    recent = and_(HealthChange.at > min(since.values()), HealthChange.at <= now)
    changed = select(HealthChange.account_id).where(recent)
    owned = among(session, Account.owner_id, since)
    newest_before = (
        select(HealthChange.account_id, func.max(HealthChange.at).label("at"))
        .where(HealthChange.at <= min(since.values()))
        .where(HealthChange.account_id.in_(changed))
        .group_by(HealthChange.account_id)
        .subquery()
    )
    before = and_(
        HealthChange.account_id == newest_before.c.account_id,
        HealthChange.at == newest_before.c.at,
    )
    query: Select[*tuple[Any, ...]] = (
        select(HealthChange, Account.name, Account.owner_id)
        .join(Account, Account.id == HealthChange.account_id)
        .outerjoin(newest_before, before)
        .where(owned, or_(recent, newest_before.c.at.is_not(None)))
        .order_by(HealthChange.at, HealthChange.id)
    )
    accounts: dict[int, _Scores] = {}
    for change, name, owner_id in session.execute(query):
        scores = accounts.setdefault(change.account_id, _Scores(name, owner_id))
        scores.note(change.score, is_before=change.at <= since[owner_id])
    found: dict[int, list[tuple[str, int, int]]] = {}
    for scores in accounts.values():
        if moved := scores.moved():
            found.setdefault(scores.owner_id, []).append(moved)
    for moves in found.values():
        moves.sort(key=lambda move: (-abs(move[1]), move[0]))
    return found


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
    query: Select[*tuple[Any, ...]] = (
        select(AuditEntry, Account.name, Account.process, Account.owner_id)
        .join(Account, Account.id == AuditEntry.account_id)
        .where(
            AuditEntry.verb.in_(FORWARD),
            stands(),
            AuditEntry.why.is_(None),  # a manager's reason means that not all of it was done
            AuditEntry.at > min(since.values()),
            AuditEntry.at <= now,
            among(session, Account.owner_id, since),
            CUSTOMER,
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    for entry, name, process, owner_id in session.execute(query):
        stage = (entry.before or {}).get("stage")
        after = (entry.after or {}).get("stage")
        yield owner_id, Win(entry.at, name, stage=stage, after=after, process=process)


def _promoters(
    session: Session, since: Mapping[int, datetime], now: datetime
) -> Iterable[tuple[int, Win]]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Feedback.at, Feedback.score, Account.name, Account.owner_id,
            func.coalesce(Contact.name, Feedback.email),
        )
        .join(Account, Account.id == Feedback.account_id)
        .outerjoin(Contact, Contact.id == Feedback.contact_id)
        .where(
            Feedback.kind == "nps",
            Feedback.score >= PROMOTER,
            Feedback.at > min(since.values()),
            Feedback.at <= now,
            among(session, Account.owner_id, since),
            CUSTOMER,
        )
        .order_by(Feedback.at, Feedback.id)
    )  # fmt: skip
    for at, score, name, owner_id, who in session.execute(query):
        yield owner_id, Win(at, name, who=who, score=score)
