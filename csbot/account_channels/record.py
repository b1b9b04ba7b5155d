"""Where an account's record stands in the CRM, if somebody has told us."""

import re
from collections.abc import Iterator

from csbot.accounts.model import Account

TITLE = "CRM record"
NAMES = ("crm_url", "crm_link", "crm", "record_url", "salesforce_url", "hubspot_url", "url", "link")
LINK = re.compile(r"https://[!-~]{4,1900}")


def of_record(account: Account) -> str | None:
    """A web address among the account's own fields, or its id where that is one."""
    return next((text for text in _candidates(account) if LINK.fullmatch(text)), None)


def _candidates(account: Account) -> Iterator[str]:
    fields = {name.casefold().replace(" ", "_"): value for name, value in account.custom.items()}
    yield from (str(fields[name]) for name in NAMES if name in fields)
    yield account.external_id or ""
