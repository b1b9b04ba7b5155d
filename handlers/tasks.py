"""Tasks: added in one line or in a form, listed, and done by a word or a press."""

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.accounts.here import account_here
from csbot.accounts.lookup import Found, find_account, is_named
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.find import account_by_id, member_by_id
from csbot.meant import slip_of
from csbot.slack.plain import plainly
from csbot.tasks import queries, service
from csbot.tasks.listing import task_list
from csbot.tasks.reading import Line, Unclear, read_line, read_number
from csbot.tasks.service import Added, Finished
from csbot.team.model import TeamMember
from csbot.team.queries import named, person
from csbot.team.rules import local_date
from csbot.words import first_word, number, said
from handlers import fields
from handlers.ask import (
    STALE,
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    on_command,
    on_press,
    on_submit,
)
from messages.ago import ago
from messages.ids import Action, View
from messages.tasks import (
    ONLY,
    OVERDUE,
    TODAY,
    TaskAdded,
    TaskFinished,
    TaskForm,
    TaskList,
    TaskUnclear,
)

VERBS_ELSEWHERE = ("delete", "remove", "undo", "cancel", "close", "reopen", "edit", "move", "start")
DAYS = {"overdue": OVERDUE, "late": OVERDUE, "today": TODAY, "open": ""}
LONG_DAYS = ("overdue", "today")  # a slip of late may be any name
NO_FILTER = ("all", "tomorrow", "due", "this week", "next week")
TASK_VERBS = (
    "I can add a task and finish it: `/cs task add acme call legal due friday` and "
    "`/cs task done` with its number. `/cs tasks` lists yours."
)


@on_command("task")
def task(ask: Command) -> Answer:
    require(ask.person, May.TASKS)
    verb, rest = first_word(ask.text)
    if verb.casefold() == "done":
        return _finish(ask, read_number(rest)) if rest else _list(ask, ask.person, None, None)
    if verb.casefold() in VERBS_ELSEWHERE and number(rest.removeprefix("#")) is not None:
        raise Refused(TASK_VERBS)
    return _add(ask, rest if verb.casefold() == "add" else ask.text)


@on_press(Action.TASK_DONE)
def done(ask: Press) -> Answer:
    if ":" not in ask.value:
        return _finish(ask, *ask.numbers(1))
    # Older lists do not say what they were narrowed down to.
    task_id, person_id, account_id, *only = ask.numbers(max(3, ask.value.count(":") + 1))
    if len(only) > 1 or any(number >= len(ONLY) for number in only):
        raise Refused(STALE)
    finished = _finish(ask, task_id)
    of = member_by_id(ask.session, person_id) if person_id else None
    account = account_by_id(ask.session, account_id) if account_id else None
    return _list(ask, of, account, finished, ONLY[sum(only)])


@on_command("tasks")
def tasks(ask: Command) -> Answer:
    words = ask.text.split()
    who = next((word for word in words if word.startswith(("@", "<@"))), None)
    name, only = _narrowed([word for word in words if word != who])
    _refuse_slip(ask, name)
    meant = None if who else account_here(ask.session)
    account = find_account(ask.session, name, person=ask.person) if name else meant
    of = named(ask.session, who) if who else None if account else ask.person
    return _list(ask, of, account, None, only)


def _narrowed(words: list[str]) -> tuple[str, str]:
    """The account's name and what its last word asks for: Overdue Optics is an account."""
    if " ".join(words).casefold() in NO_FILTER:
        raise Refused(
            "I list what is open, `/cs tasks overdue` and `/cs tasks today`. "
            f"I did not read {said(' '.join(words))}."
        )
    only = DAYS.get(words[-1].casefold()) if words else None
    return " ".join(words if only is None else words[:-1]), only or ""


def _refuse_slip(ask: Command, name: str) -> None:
    """What is nearly a day is no account's name, unless it is the whole of one."""
    *before, last = name.split() or [""]
    day = slip_of(last, LONG_DAYS)
    if day is None or is_named(ask.session, name):
        return
    meant = " ".join(["/cs tasks", *before, day])
    raise Refused(
        f"I don't know {said(last)}. Did you mean `{meant}`? Write an account's whole name if it "
        "is one."
    )


