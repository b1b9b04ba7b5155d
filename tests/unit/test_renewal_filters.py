"""What people write after /cs renewals, and what a button remembers of it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.accounts.choosing import Vocabulary, segment_key
from csbot.errors import Refused
from csbot.renewals.filters import Filters, from_code, read
from csbot.renewals.rules import Category

SEGMENTS = ["Enterprise", "mid-market", "Côté <b>", "self service"]
PEOPLE = {"me": 1, "dana reyes": 2, "dana": 2, "lee": 3}


def whom(mention: str) -> int:
    if mention in ("@dana", "<@U_DANA>", "<@U_DANA|dana>"):
        return 2
    raise Refused(f"I know nobody called {mention}.")


def parse(text: str) -> Filters:
    return read(text, Vocabulary(SEGMENTS, PEOPLE, whom))


ENTERPRISE, MID = segment_key("enterprise"), segment_key("Mid-Market")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Filters()),
        ("90d", Filters(window="90d")),
        ("next 90 days", Filters(window="90d")),
        ("12w", Filters(window="12w")),
        ("3 months", Filters(window="3m")),
        ("this quarter", Filters(window="q0")),
        ("next-quarter", Filters(window="q1")),
        ("Q1", Filters(window="Q1")),
        ("Q3 2027 me", Filters(window="Q3.2027", owners=(1,))),
        ("2027q4", Filters(window="Q4.2027")),
        ("me", Filters(owners=(1,))),
        ("@dana", Filters(owners=(2,))),
        ("<@U_DANA|dana>", Filters(owners=(2,))),
        ("Dana Reyes 30d", Filters(window="30d", owners=(2,))),
        ("enterprise", Filters(segments=(ENTERPRISE,))),
        ("Mid Market", Filters(segments=(MID,))),
        ("self-service", Filters(segments=(segment_key("self service"),))),
        ("at risk", Filters(categories=(Category.AT_RISK,))),
        ("at-risk", Filters(categories=(Category.AT_RISK,))),
        ("at_risk", Filters(categories=(Category.AT_RISK,))),
        ("“best case”", Filters(categories=(Category.BEST_CASE,))),
        ("by owner", Filters(view="owner")),
        ("at-risk\u00a0120d for @dana and lee", Filters(
            window="120d", owners=(2, 3), categories=(Category.AT_RISK,))),
    ],
)  # fmt: skip
def test_filters_are_read_however_they_are_written(text: str, wanted: Filters) -> None:
    assert parse(text) == wanted


PARTS = ["60d", "<@U_DANA>", "enterprise", "at-risk", "mid-market", '"best case"', "by owner"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(PARTS))
def test_the_order_of_filters_does_not_matter(parts: list[str]) -> None:
    found = parse(" ".join(parts))
    assert (found.window, found.owners, found.view) == ("60d", (2,), "owner")
    assert set(found.segments) == {ENTERPRISE, MID}
    assert set(found.categories) == {Category.AT_RISK, Category.BEST_CASE}


def test_an_unreadable_filter_says_what_was_understood_and_what_is_expected() -> None:
    with pytest.raises(Refused) as refused:
        parse("30d enterprize at-risk")
    assert "I can't read *enterprize*" in refused.value.reason
    assert "I understood: *30d* and *at-risk*" in refused.value.reason
    assert "mid-market" in refused.value.reason
    assert "best case" in refused.value.reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0d", "1 to 730 days"),
        ("9999d", "1 to 730 days"),
        ("36m", "1 to 730 days"),
        ("30d 60d", "is a second window"),
        ("by owner by month", "is a second view"),
        ("enterprise mid-market self-service “côté <b>”", "at most 3 segments"),
        ("@nobody", "I know nobody"),
        ("<!channel>", "I can't read"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        parse(text)


@pytest.mark.parametrize(
    ("window", "today", "first", "last"),
    [
        ("90d", date(2026, 11, 21), None, date(2027, 2, 19)),
        ("12w", date(2026, 11, 21), None, date(2027, 2, 13)),
        ("3m", date(2026, 11, 30), None, date(2027, 2, 28)),
        ("q0", date(2026, 11, 21), date(2026, 10, 1), date(2026, 12, 31)),
        ("q1", date(2026, 11, 21), date(2027, 1, 1), date(2027, 3, 31)),
        ("q1", date(2027, 2, 28), date(2027, 4, 1), date(2027, 6, 30)),
    ],
)
def test_a_window_is_a_span_of_days(
    window: str, today: date, first: date | None, last: date
) -> None:
    assert Filters(window=window).span(today) == (first, last)


ANY = st.builds(
    Filters,
    window=st.sampled_from(["1d", "90d", "104w", "24m", "q0", "q1"]),
    owners=st.lists(st.integers(1, 99999), max_size=3).map(tuple),
    segments=st.lists(st.text(max_size=9).map(segment_key), max_size=3).map(tuple),
    categories=st.lists(st.sampled_from(Category), unique=True, max_size=3).map(
        lambda found: tuple(sorted(found, key=list(Category).index))
    ),
    view=st.sampled_from(["month", "owner"]),
    page=st.integers(1, 9999),
)


@settings(max_examples=80, deadline=None)
@given(ANY)
def test_a_button_carries_the_whole_choice_in_75_characters(chosen: Filters) -> None:
    assert from_code(chosen.code()) == chosen
    assert len(chosen.code()) <= 75


@pytest.mark.parametrize(
    "code",
    ["", "90d", "90d|month|0|||", "90d|moon|1|||", "9999d|month|1|||", "x|month|1|||",
     "90d|month|1|z||", "90d|month|1||1;2|", "90d|month|1|||xyz", "90d|month|１|||", "|||||"],
)  # fmt: skip
def test_a_forged_or_old_value_is_refused(code: str) -> None:
    with pytest.raises(Refused, match="older version"):
        from_code(code)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("Q1", date(2027, 1, 1), date(2027, 3, 31)),
        ("Q1 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028 q2", date(2028, 4, 1), date(2028, 6, 30)),
    ],
)
def test_a_named_quarter_without_a_year_is_the_one_that_is_not_over(
    text: str, first: date, last: date
) -> None:
    made = from_code(parse(text).code())
    assert made.span(date(2026, 11, 23)) == (first, last)


@pytest.mark.parametrize(("word", "way"), [("won", "history"), ("overdue", "first")])
def test_what_the_list_has_no_filter_for_is_told_where_it_stands(word: str, way: str) -> None:
    with pytest.raises(Refused, match=way):
        parse(word)
