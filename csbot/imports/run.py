from dataclasses import dataclass
from datetime import datetime

from csbot.settings import Settings, Thresholds


@dataclass(frozen=True, slots=True)
class Run:
    """One import: who runs it, when, from which file."""

    by: int | None
    now: datetime
    source: str
    settings: Settings

    @property
    def thresholds(self) -> Thresholds:
        return self.settings.config.thresholds

    def why(self, line: int) -> str:
        """What an audit entry says of where it comes from."""
        return f"{self.source}, line {line}"
