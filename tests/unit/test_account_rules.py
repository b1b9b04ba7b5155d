"""Process, health bands and tags, as tables."""

from decimal import Decimal

import pytest

from csbot.accounts.rules import (
    Health,
    check_tags,
    health_of,
    name_key,
    process_for,
    read_health,
    read_tags,
    score_for,
)
from csbot.errors import Refused
from csbot.settings import Thresholds


@pytest.mark.parametrize(
    ("segment", "arr", "process"),
    [
        ("enterprise", None, "enterprise"),
        (" Enterprise ", Decimal(0), "enterprise"),
        ("smb", Decimal(50_000), "enterprise"),
        ("smb", Decimal(49_999), "transactional"),
        (None, None, "transactional"),
        ("", Decimal(10), "transactional"),
    ],
)
def test_the_segment_or_the_revenue_picks_the_process(
    segment: str | None, arr: Decimal | None, process: str
) -> None:
    assert process_for(segment=segment, arr=arr, thresholds=Thresholds()) == process


@pytest.mark.parametrize(
    ("score", "status"),
    [
        (100, "Thriving"), (85, "Thriving"), (84, "Healthy"), (70, "Healthy"), (69, "Steady"),
        (50, "Steady"), (49, "Struggling"), (0, "Struggling"),
    ],
)  # fmt: skip
def test_each_score_lies_in_one_band(score: int, status: str) -> None:
    assert health_of(score) == status


@pytest.mark.parametrize("status", list(Health))
def test_a_status_without_a_number_gets_one_of_its_band(status: Health) -> None:
    assert health_of(score_for(status, None)) is status
    assert all(health_of(score_for(status, score)) is status for score in range(101))


def test_a_score_that_fits_the_status_stays() -> None:
    assert score_for(Health.STRUGGLING, 41) == 41


@pytest.mark.parametrize(
    ("text", "meant"),
    [("struggling", Health.STRUGGLING), ("Healthy,", Health.HEALTHY), ("0", 0), ("100", 100)],
)
def test_health_is_a_word_or_a_number(text: str, meant: Health | int) -> None:
    assert read_health(text) == meant


@pytest.mark.parametrize("text", ["101", "-1", "good", "", "7.5", "٤٥"])
def test_other_words_for_health_are_refused_with_the_choice(text: str) -> None:
    with pytest.raises(Refused, match="thriving, healthy, steady, struggling"):
        read_health(text)


@pytest.mark.parametrize(
    ("text", "add", "remove"),
    [
        ("+beta -trial", ["beta"], ["trial"]),
        ("beta, vip", ["beta", "vip"], []),
        ('+"two words" -"old one"', ["two words"], ["old one"]),
        ('"+two words" "-old one"', ["two words"], ["old one"]),
        ("“+smart one”", ["smart one"], []),
        ("+beta +beta #vip", ["beta", "vip"], []),
        ("+ -", [], []),
        ("", [], []),
        ("-high-touch", [], ["high-touch"]),
        ("＋beta –trial —“old one” −high–touch", ["beta"], ["trial", "old one", "high–touch"]),
        ("– +beta", ["beta"], []),
    ],
)
def test_tags_are_read_with_their_signs(text: str, add: list[str], remove: list[str]) -> None:
    assert read_tags(text) == (add, remove)


@pytest.mark.parametrize(
    ("add", "remove"), [([], []), (["x" * 51], []), (["Beta"], ["beta"])], ids=str
)
def test_no_tags_long_tags_and_contradictions_are_refused(
    add: list[str], remove: list[str]
) -> None:
    with pytest.raises(Refused):
        check_tags(add, remove)


def test_names_are_compared_without_case_blanks_or_composition() -> None:
    assert name_key("  Caf\u0065\u0301  GmbH ") == name_key("café gmbh")
