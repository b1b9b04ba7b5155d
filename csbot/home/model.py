from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Home(Base):
    """Somebody's App Home, from their first visit: `shown` is what they chose to see of it."""

    __tablename__ = "homes"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    first_opened_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict)
