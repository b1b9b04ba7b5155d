from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Received(Base):
    """What Slack or another system told us, once each.

    `state` is done, waiting (for an account that is not there yet), set_aside (does not fit) or
    dropped (by a person); `body` is kept while there is something left to do with it. `signs` are
    what the account has that it waits for: `{kind: {value: ""}}`, each kind a key of
    `accounts.matching.FOUND_BY`.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_inbox_state_id", "state", "id"),
        Index("ix_inbox_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    event_id: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="done", server_default="done")
    kind: Mapped[str | None]
    body: Mapped[str | None]
    signs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None]
    tried_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
