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
            AuditEntry.verb.in_(VERBS), stands(),
        )
        .order_by(AuditEntry.id)
    ).all()  # fmt: skip
    posts = [
        Outgoing(_told(entry, name, said), link.channel_id, f"news:{link.channel_id}:{entry.id}")
        for entry, name in entries
        for link in links
        if link.account_id == entry.account_id and entry.at > link.followed_at
    ]
    enqueue_many(session, posts, now=now)


def _told(entry: AuditEntry, by: str | None, said: Mapping[int, AccountHeader]) -> AccountNews:
    return AccountNews(account=said[entry.account_id or 0].account, what=words(entry), by=by)
