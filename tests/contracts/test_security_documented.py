"""The list of guards in docs/security.md names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_guard_names_its_tests_and_every_security_test_is_named():
    rows = (ROOT / "docs/security.md").read_text("utf-8").split("## Guards", 1)[1].splitlines()
    guards = [row for row in rows if row.startswith("| ") and not row.startswith("| guard")]
    named = {row: re.findall(r"`(tests/[\w/]+\.py)`", row) for row in guards}
    assert all(named.values())
    found = {path for paths in named.values() for path in paths}
    assert [path for path in sorted(found) if not (ROOT / path).is_file()] == []
    ours = {str(p.relative_to(ROOT)) for p in (ROOT / "tests").rglob("test_security_*.py")}
    assert ours - found == {"tests/contracts/test_security_documented.py"}
