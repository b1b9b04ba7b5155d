"""The part of a digest that is about those who are away, for whom its reader stands in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from csbot.alerts.scope import Scope
from csbot.away.queries import day_words
from csbot.digests.queries import Open, TasksDue
from csbot.digests.readers import Reader
from csbot.meetings.rules import how_far
from messages.digests import Covering, Need
from messages.meetings import MeetingToday

MEETINGS_MAX = 3


def days(readers: Iterable[Reader]) -> list[Reader]:
    """The day of everybody who is covered for, as it is where their cover is."""
    return [Reader(member=one, today=reader.today) for reader in readers for one in reader.covers]


def sorted_out(
    reader: Reader, needs: Sequence[Need], alerts: Mapping[int, Sequence[Open]]
) -> list[Need]:
    """One's own first, then what each of the others left."""
    whose = {
        alert.item.id: member for member in reader.covers for alert in alerts.get(member.id, ())
    }
    told = [
        replace(need, covering=member.name, covering_id=member.id)
        if (member := whose.get(need.alert_id))
        else need
        for need in needs
    ]
    return sorted(told, key=lambda need: (need.covering or "", need.covering_id or 0))


def shown(
    scope: Scope,
    reader: Reader,
    meetings: Mapping[int, Sequence[Any]],
    tasks: Mapping[int, TasksDue],
) -> tuple[Covering, ...]:
    found = []
    for member in reader.covers:
        due, today = tasks.get(member.id, TasksDue()), meetings.get(member.id, ())
        own = {meeting.id for meeting, _ in meetings.get(reader.member.id, ())}
        theirs = [(meeting, name) for meeting, name in today if meeting.id not in own]
        found.append(
            Covering(
                id=member.id,
                name=member.name,
                until=day_words(reader.member, scope.cover.away[member.id].back_at, scope.now),
                tasks_overdue=due.overdue,
                tasks_today=due.today,
                meetings=tuple(
                    MeetingToday(
                        starts_at=meeting.starts_at,
                        account=name,
                        title=meeting.title,
                        state=how_far(meeting, scope.now),
                    )
                    for meeting, name in theirs[:MEETINGS_MAX]
                ),
                more_meetings=max(0, len(theirs) - MEETINGS_MAX),
            )
        )
    return tuple(found)
