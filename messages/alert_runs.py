"""How an alert reads that a step of a playbook asks for, in the words of its file."""

from dataclasses import dataclass
from typing import Self

from messages.alert_card import AlertCard, one_line
from messages.alerts import STAKE
from messages.text import clip


@dataclass(frozen=True, kw_only=True)
class AlertPlaybook(AlertCard):
    """`title`, `why` and `next_step` are the file's, of its step that is called `step`."""

    name = "alert_playbook"
    DONE_HERE = True
    title: str
    step: str
    why: str | None = None
    next_step: str | None = None

    def short(self) -> str:
        return clip(one_line(self.title), 100)

    def rule(self) -> str:
        return f"The playbook has come to its step “{clip(self.step, 60)}”, which asks for it."

    @classmethod
    def example(cls) -> Self:
        return cls(
            **STAKE, alert_id=15, version=1, severity="soon", title="Call Ann about the rollout",
            playbook="Features that nobody uses", step="call",
            why="Shipments has not been opened for 45 days.",
            next_step="ask what is in the way, and show the shortcut",
        )  # fmt: skip
