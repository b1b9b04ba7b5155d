"""The larger track for whoever turns out to be large before their onboarding begins."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.accounts.rules import Process, process_for
from csbot.alerts.among import among
from csbot.audit import AuditEntry, stands
from csbot.onboarding.record import entry, standing
from csbot.settings import Settings

LARGE = Process.ENTERPRISE
WHY = "segment and ARR speak for it by now"


def fit(
    session: Session, accounts: Sequence[Account], *, settings: Settings, now: datetime
) -> None:
    """Whoever signs up is added before it is known what they pay. What a person has chosen stays,
    and nobody becomes small here: of who left and is back the ARR is not known yet.
    """
    limits, entries = settings.config.thresholds, []
    chosen = _chosen(session, [account.id for account in accounts])
    for account in accounts:
        asks = process_for(segment=account.segment, arr=account.arr, thresholds=limits)
        if asks != LARGE or account.process == LARGE or account.id in chosen:
            continue
        before = standing(account)
        account.process = LARGE.value
        entries.append(entry("onboarding.track", account, before, by=None, now=now, why=WHY))
    audit.record_all(session, entries)


def _chosen(session: Session, ids: Sequence[int]) -> set[int | None]:
    theirs = among(session, AuditEntry.account_id, ids)
    by_hand = AuditEntry.verb == "onboarding.track", AuditEntry.by_id.is_not(None), stands()
    return set(session.scalars(select(AuditEntry.account_id).where(theirs, *by_hand)))
