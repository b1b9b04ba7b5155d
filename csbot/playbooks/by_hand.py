"""Whether somebody may start a playbook by hand: not every one makes sense without its cause."""

import json
import re

from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import parse
from csbot.conditions.sql import Frame, where
from csbot.conditions.words import in_words
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.playbooks.definition import Definition
from csbot.playbooks.store import Force
from csbot.playbooks.words import starts

OF_A_CAUSE = re.compile(r"\b(trigger|meeting|task|feedback|payment|ticket)\.[a-z_]")


def check(scope: Scope, force: Force, account: Account, contact_id: int | None) -> None:
    """Refused where its steps ask for what only its cause knows, or the account is not the kind
    of account that it is for.
    """
    definition = force.definition
    if needs_a_cause(definition):
        raise Refused(
            f"“{definition.title}” starts by itself {starts(definition.trigger)}. "
            "Nobody can start it by hand: its steps are about what happened then."
        )
    for said in (definition.trigger.entering, definition.filter, definition.entry):
        if said and not _holds(scope, said, account.id, contact_id):
            raise Refused(
                f"“{definition.title}” is not for {account.name}, since it does not hold that "
                f"{in_words(said)}."
            )


def needs_a_cause(definition: Definition) -> bool:
    """Whether anything after its start asks for the meeting, the payment and the like."""
    said = definition.model_dump(mode="json", include={"steps", "exit", "goal", "filter", "entry"})
    return OF_A_CAUSE.search(json.dumps(said, ensure_ascii=False)) is not None


def _holds(scope: Scope, said: dict[str, object], account_id: int, contact_id: int | None) -> bool:
    frame = Frame(now=scope.now, account=Account, contact=Contact)
    query = (
        select(Account.id)
        .outerjoin(Contact, Contact.id == contact_id)
        .where(Account.id == account_id, where(parse(said), frame))
    )
    return scope.session.scalar(query) is not None
