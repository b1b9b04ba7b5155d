"""The roll-ups beside a recount from the raw events, which knows nothing of how they were made."""

from collections import Counter
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.usage.model import GroupUsage, UsageEvent, UserUsage

Counts = dict[tuple[int, date, str], tuple[int, int, int]]
COUNTED = ("track", "page", "screen")


def rolled_up(session: Session) -> tuple[Counts, Counts]:
    """By user and by group: events, seconds and logins of each day and feature."""
    by_user = {
        (row.user_id, row.day, row.feature): (row.events, row.active_seconds, row.logins)
        for row in session.scalars(select(UserUsage))
    }
    by_group = {
        (row.group_id, row.day, row.feature): (row.events, row.active_seconds, row.logins)
        for row in session.scalars(select(GroupUsage))
    }
    return by_user, by_group


def recounted(session: Session) -> tuple[Counts, Counts]:
    """The same, one event after the other."""
    found: tuple[dict[tuple[int, date, str], Counter[str]], ...] = ({}, {})
    for event in session.scalars(select(UsageEvent).where(UsageEvent.type.in_(COUNTED))):
        told = event.properties
        feature = told.get("feature") or event.name or ""
        for counts, owner in zip(found, (event.user_id, event.group_id), strict=True):
            for named in {"", feature}:
                row = counts.setdefault((owner, event.at.date(), named), Counter())
                row["events"] += 1
                row["seconds"] += told.get("duration", 0)
                row["logins"] += event.name == "Signed In"
    by_user, by_group = (
        {key: (row["events"], row["seconds"], row["logins"]) for key, row in counts.items()}
        for counts in found
    )
    return by_user, by_group
