from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Channel(Base):
    """What we last knew of a Slack conversation; forgotten when Slack says that it changed.

    Its topic is known only where we asked for this one channel.
    """

    __tablename__ = "slack_channels"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    is_private: Mapped[bool]
    is_archived: Mapped[bool]
    is_ext_shared: Mapped[bool]
    is_member: Mapped[bool]
    checked_at: Mapped[datetime]
    is_general: Mapped[bool | None]
    topic: Mapped[str | None]
