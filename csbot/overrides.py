"""Settings that an admin has set in Slack: they stand over those of csbot.toml."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Override(Base):
    """`key` is the setting's dotted path, such as thresholds.inactive_days."""

    __tablename__ = "overrides"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    set_at: Mapped[datetime]
