"""How tasks read: the form, the list, and what each press leaves behind."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, Option
from messages.form import Form
from messages.ids import View
from messages.inputs import date_input, member_input, select_input, text_input

PRIORITIES = [Option("Low", "low"), Option("Normal", "normal"), Option("High", "high")]


@dataclass(frozen=True, kw_only=True)
class TaskForm(Form):
    """`assignee` is a Slack id; `alert_id` is the alert that the task answers, if any."""

    view = View.TASK
    title = "Add a Task"
    submit = "Add Task"

    account_id: int | None = None
    account: str | None = None
    alert_id: int | None = None
    what: str = ""
    due_on: date | None = None
    priority: str = "normal"
    assignee: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", what="Call legal", assignee="U0DANA")

    def blocks(self) -> list[Block]:
        return [
            about(self.account_id, self.account),
            text_input("title", "What is to be done", initial=self.what, most=300),
            date_input("due_on", "Due", initial=self.due_on),
            select_input("priority", "Priority", PRIORITIES, initial=self.priority),
            member_input("assignee", "Who does it", initial=self.assignee),
        ]

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "alert_id": self.alert_id}
