import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.imports.dates import Order, read_date, read_instant, settle_order
from csbot.imports.errors import BadCell

BERLIN = ZoneInfo("Europe/Berlin")
LAST_DAY = date(2026, 12, 31)
FOURTH = date(2026, 12, 4)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-12-31", LAST_DAY),
        (" 2026-12-31\u00a0", LAST_DAY),
        ("2026-12-31T23:30:00Z", LAST_DAY),
        ("2026-12-31 00:00", LAST_DAY),
        ("2026/12/31", LAST_DAY),
        ("20261231", LAST_DAY),
        ("31.12.2026", LAST_DAY),
        ("31.12.26", LAST_DAY),
        ("31/12/2026", LAST_DAY),
        ("31-12-2026", LAST_DAY),
        ("12/31/2026", LAST_DAY),
        ("12/31/26", LAST_DAY),
        ("12/31/2026 9:00 AM", LAST_DAY),
        ("4 Dec 2026", FOURTH),
        ("4-Dec-26", FOURTH),
        ("Fri, 4 Dec 2026", FOURTH),
        ("4th of December 2026", FOURTH),
        ("Dec 4, 2026", FOURTH),
        ("December 4th, 2026", FOURTH),
        ("4. Dezember 2026", FOURTH),
        ("Freitag, 4. Dez. 2026", FOURTH),
        ("4. März 2026", date(2026, 3, 4)),
        ("2026 Dec 4", FOURTH),
        ("5/5/2026", date(2026, 5, 5)),
        ("٢٠٢٦-١٢-٣١", LAST_DAY),
    ],
)
def test_a_date_with_one_meaning_is_read(cell: str, day: date) -> None:
    assert read_date(cell, None) == day


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("4/12/2026", "--dates day-first or --dates month-first"),
        ("1/5/2026 9:00 AM", "--dates day-first or --dates month-first"),
        ("46112", "day number (2026-03-31)"),
        ("46112.5", "day number (2026-03-31)"),
        ("01.13.2026", "does not exist"),
        ("2026-02-30", "does not exist"),
        ("0226-12-01", "looks mistyped"),
        ("13/14/2026", "does not exist"),
        ("fryday", "is not a date; write it like 2026-12-31"),
        ("Mar 40", "is not a date"),
        ("01. Okt", "is not a date"),
        ("1767225600", "is not a date"),
        ("=TODAY()", "is not a date"),
    ],
)
def test_any_other_cell_is_refused_with_what_to_write(cell: str, mend: str) -> None:
    with pytest.raises(BadCell, match=re.escape(mend)):
        read_date(cell, None)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["02/01/2014", "31/12/2012"], Order.DAY_FIRST),
        (["1/5/2026", "12/31/2025", ""], Order.MONTH_FIRST),
        (["1/5/2026 9:00 AM", "12/31/2025 10:00 AM"], Order.MONTH_FIRST),
        (["1-5-2026", "31-12-2025"], Order.DAY_FIRST),
        (["1/5/2026", "2/6/2026"], None),
        (["31/12/2026", "12/31/2026"], None),
        (["2026-12-31", "31.12.2026"], None),
        ([], None),
    ],
)
def test_one_row_settles_the_column_and_a_contradiction_does_not(
    cells: list[str], order: Order | None
) -> None:
    assert settle_order(cells) is order


def test_the_settled_order_reads_what_was_ambiguous() -> None:
    assert read_date("4/12/2026", Order.DAY_FIRST) == FOURTH
    assert read_date("4/12/2026", Order.MONTH_FIRST) == date(2026, 4, 12)


def test_a_row_against_the_settled_order_is_refused() -> None:
    with pytest.raises(BadCell, match="which is day-first"):
        read_date("12/31/2026", Order.DAY_FIRST)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-12-31T10:00:00Z", datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("2026-12-31 10:00", datetime(2026, 12, 31, 9, tzinfo=UTC)),
        ("2026-07-01 10:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-12-31T10:00:00.123456789+02:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31T10:00:00-0500", datetime(2026, 12, 31, 15, tzinfo=UTC)),
        ("2026-12-31 10:00 America/New_York", datetime(2026, 12, 31, 15, tzinfo=UTC)),
        ("2026-12-31 10:00 UTC", datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("12/31/2026 12:15 AM", datetime(2026, 12, 30, 23, 15, tzinfo=UTC)),
        ("12/31/2026, 3:15:20 pm", datetime(2026, 12, 31, 14, 15, 20, tzinfo=UTC)),
        ("31.12.2026 14:30 Uhr", datetime(2026, 12, 31, 13, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_utc_and_without_zone_it_is_the_files(cell: str, moment: datetime) -> None:
    assert read_instant(cell, None, BERLIN, with_time=True) == moment


def test_a_date_alone_is_the_start_of_that_day_where_a_time_is_not_needed() -> None:
    found = read_instant("2026-12-31", None, BERLIN, with_time=False)
    assert found == datetime(2026, 12, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("2026-12-31", "has no time of day"),
        ("2026-12-31 25:00", "is not on the clock"),
        ("2026-12-31 13:00 PM", "is not on the clock"),
        ("2026-12-31 10:00 Moon/Base", "write +01:00 or Z"),
        ("2026-12-31T10:00:00+99:00", "more than 14 hours"),
        ("2026-03-29 02:30", "the clocks went forward"),
        ("1/5/2026 9:00 AM", "--dates day-first"),
    ],
)
def test_an_instant_that_cannot_be_is_refused(cell: str, mend: str) -> None:
    with pytest.raises(BadCell, match=re.escape(mend)):
        read_instant(cell, None, BERLIN, with_time=True)


FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%b %d, %Y", "%d %B %Y")


@settings(max_examples=60, deadline=None)
@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2199, 12, 31)), st.sampled_from(FORMS))
def test_any_date_in_any_form_with_one_meaning_comes_back(day: date, form: str) -> None:
    assert read_date(day.strftime(form), None) == day


@settings(max_examples=60, deadline=None)
@given(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2199, 12, 31)),
    st.sampled_from([(Order.DAY_FIRST, "%d/%m/%Y"), (Order.MONTH_FIRST, "%m/%d/%Y")]),
)
def test_any_date_with_slashes_comes_back_or_is_refused(day: date, form: tuple[Order, str]) -> None:
    order, pattern = form
    cell = day.strftime(pattern)
    assert read_date(cell, order) == day
    try:
        assert read_date(cell, None) == day
    except BadCell:
        assert day.day <= 12


@pytest.mark.parametrize("cell", ["1" * 100_000, "T " * 50_000, "1," * 50_000, "(" * 100_000])
def test_a_whole_text_in_the_cell_is_refused_without_long_thought(cell: str) -> None:
    with pytest.raises(BadCell):
        read_date(cell, None)
