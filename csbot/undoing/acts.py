"""What somebody did last, as the audit log has it; and what has changed since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import case, exists, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.timeline import words
from csbot.audit import TAKEN_BACK, AuditEntry, stands
from csbot.team.model import TeamMember

FEW = 100  # entries of the log: nobody looks for more within minutes


@dataclass(frozen=True)
class Act:
    """All that one press or command of somebody changed: entries of the same instant."""

    entries: Sequence[AuditEntry]
    account: str | None

    @property
    def at(self) -> datetime:
        return self.entries[0].at

    @property
    def undoes(self) -> bool:
        return any(entry.undoes_id for entry in self.entries)

    @property
    def did(self) -> str:
        """What its first entry says, which all others followed from."""
        return words(self.entries[0])

    def has(self, entry_id: int) -> bool:
        """That the entry is one of its own, or one that it took back."""
        return any(entry_id in (entry.id, entry.undoes_id) for entry in self.entries)

    @property
    def about(self) -> str:
        return f"{self.did} ({self.account})" if self.account else self.did


def newest(session: Session, by: TeamMember) -> Act | None:
    mine = select(AuditEntry).where(AuditEntry.by_id == by.id)
    last = session.scalar(mine.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1))
    if last is None:
        return None
    found = session.scalars(mine.where(AuditEntry.at == last.at).order_by(AuditEntry.id)).all()
    return Act(found, _account(session, found[0]))


def newest_few(session: Session, by: TeamMember, *, after: datetime) -> Iterator[Act]:
    """What somebody did after that moment, the newest first."""
    mine = select(AuditEntry).where(AuditEntry.by_id == by.id, AuditEntry.at > after)
    found = session.scalars(mine.order_by(AuditEntry.at.desc(), AuditEntry.id).limit(FEW)).all()
    for _, entries in groupby(found, key=lambda entry: entry.at):
        of_one = list(entries)
        yield Act(of_one, _account(session, of_one[0]))


def _account(session: Session, entry: AuditEntry) -> str | None:
    account = session.get(Account, entry.account_id) if entry.account_id else None
    return account.name if account else None


def said_again(session: Session, entry: AuditEntry) -> bool:
    """That the same was changed again later, even if back to what this entry made of it."""
    return session.scalar(
        select(
            exists().where(
                AuditEntry.account_id.is_not_distinct_from(entry.account_id),
                AuditEntry.at > entry.at,
                AuditEntry.verb == entry.verb,
                AuditEntry.subject == entry.subject,
                stands(),
            )
        )
    )  # type: ignore[return-value]


def since(session: Session, entry: AuditEntry) -> tuple[AuditEntry, str] | None:
    """The newest change of the same thing after this one, one of its kind first, and by whom."""
    alike = AuditEntry.verb.in_((entry.verb, TAKEN_BACK + entry.verb))
    later = session.execute(
        select(AuditEntry, TeamMember.name)
        .outerjoin(TeamMember, TeamMember.id == AuditEntry.by_id)
        .where(AuditEntry.subject == entry.subject, AuditEntry.at > entry.at)
        .order_by(case((alike, 0), else_=1), AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    ).first()
    return (later[0], later[1] or "csbot") if later else None
