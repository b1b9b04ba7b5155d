"""A renewal on one line: what is read, what is refused, and amounts as people write them."""

from datetime import date
from decimal import Decimal

import pytest

from csbot.errors import Refused
from csbot.renewals.reading import (
    Line,
    Unread,
    money,
    offer,
    read_line,
    written_amount,
    written_offer,
)
from csbot.renewals.rules import Category

TODAY = date(2026, 11, 23)  # a Monday
AT_RISK, COMMIT, BEST = Category.AT_RISK, Category.COMMIT, Category.BEST_CASE


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("commit because Max said yes", Line(why="Max said yes", told={"category": COMMIT})),
        ("At-Risk, because of the budget", Line(why="the budget", told={"category": AT_RISK})),
        ('best case reason: "legal"', Line(why="legal", told={"category": BEST})),
        ("committed amount 52k", Line(amount="52k", told={"category": COMMIT})),
        ("amount: $52,000.00", Line(amount="$52,000.00")),
        ("next: call Max by friday",
         Line(told={"next_step": "call Max", "next_step_on": date(2026, 11, 27)})),
        ("probable next: ask legal",
         Line(told={"category": Category.PROBABLE, "next_step": "ask legal",
                    "next_step_on": None})),
        ("won 52,000 24 months", Line("won", "52,000", 24)),
        ("won 52.000,00 € for 2 years", Line("won", "52.000,00 €", 24)),
        ("won 1,5m", Line("won", "1,5m")),
        ("won", Line("won")),
        ("lost because Rival was cheaper", Line("lost", why="Rival was cheaper")),
        ("lost to Rival", Line("lost", "to Rival")),
    ],
)  # fmt: skip
def test_the_parts_of_a_line_are_read_in_their_order(text: str, line: Line) -> None:
    assert read_line(text, today=TODAY) == line


@pytest.mark.parametrize(
    ("step", "kept", "wrong"),
    [
        ("call Gus by fryday", "call Gus", "*fryday*"),
        ("call Gus by next wendesday.", "call Gus", "*next wendesday*"),
        ("call Gus until tomorow", "call Gus", "*tomorow*"),
        ("call Gus on 2026-02-30", "call Gus", "*2026-02-30* does not exist"),
        ("call Gus on 31 february", "call Gus", "*31 february* does not exist"),
        ("call Gus by 31 november", "call Gus", "*31 november*"),
        ("call Gus by 2026/02/30", "call Gus", "*2026/02/30* does not exist"),
        ("call about release 2.5.", "call about release 2.5.", ""),
        ("call Gus by 31 feb", "call Gus", "*31 feb* does not exist"),
        ("call Gus by feb 31", "call Gus", "*feb 31* does not exist"),
        ("call Gus by 31 sept.", "call Gus", "*31 sept* does not exist"),
        ("call Gus 31 feb", "call Gus 31 feb", "*31 feb* does not exist"),
        ("call Gus fryday", "call Gus fryday", "*fryday*"),
        ("call April about 2.5", "call April about 2.5", ""),
        ("call Gus due 03/04/2026", "call Gus", "two ways"),
        ("answer by phone", "answer by phone", ""),
        ("agree on the price", "agree on the price", ""),
        ("reduce it by 10", "reduce it by 10", ""),
        ("agree on this", "agree on this", ""),
    ],
)
def test_what_was_meant_for_a_date_and_is_none_is_said(step: str, kept: str, wrong: str) -> None:
    line = read_line(f"next: {step}", today=TODAY)
    assert (line.told["next_step"], line.told["next_step_on"]) == (kept, None)
    assert wrong in line.unread
    assert bool(wrong) == bool(line.unread)


@pytest.mark.parametrize("text", ["at rsk", "commitment", "52k", "won 9 900 months", "wonder"])
def test_what_makes_no_sense_is_said(text: str) -> None:
    with pytest.raises(Unread):
        read_line(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("52k", "52000"), ("52.5k", "52500"), ("1.2m", "1200000"), ("$52k", "52000"),
        ("52 k $", "52000"), ("52,000", "52000"), ("$52,000.00", "52000"),
        ("52.000,00", "52000"), ("52 000", "52000"), ("52000.5", "52000.50"), ("USD 900", "900"),
        ("3 thousand", "3000"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert money(text, currency="USD") == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "lots", "-5", "0", "1.234k", "52.000", "52.000 $", "52k €", "1e30", "2000000m",
     "٣k of them", "$"],
)  # fmt: skip
def test_other_amounts_are_refused_at_their_field(text: str) -> None:
    with pytest.raises(Refused) as refused:
        money(text, currency="USD", field="final_amount")
    assert refused.value.field == "final_amount"


@pytest.mark.parametrize(
    ("text", "incentive", "months"),
    [
        ("10 % off, 24 months", "10 % off", 24),
        ("2 years", None, 24),
        ("a free training", "a free training", None),
        ("", None, None),
    ],
)
def test_an_offer_is_an_incentive_and_a_length_and_reads_as_it_was_written(
    text: str, incentive: str | None, months: int | None
) -> None:
    read = offer(text)
    assert read == {"incentive": incentive, "offered_months": months}
    assert offer(written_offer(incentive, months)) == read


def test_an_amount_is_written_as_it_is_read() -> None:
    for amount in (Decimal(52_000), Decimal("52000.50"), Decimal("0.01")):
        assert money(written_amount(amount), currency="EUR") == amount
    assert written_amount(None) == ""
