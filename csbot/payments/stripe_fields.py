"""Fields that all of Stripe's objects have: amounts, currencies, whom they belong to."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import found, number, text

OBJECT = "data.object"
ID_MAX, PLAN_MAX = 255, 100
AMOUNT_MOST = 10**13  # in the smallest unit: more is nobody's price, and is refused as such
ITEMS_MOST = 1000
_CURRENCY = re.compile(r"[A-Z]{3,5}")


def amount(body: Any, path: str, *, under: str = "") -> Decimal | None:
    """In the smallest unit, with its decimals where a price has them.

    Raises Unreadable, with the field's name beginning with `under`.
    """
    told = number(body, path)
    if told is None:
        return None
    if abs(told) > AMOUNT_MOST:
        raise Unreadable(under + path, f"must be at most {AMOUNT_MOST:,}")
    return Decimal(str(told))


def whole(body: Any, path: str, *, least: int = 0, most: int = 10**6) -> int:
    """`least` for nothing; what is beyond reads as the limit."""
    return int(min(max(number(body, path) or 0, least), most))


def currency(body: Any) -> str:
    return a_currency(text(body, f"{OBJECT}.currency", longest=10))


def a_currency(told: str | None) -> str:
    if not told or not _CURRENCY.fullmatch(told.upper()):
        raise Unreadable(f"{OBJECT}.currency", "must be a currency's three letters")
    return told.upper()


def customer_of(body: Any) -> str | None:
    """An id, or a whole customer where the sender expanded it."""
    for place in ("customer", "customer.id", "customer_account"):
        if told := text(body, f"{OBJECT}.{place}", longest=ID_MAX):
            return told
    return None


def listed(body: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """What of a list are objects: a list holds bare ids where nothing was expanded."""
    told = found(body, path)
    if isinstance(told, list):
        yield from (one for one in told[:ITEMS_MOST] if isinstance(one, Mapping))
