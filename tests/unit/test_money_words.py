"""Amounts as people read them."""

from decimal import Decimal

import pytest

from messages.text import Money, full_money, short_money


@pytest.mark.parametrize(
    ("amount", "short", "full"),
    [
        ("950", "$950", "$950"),
        ("120000", "$120k", "$120,000"),
        ("-5000", "-$5k", "-$5,000"),
        ("1250000.5", "$1.3M", "$1,250,000.50"),
        ("1234567890", "$1,234.6M", "$1,234,567,890"),
    ],
)
def test_thousands_are_parted_however_short(amount: str, short: str, full: str) -> None:
    money = Money(Decimal(amount), "USD")
    assert (short_money(money), full_money(money)) == (short, full)
