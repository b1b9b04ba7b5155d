import re

import pytest

from csbot.imports.errors import BadCell
from csbot.imports.kinds import OTHER_PRIORITIES, score_of
from csbot.imports.values import read_choice, read_domain, read_email, read_flag, read_zone
from csbot.imports.words import is_nothing, read_id, read_text
from csbot.tasks.rules import PRIORITIES


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("Ann@Acme.Example\u00a0", "ann@acme.example"),
        ("\u200bann@acme.example", "ann@acme.example"),
        ("Ann Lee <ann@acme.example>", "ann@acme.example"),
        ("mailto:ann@acme.example", "ann@acme.example"),
        ("mailto:ann@acme.example?subject=hi", "ann@acme.example"),
        ("'ann@acme.example'", "ann@acme.example"),
        ("o'hara+cs@acme.example", "o'hara+cs@acme.example"),
        ("x@mu\u0308ller.example", "x@xn--mller-kva.example"),
        ("x@müller.example", "x@xn--mller-kva.example"),
    ],
)
def test_an_address_is_found_in_what_a_crm_wraps_around_it(cell: str, address: str) -> None:
    assert read_email(cell) == address


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("ann", "is not an e-mail address"),
        ("a@b", "is not an e-mail address"),
        ("@mention", "is not an e-mail address"),
        ("a b@c.example", "is not an e-mail address"),
        ("a..b@c.example", "is not an e-mail address"),
        ("=cmd@acme.example", "is not an e-mail address"),
        ("ann@1.2.3.4", "is not an e-mail address"),
        ("a@" + "x" * 300 + ".example", "is not an e-mail address"),
        ("jo@a.example, lee@a.example", "more than one address"),
    ],
)
def test_what_is_no_address_is_refused(cell: str, mend: str) -> None:
    with pytest.raises(BadCell, match=re.escape(mend)):
        read_email(cell)


@pytest.mark.parametrize(
    ("cell", "domain"),
    [
        ("acme.example", "acme.example"),
        ("ACME.EXAMPLE.", "acme.example"),
        ("https://www.acme.example/", "acme.example"),
        ("http://acme.example:8080/a?b=c#d", "acme.example"),
        ("www.acme.example", "acme.example"),
        ("ann@acme.example", "acme.example"),
        ("mu\u0308ller.example", "xn--mller-kva.example"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
    ],
)
def test_a_domain_is_the_bare_host(cell: str, domain: str) -> None:
    assert read_domain(cell) == domain


@pytest.mark.parametrize("cell", ["acme", "10.0.0.1", "a.example, b.example", "acme .example", "."])
def test_what_is_no_domain_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="is not a domain"):
        read_domain(cell)


@pytest.mark.parametrize("cell", ["TRUE", "yes", "1", "x", "WAHR", "ja"])
def test_yes_in_several_spellings(cell: str) -> None:
    assert read_flag(cell) is True


@pytest.mark.parametrize("cell", ["false", "No", "0", "FALSCH", "nein"])
def test_no_in_several_spellings(cell: str) -> None:
    assert read_flag(cell) is False


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(BadCell, match="neither yes nor no"):
        read_flag("maybe")


@pytest.mark.parametrize(
    ("cell", "priority"), [("HIGH", "high"), (" Normal ", "normal"), ("Urgent", "high")]
)
def test_a_choice_is_read_however_it_is_cased(cell: str, priority: str) -> None:
    assert read_choice(cell, PRIORITIES, OTHER_PRIORITIES) == priority


def test_a_mistyped_choice_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadCell, match="not one of low, normal, high; did you mean high"):
        read_choice("hihg", PRIORITIES, OTHER_PRIORITIES)


