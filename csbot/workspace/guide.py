"""The steps beside the demo's page, ticked by what has happened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class GuideStep:
    """Once its `is_done` has answered yes the step stays ticked."""

    title: str
    body: str
    is_done: Callable[[], bool]
    done: bool = False

    def check(self) -> bool:
        """True the moment the step becomes done."""
        if self.done or not self.is_done():
            return False
        self.done = True
        return True

    def as_json(self, n: int) -> dict[str, Any]:
        return {"n": n, "title": self.title, "body": self.body, "done": self.done}
