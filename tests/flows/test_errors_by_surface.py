"""Twelve faults at every place where people act: the error stands where the press was, names the
way on, replaces nothing and leaves nothing half written; what was typed is kept, and once the
fault is over the same press works, once.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, Table, TextClause, delete, event, func, select, text, update
from sqlalchemy.exc import OperationalError

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.db.base import Base
from csbot.faults import Fault as Met
from csbot.notes.model import Note
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from csbot.workspace.driver import Person
from csbot.workspace.faults import Fault
from csbot.workspace.model import Message
from csbot.workspace.seen import Form, Seen, Shown
from schedules.runner import Runner
from schedules.table import named
from tests import builders
from tests.builders import MONDAY
from tests.flows.desk import Desk

DAY = timedelta(days=1)
ROOM = "C_OTHER"
PRIYA = TeamMember.slack_id == "U_PRIYA"
CODE = re.compile(r"\b[0-9A-F]{4}\b")
# What is written beside the act: who came when, what was told, and what went wrong.
BESIDE = {"faults", "inbox", "outbox", "outbox_lanes", "homes", "slack_channels", "job_runs"}


class Office:
    """Acme is Dana's: an alert stands in #cs-alerts, tasks wait, somebody has begun a thread."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.dana: Person = desk.person("U_DANA", ROOM)
        with desk.sessions() as session:
            dana = by_slack_id(session, "U_DANA")
            assert dana
            self.member = dana.id
        desk.person("U_LEE").say("Anything new?", channel=ROOM)
        self.thread = max(desk.slack.messages[ROOM])
        self.furnish()

    def furnish(self) -> None:
        """Anew, as on the first day."""
        desk = self.desk
        with desk.sessions.begin() as session:
            session.execute(delete(Account))
        self.acme = desk.add(builders.account("Acme", owner_id=self.member, arr=120_000)).id
        desk.add(builders.contact(self.acme, last_login_at=MONDAY - 9 * DAY))
        desk.run("detect")
        mine = {"assignee_id": self.member}
        desk.add(*(builders.task(self.acme, f"Task {n}", **mine) for n in range(5)))
        self.dana.home()
        desk.deliver()

    def alert(self) -> Shown:
        return [one for one in self.desk.in_channel() if "logged in" in one.text][-1]

    def said(self, words: str, *, thread: bool) -> Shown:
        """csbot's answer to words in the thread, or to itself alone."""
        where = {"channel": ROOM, "thread_ts": self.thread} if thread else {"channel": self.dana.dm}
        self.dana.say(f"@csbot {words}" if thread else words, **where)
        self.desk.deliver()
        return self.dana.messages(where["channel"], where.get("thread_ts"))[-1]

    def home(self) -> Form:
        self.desk.deliver()
        with self.desk.slack.lock:
            found = self.dana._form(self.desk.slack.homes.get("U_DANA"))
        assert found
        return found

    def close(self) -> None:
        if self.dana.view():
            self.dana.close(cleared=True)

    def form(self) -> Form:
        seen = self.dana.command("/cs checkin acme")
        assert seen.view
        return seen.view


class Surface(NamedTuple):
    """`act` does it on what is `ready`; `where` its error appears; `done` counts its effects."""

    ready: Callable[[Office], Any]
    act: Callable[[Office, Any], Seen | list[str]]
    where: str
    done: Callable[[Office], int]


def count(table: type[Base], *where: Any) -> Callable[[Office], int]:
    query = select(func.count()).select_from(table).where(*where)

    def counted(office: Office) -> int:
        with office.desk.sessions() as session:
            return session.scalar(query) or 0

    return counted


def nothing(_: Office) -> int:
    return 0


def press(label: str) -> Callable[[Office, Any], Seen]:
    return lambda office, on: office.dana.press(on, label=label)


def mention(office: Office, words: str) -> Seen:
    return office.dana.say(f"@csbot {words}", channel=ROOM, thread_ts=office.thread)


TOLD = {"how": "call", "note": "All is well, they say"}
FINISHED = count(Task, Task.done_at.is_not(None))
TAKEN = count(Alert, Alert.state == "taken")
NOTED = count(Note)

