"""Typed text becomes what a plain keyboard would have given."""

import pytest

from csbot.words import first_word, for_terminal, normalise, number, said


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“slow” ‘support’", "\"slow\" 'support'"),
        ("acme\u00a0corp\u202fx", "acme corp x"),
        ("ac\u200bme\ufeff", "acme"),
        ("\u202eacme\u2066", "acme"),
        ("a\u200db", "ab"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("  acme\t ", "acme"),
    ],
)
def test_odd_quotes_blanks_and_invisible_characters_are_replaced(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


def test_quoted_words_are_one_short_bold_line() -> None:
    quoted = said("`here`\n*bold* " + "y" * 10_000)
    assert quoted.startswith("*here bold y")
    assert quoted.count("*") == 2
    assert len(quoted) <= 62
    assert said("  ") == "nothing"
    assert said(f"It is due later ({'because Ann is ill ' * 9})", 40).endswith("…)*")


def test_the_first_word_and_the_rest() -> None:
    assert first_word(" acme  called them ") == ("acme", "called them")
    assert first_word("") == ("", "")


@pytest.mark.parametrize(
    ("text", "read"),
    [("12", 12), ("0", 0), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("-1", None), ("", None),
     ("1.0", None), ("٣", None), ("²", None), (" 1", None), ("1e3", None)],
)  # fmt: skip
def test_a_number_is_plain_figures_and_nothing_else(text: str, read: int | None) -> None:
    assert number(text) == read


def test_a_refusal_in_the_terminal_has_no_marks_and_no_commands_of_slack():
    refusal = "I know no account like *nosuch*. `/cs my` lists your own."
    assert for_terminal(refusal) == "I know no account like nosuch."
    assert for_terminal("I can export tasks; not *bananas*.") == "I can export tasks; not bananas."