@on_submit(View.TASK)
def submitted(ask: Submission) -> Answer:
    added = service.add_task(
        ask.session,
        account_id=fields.account_id(ask),
        alert_id=fields.remembered_id(ask, "alert_id"),
        title=ask.text("title"),
        due_on=fields.needed_day(ask, "due_on"),
        priority=ask.text("priority"),
        assignee=fields.member(ask, "assignee"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return _added(ask, added, None)


def _add(ask: Command, text: str) -> Answer:
    if not text:
        return TaskForm(assignee=ask.person.slack_id)
    found = take_to_change(ask.session, text, person=ask.person)
    try:
        line = read_line(found.rest, today=local_date(ask.person, ask.now))
    except Unclear as unclear:
        return _unclear(found, unclear)
    return _add_line(ask, found, line)


def _add_line(ask: Command, found: Found, line: Line) -> Answer:
    try:
        who = named(ask.session, line.who) if line.who else ask.person
    except Refused as refusal:
        unclear = Unclear(what="person", wrong=plainly(line.who or "", {}), line=line)
        return _unclear(found, unclear, hint=refusal.reason)
    if line.due_on is None or not line.title:
        return _form(found, line, who)
    try:
        added = service.add_task(
            ask.session, account_id=found.account.id, title=line.title, due_on=line.due_on,
            priority=line.priority, assignee=who, by=ask.person, now=ask.now, settings=ask.settings,
        )  # fmt: skip
    except Refused as refusal:
        if refusal.field != "due_on":
            raise
        day = Unclear(what="date", wrong=str(line.due_on), line=line, why=refusal.reason)
        return _unclear(found, day)
    return _added(ask, added, found.guessed)


def _form(found: Found, line: Line, who: TeamMember) -> TaskForm:
    return TaskForm(
        account_id=found.account.id,
        account=found.account.name,
        what=line.title,
        due_on=line.due_on,
        priority=line.priority,
        assignee=who.slack_id,
    )


def _unclear(found: Found, unclear: Unclear, *, hint: str = "") -> TaskUnclear:
    return TaskUnclear(
        what=unclear.what,
        wrong=unclear.wrong,
        why=unclear.why,
        title=unclear.line.title,
        hint=hint,
        account_id=found.account.id,
        account=found.account.name,
    )


def _added(ask: Ask, added: Added, wrote: str | None) -> TaskAdded:
    task, other = added.task, added.assignee.id != ask.person.id
    return TaskAdded(
        task_id=task.id,
        title=task.title,
        account=added.account.name,
        due_on=task.due_on,
        priority=task.priority,
        assignee=person(added.assignee) if other else None,
        again=added.again,
        wrote=wrote,
    )


def _list(
    ask: Ask,
    of: TeamMember | None,
    account: Account | None,
    finished: TaskFinished | None,
    only: str = "",
) -> TaskList:
    return task_list(
        ask.session, of=of, account=account, reader=ask.person, now=ask.now, only=only,
        finished=finished,
    )  # fmt: skip


def _finish(ask: Ask, task_id: int) -> TaskFinished:
    finished = service.finish_task(
        ask.session, task_id=task_id, by=ask.person, now=ask.now, settings=ask.settings
    )
    today = local_date(ask.person, ask.now)
    return _finished(ask, finished, queries.due_count(ask.session, of=ask.person, today=today))


def _finished(ask: Ask, finished: Finished, left: int) -> TaskFinished:
    task, by = finished.task, finished.done_by
    return TaskFinished(
        task_id=task.id,
        title=task.title,
        account=finished.account.name,
        already=finished.already,
        who="" if by is None else "you" if by.id == ask.person.id else by.name,
        ago=ago(task.done_at or ask.now, now=ask.now),
        left=left,
    )
