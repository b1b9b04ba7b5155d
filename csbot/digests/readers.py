"""Whose digests are written, of which day, and what theirs said last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.alerts.among import among
from csbot.digests.model import DigestRun
from csbot.team.model import TeamMember
from csbot.team.rules import zone, zone_named

DAY = timedelta(days=1)
REACHABLE = (
    TeamMember.active, TeamMember.slack_id.is_not(None), TeamMember.is_outsider.is_(False),
)  # fmt: skip
RUNS = 3  # the newest runs of a person that are looked at: today's may be among them


@dataclass(frozen=True)
class Reader:
    """Somebody and their day. `before` is what their last digest showed: alert id to look.

    `covers` are those who are away and for whom they stand in.
    """

    member: TeamMember
    today: date
    last: datetime | None = None
    before: Mapping[int, str] = field(default_factory=dict)
    reports: Sequence[TeamMember] = ()
    covers: Sequence[TeamMember] = ()

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.today, time(), zone(self.member)).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.today + DAY, time(), zone(self.member)).astimezone(UTC)

    def since(self, now: datetime) -> datetime:
        return self.last or now - DAY


def reachable(session: Session) -> list[TeamMember]:
    """Everybody who works here and has a Slack identity."""
    return list(session.scalars(_reachable()))


@cache
def _reachable() -> Select[TeamMember]:
    return select(TeamMember).where(*REACHABLE).order_by(TeamMember.id)


def without_todays(session: Session, now: datetime) -> list[TeamMember]:
    """Those of them who have had no digest on the date that it is where they live."""
    dates = {name: now.astimezone(zone_named(name)).date() for name in session.scalars(_zones())}
    if not dates:
        return []
    today = case({name: literal(day) for name, day in dates.items()}, value=TeamMember.timezone)
    run = DigestRun.member_id == TeamMember.id, DigestRun.local_date == today
    return list(session.scalars(_reachable().where(~select(DigestRun.id).where(*run).exists())))


@cache
def _zones() -> Select[str]:
    return select(TeamMember.timezone).where(*REACHABLE).distinct()


def readers(session: Session, days: Mapping[TeamMember, date]) -> list[Reader]:
    """One for each person and the local date of their digest."""
    if not days:
        return []
    people = sorted(days, key=lambda member: member.id)
    runs = _runs(session, [member.id for member in people])
    reports = _reports(session, people)
    made = []
    for member in people:
        earlier = [run for run in runs.get(member.id, []) if run.local_date < days[member]]
        last = earlier[0] if earlier else None
        made.append(
            Reader(
                member=member,
                today=days[member],
                last=last.sent_at if last else None,
                before=looks(last) if last else {},
                reports=reports.get(member.id, ()),
            )
        )
    return made


def looks(run: DigestRun) -> dict[int, str]:
    return {int(id): look for id, look in run.shown.get("alerts", {}).items()}


def _runs(session: Session, ids: Iterable[int]) -> dict[int, list[DigestRun]]:
    """The newest few of each, newest first."""
    nth = func.row_number().over(
        partition_by=DigestRun.member_id, order_by=DigestRun.local_date.desc()
    )
    ranked = (
        select(DigestRun.id, nth.label("nth"))
        .where(among(session, DigestRun.member_id, ids))
        .subquery()
    )
    query = (
        select(DigestRun)
        .join(ranked, ranked.c.id == DigestRun.id)
        .where(ranked.c.nth <= RUNS)
        .order_by(DigestRun.local_date.desc())
    )
    found: dict[int, list[DigestRun]] = {}
    for run in session.scalars(query):
        found.setdefault(run.member_id, []).append(run)
    return found


def _reports(session: Session, people: Sequence[TeamMember]) -> dict[int, Sequence[TeamMember]]:
    """Whose work a manager's digest sums up: those who report to them, else all CSMs."""
    managers = [m for m in people if allows(m.role, May.SEE_TEAM_DIGEST)]
    if not managers:
        return {}
    query = select(TeamMember).where(TeamMember.active).order_by(TeamMember.name, TeamMember.id)
    everybody = list(session.scalars(query))
    csms = [one for one in everybody if one.role == "csm"]
    return {
        manager.id: [one for one in everybody if one.manager_id == manager.id]
        or [one for one in csms if manager.role == "manager" and one.manager_id is None]
        for manager in managers
    }
