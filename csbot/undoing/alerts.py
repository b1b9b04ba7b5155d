"""The way back of what people do to alerts; who has it, until when, and what is wanted of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from csbot.alerts.handover import way
from csbot.alerts.model import Alert, AlertMute, AlertVerdict
from csbot.alerts.restoring import restore
from csbot.alerts.rules import Part, Reach
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.db.rows import insert_once
from csbot.playbooks.model import PlaybookAlert
from csbot.undoing.telling import tell
from csbot.undoing.way import Back, NotAsLeft, same

STANDS = {
    "open": "The alert is open again.",
    "taken": "The alert is taken again.",
    "snoozed": "The alert is snoozed again.",
}


def stood(back: Back) -> str:
    """Taken, snoozed, woken, handed over: whose move it was, before."""
    alert = back.row(Alert)
    before = dict(back.before)
    _as_left(alert, back.after)
    if before.get("state") == "snoozed":
        before["reason"] = _reason(back)
    scope = Scope.of_one(back.session, back.settings, back.now)
    if "owner" in before:
        _tell(back, scope, alert)
        alert.owner_id = before["owner"]
    restore(scope, alert, before)
    return STANDS[alert.state]


def _tell(back: Back, scope: Scope, alert: Alert) -> None:
    """Whoever heard that the alert was theirs."""
    to = scope.person(back.after["owner"])
    if to is None or alert.posted_at is None:
        return
    if way(scope, Part.OWNER, to, back.by, alert) in (Reach.MENTION, Reach.DM):
        tell(back, to, "The alert is not yours any more.")


def _as_left(alert: Alert, after: dict[str, Any]) -> None:
    same(alert.closed_at, None)
    same(alert.state, after.get("state", alert.state))
    who = alert.snoozed_by_id if alert.state == "snoozed" else alert.taken_by_id
    same(who, after.get("by", who))
    same(alert.owner_id, after.get("owner", alert.owner_id))


def _reason(back: Back) -> str | None:
    """Why it was snoozed, which waking it has wiped out."""
    snoozed = select(AuditEntry.why).where(
        AuditEntry.subject == back.entry.subject,
        AuditEntry.verb == "alert.snoozed",
        AuditEntry.at <= back.entry.at,
    )
    return back.session.scalar(snoozed.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()))


def done(back: Back) -> str:
    alert = back.row(Alert)
    asked = back.session.get(PlaybookAlert, int(alert.subject), with_for_update=True)
    if asked is None:
        raise NotAsLeft
    same((asked.done_by_id, asked.done_at), (back.by.id, back.entry.at))
    asked.done_at = asked.done_by_id = None
    back.session.flush()
    return "What it asks for is to be done again."


def judged(back: Back) -> str:
    row = back.session.get(AlertVerdict, (back.number, back.by.id), with_for_update=True)
    if row is None:
        raise NotAsLeft
    same(row.verdict, back.after["verdict"])
    if back.before:
        row.verdict, row.note = back.before["verdict"], back.before.get("note")
    else:
        back.session.delete(row)
    return "What you said of the alert is as it was."


def muted(back: Back) -> str:
    """Of one account; `until` is when it would have ended."""
    alert = back.row(Alert)
    here = AlertMute.playbook == alert.playbook, AlertMute.account_id == alert.account_id
    row = back.session.scalar(select(AlertMute).where(*here).with_for_update())
    same(_text(row.until if row else None), back.after.get("muted_until"))
    back.session.execute(delete(AlertMute).where(*here))
    before = back.before.get("muted_until")
    if before is None:
        return "Such alerts come for this account again."
    insert_once(
        back.session, AlertMute, playbook=alert.playbook, account_id=alert.account_id,
        until=datetime.fromisoformat(before), why=back.before.get("why"), by_id=back.by.id,
        at=back.now,
    )  # fmt: skip
    return "Such alerts are left out for this account as before."


def digest_only(back: Back) -> str:
    """Or as before: the one takes the other back."""
    playbook = back.entry.subject.removeprefix("playbook:")
    mine = AlertMute.playbook == playbook, AlertMute.member_id == back.by.id
    there = back.session.scalar(select(AlertMute.id).where(*mine)) is not None
    same(there, back.entry.verb == "playbook.digest_only")
    if there:
        back.session.execute(delete(AlertMute).where(*mine))
        return "Alerts of this playbook reach you as all others again."
    insert_once(
        back.session, AlertMute, playbook=playbook, member_id=back.by.id, by_id=back.by.id,
        at=back.now,
    )  # fmt: skip
    return "Those of this playbook come only with your digest again."


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
