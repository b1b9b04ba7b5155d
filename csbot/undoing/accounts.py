"""The way back of what people do to accounts themselves: owner, health, tags."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import aliased

from csbot import audit
from csbot.accounts.model import AccountPipeline, AccountTag, HealthChange
from csbot.accounts.rules import HEALTH_PIPELINE, Health
from csbot.accounts.service import add_tag, show_health
from csbot.alerts.another_owner import REOPENED
from csbot.alerts.finding import person_of, seen_for
from csbot.alerts.model import Alert
from csbot.alerts.restoring import restore
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import by_email
from csbot.undoing.telling import tell
from csbot.undoing.way import Back, NotAsLeft, reverse, same


def assigned(back: Back) -> str:
    account, session = back.account(), back.session
    new = session.get(TeamMember, account.owner_id) if account.owner_id else None
    same(new and new.email, back.after.get("owner"))
    former = _member(back, back.before.get("owner"))
    account.owner_id, account.updated_at = former.id if former else None, back.now
    if new:
        _alerts_follow(back, new, former)
        _taken_again(back)
        _tasks_follow(back, new, former)
    now_is = f"{former.name} owns it again." if former else "Nobody owns it again."
    for somebody in (new, former):
        tell(back, somebody, now_is)
    return now_is


def _alerts_follow(back: Back, new: TeamMember, former: TeamMember | None) -> None:
    """To whoever had each, also where the next look at the account had given it to its owner."""
    had = back.before.get("alerts", {})
    mine = Alert.account_id == back.entry.account_id, Alert.closed_at.is_(None)
    for alert in back.session.scalars(select(Alert).where(*mine)):
        if str(alert.id) in had and alert.owner_id == new.id:
            alert.owner_id = had[str(alert.id)]
            # What is the former owner's again the next look gives back to them, with its message.
            given = alert.owner_id != (former.id if former else None)
            if given and person_of(alert.fingerprint) == new.id:
                alert.fingerprint = seen_for(alert.fingerprint, former.id if former else None)


def _taken_again(back: Back) -> None:
    """What was opened again as the account changed hands, unless something else came of it."""
    mine = AuditEntry.account_id == back.entry.account_id, AuditEntry.at == back.entry.at
    later = aliased(AuditEntry)
    since = exists().where(later.subject == AuditEntry.subject, later.at > AuditEntry.at)
    opened = select(AuditEntry).where(*mine, AuditEntry.verb == REOPENED, ~since)
    scope = Scope.load(back.session, back.settings, back.now, actor=back.by.id)
    for entry in back.session.scalars(opened.order_by(AuditEntry.id)):
        alert = replace(back, entry=entry).row(Alert)
        if entry.before and alert.closed_at is None and alert.state == "open":
            restore(scope, alert, entry.before)
            audit.record_all(back.session, [reverse(entry, None, back.now, None)])


def _tasks_follow(back: Back, new: TeamMember, former: TeamMember | None) -> None:
    """To the former owner those that had gone along and that nobody has done since."""
    went = back.before.get("tasks", [])
    if went and former:
        mine = Task.id.in_(went), Task.assignee_id == new.id, Task.done_at.is_(None)
        back.session.execute(update(Task).where(*mine).values(assignee_id=former.id))


def _member(back: Back, email: str | None) -> TeamMember | None:
    if email is None:
        return None
    found = by_email(back.session, email)
    if found is None or not found.active:
        raise NotAsLeft
    return found


def health_set(back: Back) -> str:
    account, session, before = back.account(), back.session, back.before
    same((account.health, account.health_status), (back.after["health"], back.after["status"]))
    mine = (HealthChange.account_id == account.id, HealthChange.at == back.entry.at)
    session.execute(delete(HealthChange).where(*mine, HealthChange.by_id == back.by.id))
    account.health, account.health_status = before["health"], before["status"]
    account.health_reason = before.get("reason")
    changed = before.get("changed_at")
    account.health_changed_at = datetime.fromisoformat(changed) if changed else None
    account.updated_at = back.now
    if account.health_status is None:
        _show_none(back, account.id)
    else:
        status = Health(account.health_status)
        show_health(session, account_id=account.id, status=status, now=back.now)
    judged = account.health if account.health is not None else "unknown"
    return f"Health is {judged} again."


def _show_none(back: Back, account_id: int) -> None:
    tags = AccountTag.account_id == account_id, AccountTag.tag.in_(list(Health))
    stage = AccountPipeline.account_id == account_id, AccountPipeline.pipeline == HEALTH_PIPELINE
    back.session.execute(delete(AccountTag).where(*tags))
    back.session.execute(delete(AccountPipeline).where(*stage))


def tagged(back: Back) -> str:
    session, account = back.session, back.account()
    added, removed = back.after.get("tags", []), back.before.get("tags", [])
    mine = AccountTag.account_id == account.id
    found = select(AccountTag.tag).where(mine, AccountTag.tag.in_([*added, *removed]))
    same(set(session.scalars(found)), set(added))
    session.execute(delete(AccountTag).where(mine, AccountTag.tag.in_(added)))
    for tag in removed:
        add_tag(session, account_id=account.id, tag=tag, now=back.now)
    told = [
        f"{', '.join(tags)} {how}" for how, tags in (("gone", added), ("back", removed)) if tags
    ]
    return f"Tags: {'; '.join(told)}."
