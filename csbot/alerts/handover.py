"""Giving an alert, or the whole account, to somebody else."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.accounts import service as accounts
from csbot.alerts import cards, groups, journal, posting, promises, rules
from csbot.alerts.model import Alert
from csbot.alerts.rules import Change, Part, Reach
from csbot.alerts.scope import Scope
from csbot.alerts.service import opened, standing
from csbot.away.cover import acts_as
from csbot.errors import Refused
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.alert_card import AlertCard, sentence
from messages.alert_replies import AlertNote


def reassign(
    session: Session,
    *,
    alert_id: int,
    to: TeamMember,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    why: str | None = None,
    whole_account: bool = False,
) -> None:
    """Hand an alert over, with `whole_account` the account too; each hears of it once."""
    alert = opened(session, alert_id, by)
    _check(alert, to, by, whole_account, acts_as(session, by, now))
    before = standing(alert) | {"owner": alert.owner_id}
    former_id, alert.owner_id = alert.owner_id, to.id
    _hand(alert, to=to, by=by, now=now)
    if alert.state == "taken":
        promises.make(session, alert, by=to, now=now)
    after = journal.about(alert.kind, alert.evidence) | standing(alert) | {"owner": to.id}
    audit.record(
        session, verb="alert.handed_over", subject=f"alert:{alert.id}", account=alert.account_id,
        by=by.id, now=now, before=before, after=after, why=why,
    )  # fmt: skip
    session.flush()
    scope = Scope.load(session, settings, now)
    posting.rewrite(scope, [alert.id])
    session.refresh(alert)
    _set_clocks(scope, alert)
    if whole_account:
        # The account's new owner hears of it, alerts included, from the account.
        accounts.assign(
            session, account_id=alert.account_id, to=to, by=by, now=now, why=why, settings=settings
        )
    elif alert.posted_at is not None:
        _tell(scope, alert, to=to, former=scope.person(former_id), by=by, why=why)


def _check(
    alert: Alert, to: TeamMember, by: TeamMember, whole_account: bool, as_owners: set[int]
) -> None:
    if to.id == alert.owner_id and alert.state == "open" and not whole_account:
        raise Refused(f"{to.name} has it already.", field="to")
    if alert.owner_id is not None and not as_owners & {alert.owner_id, alert.taken_by_id}:
        require(by, May.ASSIGN_ANY)
    if not to.active or to.is_outsider or not allows(to.role, May.ACT_ON_ALERTS):
        raise Refused(f"{to.name} cannot act on alerts in csbot.", field="to")


def _hand(alert: Alert, *, to: TeamMember, by: TeamMember, now: datetime) -> None:
    mine = to.id == by.id
    alert.state = "taken" if mine else "open"
    alert.taken_by_id, alert.taken_at = (by.id, now) if mine else (None, None)
    alert.snoozed_by_id = alert.snoozed_until = alert.snooze_reason = None
    alert.undo = alert.undo_until = None
    alert.changed_at = now


def _set_clocks(scope: Scope, alert: Alert) -> None:
    """From now on it is the new owner who has time to act."""
    alert.dm_at = alert.escalate_at = None
    if alert.state != "open":
        alert.ping = alert.post_at = None
    elif alert.posted_at is None:
        at = rules.next_ping(
            kind=alert.kind, severity=alert.severity, person=scope.clock_of(alert.owner_id),
            now=scope.now,
        )  # fmt: skip
        alert.ping, alert.post_at = "raised", at
    else:
        deadlines = posting.Deadlines(scope, {})
        alert.ping = alert.post_at = None
        alert.dm_at = deadlines.dm_at(alert)
        alert.escalate_at = deadlines.escalate_at(alert, heard=True)


def _tell(
    scope: Scope,
    alert: Alert,
    *,
    to: TeamMember,
    former: TeamMember | None,
    by: TeamMember,
    why: str | None,
) -> None:
    card = cards.load(scope, [alert.id])[alert.id]
    if not isinstance(card, AlertCard):
        return
    owner, old = scope.told(to.id), scope.told(former.id if former else None)
    # The new owner may be who covers for the old one: each hears of it once.
    told = {Part.OWNER: owner, Part.OLD_OWNER: old if old != owner else None}
    people = {part: one for part, one in told.items() if one}
    ways = {part: way(scope, part, one, by, alert) for part, one in people.items()}
    asked = tuple(person(people[part]) for part, how in ways.items() if how is Reach.MENTION)
    note = AlertNote(
        event="handed_over", asked=asked, severity=alert.severity, about=sentence(card),
        owner=person(to), by=person(by), why=why,
    )  # fmt: skip
    own = f"{posting.key(alert.id)}:handed_over:{alert.version}"
    thread = groups.key(alert.group_id) if alert.group_id else posting.key(alert.id)
    out = [Outgoing(note, alert.channel, own, thread=thread)] if asked else []
    for part, how in ways.items():
        if how is Reach.DM and (slack_id := people[part].slack_id):
            out.append(Outgoing(note, slack_id, f"{own}:{part.name.lower()}"))
    enqueue_many(scope.session, out, now=scope.now)


def way(scope: Scope, part: Part, someone: TeamMember, by: TeamMember, alert: Alert) -> Reach:
    """How somebody hears that an alert changes hands; not at all of their own act."""
    if someone.id == by.id or not someone.slack_id:
        return Reach.NOTHING
    return rules.reach(
        change=Change.HANDED_OVER,
        part=part,
        alerts_by=scope.alerts_by(someone, alert.playbook, alert.kind),
        severity=alert.severity,
    )
