"""The words of one message to one customer: which ones, with which values, as they go out."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.playbooks.definition import EmailStep, SmsStep
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches.settings import LINKS, Company
from csbot.touches.zones import zone_of
from messages.letters import (
    Lines,
    Ours,
    Unwritten,
    Values,
    as_html,
    template,
    unknown,
    write,
)

SUBJECT_MAX, SMS_MAX = 200, 480
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSIDE = {"evidence"}
FOOTER = "footer"  # the template that ends every e-mail


@dataclass(frozen=True)
class Variable:
    what: str
    example: Any


class Part(NamedTuple):
    """A template, or one block of it."""

    source: str
    block: str | None = None

    def write(self, values: Mapping[str, Any]) -> str:
        return write(self.source, values, block=self.block)


@dataclass(frozen=True)
class Source:
    """Where words come from; an SMS has no subject."""

    subject: Part | None
    text: Part


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for, and what it is about."""

    account: Account
    contact: Contact
    owner: TeamMember | None
    facts: Mapping[str, Any]
    meeting: Meeting | None = None
    unsubscribe_url: str | None = None


COMPANY = Company(
    name="Example GmbH",
    product="Shipments",
    **{name: f"https://example.com/{name.removesuffix(LINKS)}"
       for name in Company.model_fields if name.endswith(LINKS)},
)  # fmt: skip
LINK_NAMES = [name.removesuffix(LINKS) for name in Company.model_fields if name.endswith(LINKS)]
ADDRESS = "https://csbot.example.com/u/abc"
VARIABLES: dict[str, Variable] = {
    "account.name": Variable("The customer", "Quietwater Freight"),
    "account.plan": Variable("Their plan", "Professional"),
    "account.segment": Variable("Their segment", "mid-market"),
    "account.health_status": Variable("To choose words by, never to show", "Healthy"),
    "account.renewal_on": Variable("The day of their renewal", "10 January 2027"),
    "contact.name": Variable("Whom it is for", "Ann Lee"),
    "contact.first_name": Variable("Their first name, where known", "Ann"),
    "contact.email": Variable("Their e-mail address", "ann@quietwater.example"),
    "contact.role": Variable("Their role", "champion"),
    "owner.name": Variable("Who looks after the account", "Dana Reyes"),
    "owner.first_name": Variable("The same, less formal", "Dana"),
    "owner.email": Variable("Their address, which replies reach", "dana@vendor.example"),
    "company.name": Variable("`name` in `[company]` of csbot.toml", "Example GmbH"),
    "company.product": Variable("`product` in `[company]`", "Shipments"),
    **{
        f"links.{name}": Variable(f"`{name}{LINKS}` in `[company]`", f"https://example.com/{name}")
        for name in LINK_NAMES
    },
    "trigger.<fact>": Variable("What the trigger saw: see its facts", 9),
    "meeting.title": Variable("Of the meeting that started it", "Success session"),
    "meeting.starts": Variable(
        "When, in the customer's zone; `| day` and `| clock_time` show one of both",
        "Tuesday 24 November at 10:00 (CET)",
    ),
    "meeting.agenda": Variable("Its agenda", "The Shipments board"),
    "meeting.objectives": Variable("What it is to reach", "Three teams on board"),
    "meeting.reschedule_url": Variable("`booking_url` in `[company]`", COMPANY.booking_url),
    "unsubscribe_url": Variable("Ends e-mails to them; the footer has it", ADDRESS),
}


def source(spec: EmailStep | SmsStep, status: str | None) -> Source:
    """The step's words for an account of this health status. Raises Unwritten."""
    subject, text = _own(spec)
    tone = spec.tones.get(status) if isinstance(spec, EmailStep) and status else None  # type: ignore[call-overload]
    if tone is None:
        return Source(subject, text)
    return Source(Part(tone.subject) if tone.subject else subject, Part(tone.text))


def _own(spec: EmailStep | SmsStep) -> tuple[Part | None, Part]:
    of_file = Part(spec.subject) if isinstance(spec, EmailStep) and spec.subject else None
    if spec.template is None:
        return of_file, Part(spec.text or "")
    found = template(spec.template)
    of_template = Part(found, "subject") if isinstance(spec, EmailStep) else None
    return of_file or of_template, Part(found, "text")


def letter(
    spec: EmailStep | SmsStep, recipient: Recipient, *, settings: Settings
) -> dict[str, str]:
    """The words as they go out. Raises Unwritten."""
    values = outward(values_for(recipient, settings))
    made = source(spec, recipient.account.health_status)
    body = made.text.write(values)
    if made.subject is None:
        return sms(body)
    return email(made.subject.write(values), body, footer(body, values))


