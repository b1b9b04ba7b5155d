"""How tasks read: the form, the list, and what each press leaves behind."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, Menu, Option, actions, context, section
from messages.ids import Action, View
from messages.inputs import date_input, member_input, select_input, text_input
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Person

PRIORITIES = [Option("Low", "low"), Option("Normal", "normal"), Option("High", "high")]


@dataclass(frozen=True, kw_only=True)
class TaskForm(AccountForm):
    """`assignee` is a Slack id; `alert_id` is the alert that the task answers, if any."""

    view = View.TASK
    title = "Add a Task"
    submit = "Add Task"

    alert_id: int | None = None
    what: str = ""
    due_on: date | None = None
    priority: str = "normal"
    assignee: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", what="Call legal")

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            text_input("title", "What is to be done", initial=self.what, most=300),
            date_input("due_on", "Due", initial=self.due_on),
            select_input("priority", "Priority", PRIORITIES, initial=self.priority),
            member_input("assignee", "Who does it", initial=self.assignee),
        ]

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"alert_id": self.alert_id}


SHOWN = 15
OVERDUE, TODAY = "overdue", "today"
ONLY = ("", OVERDUE, TODAY)  # by their place in a button's value
HEADINGS = {"overdue": "Overdue", "today": "Today", "soon": "Within 7 days", "later": "Later"}


@dataclass(frozen=True)
class TaskLine:
    """`when` is overdue, today, soon or later, `late` in days, negative before the day; `who` is
    empty in one's own list. `mine`: the reader may finish it.
    """

    id: int
    title: str
    account: str
    due_on: date
    when: str
    late: int
    priority: str
    who: str | None = None
    mine: bool = True


def _line(id: int, title: str, when: str, late: int = 0, priority: str = "normal") -> TaskLine:
    day = {"overdue": 20, "today": 23, "soon": 27, "later": 30}[when]
    return TaskLine(id, title, "Acme", date(2026, 11, day), when, late, priority)


@dataclass(frozen=True, kw_only=True)
class TaskFinished(Message):
    """`already` says who had done it before, and `ago` when; `left` counts what is due now.

    Without `who` nobody has done it: its customer has left.
    """

    name = "task_finished"

    task_id: int
    title: str
    account: str
    already: bool
    who: str
    ago: str
    left: int

    @classmethod
    def example(cls) -> Self:
        return cls(
            task_id=12,
            title="Call legal",
            account="Acme",
            already=True,
            who="Dana Reyes",
            ago="2 minutes ago",
            left=2,
        )


@dataclass(frozen=True, kw_only=True)
class TaskPostponed(Message):
    name = "task_postponed"

    title: str
    account: str
    due_on: date

    @classmethod
    def example(cls) -> Self:
        return cls(title="Call legal", account="Acme", due_on=date(2026, 12, 4))


@dataclass(frozen=True, kw_only=True)
class TaskList(Message):
    """Open tasks of a person, of an account (`about`) or both; its ids come back with a press.

    `whose` is your, Lee's or All; `only` is overdue, today or nothing; `finished` is what a press
    in the list has just done. `tasks` are all there are, a `page` of them is shown. The reader
    `adds` tasks, or `leads` others who have some.
    """

    name = "task_list"

    whose: str
    about: str | None
    tasks: list[TaskLine]
    person_id: int
    account_id: int
    only: str = ""
    finished: TaskFinished | None
    page: int = 1
    adds: bool = True
    leads: bool = False

    @classmethod
    def example(cls) -> Self:
        return cls(
            whose="your",
            about=None,
            person_id=1,
            account_id=0,
            finished=None,
            tasks=[
                _line(12, "Call legal", "overdue", late=3, priority="high"),
                _line(13, "Send the training plan", "today"),
                _line(14, "Prepare the QBR", "soon"),
                _line(15, "Ask for a reference", "later"),
            ],
        )

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.tasks) // SHOWN))

    @property
    def shown(self) -> list[TaskLine]:
        return self.tasks[(self.page - 1) * SHOWN : self.page * SHOWN]

    def question(self) -> str:
        return self._of_page(self.page)

    def _of_page(self, page: int) -> str:
        return f"tasks:{self.person_id}:{self.account_id}:{ONLY.index(self.only)}:{page}"

    def controls(self) -> list[Control]:
        further = Button("Next Page", Action.ANSWER_MORE, self._of_page(self.page + 1))
        return [*self._later(), *([further] if self.page < self.pages else [])]

    def _later(self) -> list[Control]:
        """A row has room for one control, which is Done."""
        mine = [one for one in self.shown if one.mine]
        options = [Option(f"{one.title} for {one.account}", str(one.id)) for one in mine]
        return [Menu(Action.TASK_LATER, "Postpone…", options)] if options else []

    def layout(self, parts: Parts) -> list[Block]:
        blocks = [section(parts.summary)]
        heading = None
        for line, text in zip(self.shown, pieces(parts.body, len(self.shown)), strict=True):
            if line.when != heading:
                heading = line.when
                blocks.append(context(f"*{HEADINGS[heading]}*"))
            value = f"{line.id}:{self.person_id}:{self.account_id}:{ONLY.index(self.only)}"
            done = Button("Done", Action.TASK_DONE, value, hears=f"Done: {line.title}")
            blocks.append(section(text, beside=done if line.mine else None))
        blocks += [context(parts.context)] if parts.context else []
        return [*blocks, *([actions(controls)] if (controls := self.controls()) else [])]


@dataclass(frozen=True, kw_only=True)
class TaskAdded(Message):
    """`assignee` is named only when it is somebody else; who is in Slack has been told."""

    name = "task_added"

    task_id: int
    title: str
    account: str
    due_on: date
    priority: str
    assignee: Person | None
    again: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            task_id=12,
            title="Call legal",
            account="Acme",
            due_on=date(2026, 12, 4),
            priority="high",
            assignee=Person("Lee Park", "U0LEE"),
            again=False,
            wrote="acmee",
        )

    def controls(self) -> list[Control]:
        return [Button("Done", Action.TASK_DONE, str(self.task_id), hears="Mark this task as done")]


@dataclass(frozen=True, kw_only=True)
class TaskAssigned(Message):
    """To somebody who was given a task by somebody else; `done_by` once it is done."""

    name = "task_assigned"

    task_id: int
    title: str
    account: str
    due_on: date
    priority: str
    by: Person
    done_by: Person | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            task_id=12,
            title="Call legal",
            account="Acme",
            due_on=date(2026, 12, 4),
            priority="high",
            by=Person("Priya Shah", "U0PRIYA"),
            done_by=None,
        )

    def controls(self) -> list[Control]:
        if self.done_by is not None:
            return []
        return [Button("Done", Action.TASK_DONE, str(self.task_id), hears="Mark this task as done")]


@dataclass(frozen=True, kw_only=True)
class TaskUnclear(Message):
    """`what` (date, priority or person) could not be read; the rest is kept for the form.

    `hint` is what was found out about the person, if that is what could not be read; `why` is a
    sentence of ours in place of "I can't read".
    """

    name = "task_unclear"

    what: str
    wrong: str
    why: str = ""
    title: str
    hint: str
    account_id: int
    account: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            what="date", wrong="fryday", title="call legal", hint="", account_id=1, account="Acme"
        )

    def controls(self) -> list[Control]:
        value = f"task\t{self.account_id}\t{self.title}"
        return [Button("Fill In the Form", Action.FORM_OPEN, value)]
