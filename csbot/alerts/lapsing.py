"""Asks once after what was promised of an alert; where nothing follows, it goes up, once.

A promise is judged by what is in the audit log of the account and by how its alert stands, so that
no act on an alert has to know of promises.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.alerts import cards, groups, journal, posting, rules
from csbot.alerts.model import Alert, AlertPromise
from csbot.alerts.promise_rules import Fate, days_held, fate
from csbot.alerts.promises import PREFIX, happened
from csbot.alerts.rules import Change, Part, Reach
from csbot.alerts.scope import Scope
from csbot.home.redrawing import alerts_changed
from csbot.outbox.crash import crash
from csbot.outbox.queue import Outgoing, Rewrite, enqueue_many, enqueue_updates_many, withdraw
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import next_working_day_end
from messages.alert_card import sentence
from messages.alert_replies import AlertNote
from messages.promises import PromiseNudge, PromiseSettled
from messages.text import Person

SLICE = 500
HELD = and_(
    Alert.closed_at.is_(None),
    Alert.state == "taken",
    Alert.taken_by_id.is_not_distinct_from(AlertPromise.member_id),
)
Found = Row[*tuple[Any, ...]]


@dataclass
class Outcome:
    """How many people were asked after what they promised, and how many alerts are open again."""

    nudged: int = 0
    lapsed: int = 0


@dataclass
class _Judged:
    """What was looked at, by what becomes of it."""

    scope: Scope
    fates: dict[Fate, list[Found]] = field(default_factory=dict)

    def of(self, *fates: Fate) -> list[Found]:
        return [row for one in fates for row in self.fates.get(one, ())]


def nudge_key(promise_id: int) -> str:
    return f"promise:{promise_id}:nudge"


def follow_up(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> Outcome:
    """All promises whose time has come or whose alert has gone another way; a slice at a time."""
    outcome, seen = Outcome(), SLICE
    while seen == SLICE:
        with sessions.begin() as session:
            seen = _slice(session, settings, now, outcome)
        crash("promises.after_slice")
    return outcome


def _slice(session: Session, settings: Settings, now: datetime, outcome: Outcome) -> int:
    ids = _due(session, now)
    if not ids:
        return 0
    judged = _judge(Scope.load(session, settings, now), ids)
    _end(judged)
    _nudge(judged)
    _lapse(judged)
    _settle_nudges(judged)
    outcome.nudged += len(judged.of(Fate.NUDGED))
    outcome.lapsed += len(judged.of(Fate.LAPSED))
    return len(ids)


def _due(session: Session, now: datetime) -> list[int]:
    """The alerts, in order; one query where there is nothing to do."""
    over = or_(
        ~HELD,
        AlertPromise.due_at <= now,
        and_(AlertPromise.nudged_at.is_not(None), happened()),
    )
    query = (
        select(AlertPromise.alert_id)
        .join(Alert, Alert.id == AlertPromise.alert_id)
        .where(AlertPromise.ended_at.is_(None), over)
        .order_by(AlertPromise.alert_id)
        .limit(SLICE)
    )
    return list(session.scalars(query))


def _judge(scope: Scope, ids: list[int]) -> _Judged:
    """Anew, once nobody else can change these alerts: another worker may have been faster."""
    lock = select(Alert.id).where(scope.among(Alert.id, ids)).order_by(Alert.id)
    scope.session.execute(lock.with_for_update())
    query = (
        select(
            AlertPromise.id.label("promise_id"), AlertPromise.member_id, AlertPromise.made_at,
            AlertPromise.due_at, AlertPromise.nudged_at, Alert.id, Alert.account_id, Alert.kind,
            Alert.playbook, Alert.evidence, Alert.channel, Alert.group_id, Alert.owner_id,
            Alert.severity, Alert.posted_at, Alert.closed_at, HELD.label("held"),
            happened().label("acted"),
        )
        .join(Alert, Alert.id == AlertPromise.alert_id)
        .where(AlertPromise.ended_at.is_(None), scope.among(Alert.id, ids))
        .order_by(AlertPromise.id)
    )  # fmt: skip
    judged = _Judged(scope)
    for row in scope.session.execute(query):
        judged.fates.setdefault(_fate(scope, row), []).append(row)
    return judged


def _fate(scope: Scope, row: Found) -> Fate:
    person = scope.told(row.member_id)
    return fate(
        closed=row.closed_at is not None,
        held=row.held,
        acted=row.acted,
        due=row.due_at <= scope.now,
        nudged=row.nudged_at is not None,
        reachable=person is not None and person.slack_id is not None,
    )


def _end(judged: _Judged) -> None:
    for how in (Fate.KEPT, Fate.VOID, Fate.LAPSED):
        rows = judged.of(how)
        _put(judged, [{"id": r.promise_id, "ended": how, "ended_at": judged.scope.now}
                      for r in rows])  # fmt: skip
        _record(judged, how, rows)


def _put(judged: _Judged, values: list[dict[str, Any]]) -> None:
    if values:
        judged.scope.session.execute(update(AlertPromise), values)


def _record(judged: _Judged, how: Fate, rows: Iterable[Found]) -> None:
    entries = [
        audit.entry(
            verb=f"{PREFIX}{how}", subject=f"promise:{row.promise_id}", by=None,
            now=judged.scope.now, account=row.account_id,
            after={"alert": row.id, "member": row.member_id},
        )
        for row in rows
    ]  # fmt: skip
    audit.record_all(judged.scope.session, entries)


def _nudge(judged: _Judged) -> None:
    """Asked once; from now on there is time until the end of the next working day.

    Of whoever wants no direct messages the next digest asks.
    """
    scope, rows = judged.scope, judged.of(Fate.NUDGED)
    ends = {row.promise_id: next_working_day_end(scope.clock_of(row.member_id), scope.now)
            for row in rows}  # fmt: skip
    _put(judged, [{"id": row.promise_id, "nudged_at": scope.now, "due_at": ends[row.promise_id]}
                  for row in rows])  # fmt: skip
    posting.rewrite(scope, [row.id for row in rows])  # the message says the new term, too
    direct = [row for row in rows if _way(scope, row) is Reach.DM]
    looks = cards.load(scope, [row.id for row in direct])
    out = []
    for row in direct:
        asking = _asking(scope, row, looks[row.id], ends[row.promise_id])
        told = scope.told(row.member_id)
        to = (told.slack_id if told else None) or ""
        out.append(Outgoing(asking, to, nudge_key(row.promise_id)))
    enqueue_many(scope.session, out, now=scope.now)
    _record(judged, Fate.NUDGED, rows)


def _way(scope: Scope, row: Found) -> Reach:
    told = scope.told(row.member_id) or scope.team[row.member_id]
    by = scope.alerts_by(told, row.playbook, row.kind)
    return rules.reach(change=Change.UNKEPT, part=Part.OWNER, alerts_by=by, severity=row.severity)


def _asking(scope: Scope, row: Found, look: Any, ends: datetime) -> PromiseNudge:
    manager, told = scope.above(scope.team[row.member_id]), scope.told(row.member_id)
    covered = told is not None and told.id != row.member_id
    return PromiseNudge(
        alert_id=row.id, version=look.version, promise_id=row.promise_id, account=look.account,
        about=sentence(look), since=row.made_at, ends=ends,
        manager=cards.named(manager),
        had_by=cards.named(scope.team[row.member_id]) if covered else None,
    )  # fmt: skip


def _lapse(judged: _Judged) -> None:
    """Nobody's again: the message says so, and the manager, where there is one and a message,
    hears of it in its thread."""
    scope, rows = judged.scope, judged.of(Fate.LAPSED)
    if not rows:
        return
    ids = [row.id for row in rows]
    alerts_changed(scope.session, ids, now=scope.now)  # while it is known who had them
    scope.session.execute(update(Alert), [_opened(scope, row) for row in rows])
    posting.rewrite(scope, ids)
    looks = cards.load(scope, [row.id for row in rows])
    up = [(row, manager) for row in rows if (manager := _manager(scope, row))]
    replies = [_reply(scope, row, looks[row.id], manager) for row, manager in up]
    enqueue_many(scope.session, replies, now=scope.now)
    about = [(row.id, row.account_id, journal.about(row.kind, row.evidence)) for row, _ in up]
    journal.record(scope, "alert.escalated", about)


def _opened(scope: Scope, row: Found) -> dict[str, Any]:
    """What nobody has been shown yet is to be shown now."""
    person = scope.clock_of(row.owner_id)
    unseen = row.posted_at is None
    at = rules.next_ping(kind=row.kind, severity=row.severity, person=person, now=scope.now)
    return {
        "id": row.id, "state": "open", "taken_by_id": None, "taken_at": None, "undo": None,
        "undo_until": None, "changed_at": scope.now, "dm_at": None, "escalate_at": None,
        "escalated_at": scope.now if _manager(scope, row) else None,
        "ping": "raised" if unseen else None, "post_at": at if unseen else None,
    }  # fmt: skip


def _manager(scope: Scope, row: Found) -> TeamMember | None:
    """Who hears of it: nobody while there is no message to answer."""
    return scope.above(scope.team[row.member_id]) if row.posted_at else None


def _reply(scope: Scope, row: Found, card: Any, manager: TeamMember) -> Outgoing:
    """Once for an alert, however often it was promised."""
    taker = scope.team[row.member_id]
    note = AlertNote(
        event="lapsed", asked=(Person(manager.name, manager.slack_id),), severity=row.severity,
        about=sentence(card), by=Person(taker.name, taker.slack_id),
        days=days_held(row.made_at, scope.now),
    )  # fmt: skip
    thread = groups.key(row.group_id) if row.group_id else posting.key(row.id)
    own = f"{posting.key(row.id)}:lapsed"
    priority = posting.PRIORITY[row.severity]
    return Outgoing(note, row.channel, own, thread=thread, broadcast=True, priority=priority)


def _settle_nudges(judged: _Judged) -> None:
    """What was asked is answered: the question loses its buttons, or is not asked at all."""
    scope = judged.scope
    over = [
        (how, row)
        for how in (Fate.KEPT, Fate.VOID, Fate.LAPSED)
        for row in judged.of(how)
        if row.nudged_at is not None
    ]
    looks = cards.load(scope, [row.id for _, row in over])
    rewrites = [
        Rewrite(nudge_key(row.promise_id), PromiseSettled(account=looks[row.id].account, how=how))
        for how, row in over
    ]
    withdraw(scope.session, [one.target for one in rewrites])
    enqueue_updates_many(scope.session, rewrites, now=scope.now)
