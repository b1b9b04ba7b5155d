"""Rows for tests, with believable defaults; every keyword overrides one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from csbot.accounts.model import Account
from csbot.churn.model import Churn
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.holds.model import Hold
from csbot.meetings.model import Meeting
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # working time everywhere in the tests


def member(name: str = "Dana Reyes", **over: Any) -> TeamMember:
    first = name.split()[0].lower()
    fields: dict[str, Any] = {
        "email": f"{first}@vendor.example",
        "name": name,
        "role": "csm",
        "slack_id": f"U_{first.upper()}",
        "timezone": "UTC",
        "created_at": MONDAY - timedelta(days=400),
        "introduced_at": MONDAY - timedelta(days=400),
        "introduction_closed_at": MONDAY - timedelta(days=399),
    }
    return TeamMember(**fields | over)


def account(name: str = "Acme", **over: Any) -> Account:
    fields: dict[str, Any] = {
        "name": name,
        "name_key": " ".join(name.casefold().split()),
        "domain": f"{name.split()[0].lower()}.example",
        "arr": Decimal(48_000),
        "currency": "USD",
        "segment": "mid-market",
        "process": "transactional",
        "lifecycle_stage": "adoption",
        "health": 70,
        "renewal_on": date(2027, 5, 1),
        "created_at": MONDAY - timedelta(days=300),
        "updated_at": MONDAY - timedelta(days=300),
    }
    return Account(**fields | over)


def contact(account_id: int, name: str = "Ann Lee", **over: Any) -> Contact:
    fields: dict[str, Any] = {
        "account_id": account_id,
        "email": f"{name.split()[0].lower()}@customer.example",
        "name": name,
        "role": "champion",
        "created_at": MONDAY - timedelta(days=300),
    }
    return Contact(**fields | over)


def task(account_id: int, title: str = "Call legal", **over: Any) -> Task:
    fields: dict[str, Any] = {
        "account_id": account_id,
        "title": title,
        "due_on": MONDAY.date(),
        "created_at": MONDAY - timedelta(days=5),
    }
    return Task(**fields | over)


def hold(**over: Any) -> Hold:
    """A flood of one playbook that nobody has decided on."""
    fields: dict[str, Any] = {
        "reason": "flood",
        "kind": "inactive",
        "playbook": "inactive-users",
        "counts": {"alerts": 12, "people": 2, "critical": 1, "unowned": 0, "usual": 4},
        "opened_at": MONDAY,
    }
    return Hold(**fields | over)


def meeting(account_id: int, title: str = "Success session", **over: Any) -> Meeting:
    fields: dict[str, Any] = {
        "account_id": account_id,
        "title": title,
        "starts_at": MONDAY + timedelta(hours=26),
        "created_at": MONDAY - timedelta(days=5),
    }
    return Meeting(**fields | over)


def feedback(account_id: int, score: int = 2, **over: Any) -> Feedback:
    fields: dict[str, Any] = {
        "account_id": account_id,
        "kind": "nps",
        "score": score,
        "negative": score <= 6,
        "at": MONDAY - timedelta(hours=2),
    }
    return Feedback(**fields | over)


def churn(account_id: int, **over: Any) -> Churn:
    """Of somebody who has left a week ago."""
    gone = MONDAY - timedelta(days=7)
    fields: dict[str, Any] = {
        "account_id": account_id,
        "type": "competitor",
        "evidence": "They signed with Rival.",
        "notice_on": gone.date(),
        "effective_on": gone.date(),
        "currency": "USD",
        "at": gone,
        "applied_at": gone,
    }
    return Churn(**fields | over)


def renewal(account_id: int, **over: Any) -> Renewal:
    fields: dict[str, Any] = {
        "account_id": account_id,
        "due_on": MONDAY.date() + timedelta(days=50),
        "amount_due": Decimal(48_000),
        "currency": "USD",
        "category": "probable",
        "created_at": MONDAY - timedelta(days=300),
    }
    return Renewal(**fields | over)
