"""What docs/privacy.md says is kept is what is kept; what returning people read has happened."""

import re
from pathlib import Path

from csbot.db.tables import metadata
from csbot.settings import Config
from messages.introductions import CHANGES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/privacy.md").read_text("utf-8")


def test_every_table_is_named_once_with_how_long_it_is_kept():
    part = re.search(r"<!-- tables[^>]*-->\n(.*?)\n<!-- /tables -->", PAGE, re.S)
    assert part
    rows = [row.split("|")[1:4] for row in part[1].splitlines()[2:]]
    named = [name for _, tables, _ in rows for name in re.findall(r"`(\w+)`", tables)]
    assert sorted(named) == sorted(metadata.tables)
    assert all(how_long.strip() for _, _, how_long in rows)


def test_the_periods_are_those_of_the_settings():
    config = Config()
    assert f"{config.usage.keep_days} days (`usage.keep_days`)" in PAGE
    assert f"{config.inbox.keep_days} days (`inbox.keep_days`)" in PAGE


def test_what_returning_people_are_told_stands_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert [c.heading for c in CHANGES if f"**{c.heading}" not in changelog] == []
