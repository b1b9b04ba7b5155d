"""Somebody's own settings, as they are shown."""

from collections.abc import Mapping

from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import alerts_by
from messages.alert_ways import KindWay
from messages.team import WEEKDAYS, SettingsShown


def shown(
    member: TeamMember, settings: Settings, *, chosen: Mapping[str, str], saved: bool = False
) -> SettingsShown:
    """`chosen` is by which way alerts of a kind reach them, where not as the rest."""
    return SettingsShown(
        alerts_by=alerts_by(member, settings.config.alerts_by),
        digest_at=f"{member.digest_at:%H:%M}",
        days=_days(member.working_days),
        work_starts=f"{member.work_starts:%H:%M}",
        work_ends=f"{member.work_ends:%H:%M}",
        timezone=member.timezone,
        country=member.country,
        role=member.role,
        saved=saved,
        kinds=tuple(KindWay(kind, by) for kind, by in chosen.items()),
    )


def _days(days: list[int]) -> str:
    """Monday to Friday; else the days one by one."""
    days = sorted(days)
    names = [WEEKDAYS[day - 1] for day in days]
    run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    return f"{names[0]} to {names[-1]}" if run else ", ".join(names)
