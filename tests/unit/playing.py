"""Playbooks for tests of the engine: written as a file would say them, played on a small world."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from csbot.playbooks import engine
from csbot.playbooks.folders import LIBRARY
from csbot.settings import Settings

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEAD = {
    "title": "A playbook of the tests",
    "purpose": "To be carried out.",
    "raci": {"responsible": ["csm"], "accountable": "manager"},
    "process_owner": "manager",
    "review_on": "2027-06-30",
    "success_measure": "It was carried out.",
}


@cache
def _library() -> dict[str, str]:
    """Its files, switched off: the tests' own playbooks are alone on the stage."""
    said = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in LIBRARY.glob("*.yaml")}
    return {name: yaml.safe_dump(one | {"enabled": False}) for name, one in said.items()}


class Stage:
    """A folder of playbooks beside a database, and a clock that only goes forward."""

    def __init__(self, sessions: Any, settings: Settings, folder: Path) -> None:
        self.sessions, self.folder, self.now = sessions, folder, MONDAY
        env = settings.env.model_copy(update={"csbot_playbooks_dir": folder})
        self.settings = Settings(env=env, config=settings.config)
        for name, text in _library().items():
            (folder / name).write_text(text, "utf-8")

    def write(self, name: str, **said: Any) -> None:
        """Put a playbook into the folder; what is left out is as unremarkable as can be."""
        text = yaml.safe_dump({"name": name, **HEAD, **said}, sort_keys=False)
        (self.folder / f"{name}.yaml").write_text(text, "utf-8")

    def play(self, later: timedelta = timedelta()) -> engine.Outcome:
        """One pass, after so much time."""
        self.now += later
        return engine.run_due(self.sessions, settings=self.settings, now=self.now)
