"""The lists behind a digest's Show buttons."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Block, context, section
from messages.form import Form
from messages.ids import View
from messages.tasks import TaskLine
from messages.text import Mrkdwn, clip, one_line


def task_line(task: TaskLine) -> Mrkdwn:
    high = ", high priority" if task.priority == "high" else ""
    return Mrkdwn(f"{one_line(task.title, 80)} for {one_line(task.account, 60)}, {task.when}{high}")


@dataclass(frozen=True, kw_only=True)
class DigestList(Form):
    """Lines to read, ten a block; `more` of them are left out."""

    view = View.DIGEST_LIST
    title = "In Full"

    heading: str
    lines: tuple[Mrkdwn, ...]
    more: int = 0

    @classmethod
    def example(cls) -> Self:
        return cls(
            heading="3 alerts need you",
            lines=(
                Mrkdwn("🔴 *Critical, day 6:* nobody at Quietwater Freight has logged in"),
                Mrkdwn("🟠 *Soon, day 2:* Gus at Grumpy Grapes gave 2 of 10"),
            ),
            more=1,
        )

    def blocks(self) -> list[Block]:
        made = [section(f"*{self.heading}*")]
        for start in range(0, len(self.lines), 10):
            made.append(section("\n".join(clip(x, 280) for x in self.lines[start : start + 10])))
        return [*made, context(f"and {self.more:,} more")] if self.more else made