ACTING = {
    "slash command": Surface(
        lambda _: None, lambda o, _: o.dana.command("/cs notes acme Frozen in May"), "here", NOTED
    ),
    "button in a channel": Surface(lambda o: o.alert(), press("Acknowledge"), "alerts", TAKEN),
    "button in a thread": Surface(
        lambda o: o.said("tasks", thread=True), press("Done"), "thread", FINISHED
    ),
    "button in a direct message": Surface(
        lambda o: o.said("tasks", thread=False), press("Done"), "dm", FINISHED
    ),
    "form": Surface(
        lambda o: o.form(), lambda o, on: o.dana.submit(on, TOLD), "form", count(CheckIn)
    ),
    "Home button": Surface(lambda o: o.home(), press("Done"), "home", FINISHED),
    "mention in a thread": Surface(
        lambda _: None, lambda o, _: mention(o, "notes acme Frozen in June"), "thread", NOTED
    ),
    "private answer's button": Surface(
        lambda o: o.dana.command("/cs tasks").ephemeral, press("Done"), "here", FINISHED
    ),
    "overflow menu": Surface(
        lambda o: o.alert(), lambda o, on: o.dana.choose(on, "Snooze…"), "alerts", nothing
    ),
    "external select": Surface(
        lambda o: o.dana.command("/cs checkin").view,
        lambda o, on: o.dana.suggest(on, "account.select.v1", "acm"), "menu", nothing,
    ),
}  # fmt: skip
OPENING = {
    "slash command": Surface(
        lambda _: None, lambda o, _: o.dana.command("/cs checkin acme"), "here", nothing
    ),
    "button in a channel": Surface(
        lambda o: o.alert(), press("Log Check-In"), "alerts", nothing
    ),
    "button in a thread": Surface(
        lambda o: o.said("account acme", thread=True), press("Log Check-In"), "thread", nothing
    ),
    "button in a direct message": Surface(
        lambda o: o.said("account acme", thread=False), press("Log Check-In"), "dm", nothing
    ),
    "Home button": Surface(lambda o: o.home(), press("Log Check-In"), "home", nothing),
    "message shortcut": Surface(
        lambda o: o.thread, lambda o, on: o.dana.shortcut("Make a Task", on), "here", nothing
    ),
    "global shortcut": Surface(
        lambda _: None, lambda o, _: o.dana.shortcut("everywhere.checkin.v1"), "dm", nothing
    ),
    "overflow menu": Surface(
        lambda o: o.alert(), lambda o, on: o.dana.choose(on, "Snooze…"), "alerts", nothing
    ),
    "private answer's button": Surface(
        lambda o: o.dana.command("/cs account acme").ephemeral, press("Log Check-In"), "here",
        nothing,
    ),
}  # fmt: skip


# --- the faults, from outside ---------------------------------------------------------------


@contextmanager
def a_write_fails(office: Office, table: str = "audit") -> Iterator[None]:
    """The database refuses the last row of the change, after all others."""
    postgres = office.desk.wiring.engine.dialect.name == "postgresql"
    make = [
        "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'disk'; END $$ "
        "LANGUAGE plpgsql",
        "CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()",
    ] if postgres else [
        "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk'); END"
    ]  # fmt: skip
    undo = "DROP FUNCTION broken CASCADE" if postgres else "DROP TRIGGER broken"
    with office.desk.sessions.begin() as session:
        for statement in make:
            session.execute(text(statement.replace("{table}", table)))
    yield
    with office.desk.sessions.begin() as session:
        session.execute(text(undo))


@contextmanager
def the_database_is_gone(office: Office) -> Iterator[None]:
    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:
        raise OperationalError(statement, None, Exception("server closed the connection"))

    event.listen(Engine, "before_cursor_execute", fail)
    yield
    event.remove(Engine, "before_cursor_execute", fail)


@contextmanager
def the_role_is_gone(office: Office) -> Iterator[None]:
    mine = update(TeamMember).where(TeamMember.id == office.member)
    with office.desk.sessions.begin() as session:
        session.execute(mine.values(role="viewer"))
    yield
    with office.desk.sessions.begin() as session:
        session.execute(mine.values(role="csm"))


@contextmanager
def the_account_is_gone(office: Office) -> Iterator[None]:
    with office.desk.sessions.begin() as session:
        session.execute(delete(Account).where(Account.id == office.acme))
    yield


@contextmanager
def somebody_was_faster(office: Office) -> Iterator[None]:
    with office.desk.sessions.begin() as session:
        session.execute(update(Task).values(done_at=MONDAY, done_by_id=None))
        session.execute(update(Alert).values(state="resolved", closed_at=MONDAY))
    yield


def slack_fails(mode: str, method: str = "views.open", **more: Any) -> Any:
    """The next such call; a modal over Home is such a call as well."""

    @contextmanager
    def failing(office: Office) -> Iterator[None]:
        office.desk.slack.faults.order(Fault(method, mode, times=2, **more))
        yield
        office.desk.slack.faults.clear()
        office.desk.slack.limits.reset()  # as if the wait were over

    return failing


# --- what is seen ---------------------------------------------------------------------------


