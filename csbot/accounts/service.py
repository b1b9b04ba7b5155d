"""What people do to accounts: hand them over, judge their health, tag them."""

from datetime import datetime
from functools import cache

from sqlalchemy import Integer, Select, bindparam, delete, func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.accounts import rules
from csbot.accounts.model import Account, AccountTag, HealthChange
from csbot.accounts.rules import Health
from csbot.accounts.telling import tell
from csbot.alerts.model import Alert
from csbot.alerts.service import settle
from csbot.away.cover import acts_as
from csbot.db.rows import insert
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.pipelines import move
from csbot.settings import Settings
from csbot.team.model import TeamMember


def assign(
    session: Session,
    *,
    account_id: int,
    to: TeamMember,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    why: str | None = None,
) -> Account:
    """Make `to` the owner, tell them and the former owner once each, but nobody of their own act.

    Whoever already owns it keeps it and hears nothing.
    """
    require(by, May.ASSIGN_OWN)
    account = account_by_id(session, account_id, lock=True)
    if account.owner_id == to.id:
        return account
    if account.owner_id is not None and account.owner_id not in acts_as(session, by, now):
        require(by, May.ASSIGN_ANY)
    check_owner(to)
    hand_over(session, account, to=to, by=by, now=now, why=why)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account


def check_owner(to: TeamMember) -> None:
    if not may_own(to):
        raise Refused(f"{to.name} cannot own accounts in csbot.", field="person")


def may_own(person: TeamMember) -> bool:
    return person.active and not person.is_outsider and allows(person.role, May.EDIT_ACCOUNTS)


def hand_over(
    session: Session,
    account: Account,
    *,
    to: TeamMember,
    by: TeamMember,
    now: datetime,
    why: str | None,
    note: str | None = None,
) -> None:
    """The account is `to`'s, with its open alerts; `note` is what they need to know of it."""
    former = session.get(TeamMember, account.owner_id) if account.owner_id else None
    alerts = _alerts_follow(session, account, to=to, former_id=former.id if former else None)
    audit.record(
        session,
        verb="account.assigned",
        subject=f"account:{account.id}",
        account=account.id,
        by=by.id,
        now=now,
        before={
            "owner": former.email if former else None,
            "name": former and former.name,
            "alerts": alerts,
        },
        after={"owner": to.email, "name": to.name},
        why=note or why,
    )
    # Not before: the audit says for whom it was done by whose the account was.
    account.owner_id, account.updated_at = to.id, now
    session.flush()
    tell(session, account, to=to, former=former, by=by, now=now, why=why, note=note)


