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
    newest, seen = _both(session)
    return newest if newest.after(seen) else None


def look(scope: Scope, seen: Beginnings) -> None:
    """From now on a look is no first one any more, unless something is newer than what was seen."""
    audit.record(
        scope.session, verb=LOOKED, subject="alerts", by=None, now=scope.now, after=seen._asdict()
    )


def _both(session: Session) -> tuple[Beginnings, Beginnings]:
    """The newest of each, and those that the last look at all saw."""
    id, spoke_at, on_at, seen = session.execute(_newest_and_seen()).one()
    newest = Beginnings(id or 0, *(at.isoformat() if at else "" for at in (spoke_at, on_at)))
    return newest, Beginnings(**seen) if seen else NONE


@cache
def _newest_and_seen() -> Select[*tuple[Any, ...]]:
    a = AuditEntry
    # No file that only brings news of what is known: a nightly one is no beginning each night.
    imported = select(a.id).where(a.verb == "import", a.after["created"].as_integer() > 0)
    looked = select(a.after).where(a.verb == LOOKED)
    last = [
        one.where(a.account_id.is_(None)).order_by(a.at.desc(), a.id.desc()).limit(1)
        for one in (imported, looked)
    ]
    spoke, on = select(func.max(Source.first_at)), select(func.max(Playbook.on_since))
    return select(*(one.scalar_subquery() for one in (last[0], spoke, on, last[1])))
