"""A team's own templates: they write words, and reach nothing behind the values they are given."""

from decimal import Decimal

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from messages.render import TEMPLATES, Templates, render_parts
from messages.said import Fault

FORBIDDEN = (SecurityError, UndefinedError, TemplateNotFound, OverflowError, PermissionError)


def written(folder, template: str, code: str = "K7F2") -> str:
    (folder / "fault.j2").write_text("{% block summary %}" + template + "{% endblock %}")
    made = Templates(folder).get_template("fault.j2")
    return render_parts(made, Fault(code=code)).summary


@pytest.mark.parametrize(
    "template",
    [
        "{{ code.__class__ }}",
        "{{ code.__class__.__mro__[1].__subclasses__() }}",
        "{{ code['__class__'] }}",
        "{{ code | attr('__class__') }}",
        "{{ ['x'] | map(attribute='__class__') | first }}",
        "{{ '{0.__class__.__mro__}'.format(code) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ plural.__globals__ }}",
        "{{ lipsum.__globals__['os'].environ }}",
        "{{ self._TemplateReference__context }}",
        "{{ environment }}",
        "{{ config }}",
        "{{ unknown }}",
        "{{ code.unknown }}",
        "{% include '/etc/passwd' %}",
        "{% include '../render.py' %}",
        "{% include '../../csbot/settings.py' %}",
        "{% import 'os' as os %}{{ os }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ range(1000000000) | list }}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{{ [].append(1) }}",
        "{{ {}.update(a=1) }}",
    ],
)
def test_a_template_reaches_neither_the_program_nor_files_nor_all_the_memory(tmp_path, template):
    with pytest.raises(FORBIDDEN):
        written(tmp_path, template)


def test_what_it_is_given_stays_escaped_whatever_it_does_with_it(tmp_path):
    ping = "<!channel> & <@U1>"
    for template in (
        "{{ code }}", "{{ code | safe }}", "{{ code ~ '' }}", "{{ '%s' | format(code) }}",
        "{% set x %}{{ code }}{% endset %}{{ x }}", "{{ code | upper | lower }}",
        "{{ code | replace('a', 'a') }}", "{{ [code] | join }}", "{{ code | lightly }}",
        "{% macro m() %}{{ code }}{% endmacro %}{{ m() }}", "{{ code | escape }}",
        "{% autoescape true %}{{ code | safe }}{% endautoescape %}",
    ):  # fmt: skip
        told = written(tmp_path, template, ping)
        assert "<" not in told, template


def test_sums_are_still_possible(tmp_path):
    assert written(tmp_path, "{{ 2 * 3 }}") == "6"
    assert Templates().call_binop(None, "*", Decimal("1.5"), 2) == 3


def test_a_folder_of_ones_own_replaces_by_name_and_by_nothing_else(tmp_path):
    (tmp_path / "said.j2").write_text("{% block summary %}ours{% endblock %}")
    both = Templates(tmp_path)
    assert both.get_template("said.j2").filename == str(tmp_path / "said.j2")
    assert both.get_template("fault.j2").filename == str(TEMPLATES / "fault.j2")
    for name in ("../said.j2", "/etc/passwd", "x/../../said.j2", "C:\\said.j2"):
        with pytest.raises(TemplateNotFound):
            both.get_template(name)
