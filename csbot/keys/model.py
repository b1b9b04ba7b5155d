from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class ApiKey(Base):
    """What stays of a key: whose it is and how it starts, its text only as a hash."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    starts_with: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
