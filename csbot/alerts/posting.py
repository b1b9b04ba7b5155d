"""Says what alerts have to say, once its time has come: as cards, as one for many, as replies."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import update

from csbot.alerts import cards, groups, rules
from csbot.alerts.among import batches, put
from csbot.alerts.copies import copies, direct_key
from csbot.alerts.copies import key as key
from csbot.alerts.due import Due, by_place, place_of, to_be_said
from csbot.alerts.groups import Place
from csbot.alerts.model import Alert
from csbot.alerts.rules import Change, Part, Reach
from csbot.alerts.scope import Scope
from csbot.outbox.queue import (
    Outgoing,
    Priority,
    Rewrite,
    enqueue_many,
    enqueue_updates_many,
    withdraw,
)
from csbot.team import introductions
from csbot.team.model import TeamMember
from csbot.team.rules import working_time_after
from messages.alert_card import sentence
from messages.alert_replies import AlertClosed, AlertGroupCard, AlertGroupClosed, AlertNote
from messages.text import Person

PRIORITY = {
    rules.CRITICAL: Priority.URGENT,
    rules.SOON: Priority.NORMAL,
    rules.INFO: Priority.ROUTINE,
}


def post_due(scope: Scope, *, at_once: bool = False, most: int | None = None) -> int:
    """Post what is due; more than a few of a kind for one channel at once become one message.

    `at_once` is a person's wish to see now what would wait for somebody's working hours.
    Of more than `most` some are left for another call, but never a part of one message.
    """
    due = to_be_said(scope, at_once, most)
    places = by_place(row for row in due if row.posted_at is None)
    many = {place: rows for place, rows in places.items() if len(rows) > scope.limits.group_above}
    alone = [row for row in due if row.posted_at or place_of(row) not in many]
    _enqueue(scope, _as_groups(scope, many))
    more = _moved_together(scope, alone)
    for part in batches([row for row in alone if row.ping != Change.MOVED or row.id in more]):
        looks = cards.load(scope, [row.id for row in part])
        out = [
            item
            for row in part
            for item in (
                _told(scope, row, looks[row.id], more.get(row.id, 0))
                if row.posted_at
                else _as_card(scope, row, looks[row.id])
            )
        ]
        _enqueue(scope, out)
    _mark(scope, due)
    return len(due)


def _enqueue(scope: Scope, posts: list[Outgoing]) -> None:
    met = introductions.attach(scope.session, posts, settings=scope.settings, now=scope.now)
    enqueue_many(scope.session, met, now=scope.now)


def rewrite(scope: Scope, ids: Collection[int], *, priority: Priority = Priority.NORMAL) -> None:
    """Bring every message that shows these alerts up to date, silently."""
    group_ids = groups.of(scope, ids)
    groups.next_version(scope, group_ids)
    for part in batches(ids):
        _rewrite_cards(scope, part, priority)
    _say(scope, _groups(scope, group_ids), priority)


def rewrite_one(scope: Scope, alert: Alert) -> None:
    """As `rewrite`, for an alert that is at hand, locked, and of its next version already."""
    group_ids = [alert.group_id] if alert.group_id else []
    groups.next_version(scope, group_ids)
    own = copies(cards.load(scope, [alert.id]), {alert.id: alert.reminded})
    _say(scope, [*own, *_groups(scope, group_ids)])


def _rewrite_cards(scope: Scope, ids: list[int], priority: Priority) -> None:
    anew = update(Alert).where(scope.among(Alert.id, ids)).values(version=Alert.version + 1)
    rows = scope.session.execute(
        anew.returning(Alert.id, Alert.reminded),
        execution_options={"synchronize_session": False},
    )
    reminded = {row.id: row.reminded for row in rows}
    _say(scope, copies(cards.load(scope, ids), reminded), priority)


def _say(scope: Scope, items: list[Rewrite], priority: Priority = Priority.NORMAL) -> None:
    """What is over before its first message was on its way is not said at all."""
    over = [i.target for i in items if isinstance(i.message, AlertClosed | AlertGroupClosed)]
    if over:
        withdraw(scope.session, over)
    enqueue_updates_many(scope.session, items, now=scope.now, priority=priority)


def _groups(scope: Scope, ids: Collection[int]) -> list[Rewrite]:
    """With the notes to its members' owners, once a group is closed."""
    looks = groups.shown(scope, ids)
    over = [id for id, look in looks.items() if isinstance(look, AlertGroupClosed)]
    items = [Rewrite(groups.key(id), look) for id, look in looks.items()]
    return items + [Rewrite(key, looks[id]) for id, key in groups.notes(scope, over)]


def _as_card(scope: Scope, row: Due, card: Any) -> list[Outgoing]:
    priority = PRIORITY[row.severity]
    posts = [Outgoing(card, row.channel, key(row.id), priority=priority)]
    told = _other(scope, row.owner_id)
    if told and told.slack_id and _way(scope, Change.RAISED, told, row) is Reach.DM:
        direct = replace(card, asked=())
        posts.append(Outgoing(direct, told.slack_id, direct_key(row.id), priority=priority))
    return posts


def _other(scope: Scope, id: int | None) -> TeamMember | None:
    """Who is told of what is somebody's, unless it is they whose act this is."""
    told = scope.told(id)
    return None if told is None or told.id == scope.actor else told