@cache
def every_row(dialect: str) -> TextClause:
    """One question for all tables, with each row as the text that the database makes of it."""

    def row(table: Table) -> str:
        if dialect == "postgresql":
            return f"CAST({table.name} AS text)"
        return " || ', ' || ".join(f'quote("{column.name}")' for column in table.columns)

    tables = [one for one in Base.metadata.sorted_tables if one.name not in BESIDE]
    return text(" UNION ALL ".join(f"SELECT '{t.name}', {row(t)} FROM {t.name}" for t in tables))


def rows(desk: Desk) -> list[Any]:
    """All that stands in the database, beside what is written beside the act."""
    with desk.sessions() as session:
        return sorted(session.execute(every_row(desk.wiring.engine.dialect.name)).all())


def stands(desk: Desk) -> dict[tuple[str, str], Message]:
    with desk.slack.lock:
        return {
            (room, ts): deepcopy(message)
            for room, there in desk.slack.messages.items()
            for ts, message in there.items()
        }


def looks(message: Message) -> tuple[str, str]:
    return message.text, repr(message.blocks)


def appeared(office: Office, before: dict[tuple[str, str], Message]) -> list[Message]:
    """What csbot has said since; what stood there stands as it was."""
    after = stands(office.desk)
    assert {place: looks(one) for place, one in after.items() if place in before} == {
        place: looks(one) for place, one in before.items()
    }, "a message was replaced or taken away"
    return [one for place, one in after.items() if place not in before and one.user == "UCSBOT"]


def in_its_place(office: Office, where: str, one: Message) -> bool:
    mine = one.ephemeral_to in (None, "U_DANA")
    if where == "dm":
        return mine and one.channel == office.dana.dm
    room = "C_ALERTS" if where == "alerts" else ROOM
    thread = office.thread if where == "thread" else None
    return mine and one.channel == room and one.thread_ts == thread


def told(office: Office, surface: Surface, seen: Seen | list[str], before: Any) -> str:
    """The words of the error, found where it belongs."""
    office.desk.deliver()
    if isinstance(seen, list):
        return " ".join(seen)
    found = appeared(office, before)
    if surface.where == "form":
        assert seen.errors
        assert seen.view
        typed = [c.element.get("initial_value") for c in seen.view.controls]
        state = seen.view.raw["state"]["values"]["note"]["input.v1"]["value"]
        assert TOLD["note"] in (state, *typed), "what was typed is gone"
        return " ".join(seen.errors.values())
    if surface.where == "home" and seen.view:
        return seen.view.words
    where = "dm" if surface.where == "home" else surface.where
    assert [one for one in found if in_its_place(office, where, one)], (where, found)
    assert len(found) == 1, found
    return found[0].text + repr(found[0].blocks)


class Case(NamedTuple):
    """`says` is the way on; with `again` the same press works once it is over."""

    break_: Callable[[Office], Any]
    surfaces: dict[str, Surface]
    says: str
    again: bool = True


WRITING = {k: v for k, v in ACTING.items() if k not in ("overflow menu", "external select")}
HEARD = {k: v for k, v in ACTING.items() if k != "mention in a thread"}  # an event comes again
THERE = {k: v for k, v in WRITING.items() if v.done in (FINISHED, TAKEN)}
# A list that one person asked for is shown anew, with what has become of it.
SEEN_BY_ALL = {k: ACTING[k] for k in ("button in a channel", "Home button")}
WHO_MAY = {k: v for k, v in ACTING.items() if k != "external select"}
NOTED_AS = r"noted as \*?[0-9A-F]{4}|[Tt]ell an admin"
GONE = "no such|no account|no task|no longer|is not"
OVER = "closed on|no longer needed"
OURS = {
    "a write fails in the middle": Case(a_write_fails, WRITING, NOTED_AS),
    "the database is gone": Case(the_database_is_gone, HEARD, NOTED_AS),
    "the role was taken away": Case(the_role_is_gone, WHO_MAY, "Only .*(CSM|csm)"),
    "the account was deleted": Case(the_account_is_gone, WRITING, GONE, again=False),
    "somebody was faster": Case(somebody_was_faster, SEEN_BY_ALL, OVER, again=False),
}  # fmt: skip
SLACKS = {
    "it answers 500": Case(slack_fails("http_500"), OPENING, "once more"),
    "it wants us to wait": Case(slack_fails("ratelimited", retry_after=0), OPENING, "once more"),
    "it does not answer": Case(
        slack_fails("hang_before", seconds=3.0), {"slash command": OPENING["slash command"]},
        "once more",
    ),
    "the trigger has expired": Case(
        slack_fails("error", error="expired_trigger_id"), OPENING, "once more"
    ),
    "a scope is missing": Case(slack_fails("error", error="missing_scope"), OPENING, NOTED_AS),
    "it refuses the form": Case(
        slack_fails("error", error="invalid_blocks"), OPENING, NOTED_AS
    ),
}  # fmt: skip


