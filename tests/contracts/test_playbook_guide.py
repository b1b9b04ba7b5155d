"""docs/playbooks.md and the schema for editors say what the code does."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from csbot.conditions.fields import FIELDS
from csbot.conditions.kinds import OPERATORS, Kind
from csbot.playbooks.examining import Examiner
from csbot.playbooks.folders import LIBRARY, one
from csbot.playbooks.schema import schema
from csbot.playbooks.triggers import TRIGGERS, Trigger
from csbot.playbooks.yaml_text import load
from csbot.settings import Config, Environment, Settings
from csbot.touches.words import COMPANY, VARIABLES

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/playbooks.md"
SAMPLE = ROOT / "tests/payloads/playbooks/quiet-customer.yaml"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines
    )


def triggers_table() -> str:
    rows = [
        [f"`{one.name}`", one.kind, one.what, _facts(one), _parameters(one)]
        for one in TRIGGERS.values()
    ]
    return table(["trigger", "kind", "when", "facts", "parameters"], rows)


def _facts(trigger: Trigger) -> str:
    return ", ".join(f"`{name.removeprefix('trigger.')}`" for name in trigger.facts) or "–"


def _parameters(trigger: Trigger) -> str:
    named = trigger.parameters.model_fields.items()
    return ", ".join(f"`{name}`{_default(field.default)}" for name, field in named) or "–"


def _default(value: Any) -> str:
    if value is None:
        return ""
    several = isinstance(value, list | tuple)
    return f" ({', '.join(map(str, value)) if several else value})"


def operators_table() -> str:
    rows = [[kind.value, ", ".join(f"`{one}`" for one in OPERATORS[kind])] for kind in Kind]
    return table(["kind of field", "operators"], rows)


def fields_table() -> str:
    rows = [
        [f"`{name}`", field.kind.value, field.what, f"`{field.example}`"]
        for name, field in FIELDS.items()
    ]
    return table(["field", "kind", "what it is", "example"], rows)


def words_table() -> str:
    rows = [[f"`{name}`", one.what, str(one.example)] for name, one in VARIABLES.items()]
    return table(["variable", "what it is", "example"], rows)


TABLES = {
    "triggers": triggers_table,
    "operators": operators_table,
    "fields": fields_table,
    "words": words_table,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_guide_has_each_table_as_the_code_has_it(name):
    found = re.search(f"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", GUIDE.read_text("utf-8"), re.S)
    assert found
    assert found.group(1) == TABLES[name]()


def test_the_schema_for_editors_is_the_one_of_the_code():
    kept = json.loads((ROOT / "docs/playbook.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(schema())), "run: csbot playbook schema"


def test_the_schema_takes_what_csbot_takes():
    check = jsonschema_rs.validator_for(schema())
    for path in [SAMPLE, *LIBRARY.glob("*.yaml")]:
        data, _ = load(path.read_text("utf-8"), path.name)
        assert [error.message for error in check.iter_errors(data)] == [], path.name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("contact.quiet", "contact.quite"),
        ("{days: 9}", "{dayz: 9}"),
        ("account.arr: {at_least", "account.arr: {at_lest"),
        ("  - stop: tips", "  - stpo: tips"),
        ("severity: critical", "severity: urgent"),
        ("within: 14 days", "within: a fortnight"),
    ],
)
def test_the_schema_refuses_misspelt_names(old, new):
    text = SAMPLE.read_text("utf-8")
    assert old in text
    data = yaml.safe_load(text.replace(old, new))
    assert not jsonschema_rs.is_valid(schema(), json.loads(json.dumps(data, default=str)))


def test_the_example_of_the_guide_is_good(tmp_path):
    example = re.search(r"```yaml\n(# yaml.*?)```", GUIDE.read_text("utf-8"), re.S)
    assert example
    (tmp_path / "quiet-champion.yaml").write_text(example.group(1), "utf-8")
    settings = Settings(env=Environment(), config=Config(company=COMPANY))
    examiner = Examiner(["quiet-champion"], settings, date(2026, 11, 23))
    assert examiner.examine(one(tmp_path / "quiet-champion.yaml"))[1] == []
