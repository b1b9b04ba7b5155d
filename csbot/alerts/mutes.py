"""Which alerts people wanted less of: not for an account until a day, or only in one's digest."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Self

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from csbot.alerts.model import AlertMute
from csbot.db.base import UTCDateTime

Place = tuple[str, int]


@dataclass(frozen=True)
class Mutes:
    """By playbook and account, with who chose it, until when and why; by playbook and member."""

    accounts: dict[Place, AlertMute]
    members: frozenset[Place]

    @classmethod
    def load(cls, session: Session, now: datetime) -> Self:
        rows = list(session.scalars(_in_force(), {"now": now}))
        return cls(
            {(row.playbook, row.account_id): row for row in rows if row.account_id},
            frozenset((row.playbook, row.member_id) for row in rows if row.member_id),
        )


@cache
def _in_force() -> Select[AlertMute]:
    later = AlertMute.until > bindparam("now", type_=UTCDateTime())
    return select(AlertMute).where(or_(AlertMute.until.is_(None), later))
