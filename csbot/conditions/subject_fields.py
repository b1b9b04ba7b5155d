"""What is known of the people and things that a playbook is about: each of its own row."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, false, or_
from sqlalchemy.orm import aliased

from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind
from csbot.conditions.moments import utc_day, utc_text
from csbot.conditions.usage_fields import heard
from csbot.feedback.rules import ALL_LEVELS, LEVELS
from csbot.meetings.rules import OUTCOMES
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.tasks.rules import PRIORITIES

TRIAL, AFTER = aliased(SubscriptionState), aliased(SubscriptionState)
BILLED = aliased(BillingCustomer)
CHANNELS = ("email", "sms")
TEXT, NUMBER, DAYS, FLAG, SET = Kind.TEXT, Kind.NUMBER, Kind.DAYS, Kind.FLAG, Kind.SET


def of(part: str, sql: Callable[[Any], Any]) -> Callable[[Frame], Any]:
    """None, which is unknown, in a frame without that part."""
    return lambda frame: None if frame.part(part) is None else sql(frame.part(part))


def _column(name: str) -> Callable[[Frame], Any]:
    part, column = name.split(".")
    return of(part, lambda row: getattr(row, column))


def _opted_out(contact: Any) -> Callable[[tuple[str, ...]], ColumnElement[bool]]:
    """The list is JSON, of which both databases have the text at hand."""
    told = cast(contact.opt_outs, String)
    return lambda wanted: or_(
        false(), *(told.like(f'%"{channel}"%') for channel in CHANNELS if channel in wanted)
    )


def _is_set(column: str) -> Callable[[Any], ColumnElement[Any]]:
    """NULL where an outer join found no row."""
    return lambda row: case((row.id.is_not(None), getattr(row, column).is_not(None)))


def _came_back(frame: Frame) -> Any:
    if frame.contact is None or frame.started_at is None:
        return None
    return frame.contact.last_login_at > frame.started_at


def _moved(frame: Frame) -> Any:
    starts = frame.facts.get("trigger.starts")
    if frame.meeting is None or starts is None:
        return None
    return utc_text(frame.meeting.starts_at) != starts


def _extended(frame: Frame) -> Any:
    """None of its trials ends that day any more, and one that goes on ends later."""
    told, ends = frame.facts.get("trigger.ends_on"), utc_day(TRIAL.trial_ends_at)
    if told is None:
        return None
    newer = exists().where(
        AFTER.customer_id == TRIAL.customer_id,
        AFTER.subscription == TRIAL.subscription,
        or_(AFTER.at > TRIAL.at, and_(AFTER.at == TRIAL.at, AFTER.rank > TRIAL.rank)),
    )
    theirs = exists().where(
        TRIAL.customer_id == BILLED.id, BILLED.account_id == frame.account.id, ~newer
    )
    later = theirs.where(ends > told, TRIAL.status == "trialing")
    return and_(later, ~theirs.where(ends == told))


def level_of(answer: Any) -> ColumnElement[str]:
    """Very Happy, Happy, Neutral or Not Happy, as csbot.feedback.rules has it."""
    whens = [
        (and_(answer.kind == kind, answer.score >= least), name)
        for kind, levels in LEVELS.items()
        for least, name in levels
    ]
    return case(*whens)


SUBJECTS: dict[str, Field] = {
    "contact.role": Field(TEXT, "The contact's role.", _column("contact.role"), "champion"),
    "contact.title": Field(TEXT, "The contact's job title.", _column("contact.title"), "CFO"),
    "contact.email": Field(
        TEXT, "The contact's address.", _column("contact.email"), "ann@customer.example"
    ),
    "contact.phone": Field(
        TEXT, "The contact's number for text messages.", _column("contact.phone"), "+15550100"
    ),
    "contact.last_login": Field(
        DAYS, "How long ago the contact last logged in.", heard(_column("contact.last_login_at")),
        "7 days", ago=True,
    ),
    "contact.login_since_start": Field(
        FLAG, "The contact has logged in since the playbook started.", heard(_came_back), "true"
    ),
    "contact.opted_out": Field(
        SET, "The channels (email, sms) that the contact does not want.",
        of("contact", _opted_out), "email",
    ),
    "meeting.kind": Field(TEXT, "What kind of meeting it is.", _column("meeting.kind"), "qbr"),
    "meeting.title": Field(TEXT, "What it is called.", _column("meeting.title"), "Walkthrough"),
    "meeting.outcome": Field(
        TEXT, "attended, no_show or cancelled, once it is known.", _column("meeting.outcome"),
        "attended", values=OUTCOMES,
    ),
    "meeting.starts_in": Field(
        DAYS, "How long until it starts.", _column("meeting.starts_at"), "1 day"
    ),
    "meeting.started": Field(
        DAYS, "How long ago it started.", _column("meeting.starts_at"), "2 hours", ago=True
    ),
    "meeting.moved": Field(
        FLAG, "It starts at another time than when `meeting.booked` told of it.", _moved, "true"
    ),
    "account.trial_extended": Field(
        FLAG, "Its trial ends later than when `trial.will_end` told of it.", _extended, "true"
    ),
    "meeting.duration": Field(
        NUMBER, "How many minutes it takes.", _column("meeting.duration_minutes"), "30"
    ),
    "task.title": Field(TEXT, "What is to be done.", _column("task.title"), "Call legal"),
    "task.priority": Field(
        TEXT, "low, normal or high.", _column("task.priority"), "high", values=PRIORITIES
    ),
    "task.due_in": Field(
        DAYS, "How long until its day; on the day itself `0 days`.", _column("task.due_on"),
        "2 days",
    ),
    "task.overdue": Field(
        DAYS, "How long its day is past.", _column("task.due_on"), "3 days", ago=True
    ),
    "task.done": Field(
        FLAG, "It is finished.", of("task", _is_set("done_at")), "true"
    ),
    "feedback.kind": Field(TEXT, "nps, csat or happiness.", _column("feedback.kind"), "nps"),
    "feedback.score": Field(NUMBER, "The score itself.", _column("feedback.score"), "6"),
    "feedback.level": Field(
        TEXT, "Very Happy, Happy, Neutral or Not Happy.", of("feedback", level_of), "Not Happy",
        values=ALL_LEVELS,
    ),
    "feedback.negative": Field(
        FLAG, "It counts as bad news.", _column("feedback.negative"), "true"
    ),
    "feedback.answered": Field(
        FLAG, "Somebody has answered it.", of("feedback", _is_set("answered_at")), "true"
    ),
    "payment.status": Field(
        TEXT, "paid, failed, voided, written_off or refunded.", _column("payment.status"), "paid"
    ),
    "payment.settled": Field(
        FLAG, "It is not owed any more.", of("payment", lambda row: row.status != "failed"), "true"
    ),
    "payment.attempts": Field(
        NUMBER, "How often collecting it was tried.", _column("payment.attempts"), "3"
    ),
    "payment.amount": Field(
        NUMBER, "Its amount, in its own currency.", _column("payment.amount"), "400"
    ),
    "ticket.status": Field(
        TEXT, "open, pending, solved or closed.", _column("ticket.status"), "open"
    ),
    "ticket.priority": Field(
        TEXT, "low, normal, high or urgent.", _column("ticket.priority"), "urgent",
        values=(*PRIORITIES, "urgent"),
    ),
    "ticket.sentiment": Field(
        NUMBER, "How the customer's last words sound, from -100 to 100.",
        _column("ticket.sentiment"), "-20",
    ),
}  # fmt: skip
