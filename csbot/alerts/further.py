"""What goes further by itself: a snooze that has run out, an alert that nobody has taken."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, select, update

from csbot.alerts import cards, groups, journal, posting, rules
from csbot.alerts.among import EVERYTHING, put
from csbot.alerts.copies import direct_key
from csbot.alerts.model import Alert
from csbot.alerts.posting import PRIORITY
from csbot.alerts.scope import Scope
from csbot.db.base import UTCDateTime
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.team.rules import working_time_after
from messages.alert_card import sentence
from messages.alert_replies import AlertNote
from messages.text import Person

Due = Row[*tuple[Any, ...]]
Together = dict[tuple[int | None, int | None], list[Due]]


def wake_due(scope: Scope, most: int | None = None) -> list[int]:
    """Snoozed alerts whose time has come are open again; their owners will be told once."""
    rows = _locked(scope, _open("snoozed_until", "snoozed"), most)
    if not rows:
        return []
    scope.session.execute(update(Alert), [_awake(scope, row) for row in rows])
    journal.record(scope, "alert.woken", _about(rows))
    return [row.id for row in rows]


def _about(rows: Iterable[Due]) -> list[tuple[int, int, dict[str, Any]]]:
    return [(row.id, row.account_id, journal.about(row.kind, row.evidence)) for row in rows]


def _awake(scope: Scope, row: Due) -> dict[str, Any]:
    person = scope.clock_of(row.owner_id)
    post_at = rules.next_ping(kind=row.kind, severity=row.severity, person=person, now=scope.now)
    own_card = row.posted_at is not None and row.group_id is None
    return {
        "id": row.id,
        "state": "open",
        "changed_at": scope.now,
        "snoozed_by_id": None,
        "snoozed_until": None,
        "snooze_reason": None,
        "taken_by_id": None,
        "taken_at": None,
        "undo": None,
        "undo_until": None,
        "group_id": None,
        "posted_at": row.posted_at if own_card else None,
        "ping": "woken" if own_card else "raised",
        "post_at": post_at,
        "dm_at": None,
        "escalate_at": None,
    }


def forget_undo(scope: Scope, most: int | None = None) -> list[int]:
    """Acts that can no longer be taken back; their cards lose the entry."""
    rows = _locked(scope, _open("undo_until"), most)
    gone = [{"id": row.id, "undo": None, "undo_until": None} for row in rows]
    if gone:
        scope.session.execute(update(Alert), gone)
    return [row.id for row in rows]


def remind_due(scope: Scope, most: int | None = None) -> int:
    """A direct message to those who are told of critical alerts that nobody has acted on in time.

    Of more than `most` some are left for another call, but never a part of one message.
    """
    rows = _whole(scope, _open("dm_at", "open"), most)
    together = _together(rows, lambda row: told.id if (told := scope.told(row.owner_id)) else None)
    looks = _told_of(scope, together)
    out = []
    for (group_id, told_id), some in together.items():
        told, first = scope.person(told_id), some[0]
        if told is None or not told.slack_id:
            continue
        if group_id is None:
            out += [_direct(looks[row.id], told.slack_id, row) for row in some]
            continue
        note = _note("waiting", some, looks, asked=(), severity=first.severity)
        own = f"{groups.key(group_id)}:waiting:{_round(told.id, first, first.dm_at)}"
        out.append(Outgoing(note, told.slack_id, own))
    enqueue_many(scope.session, out, now=scope.now)
    counts: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        counts.setdefault((None, row.reminded + 1), []).append(row.id)
    put(scope.session, ["dm_at", "reminded"], counts)
    return len(rows)


def _direct(card: Any, to: str, row: Due) -> Outgoing:
    copy = replace(card, asked=())
    own = direct_key(row.id, row.reminded + 1)
    return Outgoing(copy, to, own, priority=PRIORITY[row.severity])


def _round(person_id: int, worst: Due, deadline: datetime) -> str:
    """An alert has a deadline of its own each time that it rises, wakes or changes hands, and
    never the same again: so each of them is said once."""
    return f"{person_id}:{worst.id}:{deadline:%Y%m%dT%H%M%S%f}"


def escalate_due(scope: Scope, most: int | None = None) -> list[int]:
    """What nobody took in time goes to the owner's manager, in the message's own thread: once each
    time that it rises, wakes or changes hands.

    Of more than `most` some are left for another call, but never a part of one message.
    """
    found = _whole(scope, _open("escalate_at", "open"), most)
    later = _later(scope, found)
    put(scope.session, ["escalate_at"], later)
    waits = {id for ids in later.values() for id in ids}
    rows = [row for row in found if row.id not in waits]
    together = _together(rows, lambda row: _manager(scope, row))
    looks = _told_of(scope, together)
    out, told = [], list[Due]()
    for (group_id, manager_id), some in together.items():
        manager = scope.person(manager_id)
        if manager is None:
            continue
        told += some
        asked = (Person(manager.name, manager.slack_id),)
        for about in [some] if group_id else [[row] for row in some]:
            out.append(_reply(scope, group_id, about, looks, asked, manager.id))
    enqueue_many(scope.session, out, now=scope.now)
    put(scope.session, ["escalate_at"], _all(rows, None))
    put(scope.session, ["escalated_at"], _all(told, scope.now))
    journal.record(scope, "alert.escalated", _about(told))
    return [row.id for row in found]


def _later(scope: Scope, rows: list[Due]) -> dict[tuple[Any, ...], list[int]]:
    """Whoever came to stand in after it was posted has as long as anybody, from then on."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        span = scope.cover.away.get(row.owner_id)
        if span is None or row.posted_at is None or posting.is_overdue(row):
            continue
        if span.starts_at <= row.posted_at:
            continue
        clock, hours = scope.clock_of(row.owner_id), scope.limits.escalate_after_working_hours
        until = working_time_after(clock, span.starts_at, hours)
        if until > scope.now:
            found.setdefault((until,), []).append(row.id)
    return found


