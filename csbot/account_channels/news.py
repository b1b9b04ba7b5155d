"""What has changed for good about an account, told once in each channel that follows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.accounts.timeline import words
from csbot.alerts.among import among
from csbot.audit import AuditEntry, stands
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.team.model import TeamMember
from messages.account_channels import AccountHeader, AccountNews

# That a stage is left is told the moment it happens: csbot/onboarding/announcing.py.
VERBS = (
    "onboarding.started", "renewal.won", "renewal.lost", "renewal.reopened", "churn.recorded",
    "churn.applied", "churn.withdrawn",
)  # fmt: skip
CHANGED = ("import", "usage.account_changed")  # perhaps the lifecycle, too
BACK = timedelta(days=1)  # what no worker has told within a day is no news any more


def tell(
    session: Session,
    links: Sequence[AccountChannel],
    said: Mapping[int, AccountHeader],
    *,
    now: datetime,
) -> None:
    """Everything since they follow that nobody has taken back; what was told is a known key."""
    if not links:
        return
    entries = session.execute(
        select(AuditEntry, TeamMember.name)
        .outerjoin(TeamMember, TeamMember.id == AuditEntry.by_id)
        .where(
            among(session, AuditEntry.account_id, set(said)), AuditEntry.at > now - BACK,
            AuditEntry.verb.in_((*VERBS, *CHANGED)), stands(),
        )
        .order_by(AuditEntry.id)
    ).all()  # fmt: skip
    following: dict[int, list[AccountChannel]] = {}
    for link in links:
        following.setdefault(link.account_id, []).append(link)
    posts = [
        Outgoing(
            AccountNews(account=said[id].account, what=what, by=name),
            link.channel_id, f"news:{link.channel_id}:{entry.id}",
        )
        for entry, name in entries
        if (what := _what(entry)) and (id := entry.account_id)
        for link in following[id]
        if entry.at > link.followed_at
    ]  # fmt: skip
    enqueue_many(session, posts, now=now)


def _what(entry: AuditEntry) -> str | None:
    """None for what is no news: another field of the account."""
    if entry.verb not in CHANGED:
        return words(entry)
    before, after = entry.before or {}, entry.after or {}
    was, is_now = before.get("lifecycle_stage"), after.get("lifecycle_stage")
    if not was or not is_now or was == is_now:
        return None
    stages = [str(stage).replace("_", " ") for stage in (was, is_now)]
    return f"Lifecycle stage changed from {stages[0]} to {stages[1]}"
