"""When each source of data last told us something: what is silent is not the same as no news."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Source(Base):
    """A source that has spoken at least once; `last_at` is at most a minute behind."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
