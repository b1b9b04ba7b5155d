"""What the audit keeps of a step of onboarding: enough to put it back."""

from datetime import datetime
from typing import Any

from csbot import audit
from csbot.accounts.model import Account


def standing(account: Account) -> dict[str, Any]:
    """Where an account is: all that a step of onboarding changes."""
    return {
        "stage": account.onboarding_stage,
        "process": account.process,
        "lifecycle": account.lifecycle_stage,
        "onboarding_stage_since": _iso(account.onboarding_stage_since),
        "onboarding_began_at": _iso(account.onboarding_began_at),
        "onboarding_ended_at": _iso(account.onboarding_ended_at),
    }


def entry(
    verb: str,
    account: Account,
    before: dict[str, Any],
    *,
    by: int | None,
    now: datetime,
    why: str | None = None,
) -> dict[str, Any]:
    return audit.entry(
        verb=verb, subject=f"account:{account.id}", account=account.id, by=by, now=now,
        before=before, after=standing(account), why=why,
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
