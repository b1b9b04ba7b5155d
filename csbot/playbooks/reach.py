"""Which runs, or accounts, fulfil a condition: one query, however many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import Condition, tests
from csbot.conditions.sql import Frame, facts_of, where
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.payments.model import Payment
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.prepared import silent
from csbot.playbooks.program import facts_of as fields_of
from csbot.playbooks.triggers import TRIGGERS
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.tickets.model import Ticket

SUBJECTS: dict[str, Any] = {
    "meeting": Meeting,
    "task": Task,
    "feedback": Feedback,
    "payment": Payment,
    "ticket": Ticket,
    "renewal": Renewal,
}
# Of a run. Kept: to make an alias, and what refers to it, takes longer than most of its queries.
ACCOUNT, CONTACT = aliased(Account), aliased(Contact)
PARTS = {name: aliased(table) for name, table in SUBJECTS.items()}


def subject_of(definition: Definition) -> str | None:
    """What the `subject_id` of its runs names a row of, where that is more than a contact."""
    trigger = definition.trigger
    found = TRIGGERS.get(trigger.event or trigger.detector or "")
    return found.part if found and found.part in SUBJECTS else None


@dataclass(frozen=True)
class Those:
    """Runs beside their account, contact and cause; `hold` is that these fulfil a condition.

    The query is to be narrowed to the runs of its playbook: a condition asks much of each.
    """

    query: Select[*tuple[Any, ...]]
    hold: ColumnElement[bool]


def runs_that(scope: Scope, definition: Definition, condition: Condition) -> Those:
    run = PlaybookRun
    query: Select[*tuple[Any, ...]] = select(run.id, run.account_id)
    query = query.join(ACCOUNT, ACCOUNT.id == run.account_id)
    asked = {test.field.partition(".")[0] for test in tests(condition)}
    parts: dict[str, Any] = {}
    if "contact" in asked:
        parts["contact"] = CONTACT
        query = query.outerjoin(CONTACT, CONTACT.id == run.contact_id)
    subject = subject_of(definition)
    if subject is not None and subject in asked:
        parts[subject] = PARTS[subject]
        query = query.outerjoin(parts[subject], parts[subject].id == run.subject_id)
    frame = Frame(
        now=scope.now,
        account=ACCOUNT,
        started_at=run.started_at,
        facts=facts_of(run.facts, fields_of(definition.trigger)),
        silent=silent(scope),
        first_value=scope.settings.config.first_value,
        **parts,
    )
    return Those(query.order_by(run.id), where(condition, frame))


def holding(
    scope: Scope, definition: Definition, ids: Collection[int], condition: Condition
) -> set[int]:
    """Those of these runs that fulfil a condition."""
    if not ids:
        return set()
    those = runs_that(scope, definition, condition)
    narrowed = those.query.where(among(scope.session, PlaybookRun.id, ids), those.hold)
    return set(scope.session.scalars(narrowed))


def accounts_that(scope: Scope, condition: Condition) -> Select[Any]:
    """The ids of all accounts that fulfil a condition."""
    aims = scope.settings.config.first_value
    frame = Frame(now=scope.now, account=Account, silent=silent(scope), first_value=aims)
    return select(Account.id).where(where(condition, frame), scope.within(Account.id))
