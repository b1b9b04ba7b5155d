"""Playbook files: whatever they say, they take neither the worker's time nor its memory."""

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.conditions.frame import Frame
from csbot.conditions.grammar import parse
from csbot.conditions.sql import where
from csbot.meetings.model import Meeting
from csbot.playbooks.definition import NotifyStep, Step
from csbot.playbooks.examining import Examiner
from csbot.playbooks.folders import Found
from csbot.playbooks.problems import Broken, Problem
from csbot.playbooks.settling import Seen
from csbot.playbooks.words import detail
from csbot.settings import Config, Environment, Settings
from csbot.touches.invitation import invitation
from csbot.touches.words import Recipient
from tests.builders import account, contact

SETTINGS = Settings(env=Environment(), config=Config())
REST = {
    "name": "big",
    "title": "A big one",
    "purpose": "To be too much.",
    "trigger": {"by_hand": True},
    "raci": {"responsible": ["csm"], "accountable": "manager"},
    "process_owner": "manager",
    "review_on": "2027-05-03",
    "success_measure": "None.",
}
TAG = {"tag": {"add": ["a"]}}


def problems(folder, **said: object) -> list[str]:
    path = folder / "big.yaml"
    path.write_text(json.dumps(REST | said))
    examine = Examiner(["big", "other"], SETTINGS, date(2026, 11, 23))
    return [str(one) for one in examine.examine(Found("big", "own", path, "f"))[1]]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([TAG] * 201, "are 201 with the ways of branches"),
        ([{"branch": [{"steps": []}] * 200}], "are 201 with the ways of branches"),
        ([{"tag": {"add": ["a"] * 150, "remove": ["b"] * 51}}], "add and remove 201 tags"),
        ([{"start": "other"}] * 11, "start others 11 times"),
    ],
)
def test_a_playbook_has_no_more_steps_than_a_person_can_follow(tmp_path, steps, said):
    found = problems(tmp_path, steps=steps)
    assert len(found) == 1
    assert said in found[0]
    assert problems(tmp_path, steps=[TAG] * 200) == []


def test_of_a_file_full_of_errors_the_first_are_kept(tmp_path):
    wrong = [Problem("f", line, 1, "is wrong") for line in range(1, 20_001)]
    found = Found("big", "own", tmp_path / "big.yaml", "f")
    kept = Seen(found, broken=Broken(wrong)).problem.splitlines()
    assert (len(kept), kept[-1]) == (21, "and 19,980 more")


@pytest.mark.parametrize(
    ("event", "step"),
    [
        ("task.added", {"task": {"title": "One more", "due": "1 day"}}),
        ("meeting.booked", {"meeting": {"title": "One more", "due": "1 day"}}),
    ],
)
def test_a_playbook_that_is_its_own_cause_says_how_often(tmp_path, event, step):
    inside = {"branch": [{"steps": [step]}]}
    said = {"trigger": {"event": event}, "steps": [step, inside]}
    found = problems(tmp_path, **said)
    assert len(found) == 2
    assert all("starts this playbook anew, each minute" in one for one in found)
    assert problems(tmp_path, **said, enrol={"at_most": 1, "per": "1 day"}) == []


@pytest.mark.parametrize("words", ["{{" + " " * 4_900 + "'}'}}", "{{" * 2_400, "{%" * 2_400])
def test_words_are_shown_without_their_values_in_no_time_whatever_they_are(words):
    step = Step(notify=NotifyStep(text=words))
    assert len(detail(step)) <= len(words)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_meeting_s_title_makes_no_line_of_its_own_in_a_calendar_file(end):
    meeting = Meeting(
        id=1, title=f"Kick-off{end}ATTENDEE:mailto:x@evil.example", duration_minutes=30,
        starts_at=datetime(2026, 11, 24, 10, tzinfo=UTC), agenda=f"One{end}ORGANIZER:x",
    )  # fmt: skip
    made = invitation(
        Recipient(account("Acme"), contact(1, "Ann Lee"), None, {}, meeting),
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )
    lines = made["text"].splitlines()
    assert not [line for line in lines if line.startswith(("ATTENDEE", "ORGANIZER"))]
    assert "SUMMARY:Kick-off ATTENDEE:mailto:x@evil.example" in lines


NAMES = ["n", "it's", "a.b", "$[0]", "x'; drop table accounts; --", "%(x)s", ":x", "{}", "é\n"]


def test_own_fields_are_data_whatever_they_are_called_and_hold(sessions):
    """One customer's number of 400 digits must not end the look at all the others."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    odd = [10**400, -(10**400), 1e308, "x" * 10_000, [1], {"a": {"b": 1}}, True, None]
    with sessions.begin() as session:
        session.add(account("Acme", custom=dict.fromkeys(NAMES, 7)))
        session.add_all(
            account(f"Odd {nth}", domain=f"odd{nth}.example", custom=dict.fromkeys(NAMES, value))
            for nth, value in enumerate(odd)
        )
    with sessions() as session:
        for name in NAMES:
            said = {"all": [{f"account.custom.{name}": {"at_least": 7, "at_most": 8}}]}
            found = select(Account.name).where(where(parse(said), Frame(now)))
            assert list(session.scalars(found)) == ["Acme"], name
        assert session.scalar(select(func.count(Account.id))) == 9
