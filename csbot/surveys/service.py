"""Keeps what surveys bring: one row of feedback an answer, however often and in any order."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.hints import matched, person
from csbot.alerts.service import touched
from csbot.contacts import Contact
from csbot.feedback import service as feedback
from csbot.feedback.model import Feedback
from csbot.feedback.rules import is_negative
from csbot.find import account_by_id
from csbot.inbox.errors import UnknownAccount
from csbot.inbox.fields import Body
from csbot.settings import Settings
from csbot.surveys.answer import Answer, OptOut, Told

NO_MAIL = "email"


class Apply(Protocol):
    def __call__(
        self, session: Session, body: Body, *, settings: Settings, now: datetime
    ) -> None: ...


def applying(read: Callable[[Body], Told], *, sender: str) -> Apply:
    """What one delivery of `sender` does."""

    def apply(session: Session, body: Body, *, settings: Settings, now: datetime) -> None:
        take(session, read(body), sender=sender, settings=settings, now=now)

    return apply


def take(session: Session, told: Told, *, sender: str, settings: Settings, now: datetime) -> None:
    """Raises UnknownAccount; what does not concern us changes nothing."""
    if isinstance(told, OptOut):
        opt_out(session, told, now=now)
    elif told is not None:
        _keep(session, told, sender=sender, settings=settings, now=now)


def opt_out(session: Session, told: OptOut, *, now: datetime) -> None:
    """No e-mail of ours reaches them any more, at whichever account they are known."""
    contacts = session.scalars(select(Contact).where(Contact.email == told.email)).all()
    if not contacts:
        raise UnknownAccount("a person who is no contact yet")
    for contact in contacts:
        if NO_MAIL not in contact.opt_outs:
            contact.opt_outs = [*contact.opt_outs, NO_MAIL]
            audit.record(
                session,
                verb="contact.opted_out",
                subject=f"contact:{contact.id}",
                account=contact.account_id,
                by=None,
                now=now,
                after={"channel": NO_MAIL},
            )


def _keep(
    session: Session, told: Answer, *, sender: str, settings: Settings, now: datetime
) -> None:
    row = _known(session, sender, told)
    if row is None and told.score is None:
        return
    account_id = row.account_id if row else matched(session, told.account)
    if row is None:
        # Whoever else brings this answer at this moment waits here, and then finds it.
        account_by_id(session, account_id, lock=True)
        row = _known(session, sender, told)
    if row is None:
        _first(session, account_id, told, sender, settings, now)
    elif not _again(session, row, told, settings, now):
        return
    session.flush()
    touched(session, account_ids=[account_id], settings=settings, now=now)


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
        as_of=told.as_of or now,
    )
    feedback.add(session, row, by=None, now=now)


def _again(
    session: Session, row: Feedback, told: Answer, settings: Settings, now: datetime
) -> bool:
    """Write what is newer over it; False when there is nothing newer to be seen."""
    row.at = min(row.at, told.at or row.at)
    row.email = row.email or told.email
    row.contact_id = row.contact_id or person(session, row.account_id, told.account)
    score = row.score if told.score is None else told.score
    as_of = told.as_of or now
    # Of two events of one moment the same one wins, whichever comes first.
    if (as_of, told.comment or "", score) <= (row.as_of or as_of, row.comment or "", row.score):
        return False
    limits = settings.config.thresholds
    before = (row.kind, row.score, row.comment)
    row.kind, row.score, row.comment, row.as_of = told.kind, score, told.comment, as_of
    row.negative = is_negative(kind=row.kind, score=row.score, limits=limits)
    if before == (row.kind, row.score, row.comment):
        return False
    feedback.follow(session, row, verb="feedback.updated", by=None, now=now)
    return True
