"""Messages to customers: the sections `[company]` and `[touches]` of `csbot.toml`."""

from datetime import time
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from csbot.section import Section

LINKS = "_url"  # how the names of addresses end


class Company(Section):
    """Who writes to customers, and where they find what; empty is not set."""

    name: str = ""
    product: str = ""
    help_url: str = ""
    login_url: str = ""
    booking_url: str = ""
    billing_url: str = ""
    tutorials_url: str = ""
    news_url: str = ""
    walkthrough_url: str = ""
    affiliate_url: str = ""
    survey_url: str = ""

    @field_validator("*")
    @classmethod
    def _plain(cls, value: str) -> str:
        if value.strip() != value or not value.isprintable():
            raise ValueError("must be one line without blanks around it")
        return value

    @field_validator(*(f"{name}_url" for name in (
        "help", "login", "booking", "billing", "tutorials", "news", "walkthrough", "affiliate",
        "survey",
    )))  # fmt: skip
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("must begin with https:// or http://")
        if " " in value or not value.isascii():
            raise ValueError("has characters that an address cannot have; encode them")
        return value


class Touches(Section):
    """When customers are written to, in their own zone: not from `quiet_from` to `quiet_to`,
    nor on Saturdays and Sundays without `weekends`; `per_week` counts e-mails and SMS together,
    of all playbooks, in any seven days. What they arranged, paid or asked for does not wait for
    that, but nobody gets more than `per_week_in_all`.
    """

    quiet_from: time = time(20)
    quiet_to: time = time(8)
    weekends: bool = False
    per_week: Annotated[int, Field(ge=1, le=50)] = 3
    per_week_in_all: Annotated[int, Field(ge=1, le=100)] = 20
