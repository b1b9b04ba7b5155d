from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Contact(Base):
    """A person at the customer; `opt_outs` names the channels we may not use (email, sms)."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("account_id", "email"),
        Index("ix_contacts_last_login_at_account_id", "last_login_at", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(index=True)
    name: Mapped[str | None]
    role: Mapped[str | None]
    title: Mapped[str | None]
    phone: Mapped[str | None]
    timezone: Mapped[str | None]
    last_login_at: Mapped[datetime | None]
    opt_outs: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class OptedOut(Base):
    """An address that wants no more of a channel, be it a contact's or not; kept for good."""

    __tablename__ = "opted_out"

    email: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
