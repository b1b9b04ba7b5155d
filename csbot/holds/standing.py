"""Which findings are held, or were let go and are still to be raised: what a look must know."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, select

from csbot.alerts.scope import Scope
from csbot.holds.model import HeldAlert, Hold

Held = Row[*tuple[Any, ...]]
RELEASED, KNOWN = "released", "known"
LET_GO = (RELEASED, KNOWN)
H: Any = HeldAlert.__table__


def standing(scope: Scope, kinds: Collection[str]) -> Sequence[Held]:
    """All of these kinds. One that was dropped stays, and keeps quiet, while it is true."""
    return scope.session.execute(
        select(
            HeldAlert.kind, HeldAlert.playbook, HeldAlert.account_id, HeldAlert.subject,
            Hold.ended, Hold.ended_at,
        )
        .join(Hold, Hold.id == HeldAlert.hold_id)
        .where(HeldAlert.kind.in_(kinds), scope.within(HeldAlert.account_id))
    ).all()  # fmt: skip


def as_let_go(held: Held | None) -> dict[str, Any]:
    """How the alert differs that is raised now; what has only been made known pings nobody."""
    if held is None:
        return {}
    quiet: dict[str, Any] = {"ping": None, "post_at": None} if held.ended == KNOWN else {}
    return {"opened_at": held.ended_at} | quiet


def forget(scope: Scope, held: Collection[Held]) -> None:
    """They are raised now, or not true any more."""
    if not held:
        return
    names = ("kind", "playbook", "account_id", "subject")
    statement = delete(H).where(*(H.c[name] == bindparam(f"of_{name}") for name in names))
    rows = [{f"of_{name}": getattr(one, name) for name in names} for one in held]
    scope.session.connection().execute(statement, rows)
