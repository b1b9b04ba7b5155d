"""What is known of the renewal that a playbook is about."""

from collections.abc import Callable
from typing import Any

from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind
from csbot.renewals.rules import Category


def _of(sql: Callable[[Any], Any]) -> Callable[[Frame], Any]:
    """None, which is unknown, in a frame without a renewal."""
    return lambda frame: None if frame.renewal is None else sql(frame.renewal)


CATEGORIES = tuple(Category)
RENEWAL: dict[str, Field] = {
    "renewal.due_in": Field(
        Kind.DAYS, "How long until its day; on the day itself `0 days`.",
        _of(lambda row: row.due_on), "60 days",
    ),
    "renewal.overdue": Field(
        Kind.DAYS, "How long its day is past.", _of(lambda row: row.due_on), "3 days", ago=True
    ),
    "renewal.open": Field(
        Kind.FLAG, "It is neither won nor lost, and still due.",
        _of(lambda row: row.status == "open"), "true",
    ),
    "renewal.category": Field(
        Kind.TEXT, "commit, probable, best_case or at_risk, as a person says.",
        _of(lambda row: row.category), "at_risk", values=CATEGORIES,
    ),
    "renewal.signal": Field(
        Kind.TEXT, "The same, as the data says.", _of(lambda row: row.signal), "at_risk",
        values=CATEGORIES,
    ),
    "renewal.next_step": Field(
        Kind.TEXT, "What is to be done next.", _of(lambda row: row.next_step), "Exec call"
    ),
    "renewal.amount": Field(
        Kind.NUMBER, "The amount due, in its own currency.",
        _of(lambda row: row.amount_due), "48000",
    ),
}  # fmt: skip
