from datetime import datetime, time

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base

WEEKDAYS = [1, 2, 3, 4, 5]
AS_ROLE = "role"


class TeamMember(Base):
    """Somebody of our own company who uses csbot; `working_days` are ISO weekdays, 1 is Monday.

    `alerts_by` is mention, dm, digest, or role: as csbot.toml says for their role.
    `is_outsider` is what Slack said of them at `slack_checked_at`: a guest, a bot, deleted, or of
    another organisation. Such a person is refused everywhere.
    `country` is an ISO 3166 code whose public holidays are nobody's working days there.
    `introduced_at` is when csbot said what it does for them, `introduction_closed_at` when they
    had read enough of it; `seen_at` their last visit, at most a day behind.
    """

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    slack_id: Mapped[str | None] = mapped_column(unique=True)
    timezone: Mapped[str]
    working_days: Mapped[list[int]] = mapped_column(default=lambda: list(WEEKDAYS))
    work_starts: Mapped[time] = mapped_column(default=time(9))
    work_ends: Mapped[time] = mapped_column(default=time(18))
    digest_at: Mapped[time] = mapped_column(default=time(8, 30))
    alerts_by: Mapped[str] = mapped_column(default=AS_ROLE)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    active: Mapped[bool] = mapped_column(default=True)
    is_outsider: Mapped[bool] = mapped_column(default=False)
    slack_checked_at: Mapped[datetime | None]
    country: Mapped[str | None]
    introduced_at: Mapped[datetime | None]
    introduction_closed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