def footer(body: str, values: Mapping[str, Any]) -> str:
    """How to answer and how to end it; nothing where the words say how to end it themselves."""
    url = values["unsubscribe_url"]
    return "" if url and str(url) in body else write(template(FOOTER), values)


def email(subject: str, body: str, ending: str) -> dict[str, str]:
    """The words of an e-mail with this ending. Raises Unwritten where they cannot go out."""
    subject = " ".join(subject.split())
    if not subject or not body.strip():
        raise Unwritten("are empty")
    if len(subject) > SUBJECT_MAX:
        raise Unwritten(f"have a subject of more than {SUBJECT_MAX} characters")
    text = f"{body}\n\n{ending}" if ending else body
    return {
        "subject": subject,
        "body": body,
        "footer": ending,
        "text": text,
        "html": as_html(text),
    }


def sms(body: str) -> dict[str, str]:
    if not body.strip():
        raise Unwritten("are empty")
    if len(body) > SMS_MAX:
        raise Unwritten(f"have {len(body)} characters, an SMS at most {SMS_MAX}")
    return {"subject": "", "body": body, "footer": "", "text": body, "html": ""}


def values_for(recipient: Recipient, settings: Settings) -> dict[str, Any]:
    company = settings.config.company
    address = recipient.unsubscribe_url
    return {
        "account": Values("account", _account(recipient.account), _not_known("account")),
        "contact": Values("contact", _contact(recipient.contact), _not_known("contact")),
        "owner": Values("owner", _owner(recipient.owner), lambda _: "the account has no owner"),
        "company": Values("company", {"name": Ours(company.name), "product": Ours(company.product)},
                          lambda name: f"`{name}` in [company] of csbot.toml is not set"),
        "links": Values("links", _links(company),
                        lambda name: f"`{name}{LINKS}` in [company] of csbot.toml is not set"),
        "trigger": Values("trigger", _facts(recipient.facts), _not_known("trigger")),
        "meeting": Values("meeting", _meeting(recipient, settings), _no_meeting),
        "unsubscribe_url": Ours(address) if address else unknown("CSBOT_PUBLIC_URL is not set"),
    }  # fmt: skip


def outward(values: dict[str, Any]) -> dict[str, Any]:
    """Without what people of the team have written for each other: no letter has that."""
    facts: Values = values["trigger"]
    known = {name: value for name, value in facts.known.items() if name not in INSIDE}
    return values | {"trigger": Values(facts.name, known, facts.mend)}


def _not_known(name: str) -> Any:
    return lambda attribute: f"`{name}.{attribute}` is not known"


def _no_meeting(name: str) -> str:
    if name == "reschedule_url":
        return "`booking_url` in [company] of csbot.toml is not set"
    return f"`meeting.{name}` is not known"


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "plan": account.plan,
        "segment": account.segment,
        "health_status": account.health_status,
        "renewal_on": account.renewal_on,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "first_name": first(contact.name),
        "email": contact.email,
        "role": contact.role,
    }


def _owner(owner: TeamMember | None) -> dict[str, Any]:
    if owner is None:
        return dict.fromkeys(("name", "first_name", "email"))
    return {"name": owner.name, "first_name": first(owner.name), "email": owner.email}


def first(name: str | None) -> str | None:
    """A first name; nothing of `Lee, Ann`, whose order is another."""
    words = (name or "").split()
    return words[0] if words and "," not in words[0] else None


def _links(company: Company) -> dict[str, Any]:
    return {name: Ours(getattr(company, f"{name}{LINKS}")) for name in LINK_NAMES}


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the trigger saw, without what csbot keeps for itself; days and money read as such."""
    return {name: _read(name, value) for name, value in facts.items() if not name.startswith("_")}


def _read(name: str, value: Any) -> Any:
    """JSON knows no days: they are kept as text."""
    if name == "amount" and isinstance(value, int | float):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, str) and DAY.fullmatch(value):
        with suppress(ValueError):  # 2026-02-31
            return date.fromisoformat(value)
    return value


def _meeting(recipient: Recipient, settings: Settings) -> dict[str, Any]:
    meeting, zone = recipient.meeting, zone_of(recipient.contact, recipient.owner, settings)
    made: dict[str, Any] = dict.fromkeys(("title", "starts", "agenda", "objectives"))
    if meeting is not None:
        made = {
            "title": meeting.title,
            "starts": meeting.starts_at.astimezone(zone),
            "agenda": Lines(meeting.agenda or ""),
            "objectives": Lines(meeting.objectives or ""),
        }
    return made | {"reschedule_url": Ours(settings.config.company.booking_url)}
