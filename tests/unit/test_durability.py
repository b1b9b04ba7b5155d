from pathlib import Path

import pytest
from sqlalchemy import text

from csbot.db import engine as engines

HASTY = "PRAGMA synchronous=OFF"  # which tests/conftest.py puts behind csbot's own


def test_a_commit_on_sqlite_waits_for_the_disk_whatever_the_library_was_built_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [pragma for pragma in engines.PRAGMAS if pragma != HASTY]
    monkeypatch.setattr(engines, "PRAGMAS", [HASTY, *own])
    engine = engines.open_database(f"sqlite:///{tmp_path / 'csbot.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2, "FULL"
    engine.dispose()
