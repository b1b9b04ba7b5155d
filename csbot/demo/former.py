"""Customers who have left, and who logged in when: what a playbook's replay is judged by."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account, AccountPipeline
from csbot.churn.model import Churn
from csbot.contacts import Contact
from csbot.demo.past import ON_FOR, Past, silences
from csbot.demo.people import contact_name
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from csbot.team.model import TeamMember
from csbot.usage.model import ProductUser, UserUsage

LEFT = (  # name, whose, revenue, days since they left
    ("Basil Bikes", "U_DANA", 21_000, 131),
    ("Cobalt Cafe", "U_LEE", 16_000, 109),
    ("Dune Dental", "U_SAM", 34_000, 78),
    ("Elm Engines", "U_DANA", 52_000, 14),
    ("Fjord Foods", "U_LEE", 12_000, 95),
    ("Gable Games", "U_SAM", 9_000, 46),
)
WHY = {  # type, what shows it, whether it was avoidable; of one nobody has said why
    "Basil Bikes": ("onboarding", "Never got past importing their frames, in four calls.", True),
    "Cobalt Cafe": ("closed", "Both shops have shut for good, says the notice on the door.", False),
    "Dune Dental": ("competitor", "Chose Moleworks for its X-ray archive, after four weeks.", True),
    "Elm Engines": ("champion_left", "Ines Dorn left; nobody has met who followed her.", True),
    "Fjord Foods": ("price_budget", "They offered $7k a year, we stood at $10k.", None),
}  # fmt: skip
ROLES = ("champion", "decision maker", "user")
NOTICE, ASK_AGAIN = timedelta(days=30), timedelta(days=270)
QUIET_FOR = 8  # days without a login when an alert is raised
EVERY = 3  # days from one login of a person to the next


def fill_former(session: Session, team: dict[str, TeamMember], *, monday: datetime) -> None:
    for number, (name, owner, arr, days) in enumerate(LEFT):
        left = monday - timedelta(days=days)
        account = _account(name, team[owner], arr, left)
        session.add(account)
        session.flush()
        session.add_all(_belongings(number, account, left))
        session.add_all(_churn(account, left))
        audit.record(
            session, verb="account.changed", subject=f"account:{account.id}", account=account.id,
            by=account.owner_id, now=left, why="did not renew",
            before={"lifecycle_stage": "adoption"}, after={"lifecycle_stage": "churned"},
        )  # fmt: skip
    session.flush()


def _account(name: str, owner: TeamMember, arr: int, left: datetime) -> Account:
    began = left - timedelta(days=400)
    return Account(
        name=name, name_key=name.casefold(), domain=f"{name.split()[0].lower()}.example",
        arr=Decimal(arr), currency="USD", segment="smb", plan="Team", owner_id=owner.id,
        process="transactional", lifecycle_stage="churned", customer_since=began,
        created_at=began, updated_at=left,
    )  # fmt: skip


def _belongings(number: int, account: Account, left: datetime) -> Iterator[object]:
    for index, role in enumerate(ROLES):
        name = contact_name(300 + number * 3 + index)
        yield Contact(
            account_id=account.id, email=f"{name.split()[0].lower()}@{account.domain}", name=name,
            role=role, created_at=account.created_at, last_login_at=left - timedelta(days=30),
        )  # fmt: skip
    yield Renewal(
        account_id=account.id, due_on=left.date(), amount_due=account.arr, currency="USD",
        category="at_risk", status="lost", closed_at=left, created_at=account.created_at,
    )  # fmt: skip
    yield AccountPipeline(
        account_id=account.id, pipeline="Subscription & Billing", stage="Churned", since=left
    )


def _churn(account: Account, left: datetime) -> Iterator[object]:
    for day, mrr in ((account.created_at.date(), account.arr), (left.date(), Decimal(0))):
        yield Revenue(
            account_id=account.id, effective_on=day, mrr=(mrr or Decimal(0)) / 12, currency="USD",
            source="import" if mrr else "churn",
        )  # fmt: skip
    if account.name not in WHY:
        return
    type, evidence, avoidable = WHY[account.name]
    told = left - NOTICE
    yield Churn(
        account_id=account.id, type=type, evidence=evidence, avoidable=avoidable,
        notice_on=told.date(), effective_on=left.date(), arr=account.arr, currency="USD",
        win_back_on=(left + ASK_AGAIN).date() if avoidable else None, by_id=account.owner_id,
        at=told, applied_at=left,
    )  # fmt: skip


def log_ins(past: Past) -> None:
    """Everybody logs in every third day, except in the weeks that were quiet."""
    gone = {name: past.monday - timedelta(days=days + 20) for name, _, _, days in LEFT}
    users, days = [], []
    for account in past.accounts.values():
        quiet = list(_quiet(past, account.name, gone.get(account.name)))
        for contact in past.people[account.id]:
            at = contact.last_login_at
            users.append({
                "key": f"contact-{contact.id}", "contact_id": contact.id, "email": contact.email,
                "last_login_at": at, "first_seen_at": account.created_at,
            })  # fmt: skip
            days.append(_days(past, contact, quiet))
    ids = past.session.scalars(insert(ProductUser).returning(ProductUser.id), users).all()
    rows = [_row(id, day) for id, seen in zip(ids, days, strict=True) for day in seen]
    past.session.execute(insert(UserUsage), rows)


def _quiet(past: Past, name: str, gone: datetime | None) -> Iterator[tuple[date, date]]:
    """From the day after the last login to the day before the next."""
    for silence in silences():
        if silence.account == name:
            at = (past.monday - timedelta(days=silence.days_ago)).date()
            until = (gone or past.monday).date() if silence.back_after is None else at
            back = timedelta(days=silence.back_after or 0)
            yield at - timedelta(days=QUIET_FOR - 1), until + back - timedelta(days=1)
    if gone:
        yield gone.date(), past.monday.date()


def _days(past: Past, contact: Contact, quiet: list[tuple[date, date]]) -> set[date]:
    last = contact.last_login_at.date() if contact.last_login_at else past.monday.date()
    first = max(past.monday - ON_FOR, contact.created_at).date()
    usual = {last - timedelta(days=back) for back in range(0, (last - first).days + 1, EVERY)}
    silent = {day for day in usual if any(since <= day <= until for since, until in quiet)}
    back = {until + timedelta(days=1) for _, until in quiet if first < until < last}
    return usual - silent | back


def _row(user_id: int, day: date) -> dict[str, Any]:
    return {
        "user_id": user_id, "day": day, "feature": "", "events": 12, "active_seconds": 1_800,
        "logins": 1,
    }  # fmt: skip
