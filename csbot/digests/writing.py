"""Puts digests together from what was read: each person's own day, and their team's."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot import sources
from csbot.access import May, allows
from csbot.alerts import cards
from csbot.alerts.rules import Change, Part, Reach, reach
from csbot.alerts.scope import Scope
from csbot.digests import covers, news, notes, queries, rules
from csbot.digests.news import Win
from csbot.digests.queries import Due, Open, TasksDue
from csbot.digests.readers import Reader
from csbot.digests.rules import Choice, Item
from csbot.meetings import debriefing
from csbot.meetings.rules import how_far
from csbot.onboarding.stages import find
from csbot.renewals.forecast import totals
from csbot.renewals.rules import LABELS, Category
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.alert_card import AlertCard, next_step, sentence
from messages.debriefs import DebriefRow
from messages.digests import Changes, Digest, Moved, Need, Renewing, SilentSource, Team, Workload
from messages.meetings import MeetingToday
from messages.text import Money, Mrkdwn, escape
from messages.turn import whose_move

MEETINGS_MAX, DEBRIEFS_MAX, MOVED_MAX, WINS_MAX, PEOPLE_MAX = 5, 3, 3, 3, 8


@dataclass(frozen=True)
class Written:
    """A digest and what it showed: alert id to look."""

    reader: Reader
    digest: Digest
    looks: dict[int, str]


@dataclass(frozen=True)
class _Found:
    """All that was read for all readers, by person."""

    alerts: Mapping[int, list[Open]]
    meetings: Mapping[int, list[Any]]
    debriefs: Mapping[int, list[DebriefRow]]
    tasks: Mapping[int, TasksDue]
    moves: Mapping[int, list[tuple[str, int, int]]]
    wins: Mapping[int, list[Win]]
    renewals: Mapping[int, list[Due]]
    coming: Mapping[int, tuple[date, str]]
    unowned: int
    silent: tuple[SilentSource, ...]


def write(
    session: Session,
    readers: Sequence[Reader],
    *,
    settings: Settings,
    now: datetime,
    kept: Mapping[int, Sequence[Need]] | None = None,
) -> list[Written]:
    """A digest for each reader; `kept` are the alerts that one already sent goes on showing."""
    if not readers:
        return []
    scope = Scope.load(session, settings, now)
    away = scope.cover.covering
    readers = [replace(one, covers=away.get(one.member.id, ())) for one in readers]
    found = _read(scope, readers)
    choices = {one.member.id: _choice(one, found, kept) for one in readers}
    ids = {item.id for choice in choices.values() for item in choice.spelled}
    # One that closed since it was read needs nobody.
    looks = {id: x for id, x in cards.load(scope, ids).items() if isinstance(x, AlertCard)}
    made, chosen = [], notes.told(scope, readers)
    for reader in readers:
        choice = choices[reader.member.id]
        if kept is not None:
            needs: Sequence[Need] = kept[reader.member.id]
        else:
            choice = replace(choice, spelled=[i for i in choice.spelled if i.id in looks])
            made_of = [_need(item, looks[item.id], reader, now) for item in choice.spelled]
            needs = covers.sorted_out(reader, made_of, found.alerts)
        digest = _digest(reader, needs, choice, found, now)
        covering = covers.shown(scope, reader, found.meetings, found.tasks)
        noted, more = chosen.get(reader.member.id, ((), 0))
        digest = replace(digest, covering=covering, notes=noted, more_notes=more)
        made.append(Written(reader, digest, choice.shown(reader.before)))
    return made


def _read(scope: Scope, readers: Sequence[Reader]) -> _Found:
    session, settings, now = scope.session, scope.settings, scope.now
    days = {report.id: local_date(report, now) for one in readers for report in one.reports}
    days |= {covered.id: one.today for one in readers for covered in one.covers}
    days |= {one.member.id: one.today for one in readers}
    since = {one.member.id: one.since(now) for one in readers}
    alerts: dict[int, list[Open]] = {}
    for alert in queries.open_alerts(session, days, now=now):
        alerts.setdefault(alert.person_id, []).append(_asked_after(scope, alert, since))
    renewals = queries.renewals(session, days)
    rest = {id: day for id, day in days.items() if id not in renewals}
    return _Found(
        alerts=alerts,
        meetings=queries.meetings(session, [*readers, *covers.days(readers)]),
        debriefs=debriefing.unanswered(
            session, {one.member.id: one.begins for one in readers}, now=now
        ),
        tasks=queries.tasks(session, days),
        moves=news.health_moves(session, readers, now=now),
        wins=news.wins(session, readers, now=now),
        renewals=renewals,
        coming=queries.next_renewals(session, rest, after=min(days.values())),
        unowned=queries.unowned(session),
        silent=_silent(session, settings, now),
    )


def _asked_after(scope: Scope, alert: Open, since: Mapping[int, datetime]) -> Open:
    """What somebody promised and did not keep is said here, once, if they chose the digest."""
    member = scope.team[alert.person_id]
    if alert.unkept_since is None or alert.unkept_since <= since.get(member.id, scope.now):
        return alert
    by, item = scope.alerts_by(member, alert.playbook, alert.kind), alert.item
    way = reach(change=Change.UNKEPT, part=Part.OWNER, alerts_by=by, severity=item.severity)
    return replace(alert, item=replace(item, unkept=way is Reach.DIGEST))


def _silent(session: Session, settings: Settings, now: datetime) -> tuple[SilentSource, ...]:
    found = sources.silent(session, settings.config.silent_after, now)
    return tuple(SilentSource(name=name, since=found[name]) for name in sorted(found))


def items(reader: Reader, alerts: Mapping[int, Sequence[Open]]) -> list[Item]:
    """Their own alerts, those they cover, and those of their people that went up to them."""
    mine = [alert.item for alert in alerts.get(reader.member.id, ())]
    for covered in reader.covers:
        mine += [alert.item for alert in alerts.get(covered.id, ())]
    known = {reader.member.id, *(covered.id for covered in reader.covers)}
    for report in reader.reports:
        if report.id not in known:
            mine += [a.item for a in alerts.get(report.id, ()) if a.escalated and not a.item.taken]
    return mine


def _choice(reader: Reader, found: _Found, kept: Mapping[int, Sequence[Need]] | None) -> Choice:
    mine = items(reader, found.alerts)
    if kept is None:
        week = rules.begins_week(reader.member, reader.today)
        return rules.choose(mine, before=reader.before, begins_week=week)
    shown = {need.alert_id for need in kept[reader.member.id]}
    rest = [item for item in mine if item.id not in shown]
    known = [item for item in rest if reader.before.get(item.id) == item.look or item.taken]
    return Choice([], known, [item for item in rest if item not in known])


def _need(item: Item, card: AlertCard, reader: Reader, now: datetime) -> Need:
    age = rules.age(item, today=reader.today, member=reader.member, last=reader.last, now=now)
    return Need(
        alert_id=item.id,
        version=card.version,
        severity=card.severity,
        age=age,
        sentence=sentence(card),
        stake=Mrkdwn(escape(card.stake)),
        step=next_step(card),
        turn=turn(card, reader.member),
        unkept=item.unkept,
    )


def turn(card: AlertCard, reader: TeamMember) -> str:
    """Whose move it is, as this person reads it."""
    holder = card.taken_by or card.owner
    yours = holder is not None and holder.slack_id == reader.slack_id
    return whose_move(card.on_customer, yours=yours)


def _digest(
    reader: Reader, needs: Sequence[Need], choice: Choice, found: _Found, now: datetime
) -> Digest:
    member, today = reader.member, reader.today
    meetings = found.meetings.get(member.id, [])
    tasks, asked = found.tasks.get(member.id, TasksDue()), found.debriefs.get(member.id, [])
    opened = [today, *(local_date(member, item.opened_at) for item in choice.folded)]
    return Digest(
        greeting=rules.greeting(member, now),
        person=rules.first_name(member.name),
        needs=tuple(needs),
        folded=len(choice.folded),
        folded_taken=sum(item.taken for item in choice.folded),
        oldest_days=(today - min(opened)).days, waiting=len(choice.waiting),
        meetings=tuple(
            MeetingToday(
                starts_at=meeting.starts_at, account=name, title=meeting.title,
                agenda=meeting.agenda or None, state=how_far(meeting, now),
            )
            for meeting, name in meetings[:MEETINGS_MAX]
        ),
        more_meetings=max(0, len(meetings) - MEETINGS_MAX),
        debriefs=tuple(asked[:DEBRIEFS_MAX]),
        more_debriefs=max(0, len(asked) - DEBRIEFS_MAX),
        tasks_overdue=tasks.overdue,
        tasks_today=tasks.today,
        changes=_changes(reader, found, now),
        renewing=_renewing(member, found.renewals.get(member.id, [])),
        next_renewal=_coming(reader, found),
        team=_team(reader, found),
        silent=found.silent,
        as_of=now,
        digest_at=member.digest_at,
    )  # fmt: skip


def _changes(reader: Reader, found: _Found, now: datetime) -> Changes:
    moves = found.moves.get(reader.member.id, [])
    wins = [words for win in found.wins.get(reader.member.id, []) if (words := _win(win))]
    return Changes(
        since=rules.since_words(reader.since(now), today=reader.today, member=reader.member),
        moved=tuple(Moved(account=a, change=c, score=s) for a, c, s in moves[:MOVED_MAX]),
        more_moved=max(0, len(moves) - MOVED_MAX),
        wins=tuple(wins[:WINS_MAX]),
        more_wins=max(0, len(wins) - WINS_MAX),
    )


def _win(win: Win) -> str | None:
    """In words; None for a stage that was left backwards."""
    if win.score is not None:
        return f"{win.who or 'somebody'} at {win.account} gave {win.score} of 10"
    left, entered = find(win.process, win.stage), find(win.process, win.after)
    if left is None or (entered is not None and entered.number < left.number):
        return None
    done = "finished onboarding" if entered is None else f"completed {left.name}"
    return f"{win.account} {done}"


def _renewing(member: TeamMember, due: Sequence[Due]) -> Renewing | None:
    if not due or not allows(member.role, May.SEE_RENEWALS):
        return None
    counted = Counter[str]()
    for one in due:
        counted[one.category] += one.count
    return Renewing(
        count=sum(one.count for one in due),
        due=_money(due),
        categories=tuple((LABELS[c], counted[c]) for c in Category if counted[c]),
    )


def _money(due: Iterable[Due]) -> tuple[Money, ...]:
    return tuple(Money(amount, currency) for currency, amount in totals(due).items())


def _coming(reader: Reader, found: _Found) -> tuple[int, str] | None:
    if reader.member.id not in found.coming:
        return None
    due_on, account = found.coming[reader.member.id]
    return (due_on - reader.today).days, account


def _team(reader: Reader, found: _Found) -> Team | None:
    if not reader.reports:
        return None
    loads = [_workload(one.name, [one.id], found) for one in reader.reports]
    loads.sort(key=lambda load: (-load.critical, -load.soon, -load.overdue, load.name))
    return Team(
        people=tuple(loads[:PEOPLE_MAX]),
        more_people=max(0, len(loads) - PEOPLE_MAX),
        total=_workload("All", [one.id for one in reader.reports], found),
        unowned=found.unowned,
    )


def _workload(name: str, ids: Sequence[int], found: _Found) -> Workload:
    severities = Counter(a.item.severity for id in ids for a in found.alerts.get(id, ()))
    due = [one for id in ids for one in found.renewals.get(id, ())]
    return Workload(
        name=name,
        critical=severities["critical"],
        soon=severities["soon"],
        overdue=sum(found.tasks.get(id, TasksDue()).overdue for id in ids),
        renewals=sum(one.count for one in due),
        due=_money(due),
    )
