"""Which findings are held, or were let go and are still to be raised: what a look must know."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, select, update

from csbot.alerts.rules import RANK
from csbot.alerts.scope import Scope
from csbot.holds.model import HeldAlert, Hold

Held = Row[*tuple[Any, ...]]
RELEASED, KNOWN, DROPPED = "released", "known", "dropped"
LET_GO = (RELEASED, KNOWN)
H: Any = HeldAlert.__table__


def standing(scope: Scope, kinds: Collection[str]) -> Sequence[Held]:
    """All of these kinds. One that was dropped stays while it is true and gets no worse."""
    query = scope.narrow(_held(), HeldAlert.account_id)
    return scope.session.execute(query, {"kinds": list(kinds)}).all()


@cache
def _held() -> Select[*tuple[Any, ...]]:
    return (
        select(
            HeldAlert.kind, HeldAlert.playbook, HeldAlert.account_id, HeldAlert.subject,
            HeldAlert.severity, Hold.ended, Hold.ended_at,
        )
        .join(Hold, Hold.id == HeldAlert.hold_id)
        .where(HeldAlert.kind.in_(bindparam("kinds", expanding=True)))
    )  # fmt: skip


def lock_undecided(scope: Scope) -> None:
    """Before any alert: who presses a button has the hold first, and then raises alerts."""
    scope.session.execute(
        select(Hold.id).where(Hold.ended_at.is_(None)).order_by(Hold.id).with_for_update()
    ).all()


def keeps_quiet(held: Held, severity: str) -> bool:
    """Whether it is still unsaid: who dropped what is soon knew nothing of it being critical."""
    if held.ended == DROPPED:
        return RANK[severity] <= RANK[held.severity]
    return held.ended not in LET_GO


def as_let_go(held: Held | None) -> dict[str, Any]:
    """How the alert differs that is raised now; what has only been made known pings nobody."""
    if held is None or held.ended not in LET_GO:
        return {}
    quiet: dict[str, Any] = {"ping": None, "post_at": None} if held.ended == KNOWN else {}
    return {"opened_at": held.ended_at} | quiet


def forget(scope: Scope, held: Collection[Held]) -> None:
    """They are raised now, or not true any more."""
    if held:
        scope.session.connection().execute(delete(H).where(*SAME), [_same(one) for one in held])


def weigh(scope: Scope, held: Collection[tuple[Held, str]]) -> None:
    """What waits for a decision is as urgent as it is now, so that the notice says so."""
    if held:
        statement = update(H).where(*SAME).values(severity=bindparam("now_is"))
        rows = [_same(one) | {"now_is": severity} for one, severity in held]
        scope.session.connection().execute(statement, rows)


KEY = ("kind", "playbook", "account_id", "subject")
SAME = [H.c[name] == bindparam(f"of_{name}") for name in KEY]


def _same(held: Held) -> dict[str, Any]:
    return {f"of_{name}": getattr(held, name) for name in KEY}
