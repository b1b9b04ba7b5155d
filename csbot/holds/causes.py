"""What may well be behind far more alerts than usual; the admins are told the first that fits."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.alerts.finding import Finding
from csbot.alerts.scope import Scope
from csbot.sources import Source
from csbot.team.days_off import is_day_off

QUIET = timedelta(hours=12)  # sooner than a source counts as silent: a guess may be wrong
SHARE = 0.3
SOURCES = {
    "inactive": ("usage",),
    "feedback": ("surveys",),
    "meeting_tomorrow": ("meetings",),
    "meeting_soon": ("meetings",),
    "payment_failed": ("billing",),
    "playbook": ("usage", "billing", "surveys", "tickets", "meetings"),
}
Likely = tuple[str | None, dict[str, Any]]


def likely(scope: Scope, kind: str, found: Collection[Finding]) -> Likely:
    """Its name, and what the notice says of it."""
    for look in (_silent, _holiday, _same_day):
        if seen := look(scope, kind, found):
            return look.__name__.removeprefix("_"), seen
    return None, {}


def _silent(scope: Scope, kind: str, found: Collection[Finding]) -> dict[str, Any]:
    quiet = select(Source.name, Source.last_at).where(
        Source.name.in_(SOURCES.get(kind, ())), Source.last_at < scope.now - QUIET
    )
    row = scope.session.execute(quiet.order_by(Source.last_at).limit(1)).first()
    return {"source": row.name, "last": row.last_at.isoformat()} if row else {}


def _holiday(scope: Scope, kind: str, found: Collection[Finding]) -> dict[str, Any]:
    here = [member for member in scope.team.values() if member.active and member.country]
    off = {m.country for m in here if is_day_off(m.country, scope.today(m.timezone))}
    return {"countries": sorted(filter(None, off))} if off else {}


def _same_day(scope: Scope, kind: str, found: Collection[Finding]) -> dict[str, Any]:
    """More than 30 % of all customers, since one and the same day."""
    zone = scope.zone(None)
    days = Counter(
        day for _, day in {(f.account_id, f.since.astimezone(zone).date()) for f in found}
    )
    day, accounts = days.most_common(1)[0]
    customers = select(func.count(Account.id)).where(Account.lifecycle_stage != "churned")
    share = accounts / (scope.session.scalar(customers) or 1)
    if share <= SHARE:
        return {}
    return {"day": day.isoformat(), "percent": round(100 * share)}
