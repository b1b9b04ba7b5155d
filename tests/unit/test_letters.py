"""Words to customers: what a template may do, what customers' text may not, and the HTML of it."""

from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from messages.letters import (
    Lines,
    Ours,
    Unwritten,
    Values,
    as_html,
    names_in,
    template,
    unknown,
    write,
)
from messages.render import use_folder


def known(**values):
    return {"account": Values("account", values, lambda name: f"`account.{name}` is not known")}


def written(source: str, **values) -> str:
    return write(source, known(**values))


def why(source: str, **values) -> Unwritten:
    with pytest.raises(Unwritten) as caught:
        written(source, **values)
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "{{ account.__class__ }}",
        "{{ account.known }}",
        "{{ account.name.__class__.__mro__ }}",
        "{{ account.name.upper() }}",
        "{{ account['name'] }}",
        "{{ account.name | attr('__class__') }}",
        "{{ account.name | map('upper') }}",
        "{{ account.name | format(1) }}",
        "{{ account.name | center(1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 1 + 1 }}",
        "{{ account.name ~ account.name }}",
        "{% set x = account.name %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'said.j2' %}",
        "{% import 'said.j2' as s %}",
        "{% extends 'said.j2' %}",
        "{% filter upper %}x{% endfilter %}",
        "{% call m() %}{% endcall %}",
        "{{ range(10) }}",
        "{{ self }}",
        "{{ lipsum }}",
        "{{ cycler }}",
        "{{ namespace }}",
        "{{ unknown }}",
        "{{ account.nmae }}",
        "{{ account }}{{ account.name.x }}",
        "{% for x in account %}{% endfor %}",
        "{% if account.name",
        "{{ account.name > 3 }}",
    ],
)
def test_a_template_reaches_neither_the_program_nor_files_nor_all_the_memory(source):
    assert why(source, name="Acme").reason


def test_what_is_refused_is_told_with_its_line():
    refused = why("Hello\n{{ account.name }}\n{% set x = 1 %}", name="Acme")
    assert (refused.line, refused.reason) == (3, "has no `set` here")


def test_loops_end_where_the_words_are_longer_than_any_letter():
    many = [str(n) for n in range(300)]
    source = (
        "{% for a in account.x %}{% for b in account.x %}some more words{% endfor %}{% endfor %}"
    )
    assert "longer than 20,000" in why(source, x=many).reason


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in account.x %}{% for b in account.x %}{% if b == 'x' %}x{% endif %}"
        "{% endfor %}{% endfor %}",
        "{% for a in ['x', 'x'] %}{% for b in [a, a, a, a] %}{{ [b, b, b] | length }}"
        "{% endfor %}{% endfor %}",
        "{{ account.x | join(account.x | join(account.x | join('-'))) | length }}",
        "{{ 1.5 | round(99999999, 'floor') }}",
        "{{ 1.5 | round(99999999) }}",
        "{{ [account] | join(attribute='known') }}",
        "{{ account.x | sort(attribute='__class__') }}",
    ],
)
def test_neither_loops_nor_lists_nor_digits_take_all_the_time_or_memory(source):
    assert why(source, x=["n"] * 300).reason


def test_questions_lists_and_filters_write_words():
    source = (
        "{% if account.plan == 'pro' and not account.gone %}Hello {{ account.name | upper }},\n"
        "{% for one in account.features %}- {{ one }}{{ '' if loop.last else ';' }}\n{% endfor %}\n"
        "{{ account.days | plural('day') }} left, {{ account.at | day }}."
        "{% else %}Nothing.{% endif %}"
    )
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    assert written(
        source, name="Acme", plan="pro", gone=None, features=["Maps", "Rates"], days=2, at=at
    ) == ("Hello ACME,\n- Maps;\n- Rates\n2 days left, Tuesday 24 November.")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9, "9"),
        (2.50, "2.5"),
        (date(2027, 1, 10), "10 January 2027"),
        (["a", "b", "c"], "a, b and c"),
        (datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Berlin")),
         "Tuesday 24 November at 10:00 (CET)"),
        (Lines("one\n\n  two"), "one\ntwo"),
    ],
)  # fmt: skip
def test_values_read_as_people_write_them(value, shown):
    assert written("{{ account.x }}", x=value) == shown


