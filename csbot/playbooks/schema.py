"""The JSON Schema of playbook files, from which editors complete names and mark mistakes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from csbot.conditions.custom import PREFIX
from csbot.conditions.fields import FIELDS
from csbot.conditions.kinds import LISTS, OPERATORS, Field, Kind
from csbot.playbooks.definition import KINDS, Definition
from csbot.playbooks.triggers import TRIGGERS, Trigger

Schema = dict[str, Any]
CONDITION = "A condition"  # how the description of every condition in the models begins
REFERENCE = {"$ref": "#/$defs/Condition"}
ONE: dict[Kind, Schema] = {
    Kind.TEXT: {"type": ["string", "integer"]},
    Kind.NUMBER: {"type": "number"},
    Kind.DAYS: {"type": "string", "pattern": r"^\d{1,4} (minute|hour|day|week)s?$"},
    Kind.FLAG: {"type": "boolean"},
    Kind.SET: {"type": ["string", "integer"]},
    Kind.CUSTOM: {"type": ["string", "number", "boolean"]},
}


def schema() -> Schema:
    """For editors: `csbot playbook lint` knows more, and has the last word."""
    made: Schema = _plain(Definition.model_json_schema())
    parts = made["$defs"]
    parts |= {"Condition": _condition()} | {_named(kind): _test(kind) for kind in Kind}
    parts["Trigger"] |= _trigger(parts["Trigger"]["properties"])
    parts["Step"]["oneOf"] = [{"required": [kind]} for kind in KINDS]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | made


def _plain(node: Any) -> Any:
    """Without what only says the same again: titles, choices of nothing, defaults of nothing."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("description", "")).startswith(CONDITION):
        return REFERENCE
    choices = [part for part in node.get("anyOf", ()) if part != {"type": "null"}]
    if len(choices) == 1:
        described = {k: v for k, v in node.items() if k == "description"}
        return described | _plain(choices[0])
    return {key: _plain(value) for key, value in node.items() if not _needless(key, value)}


def _needless(key: str, value: Any) -> bool:
    spelt = key == "title" and isinstance(value, str)  # a field of that name is a mapping
    return spelt or (key == "default" and (value is None or isinstance(value, dict)))


def _condition() -> Schema:
    several = {"type": "array", "items": REFERENCE, "minItems": 1}
    joined = {
        "all": {"description": "All of these hold.", **several},
        "any": {"description": "At least one of these holds.", **several},
        "not": {"description": "This does not hold.", **REFERENCE},
    }
    facts = {name: field for one in TRIGGERS.values() for name, field in one.facts.items()}
    own = {f"^{re.escape(PREFIX)}": _field(CUSTOM_FIELD)}
    return {
        "type": "object",
        "description": "All lines of it must hold.",
        "properties": joined | {name: _field(one) for name, one in {**FIELDS, **facts}.items()},
        "patternProperties": own,
        "additionalProperties": False,
    }


CUSTOM_FIELD = Field(Kind.CUSTOM, "A field of your own.", lambda frame: None, "gold")


def _field(field: Field) -> Schema:
    reference = f"#/$defs/{_named(field.kind)}"
    return {"description": field.what, "$ref": reference, "examples": [field.example]}


def _named(kind: Kind) -> str:
    return f"{kind.title()}Test"


def _test(kind: Kind) -> Schema:
    """A value, some values, or operators with values."""
    one = ONE[kind]
    tests = {name: _operand(name, one) for name in OPERATORS[kind]}
    asked = {"type": "object", "properties": tests, "additionalProperties": False}
    lists = [{"type": "array", "items": one, "minItems": 1}] if set(LISTS) & set(tests) else []
    return {"anyOf": [one, asked, *lists]}


def _operand(operator: str, one: Schema) -> Schema:
    if operator == "known":
        return {"type": "boolean"}
    return {"type": "array", "items": one, "minItems": 1} if operator in LISTS else one


def _trigger(properties: Mapping[str, Any]) -> Schema:
    named = {kind: _names(kind) for kind in ("event", "detector")}
    return {"properties": {**properties, **named}, "allOf": list(_parameters())}


def _names(kind: str) -> Schema:
    found = [trigger for trigger in TRIGGERS.values() if trigger.kind == kind]
    return {"oneOf": [{"const": one.name, "description": one.what} for one in found]}


def _parameters() -> Iterator[Schema]:
    for trigger in TRIGGERS.values():
        named = {"properties": {trigger.kind: {"const": trigger.name}}, "required": [trigger.kind]}
        yield {"if": named, "then": {"properties": {"with": _with(trigger)}}}


def _with(trigger: Trigger) -> Schema:
    made: Schema = _plain(trigger.parameters.model_json_schema())
    return {key: value for key, value in made.items() if key != "description"}
