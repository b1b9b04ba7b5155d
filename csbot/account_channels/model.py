from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class AccountChannel(Base):
    """A Slack channel that follows an account, and the header that csbot keeps current in it.

    `header` is the outbox key of the pinned message, `seen` the digest of what it says since
    `header_at`; `topic` is what was last set, `topic_before` what people had written there;
    `bookmarks` has the link to the CRM record as `crm`, the outbox key of the bookmarked brief as
    `brief`, and as `brief_on` when it was written.
    `neutral_at` is since when another organisation reads along: from then on nothing internal
    goes there. `remade` counts how often a header that a person took away was made again.
    """

    __tablename__ = "account_channels"

    channel_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    followed_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    followed_at: Mapped[datetime]
    header: Mapped[str | None]
    seen: Mapped[str | None]
    header_at: Mapped[datetime | None]
    topic: Mapped[str | None]
    topic_before: Mapped[str | None]
    bookmarks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    remade: Mapped[int] = mapped_column(default=0)
    neutral_at: Mapped[datetime | None]
