"""Puts the list of onboardings together: who is where, who is late, a page of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import Role
from csbot.accounts.choosing import named_in_words, segments, vocabulary
from csbot.onboarding import filters as reading
from csbot.onboarding import listed
from csbot.onboarding.filters import Filters, in_words
from csbot.onboarding.listed import Counted, Row
from csbot.onboarding.stages import Stage, find, track
from csbot.shares import Share
from csbot.team.model import TeamMember
from messages.onboarding_list import (
    NoOnboarding,
    OnboardingLine,
    OnboardingList,
    StageGroup,
    Turn,
)
from messages.text import Person

PAGE = 10
KEEP, GANTT = "k", "g"  # before a list's code


def asked_for(session: Session, text: str, *, person: TeamMember) -> Filters:
    """The filters in somebody's words; a CSM who names nobody means her own."""
    read = reading.read(text, vocabulary(session, person))
    own = person.role == Role.CSM and not read.owners and not read.everybody
    return replace(read, owners=(person.id,)) if own else read


def overview(
    session: Session, filters: Filters, *, person: TeamMember, now: datetime
) -> OnboardingList | NoOnboarding:
    """The answer to `/cs onboarding`."""
    names = segments(session) if filters.segments else ()
    counted = listed.counted(session, filters, names=names, now=now)
    waiting = listed.waiting(session, filters, names=names)
    scope = in_words(filters, named_in_words(session, filters.owners, filters.segments, names))
    count, late = sum(one.count for one in counted), sum(one.late for one in counted)
    shown = late if filters.late else count
    if not shown:
        return NoOnboarding(scope=scope, waiting=waiting, wider=_wider(filters), others=count)
    pages = min(-(-shown // PAGE), reading.PAGES_MAX)
    filters = replace(filters, page=min(filters.page, pages))
    rows = listed.page(session, filters, names=names, size=PAGE, now=now)
    return OnboardingList(
        scope=scope,
        only_late=filters.late,
        count=count,
        late=late,
        on_time=Share(count - late, count).share or 0.0,
        groups=tuple(_group(one) for one in counted if one.late or not filters.late),
        lines=tuple(_lines(rows, counted, session, now)),
        waiting=waiting,
        page=filters.page,
        pages=pages,
        turn=_turn(filters, pages, person),
        as_of=now,
    )


def _lines(
    rows: Sequence[Row], counted: Sequence[Counted], session: Session, now: datetime
) -> list[OnboardingLine]:
    groups = {one.place: _group(one) for one in counted}
    known = {row.account_id: find(row.process, row.stage) for row in rows}
    opened = listed.opened(session, rows, now=now)
    meetings = listed.next_meetings(session, [row.account_id for row in rows], now=now)
    made, last = list[OnboardingLine](), None
    for row in rows:
        begins = groups.get(row.place) if row.place != last else None
        stage = known[row.account_id]
        made.append(
            OnboardingLine(
                account_id=row.account_id,
                account=row.account,
                day=max(0, (now - row.since).days) + 1,
                of=stage.days if stage else None,
                late=_late(row, stage, now),
                open=opened.get(row.account_id, ()),
                owner=Person(row.owner, row.slack_id) if row.owner else None,
                meeting=meetings.get(row.account_id),
                begins=begins,
            )
        )
        last = row.place
    return made


def _late(row: Row, stage: Stage | None, now: datetime) -> int | None:
    """Whole days since it was due; None while it is not."""
    if stage is None:
        return None
    over = now - listed.due_at(row.since, stage)
    return over.days if over.total_seconds() >= 0 else None


def _group(one: Counted) -> StageGroup:
    process, key = one.place
    stage = find(process, key)
    return StageGroup(
        process=process,
        stage=stage.name if stage else key,
        number=stage.number if stage else None,
        of=len(track(process)),
        count=one.count,
        late=one.late,
    )


def _wider(filters: Filters) -> str | None:
    """The same of everybody, where only somebody's was asked for."""
    if not filters.owners:
        return None
    return replace(filters, owners=(), everybody=True, page=1).code()


def _turn(filters: Filters, pages: int, person: TeamMember) -> Turn:
    first = replace(filters, page=1)
    mine = replace(first, owners=(person.id,), everybody=False)
    return Turn(
        back=filters.turned(-1).code() if filters.page > 1 else None,
        onward=filters.turned(1).code() if filters.page < pages else None,
        late=replace(first, late=not filters.late).code(),
        late_label="Late or Not" if filters.late else "Only Late",
        whose=_wider(filters) or mine.code(),
        whose_label="Whole Team" if filters.owners else "Only Mine",
        gantt=GANTT + first.code(),
        keep=KEEP + first.code(),
    )
