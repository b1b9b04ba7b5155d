"""The lists behind a digest's Show buttons and Home's All…"""

from dataclasses import dataclass
from typing import Any, Self

from messages.alerts import AlertInactive
from messages.blocks import Block, Button, actions, context, section
from messages.form import Form
from messages.home_parts import HomeAlert, of_alert
from messages.ids import Action, View
from messages.tasks import TaskLine
from messages.text import Mrkdwn, clip, one_line

PAGE = "page"  # what the form remembers: the value of the button that shows it


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
            heading="3 tasks are due",
            lines=(
                Mrkdwn("Call legal for Grumpy Grapes, overdue"),
                Mrkdwn("Send the plan for Busy Bakery, today"),
            ),
            more=1,
        )

    def blocks(self) -> list[Block]:
        made = [section(f"*{self.heading}*")]
        for start in range(0, len(self.lines), 10):
            made.append(section("\n".join(clip(x, 280) for x in self.lines[start : start + 10])))
        return [*made, context(f"and {self.more:,} more")] if self.more else made


@dataclass(frozen=True, kw_only=True)
class AlertsInFull(Form):
    """A page of somebody's alerts, each with its own controls for whoever `acts`.

    `here` is the value of the button that shows this page, `turn` of the one to the next; on the
    last of several it leads to the first.
    """

    view = View.DIGEST_LIST
    title = "In Full"
    turns = True

    heading: str
    alerts: tuple[HomeAlert, ...]
    acts: bool
    page: int
    pages: int
    here: str
    turn: str

    @classmethod
    def example(cls) -> Self:
        alert = HomeAlert(card=AlertInactive.example(), age="day 6", turn="on you")
        return cls(
            heading="13 alerts need you", alerts=(alert,), acts=True, page=1, pages=2,
            here="open:0:1", turn="open:0:2",
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        made = [section(f"*{self.heading}*")]
        for one in self.alerts:
            made += of_alert(one, one.line, acts=self.acts)
        if self.pages == 1:
            return made
        label = "Next Page" if self.page < self.pages else "First Page"
        turning = actions([Button(label, Action.DIGEST_SHOW, self.turn)])
        return [*made, context(f"Page {self.page:,} of {self.pages:,}"), turning]

    def remember(self) -> dict[str, Any]:
        return {PAGE: self.here}
