"""Touches in the making: for each run its recipients and their words, or why there are none."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.playbooks.definition import Definition, EmailStep, SmsStep
from csbot.playbooks.going import Going
from csbot.playbooks.reach import subject_of
from csbot.settings import Settings
from csbot.touches import reach, recipients, words
from csbot.touches.invitation import invitation
from csbot.touches.links import unsubscribe_url
from messages.letters import Unwritten

Channel = Literal["email", "sms"]
Spec = EmailStep | SmsStep
HOW = {"email": "an e-mail", "sms": "an SMS"}


@dataclass(frozen=True)
class Draft:
    """What one person is to be sent; `row` is its line in the table."""

    run: Going
    contact: Contact
    row: dict[str, Any]


@dataclass
class Drafter:
    """What all drafts of a step have in common, read in a constant number of queries."""

    scope: Scope
    definition: Definition
    step: str
    channel: Channel
    spec: Spec
    people: Mapping[int, list[Contact]]
    meetings: Mapping[int, Meeting]
    barred: recipients.Barred
    left_out: dict[int, str] = field(default_factory=dict)  # by run

    @property
    def now(self) -> datetime:
        return self.scope.now

    @property
    def settings(self) -> Settings:
        return self.scope.settings

    def of(self, run: Going) -> list[Draft]:
        """Raises Unwritten, and Nobody."""
        account = run.account
        if account.lifecycle_stage == recipients.CHURNED and not recipients.about_churn(
            self.definition
        ):
            raise Nobody(f"{account.name} has left")
        found, why = recipients.chosen(
            account, run.contact, self.people.get(account.id, []), to=self.spec.to,
            channel=self.channel, barred=self.barred,
        )  # fmt: skip
        if not found:
            raise Nobody(why)
        self.left_out[run.run.id] = why
        return [self._draft(run, contact) for contact in found]

    def _draft(self, run: Going, contact: Contact) -> Draft:
        token = secrets.token_urlsafe(24)
        recipient = words.Recipient(
            account=run.account,
            contact=contact,
            owner=run.owner,
            facts=run.run.facts,
            meeting=self.meetings.get(run.run.id),
            unsubscribe_url=unsubscribe_url(self.settings, token),
        )
        said = words.letter(self.spec, recipient, settings=self.settings)
        return Draft(run, contact, self._row(run, recipient, said, token))

    def _row(
        self, run: Going, recipient: words.Recipient, said: dict[str, str], token: str
    ) -> dict[str, Any]:
        contact = recipient.contact
        clock = run.owner or self.scope.nobody
        return {
            "run_id": run.run.id,
            "step": self.step,
            "playbook": self.definition.name,
            "account_id": run.account.id,
            "contact_id": contact.id,
            "owner_id": run.owner.id if run.owner else None,
            "channel": self.channel,
            "address": recipients.address(contact, self.channel),
            "words": said,
            "attachment": self._attachment(recipient),
            "created_at": self.now,
            "send_at": self.now,
            "expires_at": self._expires(recipient, self.spec.expires.after(self.now, clock)),
            "token": token,
        }

    def _expires(self, recipient: words.Recipient, usual: datetime) -> datetime:
        """What is about a meeting to come is too late once it has begun."""
        starts = recipient.meeting.starts_at if recipient.meeting else None
        return min(usual, starts) if starts and starts > self.now else usual

    def _attachment(self, recipient: words.Recipient) -> dict[str, Any] | None:
        if not (isinstance(self.spec, EmailStep) and self.spec.calendar_file):
            return None
        if recipient.meeting is None:
            raise Unwritten("need a meeting for their calendar file")
        return invitation(recipient, now=self.now)


class Nobody(Exception):
    """There is nobody to write to, which is no failure."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def drafter(
    scope: Scope, definition: Definition, step: str, channel: Channel, spec: Spec,
    runs: Iterable[Going],
) -> Drafter:  # fmt: skip
    runs = list(runs)
    others = {run.account.id for run in runs if spec.to != "contact" or run.contact is None}
    people = recipients.of_accounts(scope.session, others) if others else {}
    meetings = _meetings(scope.session, definition, runs)
    accounts = {run.account.id for run in runs}
    barred = recipients.Barred(
        reach.bounced(scope.session, accounts), reach.refusing(scope.session, accounts, channel)
    )
    return Drafter(scope, definition, step, channel, spec, people, meetings, barred)


def _meetings(session: Session, definition: Definition, runs: list[Going]) -> dict[int, Meeting]:
    """The meeting that each run is about, where it was one that started it."""
    about = {run.run.id: run.run.subject_id for run in runs if run.run.subject_id}
    if subject_of(definition) != "meeting" or not about:
        return {}
    rows = session.scalars(select(Meeting).where(among(session, Meeting.id, about.values())))
    known = {meeting.id: meeting for meeting in rows}
    return {run: known[id] for run, id in about.items() if id in known}