@pytest.mark.parametrize(
    ("cell", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("america/new york", "America/New_York"), ("utc", "UTC")],
)
def test_a_time_zone_is_an_iana_name(cell: str, zone: str) -> None:
    assert read_zone(cell) == zone


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("EST", "write America/New_York"),
        ("Eastern Time (US & Canada)", "write America/New_York"),
        ("W. Europe Standard Time", "write Europe/Berlin"),
        ("Berlin", "write Europe/Berlin"),
        ("Beriln", "write Europe/Berlin"),
        ("CET", "write Europe/Berlin"),
        ("nowhere", "write it like Europe/Berlin"),
    ],
)
def test_other_names_of_zones_are_answered_with_the_one_to_write(cell: str, hint: str) -> None:
    with pytest.raises(BadCell, match=re.escape(hint)):
        read_zone(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "score"),
    [
        ("nps", "0", 0),
        ("nps", "10", 10),
        ("nps", "9/10", 9),
        ("csat", "5", 5),
        ("happiness", "1.0", 1),
    ],
)
def test_a_score_on_its_kinds_scale(kind: str, cell: str, score: int) -> None:
    assert score_of(kind, cell) == score


@pytest.mark.parametrize(
    ("kind", "cell"),
    [("nps", "11"), ("nps", "-1"), ("nps", "9.5"), ("csat", "0"), ("csat", "6"), ("csat", "9/10"),
     ("happiness", "80 %"), ("nps", "great")],
)  # fmt: skip
def test_a_score_off_its_scale_is_refused(kind: str, cell: str) -> None:
    with pytest.raises(BadCell, match="to "):
        score_of(kind, cell)


@pytest.mark.parametrize("cell", ["", " ", "-", ".", "N/A", "#N/A", "NULL", "NA", "none", "\u00a0"])
def test_words_that_mean_nothing(cell: str) -> None:
    assert is_nothing(cell)


@pytest.mark.parametrize("cell", ["NA", "None", "Nil"])
def test_words_that_may_be_names_stay_in_text(cell: str) -> None:
    assert not is_nothing(cell, text=True)


HOSTILE = [
    "=HYPERLINK(\"https://x.example\",\"open\")",
    "<!channel> <@U0000000> <https://x.example|bank>",
    "*bold* `code` &lt;b&gt; <script>alert(1)</script>",
    "+5", "-1 seat", "@mention", "'0301234", "😀 👩‍💻 naïve",
]  # fmt: skip


@pytest.mark.parametrize("cell", HOSTILE)
def test_hostile_text_stays_the_text_it_is(cell: str) -> None:
    assert read_text(cell, limit=300) == cell


def test_marks_of_direction_and_invisible_blanks_are_dropped() -> None:
    assert read_text("\u202eAcme\u200b\u2066 Inc\ufeff\u200f", limit=300) == "Acme Inc"


def test_equal_looking_names_become_equal() -> None:
    assert read_text("Mu\u0308ller\u00a0AG", limit=300) == read_text("Müller AG", limit=300)


def test_lines_stay_in_notes_and_become_blanks_in_names() -> None:
    assert read_text("one\r\ntwo\rthree ", limit=300, lines=True) == "one\ntwo\nthree"
    assert read_text("one\r\ntwo", limit=300) == "one two"


@pytest.mark.parametrize(
    ("cell", "mend"),
    [("a\x07b", "U+0007"), ("x" * 301, "301 characters, at most 300"), ("#REF!", "spreadsheet")],
)
def test_text_that_cannot_be_kept_is_refused(cell: str, mend: str) -> None:
    with pytest.raises(BadCell, match=re.escape(mend)):
        read_text(cell, limit=300)


def test_an_id_keeps_its_zeros_and_its_case() -> None:
    assert read_id("00042") == "00042"
    assert read_id("0015g00000AbCdE") != read_id("0015g00000AbCde")


@pytest.mark.parametrize("cell", ["1.23457E+14", "9.00E+09", "9E+09", "123456789012345000"])
def test_an_id_that_a_spreadsheet_has_cut_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="a spreadsheet has cut this id"):
        read_id(cell)
