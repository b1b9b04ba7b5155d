"""Buttons, forms and commands that csbot never made: answered or refused, never an error."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

import handlers
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.meetings.reading import read_line
from csbot.team.rules import zone
from handlers import commands, read
from handlers.ask import PRESSES, SUBMITS, SUGGESTS, Answer, Submission, Suggest
from messages.catalog import forms
from messages.form import Form, render_form
from messages.ids import Action
from messages.message import Message
from messages.render import render
from tests import builders
from tests.asking import Floor
from tests.builders import MONDAY

for module in pkgutil.iter_modules(handlers.__path__):
    importlib.import_module(f"handlers.{module.name}")

LONG = "9" * 5_000
PRESSED = (
    "", "-1", "0", "7777:", ":1", "1:-1", "1:1:1:1:1", "9" * 15, LONG, f"{LONG}:1", "٣", "٣:٣",
    "1.5", "1e3", "nan", "null", "[]", "true", "a\x00b", "\ud800", "\t",
    "account\t99999999999999\t",
    "task\t٣\t", "nope\t1\t", "stage\tx\tnext", "%", "_", "<!channel>", "open:٣", "open:-1",
    f"open:{LONG}", "done:1:x", f"why:{LONG}:1", "U_X:superadmin", "U_X:admin", "<@U1>:csm",
    "u_x:csm", "1:nope", "90d|0|-1", "me:1", "1;DROP TABLE accounts", "x" * 5_000,
)  # fmt: skip
TYPED = (
    5, ["x"], "-1", "9" * 12, LONG, "superadmin", "../../etc/passwd", "2026-13-45", "0001-01-01",
    "9999-12-31", "٣", "25:99", "U_NOBODY", "U_DANA> <!channel",
)  # fmt: skip
REMEMBERED = (None, "1", True, 0, -1, 2**31, 10**30, [1], {"id": 1}, "x" * 10_000)
GOOD = {
    "note": "Called them", "how": "call", "title": "Call", "due_on": "2026-12-24",
    "priority": "high", "assignee": "U_DANA", "person": "U_DANA", "to": "U_DANA", "kind": "nps",
    "score": "4", "status": "Steady", "reason": "because", "tags": "+x", "until": "1795500000",
    "starts_at": "1795600000", "duration": "30", "timezone": "UTC", "alerts_by": "dm",
    "digest_at": "08:00", "work_starts": "09:00", "work_ends": "17:00", "days": ["1"],
    "category": "commit", "verdict": "useful", "subject": "Hello", "body": "Hello", "touch": "1",
    "why_bought": "To see", "intended_use": "To plan", "csm": "U_DANA",
}  # fmt: skip
OFFERED = {
    "how", "sentiment", "priority", "status", "timezone", "alerts_by", "category", "assignee",
    "person", "to", "account", "days", "digest_at", "due_on", "until", "duration",
}  # fmt: skip
OF_NO_VALUE = {Action.HELP_TELL, Action.ACCESS_ASK}  # they do the same whatever their value is


@pytest.fixture
def floor(sessions) -> Iterator[Floor]:
    with sessions() as session:
        made = Floor(session)
        made.session.add(builders.renewal(made.acme.id))
        session.commit()
        yield made


def changed(floor: Floor, act: Callable[[], Any]) -> bool:
    """Whether it changed anything; what is refused is undone, and a fault of ours is raised."""
    try:
        shown(act())
    except Refused:
        floor.session.rollback()  # as the desk's transaction is
        return False
    floor.session.flush()
    written = floor.session.scalar(select(func.count(AuditEntry.id)))
    floor.session.rollback()
    return bool(written)


def shown(answer: Answer) -> None:
    if isinstance(answer, Message):
        render(answer)
    elif isinstance(answer, Form):
        render_form(answer)


@pytest.mark.parametrize("action", list(PRESSES))
def test_a_button_of_any_value_is_answered_and_changes_nothing(floor, action):
    for value in PRESSED:
        act = changed(floor, lambda value=value: floor.press(floor.priya, action, value))
        assert not act or action in OF_NO_VALUE, value


def inputs(form: type[Form]) -> list[str]:
    return [b["block_id"] for b in render_form(form.example())["blocks"] if b["type"] == "input"]


def submit(floor: Floor, form: type[Form], values: dict[str, Any], known: dict[str, Any]) -> bool:
    own = {"account_id": floor.acme.id} | known
    remembered = form.example().remember() | own
    good = {name: GOOD.get(name) for name in inputs(form)} | {"account": str(floor.acme.id)}
    asked = Submission(**floor._ask(floor.priya), values=good | values, remembered=remembered)
    return changed(floor, lambda: SUBMITS[form.view](asked))


SUBMITTED = [form for form in forms() if form.view in SUBMITS]


@pytest.mark.parametrize("form", SUBMITTED, ids=[form.view for form in SUBMITTED])
def test_a_form_with_values_it_never_offered_is_refused_and_changes_nothing(floor, form):
    for name in inputs(form):
        for value in TYPED:
            acted = submit(floor, form, {name: value}, {})
            assert not (acted and name in OFFERED and value in ("superadmin", "U_NOBODY")), name


@pytest.mark.parametrize("form", SUBMITTED, ids=[form.view for form in SUBMITTED])
def test_a_form_that_remembers_nonsense_is_refused_and_changes_nothing(floor, form):
    for name in form.example().remember():
        for value in REMEMBERED:
            submit(floor, form, {}, {name: value})


@pytest.mark.parametrize("value", REMEMBERED)
def test_a_number_that_a_form_remembers_is_one_that_a_row_can_have(floor, value):
    asked = Submission(**floor._ask(floor.priya), remembered={"id": value})
    with pytest.raises(Refused):
        asked.number("id")


def test_what_no_keyboard_types_is_dropped_before_a_database_chokes_on_it():
    state = {"values": {"note": {"input.v1": {"value": "a\x00b\ud800c\u202e\x1b[31md\te\r\nf"}}}}
    view = {"callback_id": "checkin.log.v1", "state": state}
    assert read.submission({"view": view}).fields["values"] == {"note": "abc[31md e\nf"}
    parsed = commands.parse_command("checkin acme a\x00b\ud800\u202ec")
    assert parsed.rest == "acme abc"
    asked = read.suggestion({"action_id": Action.ACCOUNT_SELECT, "value": "a\x00\ud800b"})
    assert asked.fields == {"typed": "ab", "remembered": {}}


def test_no_text_is_longer_than_slack_lets_people_write():
    state = {"values": {"note": {"input.v1": {"value": "x" * 3_001}}}}
    view = {"callback_id": "checkin.log.v1", "state": state}
    (wrong,) = read.submission({"view": view}).fields["wrong"]
    assert (wrong.field, "3,001" in wrong.reason) == ("note", True)
    with pytest.raises(Refused, match="4,001"):
        commands.wanted({"text": "x" * 4_001})


@pytest.mark.parametrize("typed", ["%", "_", "\\", "%%%", "a%", "' OR 1=1 --", "x" * 9_000])
def test_wildcards_find_nothing_and_other_signs_are_only_letters(floor, typed):
    asked = Suggest(**floor._ask(floor.dana), typed=typed)
    found = [option.label for option in SUGGESTS[Action.ACCOUNT_SELECT](asked)]
    assert not {"Acme", "Globex", "Initech"} & set(found)
    with pytest.raises(Refused):
        floor.command(floor.dana, f"/cs account {typed}x")


def test_a_line_of_many_times_is_read_in_one_pass(monkeypatch):
    from csbot.meetings import reading

    seen: list[int] = []
    take = reading.take_moment

    def counted(text: str, **more: Any) -> Any:
        seen.append(len(text))
        return take(text, **more)

    monkeypatch.setattr(reading, "take_moment", counted)
    here = zone(builders.member())
    with pytest.raises(reading.Unclear):
        read_line("in 2 " * 800 + "x", now=MONDAY, zone=here)
    assert max(seen) < 60
