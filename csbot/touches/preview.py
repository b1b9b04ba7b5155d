"""The words of a step for one customer, as they would be drafted now; nothing is written down."""

from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.meetings.model import Meeting
from csbot.playbooks.definition import TOUCHES, Definition
from csbot.playbooks.going import Going
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.program import Instruction, Program, facts_of
from csbot.playbooks.wording import example
from csbot.settings import Settings
from csbot.touches import words
from csbot.touches.drafting import Channel, Nobody, Spec, drafter
from csbot.touches.links import unlinked
from messages.letters import Unwritten, names_in
from messages.touch_preview import TouchPreview


def preview(
    session: Session, definition: Definition, step: str | None, account_id: int, *,
    settings: Settings, now: datetime,
) -> TouchPreview:  # fmt: skip
    """Of the named step, else of the first that writes to customers; Refused where none does.

    What the trigger would have seen is made up, and a run's contact is whoever was here last.
    """
    found = _writing(definition)
    instruction = _named(definition, found, step)
    scope = Scope.of_one(session, settings, now)
    run = _run(scope, definition, account_id)
    channel: Channel = "sms" if instruction.kind == "sms" else "email"
    spec = cast(Spec, instruction.step.spec)
    made = drafter(scope, definition, instruction.name, channel, spec, [run])
    card = TouchPreview(
        playbook=definition.title, key=definition.name, step=instruction.name,
        nth=found.index(instruction) + 1,
        others=tuple(one.name for one in found if one is not instruction),
        account=run.account.name, channel=channel, sender=run.owner.name if run.owner else None,
    )  # fmt: skip
    try:
        drafts = made.of(run)
    except Nobody as nobody:
        return replace(card, problem=nobody.why)
    except Unwritten as wrong:
        return replace(card, problem=f"the words cannot be written: {wrong.reason}")
    names = tuple(one.contact.name or one.contact.email for one in drafts)
    said, token = drafts[0].row["words"], drafts[0].row["token"]
    return replace(
        card, to=names, subject=unlinked(said["subject"], token),
        words=unlinked(said["text"], token), made_up=_made_up(spec, run.account.health_status),
    )  # fmt: skip


def _made_up(spec: Spec, status: str | None) -> tuple[str, ...]:
    """What the words tell of that only a trigger sees, as people say it."""
    source = words.source(spec, status)
    named = [names_in(part.source) for part in (source.subject, source.text) if part]
    facts = [name.partition(".") for name in sorted(frozenset().union(*named))]
    return tuple(fact.replace("_", " ") for group, _, fact in facts if group == "trigger")


def _writing(definition: Definition) -> list[Instruction]:
    return [one for one in Program.of(definition).instructions.values() if one.kind in TOUCHES]


def _named(definition: Definition, found: list[Instruction], step: str | None) -> Instruction:
    named = [one for one in found if step in (None, one.name)]
    if named:
        return named[0]
    if found:
        names = ", ".join(one.name for one in found)
        raise Refused(f"“{definition.title}” writes to customers in these steps: {names}.")
    raise Refused(f"“{definition.title}” writes nothing to customers.")


def _run(scope: Scope, definition: Definition, account_id: int) -> Going:
    """One that is not stored."""
    session, account = scope.session, account_by_id(scope.session, account_id)
    contact = session.scalars(
        select(Contact)
        .where(Contact.account_id == account.id)
        .order_by(Contact.last_login_at.desc().nulls_last(), Contact.id)
        .limit(1)
    ).first()
    said = facts_of(definition.trigger)
    facts = {name.partition(".")[2]: example(field) for name, field in said.items()}
    run = PlaybookRun(id=0, account_id=account.id, facts=facts, subject_id=_meeting(scope, account))
    return Going(run, account, contact, scope.person(account.owner_id))


def _meeting(scope: Scope, account: Account) -> int | None:
    """The next one, for a playbook about meetings."""
    return scope.session.scalar(
        select(Meeting.id)
        .where(Meeting.account_id == account.id, Meeting.starts_at > scope.now)
        .order_by(Meeting.starts_at)
        .limit(1)
    )
