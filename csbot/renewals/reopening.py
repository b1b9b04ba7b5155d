"""A renewal that was called won by mistake, and is open again: later than `/cs undo` reaches."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from csbot.access import May, allows, require
from csbot.accounts.model import Account
from csbot.audit import AuditEntry, stands
from csbot.churn.queries import of_account as churn_of
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.renewals.model import Renewal
from csbot.renewals.rules import REASON_MAX
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.undoing.acts import Act
from csbot.undoing.service import take_back
from messages.undo import Undone


def reopen(
    session: Session,
    account: Account,
    *,
    why: str | None,
    by: TeamMember,
    settings: Settings,
    now: datetime,
) -> Undone:
    """Take the account's newest win back, by whoever closed it or a manager, with their reason."""
    require(by, May.CLOSE)
    account_by_id(session, account.id, lock=True)
    entry = _newest_win(session, account)
    if entry is None:
        raise Refused(f"{account.name} has no renewal that was won, so there is nothing to reopen.")
    if entry.by_id != by.id and not allows(by.role, May.OVERRIDE):
        raise Refused("Whoever closed it can open it again, or a manager. Nothing was changed.")
    if not why:
        raise Refused(f"Say why: `/cs renewal {account.name} reopen because …`.")
    if churn_of(session, account.id):
        raise Refused(
            f"Since then it is recorded that {account.name} leaves, so this one stays won. "
            f"`/cs churn {account.name}` has *They Stay*. Nothing was changed."
        )
    if _worked_on(session, account):
        raise Refused(
            "The next renewal has been worked on since, so this one stays won. Nothing was changed."
        )
    act = Act([entry], account.name)
    return take_back(session, act, by=by, now=now, settings=settings, why=why[:REASON_MAX])


def _newest_win(session: Session, account: Account) -> AuditEntry | None:
    return session.scalar(
        select(AuditEntry)
        .where(AuditEntry.account_id == account.id, AuditEntry.verb == "renewal.won", stands())
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )


def _worked_on(session: Session, account: Account) -> bool:
    """Whether a person has changed the renewal that is open now, and not taken that back.

    Who had it lost and open again has left it as it was.
    """
    ids = select(Renewal.id).where(Renewal.account_id == account.id, Renewal.status == "open")
    subjects = [f"renewal:{id}" for id in session.scalars(ids)]
    mine = AuditEntry.account_id == account.id, AuditEntry.subject.in_(subjects)
    people = AuditEntry.by_id.is_not(None), AuditEntry.undoes_id.is_(None)
    changed = AuditEntry.verb != "renewal.lost"
    return bool(session.scalar(select(exists().where(*mine, *people, changed, stands()))))