def meet(office: Office, case: Case) -> None:
    """The fault at each of these places, and the same press once it is over."""
    desk = office.desk
    for name, surface in case.surfaces.items():
        if not case.again:
            office.furnish()
        on = surface.ready(office)
        desk.deliver()
        stood, held, effects = stands(desk), rows(desk), surface.done(office)
        with case.break_(office):
            if not case.again:  # what the fault itself has done
                held = rows(desk)
            seen = surface.act(office, on)
        words = told(office, surface, seen, stood)
        assert re.search(case.says, words), (name, words)
        assert rows(desk) == held, f"{name}: something was written"
        if case.again:
            last, _ = surface.act(office, on), surface.act(office, on)
            assert surface.done(office) == effects + (surface.done is not nothing), name
            if surface.done is nothing and isinstance(last, Seen):
                assert last.view, f"{name}: the form does not open once the fault is over"
        office.close()


@pytest.mark.parametrize("fault", OURS)
def test_an_error_appears_where_the_press_was_and_the_next_press_works(
    desk: Desk, fault: str
) -> None:
    meet(Office(desk), OURS[fault])


def test_a_form_that_slack_does_not_open_is_told_where_the_press_was(desk: Desk) -> None:
    office = Office(desk)
    for case in SLACKS.values():
        meet(office, case)
    with desk.sessions.begin() as session:
        session.execute(update(TeamMember).where(PRIYA).values(role="admin"))
    assert "button account.checkin.v1: invalid_blocks" in (
        desk.person("U_PRIYA", ROOM).command("/cs admin errors").words
    )


PRESSED = ("button in a thread", "button in a direct message", "private answer's button")


def test_an_answer_whose_address_is_gone_comes_by_another_way_to_the_same_place(
    desk: Desk,
) -> None:
    office = Office(desk)
    for name in PRESSED:
        surface = ACTING[name]
        on, effects = surface.ready(office), surface.done(office)
        desk.deliver()
        before = stands(desk)
        with slack_fails("http_500", method="response_url")(office):
            surface.act(office, on)
        desk.deliver()
        new = [one for place, one in stands(desk).items() if place not in before]
        [answer] = [one for one in new if one.channel != "C_ALERTS"]  # where alerts follow
        assert in_its_place(office, surface.where, answer), name
        assert answer.text.startswith("Done: "), name
        again = surface.act(office, on)
        assert isinstance(again, Seen)
        assert "already" in again.words, name
        assert surface.done(office) == effects + 1, name


def test_errors_that_people_met_are_found_by_admins_under_their_code(desk: Desk) -> None:
    office, lee = Office(desk), desk.person("U_LEE", ROOM)
    with desk.sessions.begin() as session:
        session.execute(update(TeamMember).where(PRIYA).values(role="admin"))
    priya = desk.person("U_PRIYA", ROOM)
    assert "Last errors: none." in priya.command("/cs admin errors").words
    with a_write_fails(office):
        words = office.dana.command("/cs notes acme Very private words").words
        with the_database_is_gone(office):
            lee.command("/cs my")
    with a_write_fails(office, "job_runs"):
        assert not Runner(desk.wiring).tick(named("detect"))
    [code] = CODE.findall(words)
    assert priya.command("/cs help").ok  # whatever works again writes down what had to wait
    shown = priya.command("/cs admin errors").words
    met = [line for line in shown.splitlines() if "just now" in line]
    assert len(met) == 3
    assert ", job detect: " in shown
    assert f"{code} just now, command notes: " in shown
    assert "csbot's log has it under this code" in shown
    assert "command my: the database did not answer in time; csbot doctor says" in shown
    assert "private" not in shown
    assert "1 trouble to look at" in priya.command("/cs admin").words
    office.dana.press(office.dana.command("/cs help").ephemeral, label="Tell Priya")
    desk.deliver()
    assert f"under *{code}*" in priya.last().words
    with desk.sessions() as session:
        stored = session.scalars(select(Met).order_by(Met.id)).all()
    assert [(one.asked, one.member_id == office.member) for one in stored] == [
        ("command notes", True), ("job detect", False), ("command my", False),
    ]  # fmt: skip
    desk.at(MONDAY + 15 * DAY)
    desk.run("audit")
    with desk.sessions() as session:
        assert session.scalars(select(Met)).all() == []