def test_what_is_not_known_is_no_where_asked_and_an_error_with_its_mend_where_shown():
    asked = "{% if account.plan %}a{% else %}b{% endif %}{{ account.plan | default('none') }}"
    assert written(asked, plan=None) == "bnone"
    assert why("On {{ account.plan }}", plan=None).reason == "`account.plan` is not known"
    assert why("{{ account.plan | upper }}", plan="").reason == "`account.plan` is not known"
    mend = "`help_url` in [company] of csbot.toml is not set"
    with pytest.raises(Unwritten, match="help_url"):
        write("See {{ url }}.", {"url": unknown(mend)})


HOSTILE = [
    "https://evil.example/pay",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "http://127.0.0.1:80",
    "www.evil.example",
    "evil.example",
    ".evil.example",
    "@3232235777",
    "<a href=https://evil.example>x</a>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\r\nBcc: everybody@evil.example",
    "x\u202egnirts\x00\x1b[31m",
    "{{ account.secret }}{% if x %}",
    "&amp;&lt;b&gt;",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("before", ["Hello ", "https://ours.example/", "https://ours.example"])
def test_what_customers_write_neither_links_nor_breaks_lines_nor_runs(value, before):
    text = written(before + "{{ account.name }}!", name=value)
    page = as_html(text)
    for link in [part.split('"')[0] for part in page.split('href="')[1:]]:
        host = urlsplit(link).hostname or ""
        assert host.startswith("ours.example")
        assert "." not in host.removeprefix("ours.example")
    assert not set(text) & set("\n\r\u202e\x00")
    assert "<script" not in page
    assert "<img" not in page
    assert "://evil" not in text.lower()
    assert "evil.example" not in text.lower()


def test_our_addresses_are_links_with_all_that_belongs_to_them_and_no_more():
    page = as_html(
        written("Look at {{ account.url }}, or (https://ours.example/x?a=1&b=2).\n\nBye\nDana",
                url=Ours("https://help.example/start"))
    )  # fmt: skip
    assert '<a href="https://help.example/start">https://help.example/start</a>, or (' in page
    assert '<a href="https://ours.example/x?a=1&amp;b=2">' in page
    assert "</p>\n<p>Bye<br>\nDana</p>" in page


def test_a_value_inside_of_an_address_is_encoded():
    text = written("https://ours.example/?who={{ account.name | urlencode }}", name="a&b c/../é")
    assert text == "https://ours.example/?who=a%26b%20c%2F..%2F%C3%A9"
    assert f'href="{text}"' in as_html(text)


def test_an_e_mail_address_stays_as_it_is():
    assert written("{{ account.x }}", x="ann.lee@a.example") == "ann.lee@a.example"


def test_long_values_are_cut_and_long_lists_say_how_many_more():
    assert len(written("{{ account.x }}", x="word " * 500)) <= 300
    assert written("{{ account.x }}", x=[str(n) for n in range(30)]).endswith("9 and 20 more")


def test_the_variables_of_a_template_are_known_before_it_is_used():
    source = "{% block a %}{{ account.name }}{% endblock %}{% if links.help %}{% endif %}"
    assert names_in(source) == {"account.name", "links.help"}


def test_a_template_that_cannot_be_read_is_told_and_stops_no_other(tmp_path):
    (tmp_path / "touch_broken.j2").write_bytes(b"{% block text %}caf\xe9{% endblock %}")
    use_folder(tmp_path)
    try:
        for name in ("broken", "unknown", "../touch_footer", "/etc/passwd", ""):
            with pytest.raises(Unwritten):
                template(name)
        assert template("footer")
    finally:
        use_folder(None)