def set_health(
    session: Session,
    *,
    account_id: int,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    status: Health | None = None,
    score: int | None = None,
    reason: str | None = None,
) -> Account:
    """Judge an account's health by a status or a score, with the reason kept in its history."""
    require(by, May.EDIT_ACCOUNTS)
    account = account_by_id(session, account_id, lock=True)
    if score is None and status == account.health_status:
        score = account.health  # what is judged as before keeps its number
    status, score = _judged(status, score, account.health)
    reason = checked_reason(reason)
    present = (account.health, account.health_status)
    if present == (score, status) and reason in (None, account.health_reason):
        return account
    _write_health(session, account, status, score, reason, by, now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return account


def _write_health(
    session: Session,
    account: Account,
    status: Health,
    score: int,
    reason: str | None,
    by: TeamMember,
    now: datetime,
) -> None:
    changed = account.health_changed_at
    before = {
        "health": account.health,
        "status": account.health_status,
        "reason": account.health_reason,
        "changed_at": changed.isoformat() if changed else None,
    }
    account.health, account.health_status, account.health_reason = score, status.value, reason
    account.health_changed_at = account.updated_at = now
    session.add(
        HealthChange(
            account_id=account.id, at=now, score=score, status=status.value, reason=reason,
            by_id=by.id,
        )
    )  # fmt: skip
    show_health(session, account_id=account.id, status=status, now=now)
    audit.record(
        session,
        verb="account.health_set",
        subject=f"account:{account.id}",
        account=account.id,
        by=by.id,
        now=now,
        before=before,
        after={"health": score, "status": status.value},
        why=reason,
    )


def show_health(session: Session, *, account_id: int, status: Health, now: datetime) -> None:
    """The status as the account's tag, in place of the other three, and as its pipeline stage.

    The playbook health-status says the same a minute later: an answer to a command does not wait.
    """
    others = [name for name in Health if name is not status]
    session.execute(
        delete(AccountTag).where(AccountTag.account_id == account_id, AccountTag.tag.in_(others))
    )
    add_tag(session, account_id=account_id, tag=status.value, now=now)
    move(session, [account_id], pipeline=rules.HEALTH_PIPELINE, stage=status.value, now=now)


def add_tag(session: Session, *, account_id: int, tag: str, now: datetime) -> None:
    values = {"account_id": account_id, "tag": tag, "added_at": now}
    session.execute(insert(session, AccountTag).values(**values).on_conflict_do_nothing())


def tag(
    session: Session,
    *,
    account_id: int,
    add: list[str],
    remove: list[str],
    by: TeamMember,
    now: datetime,
) -> list[str]:
    """Change an account's tags, whatever their case; returns them as they are now."""
    require(by, May.EDIT_ACCOUNTS)
    rules.check_tags(add, remove)
    account = account_by_id(session, account_id, lock=True)
    before = tags_of(session, account.id)
    known = {name.casefold(): name for name in before}
    gone = {known[name.casefold()] for name in remove if name.casefold() in known}
    wanted = {name.casefold(): name for name in add}
    new = [name for key, name in wanted.items() if key not in known]
    if len(before) + len(new) - len(gone) > rules.TAGS_MAX:
        raise Refused(f"An account has at most {rules.TAGS_MAX} tags.", field="tags")
    session.execute(
        delete(AccountTag).where(AccountTag.account_id == account.id, AccountTag.tag.in_(gone))
    )
    for name in new:
        add_tag(session, account_id=account.id, tag=name, now=now)
    if new or gone:
        audit.record(
            session,
            verb="account.tagged",
            subject=f"account:{account.id}",
            account=account.id,
            by=by.id,
            now=now,
            before={"tags": sorted(gone)},
            after={"tags": new},
        )
    return tags_of(session, account.id)


def tags_of(session: Session, account_id: int) -> list[str]:
    return list(session.scalars(_tags(), {"account": account_id}))


@cache
def _tags() -> Select[str]:
    tags = AccountTag.__table__.c
    query = select(tags.tag).where(tags.account_id == bindparam("account", type_=Integer()))
    return query.order_by(func.lower(tags.tag), tags.tag)


def _judged(status: Health | None, score: int | None, present: int | None) -> tuple[Health, int]:
    if score is not None:
        if not 0 <= score <= 100:
            raise Refused("Health is a number from 0 to 100.", field="status")
        return status or rules.health_of(score), score
    if status is None:
        raise Refused("Choose how healthy the account is.", field="status")
    return status, rules.score_for(status, present)


def checked_reason(reason: str | None) -> str | None:
    reason = (reason or "").strip() or None
    if reason and len(reason) > rules.REASON_MAX:
        raise Refused(
            f"A reason has at most {rules.REASON_MAX} characters; this one has {len(reason):,}.",
            field="reason",
        )
    return reason


def _alerts_follow(
    session: Session, account: Account, *, to: TeamMember, former_id: int | None
) -> dict[str, int | None]:
    """Open alerts follow the owner, except those that somebody else has been given.

    Returns whose each was before.
    """
    waiting = select(Alert).where(Alert.account_id == account.id, Alert.closed_at.is_(None))
    alerts = session.scalars(waiting).all()
    before = {str(alert.id): alert.owner_id for alert in alerts}
    for alert in alerts:
        if alert.owner_id in (None, former_id):
            alert.owner_id = to.id
    return before
