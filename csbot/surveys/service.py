"""Keeps what surveys bring: one row of feedback an answer, however often and in any order."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import optouts
from csbot.accounts.hints import matched, person
from csbot.alerts.service import touched, turned
from csbot.feedback import service as feedback
from csbot.feedback.model import Feedback
from csbot.feedback.rules import is_negative
from csbot.find import account_by_id
from csbot.inbox.fields import Body
from csbot.inbox.service import due_at_once
from csbot.settings import Settings
from csbot.surveys.answer import Answer, OptOut, Told


class Apply(Protocol):
    """`at` is when it came, where it had to wait: what it says is of then, an alert is of now."""

    def __call__(
        self,
        session: Session,
        body: Body,
        *,
        settings: Settings,
        now: datetime,
        at: datetime | None = None,
    ) -> None: ...


def applying(read: Callable[[Body], Told], *, sender: str) -> Apply:
    """What one delivery of `sender` does."""

    def apply(
        session: Session,
        body: Body,
        *,
        settings: Settings,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        """Raises UnknownAccount; what does not concern us changes nothing."""
        told, at = read(body), at or now
        if isinstance(told, OptOut):
            opt_out(session, told, now=at)
        elif told is not None and (account := _keep(session, told, sender, settings, at)):
            session.flush()
            touched(session, account_ids=[account], settings=settings, now=now)
            turned(session, account_id=account, settings=settings, now=now)

    return apply


def opt_out(session: Session, told: OptOut, *, now: datetime) -> None:
    """No e-mail of ours reaches them any more, at whichever account they are or become known."""
    optouts.opt_out_address(session, told.email, "email", now=now)


def _keep(
    session: Session, told: Answer, sender: str, settings: Settings, now: datetime
) -> int | None:
    """The account that it changed, None where it changed nothing."""
    row = _known(session, sender, told)
    if row is None and told.score is None:
        return None
    account_id = row.account_id if row else matched(session, told.account)
    if row is None:
        # Whoever else brings this answer at this moment waits here, and then finds it.
        account_by_id(session, account_id, lock=True)
        row = _known(session, sender, told)
    if row is None:
        _first(session, account_id, told, sender, settings, now)
    elif not _again(session, row, told, settings, now):
        return None
    return account_id


def _known(session: Session, sender: str, told: Answer) -> Feedback | None:
    return session.scalar(
        select(Feedback)
        .where(Feedback.sender == sender, Feedback.external_id == told.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _first(
    session: Session, account_id: int, told: Answer, sender: str, settings: Settings, now: datetime
) -> None:
    assert told.score is not None  # noqa: S101  whoever calls has looked
    limits = settings.config.thresholds
    row = Feedback(
        account_id=account_id,
        contact_id=person(session, account_id, told.account),
        email=told.email,
        kind=told.kind,
        score=told.score,
        negative=is_negative(kind=told.kind, score=told.score, limits=limits),
        comment=told.comment,
        at=min(told.at or now, now),
        sender=sender,
        external_id=told.external_id,
        as_of=_as_of(told, now),
    )
    feedback.add(session, row, by=None, now=now)
    due_at_once(session, sender, told.external_id)


def _again(
    session: Session, row: Feedback, told: Answer, settings: Settings, now: datetime
) -> bool:
    """Write over it what is not older; False when there is nothing new to be seen.

    At one moment the later arrival counts, but what it does not comment on stays commented.
    """
    row.email = row.email or told.email
    row.contact_id = row.contact_id or person(session, row.account_id, told.account)
    as_of = _as_of(told, now)
    stood = row.as_of or as_of
    if as_of < stood:
        return False
    before = (row.kind, row.score, row.comment, row.at)
    row.kind, row.as_of = told.kind, as_of
    row.score = row.score if told.score is None else told.score
    row.comment = told.comment or (row.comment if told.as_of and as_of == stood else None)
    row.at = min(told.at or row.at, now)
    limits = settings.config.thresholds
    row.negative = is_negative(kind=row.kind, score=row.score, limits=limits)
    if before == (row.kind, row.score, row.comment, row.at):
        return False
    feedback.follow(session, row, verb="feedback.updated", by=None, now=now)
    return True


def _as_of(told: Answer, now: datetime) -> datetime:
    """Never later than now: a wrong clock of the sender's must not outlast what comes after."""
    return min(told.as_of or now, now)
