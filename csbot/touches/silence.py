"""What counts as a try to reach a customer, and what as their answer: one list for all who ask.

A login is no word of theirs: it answers a message of csbot's, which mostly asks for no more than
that, but not somebody's call.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all
from sqlalchemy.orm import aliased

from csbot.audit import AuditEntry
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.tasks.model import Task
from csbot.tickets.model import Ticket
from csbot.touches.model import Touch
from csbot.usage.model import ProductGroup, ProductUser

# Aliases: whoever asks may have a meeting or a ticket of its own, which these are not.
ANSWER, TICKET, MEETING, TASK, VISIT, SMS, SENT, PERSON, USER, GROUP = (
    aliased(Feedback), aliased(Ticket), aliased(Meeting), aliased(Task), aliased(CheckIn),
    aliased(AuditEntry), aliased(Touch), aliased(Contact), aliased(ProductUser),
    aliased(ProductGroup),
)  # fmt: skip
BY_THEMSELVES = ("calendly", "calcom")  # where customers choose a time


class Told(NamedTuple):
    """Rows of one table: whose, when, and which of them count."""

    account_id: Any
    at: Any
    fits: tuple[Any, ...] = ()


SURVEYED = Told(ANSWER.account_id, ANSWER.at)
MET = Told(MEETING.account_id, MEETING.starts_at, (MEETING.outcome == "attended",))
_CONVERSATION = or_(VISIT.channel == "meeting", VISIT.sentiment.is_not(None), VISIT.theirs)
WORDS = (
    SURVEYED,
    Told(TICKET.account_id, TICKET.opened_at),
    Told(TICKET.account_id, TICKET.said_at),
    Told(TASK.account_id, TASK.created_at, (TASK.source.is_not(None),)),
    MET,
    Told(MEETING.account_id, MEETING.created_at, (MEETING.source.in_(BY_THEMSELVES),)),
    Told(VISIT.account_id, VISIT.at, (_CONVERSATION,)),
)
# Found by account only: of the audit log, which is long, one asks for few.
TEXTS = Told(SMS.account_id, SMS.at, (SMS.verb == "contact.answered",))
LOGINS = (
    Told(PERSON.account_id, PERSON.last_login_at),
    Told(GROUP.account_id, USER.last_login_at, (USER.group_id == GROUP.id,)),
)
CALLS = Told(
    VISIT.account_id, VISIT.at, (VISIT.by_id.is_not(None), VISIT.channel != "meeting",
                                 VISIT.sentiment.is_(None), ~VISIT.theirs),
)  # fmt: skip
MAILS = Told(SENT.account_id, SENT.sent_at, (SENT.bounced_at.is_(None),))
TOUCHES = (Told(VISIT.account_id, VISIT.at), MAILS, MET)


def rows(told: Told, since: datetime, until: datetime, **more: Any) -> Any:
    """Account and moment of all there are in this time, with whatever `more` says of each."""
    columns = (told.account_id.label("account_id"), told.at.label("at"))
    named = (value.label(name) for name, value in more.items())
    return select(*columns, *named).where(told.at.between(since, until), *told.fits)


def last(of: tuple[Told, ...], since: datetime, until: datetime) -> Any:
    """The last moment of each account, in this time: a subquery."""
    every = union_all(*(rows(one, since, until) for one in of)).subquery()
    return (
        select(every.c.account_id, func.max(every.c.at).label("at"))
        .group_by(every.c.account_id)
        .subquery()
    )


def newest(account: Any, of: tuple[Told, ...], until: datetime) -> Any:
    """The last moment of an account of another query, whenever it was: a scalar."""
    parts = (
        select(func.max(one.at).label("at")).where(
            one.account_id == account.id, one.at <= until, *one.fits
        )
        for one in of
    )
    every = union_all(*(part.correlate(account) for part in parts)).subquery()
    return select(func.max(every.c.at)).scalar_subquery()


def texted(account_id: Any, after: Any, until: datetime) -> ColumnElement[bool]:
    """That an SMS of theirs came in this time."""
    of = and_(TEXTS.account_id == account_id, TEXTS.at > after, TEXTS.at <= until, *TEXTS.fits)
    return select(SMS.id).where(of).exists()
