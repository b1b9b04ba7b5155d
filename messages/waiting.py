"""How many alerts somebody has: those that wait for an act of theirs, and those that are taken."""

from dataclasses import dataclass

from messages.text import plural


@dataclass(frozen=True)
class Waiting:
    """Nobody has taken those of `needing`; `taken` is what they hold beside them."""

    needing: int = 0
    taken: int = 0

    @property
    def total(self) -> int:
        return self.needing + self.taken

    def words(self, whom: str, critical: int = 0) -> str:
        """2 alerts need you, 1 critical, 1 taken; or 0 alerts need you, 1 taken."""
        said = f"{plural(self.needing, 'alert needs', 'alerts need')} {whom}"
        said += f", {critical} critical" if critical else ""
        return said + (f", {self.taken} taken" if self.taken else "")
