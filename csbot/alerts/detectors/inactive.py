"""People who used to log in and have stopped."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select, true

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import STAKE, Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from messages.text import near_day, plural

SOURCE = "usage"
NAMED = 3  # people named on a card


def find(scope: Scope) -> Iterator[Finding]:
    """Accounts where at least one person is away; days are calendar days since the last login.

    While the product tells nothing, nobody becomes quiet, and whoever was stays so.
    """
    scope, cutoff = _as_known(scope)
    today, zone, limits = scope.today(), scope.zone(None), scope.limits
    query = scope.narrow(_of_all(), Account.id) if scope.accounts is None else away(scope, cutoff)
    rows = scope.session.execute(query, {"cutoff": cutoff})
    for account_id, gone, known, last, arr, health, owner_id in rows:
        stake = rules.at_stake(arr, health, limits)
        severity = rules.inactive(gone=gone, known=known, stake=stake) or rules.INFO
        level = rules.RANK[severity]
        evidence = {
            "inactive": gone,
            "known": known,
            "days": (today - last.astimezone(zone).date()).days,
            "threshold": limits.inactive_days,
        }
        look = seen(level, owner_id, gone, known, arr, health, today)
        yield Finding(account_id, "", severity, last, evidence, owner_id, level, look)


def away(scope: Scope, cutoff: datetime) -> Select[*tuple[Any, ...]]:
    """Accounts with somebody whose last login was then or before."""
    return _since(literal(cutoff, UTCDateTime()), scope.within(Contact.account_id)).where(
        scope.chosen
    )


@cache
def _of_all() -> Select[*tuple[Any, ...]]:
    """Put together once, as that takes longer than to find nothing; `cutoff` is bound later."""
    return _since(bindparam("cutoff", type_=UTCDateTime()), true())


def _since(cutoff: ColumnElement[datetime], those: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    last_login = Contact.last_login_at
    gone = (
        select(
            Contact.account_id,
            func.count().label("gone"),
            func.max(last_login).label("last"),
        )
        .where(last_login <= cutoff, those)
        .group_by(Contact.account_id)
        .subquery()
    )
    known = (
        select(func.count())
        .where(Contact.account_id == gone.c.account_id, last_login.is_not(None))
        .scalar_subquery()
    )
    return (
        select(
            gone.c.account_id, gone.c.gone, known.label("known"), gone.c.last, Account.arr,
            Account.health, Account.owner_id,
        )
        .join(Account, Account.id == gone.c.account_id)
        .where(Account.lifecycle_stage != "churned")
    )  # fmt: skip


def _as_known(scope: Scope) -> tuple[Scope, datetime]:
    """As it was when the product fell silent; and the last login that is too long ago.

    What a silent source does not tell of is not known not to have happened.
    """
    word = scope.heard.word_of(SOURCE)
    return replace(scope, now=word.until), word.back(timedelta(days=scope.limits.inactive_days))


def enrich(scope: Scope, found: list[Finding]) -> list[Finding]:
    """Name those who matter most: the champion, then who decides, then who was there last."""
    scope, cutoff = _as_known(scope)
    order = (_weight(), Contact.last_login_at.desc(), Contact.id)
    nth = func.row_number().over(partition_by=Contact.account_id, order_by=order).label("nth")
    ranked = (
        select(
            Contact.account_id,
            Contact.id,
            func.coalesce(Contact.name, Contact.email).label("name"),
            Contact.role,
            Contact.last_login_at,
            nth,
        )
        .where(
            Contact.last_login_at <= cutoff,
            scope.among(Contact.account_id, [finding.account_id for finding in found]),
        )
        .subquery()
    )
    rows = scope.session.execute(
        select(ranked).where(ranked.c.nth <= NAMED).order_by(ranked.c.account_id, ranked.c.nth)
    )
    people: dict[int, list[dict[str, Any]]] = {}
    for account_id, id, name, role, last, _ in rows:
        one = {"id": id, "name": name, "role": role, "last": last.isoformat()}
        people.setdefault(account_id, []).append(one)
    return [
        finding._replace(evidence=finding.evidence | {"people": people.get(finding.account_id, [])})
        for finding in found
    ]


def _weight() -> ColumnElement[int]:
    role = func.replace(func.replace(func.lower(Contact.role), "_", " "), "-", " ")
    return case({"champion": 0, "decision maker": 1}, value=role, else_=2)


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """What became of the people whom the alert names."""
    named = {one["id"] for alert in gone for one in _named(alert)}
    rows = scope.session.execute(
        select(
            Contact.id, func.coalesce(Contact.name, Contact.email), Contact.last_login_at
        )
        .join(Account, Account.id == Contact.account_id)
        .where(scope.among(Contact.id, named), Account.lifecycle_stage != "churned")
    )  # fmt: skip
    people = {id: (name, last) for id, name, last in rows}
    endings = {alert.id: _ending(scope, alert, people) for alert in gone}
    return {id: ending for id, ending in endings.items() if ending}


def _named(alert: Gone) -> list[dict[str, Any]]:
    return [one for one in alert.evidence.get("people", []) if "id" in one]


def _ending(
    scope: Scope, alert: Gone, people: dict[int, tuple[str, datetime | None]]
) -> Ending | None:
    """None where nobody is left to tell it from."""
    known = [(one, *people[one["id"]]) for one in _named(alert) if one["id"] in people]
    back = [
        (at, name) for one, name, at in known if at and at > datetime.fromisoformat(one["last"])
    ]
    if not known:
        return None
    if all(at is None for *_, at in known):
        return Ending("unknown", "No login of theirs is on file any more.")
    if len(back) < len(known):
        days = plural(scope.limits.inactive_days, "day")
        return Ending("limit", f"People count as quiet after {days} without a login now.")
    at, name = max(back)
    day = near_day(at.astimezone(scope.zone(None)), scope.today())
    everybody = alert.evidence["inactive"] == alert.evidence["known"]
    return Ending("back" if everybody else "some_back", f"{name} logged in on {day}.")


DETECTOR = Detector(
    "inactive", "contact.inactive", find, because, customers_only=True, enrich=enrich,
    parameters={"days": "inactive_days"} | STAKE,
)  # fmt: skip
