"""Whose move it is: ours, or the customer's since we wrote or called and they have not answered."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.tasks.model import Task
from csbot.touches.silence import CALLS, MAILS, WORDS, newest

OURS = (CALLS, MAILS)
# No answer to what they said, no next step, no owner: a mail of ours leaves these as they are.
OURS_ALONE = ("feedback", "renewal", "task", "unowned")


def on_customer(account: Any, now: Any, since: Any = None) -> ColumnElement[bool]:
    """That our last word to an account of the query around this one waits for theirs.

    `since` is when what is open began: what was said before was about something else.
    """
    ours, theirs = newest(account, OURS, now), newest(account, WORDS, now)
    begun = ours.is_not(None) if since is None else ours >= since
    return and_(begun, or_(theirs.is_(None), theirs < ours))


def alert_on_customer(alert: Any, account: Any, now: Any) -> ColumnElement[bool]:
    """That an open alert waits for them; never one that is about what we ourselves leave undone."""
    return and_(alert.kind.not_in(OURS_ALONE), on_customer(account, now, alert.opened_at))


def accounts_on_customer(session: Session, ids: Collection[int], *, now: datetime) -> set[int]:
    """Of these accounts, those where nothing is left for us to do but wait; one query."""
    if not ids:
        return set()
    ours = select(Alert.id).where(
        Alert.account_id == Account.id, Alert.closed_at.is_(None), Alert.state != "snoozed",
        ~alert_on_customer(Alert, Account, now),
    )  # fmt: skip
    late = select(Task.id).where(
        Task.account_id == Account.id, Task.done_at.is_(None), Task.due_on < now.date()
    )
    chosen = among(session, Account.id, ids), on_customer(Account, now)
    return set(session.scalars(select(Account.id).where(*chosen, ~ours.exists(), ~late.exists())))
