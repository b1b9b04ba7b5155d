"""Renewals that come near without a plan."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, func, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import STAKE, Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.renewals.model import Renewal
from csbot.team.model import TeamMember
from messages.text import clip, near_day, plural


def find(scope: Scope) -> Iterator[Finding]:
    window = timedelta(days=scope.limits.renewal_window_days)
    today_in = scope.dates()
    rows = scope.session.execute(unplanned(scope))
    for id, account_id, due_on, amount, currency, category, zone, arr, health, owner_id in rows:
        days = (due_on - today_in[zone]).days
        stake = rules.at_stake(arr, health, scope.limits)
        severity = rules.renewal(days=days, stake=stake)
        level = rules.RANK[severity]
        evidence = {
            "due_on": due_on.isoformat(),
            "days": days,
            "amount": [str(amount), currency],
            "category": category,
        }
        yield Finding(
            account_id,
            str(id),
            severity,
            scope.midnight(due_on - window, zone),
            evidence,
            owner_id,
            level,
            seen(level, owner_id, due_on, amount, category, arr, health, today_in[zone]),
        )


def unplanned(scope: Scope) -> Select[*tuple[Any, ...]]:
    window = timedelta(days=scope.limits.renewal_window_days)
    horizon, last = scope.by_zone(
        TeamMember.timezone, lambda name: scope.today(name) + window, Date()
    )
    due = _open().where(Renewal.due_on <= last, Renewal.due_on <= horizon)
    return scope.narrow(due, Renewal.account_id)


@cache
def _open() -> Select[*tuple[Any, ...]]:
    """Of customers, without a next step."""
    return (
        select(
            Renewal.id, Renewal.account_id, Renewal.due_on, Renewal.amount_due, Renewal.currency,
            Renewal.category, TeamMember.timezone, Account.arr, Account.health, Account.owner_id,
        )
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(
            Renewal.status == "open",
            func.trim(func.coalesce(Renewal.next_step, "")) == "",
            Account.lifecycle_stage != "churned",
        )
    )  # fmt: skip


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Decided, planned, or further away than it was."""
    alerts = {int(one.subject): one for one in gone}
    rows = scope.session.execute(
        select(
            Renewal.id, Renewal.due_on, Renewal.status, Renewal.next_step, Account.renewal_on,
            TeamMember.timezone.label("zone"),
        )
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(scope.among(Renewal.id, alerts))
    )  # fmt: skip
    endings = {alerts[row.id].id: _ending(scope, alerts[row.id], row) for row in rows}
    return {id: ending for id, ending in endings.items() if ending}


def _ending(scope: Scope, alert: Gone, row: Any) -> Ending | None:
    """None while it is open, near and without a next step: then it is not the renewal's doing."""
    if row.status != "open":
        return _decided(scope, row)
    if step := " ".join((row.next_step or "").split()):
        return Ending("planned", f"Next step: {clip(step, 150).rstrip('.')}.")
    window = scope.limits.renewal_window_days
    if row.due_on <= scope.today(row.zone) + timedelta(days=window):
        return None
    day = near_day(row.due_on, scope.today())
    if row.due_on != date.fromisoformat(alert.evidence["due_on"]):
        return Ending("moved", f"It is due on {day} now.")
    return Ending("early", f"It is due on {day}, more than {plural(window, 'day')} ahead.")


def _decided(scope: Scope, row: Any) -> Ending:
    if row.status in ("withdrawn", "renewed"):
        day = row.renewal_on and near_day(row.renewal_on, scope.today())
        now = f"The account renews on {day} now." if day else "The account has no renewal date now."
        return Ending(row.status, now)
    return Ending(row.status, f"It is {row.status.replace('_', ' ')}.")


DETECTOR = Detector(
    "renewal", "renewal.due", find, because, customers_only=True,
    parameters={"days": "renewal_window_days"} | STAKE,
)  # fmt: skip