def _manager(scope: Scope, row: Due) -> int | None:
    owner = scope.person(row.owner_id)
    manager = scope.above(owner) if owner else None
    return manager.id if manager else None


def _reply(
    scope: Scope,
    group_id: int | None,
    about: list[Due],
    looks: dict[int, Any],
    asked: tuple[Person, ...],
    manager_id: int,
) -> Outgoing:
    first = about[0]
    event = "overdue" if posting.is_overdue(first) else "escalated"
    note = _note(
        event, about, looks, asked=asked, severity=first.severity,
        hours=scope.limits.escalate_after_working_hours,
    )  # fmt: skip
    thread = groups.key(group_id) if group_id else posting.key(first.id)
    own = f"{thread}:escalated:{_round(manager_id, first, first.escalate_at)}"
    priority = PRIORITY[first.severity]
    return Outgoing(note, first.channel, own, thread=thread, broadcast=True, priority=priority)


def _note(
    event: str, some: list[Due], looks: dict[int, Any], *, severity: str, **rest: Any
) -> AlertNote:
    card = looks[some[0].id]
    return AlertNote(
        event=event, severity=severity, about=sentence(card), owner=card.cover or card.owner,
        more=len(some) - 1, **rest,
    )  # fmt: skip


def _together(rows: Iterable[Due], who: Any) -> Together:
    """By message and person, the worst first."""
    found: dict[tuple[int | None, int | None], list[Due]] = {}
    for row in sorted(rows, key=lambda row: (-rules.RANK[row.severity], row.id)):
        found.setdefault((row.group_id, who(row)), []).append(row)
    return found


def _told_of(scope: Scope, together: Together) -> dict[int, Any]:
    """The looks of what is told one by one, and of the first of each group."""
    first = [some[:1] if group_id else some for (group_id, _), some in together.items()]
    return cards.load(scope, [row.id for rows in first for row in rows])


def _all(rows: list[Due], *values: Any) -> dict[tuple[Any, ...], list[int]]:
    return {values: [row.id for row in rows]} if rows else {}


def _whole(scope: Scope, query: Select[*tuple[Any, ...]], most: int | None) -> list[Due]:
    """At most so many, with the rest of every group that is among them."""
    rows = _locked(scope, query, most)
    if len(rows) != most or not (group_ids := {row.group_id for row in rows} - {None}):
        return rows
    alone = [row for row in rows if row.group_id is None]
    return alone + _locked(scope, query.where(scope.among(Alert.group_id, group_ids)), None)


def _locked(scope: Scope, query: Select[*tuple[Any, ...]], most: int | None) -> list[Due]:
    given = {"now": scope.now, "most": most or EVERYTHING}
    return list(scope.session.execute(scope.narrow(query, Alert.account_id), given))


@cache
def _open(until: str, state: str | None = None) -> Select[*tuple[Any, ...]]:
    """The first of those in a state for which the moment in the column `until` has come."""
    come = getattr(Alert, until) <= bindparam("now", type_=UTCDateTime())
    found = (
        select(
            Alert.id, Alert.account_id, Alert.kind, Alert.channel, Alert.owner_id, Alert.severity,
            Alert.posted_at, Alert.group_id, Alert.evidence, Alert.dm_at, Alert.reminded,
            Alert.escalate_at,
        )
        .where(Alert.closed_at.is_(None), come)
        .order_by(Alert.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update()
    )  # fmt: skip
    return found.where(Alert.state == state) if state else found
