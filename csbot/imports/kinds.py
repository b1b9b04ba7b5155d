"""What each kind of file holds: its fields, and how the cells of a column are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from csbot.access import Role
from csbot.errors import Refused
from csbot.feedback.rules import SCALES
from csbot.imports.amounts import Mark, read_amount, read_currency, read_whole, settle_mark
from csbot.imports.dates import Order, read_date, read_instant, settle_order
from csbot.imports.errors import BadCell
from csbot.imports.values import (
    read_choice,
    read_domain,
    read_email,
    read_flag,
    read_score,
    read_zone,
)
from csbot.imports.words import clean_line, read_id, read_text
from csbot.slack.naming import is_channel
from csbot.tasks.rules import PRIORITIES
from csbot.team.days_off import read_country

NAME, TITLE, NOTES, SHORT = 200, 300, 10_000, 100

OTHER_PRIORITIES = {
    "medium": "normal",
    "none": "normal",
    "urgent": "high",
    "critical": "high",
    "highest": "high",
    "lowest": "low",
    "hoch": "high",
    "mittel": "normal",
    "niedrig": "low",
}
ROLES = tuple(role.value for role in Role)
OTHER_ROLES = {
    "administrator": "admin",
    "customer success manager": "csm",
    "team lead": "manager",
    "lead": "manager",
    "read only": "viewer",
    "member": "csm",
}
OTHER_SURVEYS = {
    "net promoter score": "nps",
    "customer satisfaction": "csat",
    "satisfaction": "csat",
}
LONGEST_CONTRACT = 120
LONGEST_MEETING = 24 * 60

Reader = Callable[[str], object]
Prepare = Callable[[Sequence[str], "Options"], Reader]


@dataclass(frozen=True, slots=True)
class Options:
    """What the person said about the file; None leaves it to what the columns prove."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    dates: Order | None = None
    numbers: Mark | None = None


@dataclass(frozen=True, slots=True)
class Field:
    prepare: Prepare
    text: bool = False  # NA and None may be meant there


def always(reader: Reader) -> Prepare:
    """Cells that are read one by one, whatever else stands in the column."""
    return lambda cells, options: reader


def _line(limit: int) -> Field:
    return Field(always(partial(read_text, limit=limit)), text=True)


def _lines(limit: int) -> Field:
    return Field(always(partial(read_text, limit=limit, lines=True)), text=True)


def _date_column(cells: Sequence[str], options: Options) -> Reader:
    return partial(read_date, order=options.dates or settle_order(cells))


def _instant_column(with_time: bool) -> Prepare:
    def prepare(cells: Sequence[str], options: Options) -> Reader:
        order = options.dates or settle_order(cells)
        return partial(read_instant, order=order, zone=options.zone, with_time=with_time)

    return prepare


def _amount_column(cells: Sequence[str], options: Options) -> Reader:
    mark = options.numbers or settle_mark(cells)

    def read(cell: str) -> object:
        amount = read_amount(cell, mark, told=options.numbers is not None)
        if amount.value < 0:
            raise BadCell("it is below zero; write what the account pays, or 0.")
        return amount

    return read


def _choice(choices: Sequence[str], also: Mapping[str, str]) -> Field:
    return Field(always(partial(read_choice, choices=choices, also=also)))


def _tags(cell: str) -> list[str]:
    """Tags parted by commas, semicolons or bars; a list in brackets as well."""
    text = read_text(cell, limit=1000).strip("[]")
    for mark in ";|":
        text = text.replace(mark, ",")
    tags = (part.strip(" \"'").casefold() for part in text.split(","))
    return list(dict.fromkeys(read_text(tag, limit=50) for tag in tags if tag))


def _people(cell: str) -> list[str]:
    """Attendees as they are written, addresses in lower case."""
    text = read_text(cell, limit=NOTES).replace(";", ",")
    parts = (part.strip() for part in text.split(","))
    return list(dict.fromkeys(_person(part) for part in parts if part))


def _person(part: str) -> str:
    return read_email(part) if "@" in part else part


def _channel(cell: str) -> str:
    text = clean_line(cell)
    if linked := re.fullmatch(r"<#(\w+)(?:\|[^>]*)?>", text):
        text = linked.group(1)
    named = f"#{text}" if text == text.lower() and not text.startswith(("#", "@")) else text
    if not is_channel(named):
        raise BadCell("a Slack channel is written like #acme or C0123456789; a person is none.")
    return named