def _way(scope: Scope, change: Change, person: TeamMember, row: Due | Alert) -> Reach:
    return rules.reach(
        change=change,
        part=Part.OWNER,
        alerts_by=scope.alerts_by(person, row.playbook, row.kind),
        severity=row.severity,
    )


def _as_groups(scope: Scope, places: dict[Place, list[Due]]) -> list[Outgoing]:
    opened = groups.opened(scope, {place: [r.id for r in rows] for place, rows in places.items()})
    looks = groups.shown(scope, opened.values())
    posts = []
    for place, id in opened.items():
        look = cast(AlertGroupCard, looks[id])
        own = groups.key(id)
        posts.append(Outgoing(look, place.channel, own, priority=PRIORITY[look.severity]))
        posts += _by_direct_message(scope, own, look, places[place])
    return posts


def _by_direct_message(
    scope: Scope, own: str, look: AlertGroupCard, rows: list[Due]
) -> list[Outgoing]:
    """One note to each who is told of members and wants direct messages instead of mentions."""
    known = {row.owner_id: _other(scope, row.owner_id) for row in rows}
    worst = {known[row.owner_id]: row
             for row in sorted(rows, key=lambda row: rules.RANK[row.severity])}  # fmt: skip
    posts = []
    for told, row in worst.items():
        if told and told.slack_id and _way(scope, Change.RAISED, told, row) is Reach.DM:
            about = groups.sentence(look)
            note = AlertNote(event="grouped", asked=(), severity=row.severity, about=about)
            posts.append(Outgoing(note, told.slack_id, groups.note_key(own, row.owner_id)))
    return posts


def _moved_together(scope: Scope, rows: list[Due]) -> dict[int, int]:
    """The worst of what is new to each, with how many others: told once, however many they are."""
    found: dict[int | None, list[Due]] = {}
    for row in rows:
        told = _other(scope, row.owner_id) if row.ping == Change.MOVED else None
        if told and _way(scope, Change.MOVED, told, row) in (Reach.MENTION, Reach.DM):
            found.setdefault(told.id, []).append(row)
    worst = [sorted(some, key=lambda row: -rules.RANK[row.severity]) for some in found.values()]
    return {first.id: len(rest) for first, *rest in worst}


def _told(scope: Scope, row: Due, card: Any, more: int) -> list[Outgoing]:
    """One reply, or one direct message, that tells the owner what it is that they have to hear."""
    told = _other(scope, row.owner_id)
    if told is None or not told.slack_id:
        return []
    way = _way(scope, Change(row.ping), told, row)
    if way not in (Reach.MENTION, Reach.DM):
        return []
    note = AlertNote(
        event=row.ping,
        asked=(Person(told.name, told.slack_id),) if way is Reach.MENTION else (),
        severity=row.severity,
        about=sentence(card),
        more=more,
    )
    own = f"{key(row.id)}:{row.ping}:{row.version}"
    if way is Reach.DM:
        return [Outgoing(note, told.slack_id, own, priority=PRIORITY[row.severity])]
    thread = groups.key(row.group_id) if row.group_id else key(row.id)
    return [Outgoing(note, row.channel, own, thread=thread, priority=PRIORITY[row.severity])]


@dataclass
class Deadlines:
    """When an alert goes further unless somebody acts; reckoned once for each owner."""

    scope: Scope
    known: dict[int, datetime]

    def dm_at(self, row: Due | Alert) -> datetime | None:
        told = self.scope.told(row.owner_id)
        if not told or not told.slack_id:
            return None
        if _way(self.scope, Change.UNANSWERED, told, row) is not Reach.DM:
            return None
        return self.scope.now + timedelta(minutes=self.scope.limits.dm_after_minutes)

    def escalate_at(self, row: Due | Alert, *, heard: bool = False) -> datetime | None:
        """`heard`: whoever is above knows of it, so that whose it is now has as long as usual."""
        owner = self.scope.person(row.owner_id)
        if owner is None or row.severity == rules.INFO or self.scope.above(owner) is None:
            return None
        if is_overdue(row) and not heard:
            return self.scope.now
        if owner.id not in self.known:
            hours = self.scope.limits.escalate_after_working_hours
            clock = self.scope.clock_of(owner.id)
            self.known[owner.id] = working_time_after(clock, self.scope.now, hours)
        return self.known[owner.id]


def is_overdue(row: Due | Alert) -> bool:
    """Only a high-priority task becomes critical, by being overdue: its manager knows at once."""
    return bool(row.kind == "task" and row.severity == rules.CRITICAL)


def _mark(scope: Scope, due: list[Due]) -> None:
    if not due:
        return
    deadlines = Deadlines(scope, {})
    alike: dict[tuple[Any, ...], list[Due]] = {}
    for row in due:
        told = row.kind, row.playbook, row.severity, row.owner_id, row.posted_at, row.ping
        alike.setdefault(told, []).append(row)
    marks: dict[tuple[datetime | None, ...], list[int]] = {}
    for first, *rest in alike.values():
        further = deadlines.escalate_at(first, heard=first.ping == Change.MOVED)
        said = (first.posted_at or scope.now, deadlines.dm_at(first), further)
        marks.setdefault((*said, None, None), []).extend(row.id for row in (first, *rest))
    put(scope.session, ["posted_at", "dm_at", "escalate_at", "ping", "post_at"], marks)
