import re
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.imports.amounts import Mark, read_amount, read_currency, read_whole, settle_mark
from csbot.imports.errors import BadCell


@pytest.mark.parametrize(
    ("cell", "value", "currency"),
    [
        ("48000", "48000", None),
        ("48000.5", "48000.50", None),
        ("$48,000.00", "48000", "USD"),
        ("48.000,00 €", "48000", "EUR"),
        ("EUR 24,000.00", "24000", "EUR"),
        ("EUR24.000,00", "24000", "EUR"),
        ("48,000.00 USD", "48000", "USD"),
        ("USD 4,800.00 (EUR 4,100.00)", "4800", "USD"),
        ("US$ 5", "5", "USD"),
        ("£12.50", "12.50", "GBP"),
        ("1 234,56", "1234.56", None),
        ("1\u202f234,56 €", "1234.56", "EUR"),
        ("1\u00a0234\u00a0567", "1234567", None),
        ("1'234.50", "1234.50", None),
        ("CHF 1’234.50", "1234.50", "CHF"),
        ("1.234.567", "1234567", None),
        ("1,234,567", "1234567", None),
        ("1,23,456.00", "123456", None),
        ("0.500", "0.50", None),
        ("12345.678", "12345.68", None),
        ("1.2E+7", "12000000", None),
        ("-12,5", "-12.50", None),
        ("12.50-", "-12.50", None),
        ("\u2212$5.00", "-5", "USD"),
        ("$-5.00", "-5", "USD"),
        ("(1,234.50)", "-1234.50", None),
        ("٤٠", "40", None),
    ],
)
def test_an_amount_with_one_meaning_is_read(cell: str, value: str, currency: str | None) -> None:
    amount = read_amount(cell, None)
    assert amount.value == Decimal(value)
    assert (amount.currencies[0] if amount.currencies else None) == currency


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("2.000", "--numbers dot or --numbers comma"),
        ("4,800", "--numbers dot or --numbers comma"),
        ("EUR 4.800", "--numbers dot or --numbers comma"),
        ("48k", "is abbreviated; write it in full"),
        ("1.2 Mio", "is abbreviated"),
        ("1.23457E+14", "has lost digits"),
        ("NaN", "is not an amount"),
        ("inf", "is not an amount"),
        ("forty", "is not an amount"),
        ("4O", "is not an amount"),
        ("1.2.3", "is not an amount"),
        ("12,34.5", "is not an amount"),
        ("1,234,56", "is not an amount"),
        ("€", "is not an amount"),
        ("=1+1", "is not an amount"),
        ("#REF!", "an error of the spreadsheet"),
        ("########", "an error of the spreadsheet"),
        ("9" * 16, "more than any contract"),
    ],
)
def test_any_other_cell_is_refused_with_what_to_write(cell: str, mend: str) -> None:
    with pytest.raises(BadCell, match=re.escape(mend)):
        read_amount(cell, None)


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["EUR 24.000,00", "EUR 4.800"], Mark.COMMA),
        (["2.000", "-12,5"], Mark.COMMA),
        (["4,800", "1.5"], Mark.DOT),
        (["2.000", "1.234.567"], Mark.COMMA),
        (["1 234,56", "2.000"], Mark.COMMA),
        (["2.000", "4.800", "12"], None),
        (["1.234,56", "1,234.56"], None),
        (["", "n/a", "48k"], None),
    ],
)
def test_one_row_settles_what_stands_before_the_cents(cells: list[str], mark: Mark | None) -> None:
    assert settle_mark(cells) is mark


def test_the_settled_mark_reads_what_was_ambiguous() -> None:
    assert read_amount("2.000", Mark.COMMA).value == 2000
    assert read_amount("2.000", Mark.DOT, told=True).value == 2
    assert read_amount("4,800", Mark.DOT).value == 4800
    assert read_amount("4,800", Mark.COMMA, told=True).value == Decimal("4.80")


@pytest.mark.parametrize(("cell", "mark"), [("2,000", Mark.COMMA), ("€ 2.000", Mark.DOT)])
def test_thousands_in_a_column_of_the_other_mark_are_no_thousandths(cell: str, mark: Mark) -> None:
    with pytest.raises(BadCell, match=re.escape("does not fit the column")):
        read_amount(cell, mark)


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("1.234,56", Mark.DOT),
        ("1,234.56", Mark.COMMA),
        ("1.234.567", Mark.DOT),
        ("1 234,5", Mark.DOT),
    ],
)
def test_a_row_against_the_settled_mark_is_refused(cell: str, mark: Mark) -> None:
    with pytest.raises(BadCell, match="does not fit the column"):
        read_amount(cell, mark)


@settings(max_examples=80, deadline=None)
@given(
    st.decimals(min_value=-(10**10), max_value=10**10, places=2),
    st.sampled_from(["en_US", "de_DE", "fr_FR", "de_CH", "en_IN", "sv_SE"]),
)
def test_any_amount_with_cents_comes_back_from_any_locale(value: Decimal, locale: str) -> None:
    cell = format_decimal(value, format=None, locale=locale)
    two_places = format_decimal(value, format="#,##0.00", locale=locale)
    assert read_amount(two_places, None).value == value
    mark = Mark.COMMA if locale in ("de_DE", "fr_FR", "sv_SE") else Mark.DOT
    assert read_amount(cell, mark).value == value


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789.,' -+()$€EkUR", max_size=12))
def test_no_cell_is_read_differently_with_and_without_the_settled_mark(cell: str) -> None:
    """What is read without help must not change its value once the column is settled."""
    try:
        alone = read_amount(cell, None).value
    except BadCell:
        return
    for mark in Mark:
        try:
            assert read_amount(cell, mark).value == alone
        except BadCell:
            continue


@pytest.mark.parametrize(
    ("cell", "code"), [("EUR", "EUR"), ("usd", "USD"), ("€", "EUR"), ("R$", "BRL")]
)
def test_a_currency_is_a_code_or_a_symbol_with_one_meaning(cell: str, code: str) -> None:
    assert read_currency(cell) == code


@pytest.mark.parametrize("cell", ["Euro", "$", "XXXX", "kr"])
def test_a_currency_with_no_or_two_meanings_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="is not a currency code"):
        read_currency(cell)


@pytest.mark.parametrize(("cell", "number"), [("12", 12), ("12.0", 12), (" 24,00 ", 24)])
def test_a_whole_number_may_carry_empty_decimals(cell: str, number: int) -> None:
    assert read_whole(cell, low=1, high=120, what="x") == number


@pytest.mark.parametrize("cell", ["0", "121", "12.5", "a year", "-1"])
def test_a_number_out_of_range_or_not_whole_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="1 to 120"):
        read_whole(cell, low=1, high=120, what="a contract's length in months")


@pytest.mark.parametrize("cell", ["1" * 100_000, "T " * 50_000, "1," * 50_000, "(" * 100_000])
def test_a_whole_text_in_the_cell_is_refused_without_long_thought(cell: str) -> None:
    with pytest.raises(BadCell):
        read_amount(cell, None)
