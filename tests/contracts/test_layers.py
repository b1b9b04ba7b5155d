"""The folder tree is the architecture; imports may only point down."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "messages": {"messages"},
    "csbot": {"csbot", "messages"},
    "handlers": {"handlers", "csbot", "messages"},
    "schedules": {"schedules", "csbot", "messages"},
}
ONLY_IN = {"slack_bolt": "handlers", "slack_sdk": "csbot/slack", "apscheduler": "schedules"}
EMPTY_NAMES = {"utils", "helpers", "manager", "base", "data", "misc", "common"}


def modules(layer: str) -> list[Path]:
    return [p for p in (ROOT / layer).rglob("*.py") if "versions" not in p.parts]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_imports_point_down(layer):
    wrong = {
        str(path): sorted(tops & set(MAY_IMPORT) - MAY_IMPORT[layer])
        for path in modules(layer)
        if (tops := {name.split(".")[0] for name in imports(path)})
        & set(MAY_IMPORT) - MAY_IMPORT[layer]
    }
    assert wrong == {}


@pytest.mark.parametrize(("library", "home"), ONLY_IN.items())
def test_each_library_has_one_home(library, home):
    users = {
        path
        for layer in MAY_IMPORT
        for path in modules(layer)
        if library in {name.split(".")[0] for name in imports(path)}
    }
    assert users
    assert all(path.is_relative_to(ROOT / home) for path in users), users


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_no_module_is_longer_than_300_lines(layer):
    long = {
        str(p): n for p in modules(layer) if (n := len(p.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_no_module_has_a_name_that_says_nothing(layer):
    empty = [p for p in modules(layer) if p.stem in EMPTY_NAMES]
    assert [p for p in empty if p.relative_to(ROOT) != Path("csbot/db/base.py")] == []


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_no_function_is_longer_than_40_lines(layer):
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in modules(layer)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= 40
    }
    assert long == {}
