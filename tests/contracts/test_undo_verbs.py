"""Whatever people do can be taken back, or the table says why not: found in the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from csbot.undoing.table import STAYS, WAYS, why_not
from messages.changes import OF_NO_ACCOUNT, TOUCHES
from messages.timeline import CHANGES, UNKNOWN, change_words

WORDS = CHANGES | OF_NO_ACCOUNT | TOUCHES
ROOT = Path(__file__).parents[2] / "csbot"
MODULES = [
    list(ast.walk(ast.parse(path.read_text("utf-8"))))
    for path in ROOT.rglob("*.py")
    if not {"demo", "workspace"} & set(path.parts)
]


def takers() -> dict[str, int]:
    """Functions that are given a verb, and the place of it among their parameters."""
    found = {}
    for tree in MODULES:
        for node in tree:
            if isinstance(node, ast.FunctionDef):
                names = [arg.arg for arg in node.args.args]
                if "verb" in names:
                    found[node.name] = names.index("verb")
    return found


def given() -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    places = takers()
    for tree in MODULES:
        for node in tree:
            if isinstance(node, ast.Call):
                yield from ((word.value, tree) for word in node.keywords if word.arg == "verb")
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                at = places.get(name)
                if at is not None and len(node.args) > at:
                    yield node.args[at], tree
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                yield from ((v, tree) for k, v in pairs if getattr(k, "value", "") == "verb")


def words(node: ast.AST, tree: list[ast.AST]) -> Iterator[str]:
    """What a verb may be; what is put together from parts is told by its beginning."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from words(node.body, tree)
        yield from words(node.orelse, tree)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value)
    elif isinstance(node, ast.Name):
        for other in tree:
            if isinstance(other, ast.Assign):
                for value in _values(other, node.id):
                    yield from words(value, tree)


def _values(node: ast.Assign, name: str) -> Iterator[ast.AST]:
    """What is assigned to the name, alone or as one of several."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for to, value in pairs:
            if isinstance(to, ast.Name) and to.id == name and not isinstance(value, ast.Name):
                yield value


SHAPE = re.compile(r"[a-z_]+\.[a-z_]*|import|match")  # other functions call other things a verb
VERBS = sorted(
    {verb for node, tree in given() for verb in words(node, tree) if SHAPE.fullmatch(verb)}
)


def test_the_verbs_are_found():
    assert {"account.assigned", "alert.taken", "checkin.logged", "stage.advanced"} <= set(VERBS)
    assert set(WAYS) <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_can_be_taken_back_or_it_is_said_why_not(verb):
    known = verb in WAYS or any(
        verb == word or (word[-1] == "." and verb.startswith(word)) for word in STAYS
    )
    assert known, f"{verb}: give it a way back in csbot/undoing/table.py, or say why it stays"


def test_no_reason_is_left_over_for_what_can_be_taken_back():
    assert set(WAYS) & set(STAYS) == set()
    assert [why_not(verb) for verb in WAYS] == [None] * len(WAYS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_is_told_in_words_and_not_by_its_verb(verb):
    facts = {"kind": "nps", "score": 9}
    begins = [known for known in WORDS if known.startswith(verb)] if verb[-1] == "." else [verb]
    assert begins, f"{verb}: say in messages/timeline.py or messages/changes.py how it reads"
    for one in begins:
        told = change_words(one, facts, facts, None)
        assert told != UNKNOWN, f"{one}: say in messages/changes.py how it reads"
