"""What is new since the last look at everything: an import, a source, a playbook that is on."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.playbooks.model import Playbook
from csbot.sources import Source

LOOKED = "hold.first_look"


class Beginnings(NamedTuple):
    """The newest of each; 0 or "" where there is none."""

    imported: int
    spoke: str
    switched_on: str

    def after(self, known: "Beginnings") -> bool:
        """Whether anything is newer. Something that is gone is no beginning."""
        newer = self.imported > known.imported, self.spoke > known.spoke
        return any(newer) or self.switched_on > known.switched_on


NONE = Beginnings(0, "", "")


def unlooked(session: Session) -> Beginnings | None:
    """What the next look is the first one after, if it is."""
    newest = _newest(session)
    return newest if newest.after(_looked_at(session)) else None


def look(scope: Scope, seen: Beginnings) -> None:
    """From now on a look is no first one any more, unless something is newer than what was seen."""
    audit.record(
        scope.session, verb=LOOKED, subject="alerts", by=None, now=scope.now, after=seen._asdict()
    )


def _newest(session: Session) -> Beginnings:
    id, spoke_at, on_at = session.execute(_newest_of_each()).one()
    return Beginnings(id or 0, *(at.isoformat() if at else "" for at in (spoke_at, on_at)))


@cache
def _newest_of_each() -> Select[*tuple[Any, ...]]:
    a = AuditEntry
    imported = (
        select(a.id)
        # No file that only brings news of what is known: a nightly one is no beginning each night.
        .where(a.account_id.is_(None), a.verb == "import", a.after["created"].as_integer() > 0)
        .order_by(a.at.desc(), a.id.desc())
        .limit(1)
    )
    spoke, on = select(func.max(Source.first_at)), select(func.max(Playbook.on_since))
    return select(*(one.scalar_subquery() for one in (imported, spoke, on)))


def _looked_at(session: Session) -> Beginnings:
    a = AuditEntry
    last = select(a.after).where(a.account_id.is_(None), a.verb == LOOKED)
    found = session.scalar(last.order_by(a.at.desc(), a.id.desc()).limit(1))
    return Beginnings(**found) if found else NONE