def _slack_id(cell: str) -> str:
    text = clean_line(cell).strip("<@>")
    if not re.fullmatch(r"[UW][A-Z0-9_]{1,30}", text):
        raise BadCell("a Slack member id looks like U0123456789 (profile, ⋮, Copy member ID).")
    return text


def _country(cell: str) -> str:
    try:
        return read_country(clean_line(cell))
    except Refused as refusal:
        raise BadCell(refusal.reason.replace("*", "").replace("`", "")) from None


def _word(cell: str) -> str:
    """A label that people compare: folded, and DECISION_MAKER is decision maker."""
    return read_text(cell, limit=SHORT).casefold().replace("_", " ")


def _industry(cell: str) -> str:
    """HubSpot exports its inner names: COMPUTER_SOFTWARE is Computer software."""
    text = read_text(cell, limit=SHORT)
    return text.replace("_", " ").capitalize() if text.isupper() and "_" in text else text


def _months(cell: str) -> int:
    return read_whole(cell, low=1, high=LONGEST_CONTRACT, what="a contract's length in months")


def _minutes(cell: str) -> int:
    return read_whole(cell, low=1, high=LONGEST_MEETING, what="a meeting's length in minutes")


ID = Field(always(read_id))
EMAIL = Field(always(read_email))
DATE = Field(_date_column)
INSTANT = Field(_instant_column(with_time=False))
MOMENT = Field(_instant_column(with_time=True))
AMOUNT = Field(_amount_column)
CURRENCY = Field(always(read_currency))
PERSON = _line(NAME)  # a name or an address; matched with the team, else left empty

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "accounts": {
        "name": _line(NAME),
        "id": ID,
        "domain": Field(always(read_domain)),
        "owner_email": EMAIL,
        "owner": PERSON,
        "segment": Field(always(_word)),
        "plan": _line(SHORT),
        "arr": AMOUNT,
        "mrr": AMOUNT,
        "currency": CURRENCY,
        "lifecycle_stage": Field(always(_word)),
        "renewal_date": DATE,
        "contract_months": Field(always(_months)),
        "created_at": INSTANT,
        "industry": Field(always(_industry)),
        "channel": Field(always(_channel)),
        "tags": Field(always(_tags)),
    },
    "contacts": {
        "account": ID,
        "email": EMAIL,
        "name": _line(NAME),
        "first_name": _line(NAME),
        "last_name": _line(NAME),
        "role": Field(always(_word)),
        "title": _line(TITLE),
        "phone": _line(SHORT),
        "timezone": Field(always(read_zone)),
        "last_login_at": INSTANT,
        "created_at": INSTANT,
        "email_opt_out": Field(always(read_flag)),
    },
    "team": {
        "email": EMAIL,
        "name": _line(NAME),
        "role": _choice(ROLES, OTHER_ROLES),
        "slack_id": Field(always(_slack_id)),
        "timezone": Field(always(read_zone)),
        "manager_email": EMAIL,
        "country": Field(always(_country), text=True),  # NA is Namibia
        "away_from": DATE,
        "away_until": DATE,
        "cover_email": EMAIL,
    },
    "tasks": {
        "account": ID,
        "title": _line(TITLE),
        "due": DATE,
        "priority": _choice(PRIORITIES, OTHER_PRIORITIES),
        "assignee_email": EMAIL,
        "assignee": PERSON,
    },
    "meetings": {
        "account": ID,
        "title": _line(TITLE),
        "kind": Field(always(_word)),
        "starts_at": MOMENT,
        "duration_minutes": Field(always(_minutes)),
        "organizer_email": EMAIL,
        "organizer": PERSON,
        "attendees": Field(always(_people)),
        "agenda": _lines(NOTES),
    },
    "feedback": {
        "account": ID,
        "email": EMAIL,
        "kind": _choice(tuple(SCALES), OTHER_SURVEYS),
        "score": Field(always(clean_line)),  # its scale is that of the kind in the same row
        "comment": _lines(NOTES),
        "at": INSTANT,
    },
    "revenue": {
        "account": ID,
        "effective_on": DATE,
        "mrr": AMOUNT,
        "currency": CURRENCY,
    },
}


def score_of(kind: str, cell: str) -> int:
    low, high = SCALES[kind]
    return read_score(cell, low=low, high=high)
