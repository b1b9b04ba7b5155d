"""Lines as people type them: tasks, meetings, scores, and how a check-in came about."""

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.checkins.rules import channel_of
from csbot.errors import Refused
from csbot.feedback import reading as feedback
from csbot.meetings import reading as meetings
from csbot.tasks import reading as tasks

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("note", "channel"),
    [
        ("called the champion, rollout on track", "call"),
        ("phone with Ann", "call"),
        ("mailed Max the plan", "email"),
        ("e-mailed after the call", "email"),
        ("QBR meeting with everybody", "meeting"),
        ("met Ann for lunch", "meeting"),
        ("chat about seats", "chat"),
        ("Slacked Ann", "chat"),
        ("recalled what Ann said", "other"),
        ("", "other"),
        ("they are fine", "other"),
    ],
)
def test_the_first_telling_word_says_how_somebody_got_in_touch(note, channel):
    assert channel_of(note) == channel


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("call legal due friday", tasks.Line("call legal", date(2026, 11, 27))),
        ("call legal due friday !high", tasks.Line("call legal", date(2026, 11, 27), "high")),
        ("!high call legal due 2026-12-04", tasks.Line("call legal", date(2026, 12, 4), "high")),
        ("call legal due in 3 days @lee", tasks.Line("call legal", date(2026, 11, 26), who="@lee")),
        (
            "call legal <@U0LEE|lee> due: tomorrow",
            tasks.Line("call legal", date(2026, 11, 24), who="<@U0LEE|lee>"),
        ),
        ("mail ann@acme.example due today", tasks.Line("mail ann@acme.example", MONDAY)),
        ("call due friday about legal", tasks.Line("call about legal", date(2026, 11, 27))),
        ("send what is due due tomorrow", tasks.Line("send what is due", date(2026, 11, 24))),
        ("call legal", tasks.Line("call legal")),
        ('"call legal" due "friday"', tasks.Line("call legal", date(2026, 11, 27))),
        ('ask "why" due friday', tasks.Line('ask "why"', date(2026, 11, 27))),
        ("due friday", tasks.Line("", date(2026, 11, 27))),
        ("call legal due", tasks.Line("call legal")),
        ("", tasks.Line("")),
        ("wow! great !Urgent due today", tasks.Line("wow! great", MONDAY, "high")),
    ],
)
def test_a_task_is_read_from_one_line(text, line):
    assert tasks.read_line(text, today=MONDAY) == line


@pytest.mark.parametrize(
    ("text", "what", "wrong", "title"),
    [
        ("call legal due fryday", "date", "fryday", "call legal"),
        ("call legal due fryday !high @lee", "date", "fryday", "call legal"),
        ("call legal due 03/04/2027", "date", "03/04/2027", "call legal"),
        ("call legal due friday !huge", "priority", "!huge", "call legal"),
        ("call legal due friday !", "priority", "!", "call legal"),
    ],
)
def test_an_unreadable_part_of_a_task_keeps_what_was_understood(text, what, wrong, title):
    with pytest.raises(tasks.Unclear) as caught:
        tasks.read_line(text, today=MONDAY)
    assert (caught.value.what, caught.value.wrong) == (what, wrong)
    assert caught.value.line.title == title


def test_what_was_understood_beside_a_wrong_date_keeps_priority_and_person():
    with pytest.raises(tasks.Unclear) as caught:
        tasks.read_line("call legal due fryday !high @lee", today=MONDAY)
    assert caught.value.line == tasks.Line("call legal", None, "high", "@lee")


@settings(max_examples=60, derandomize=True)
@given(st.text(max_size=80))
def test_no_text_makes_the_task_reader_fail_otherwise(text):
    with suppress(tasks.Unclear):
        assert "\n" not in tasks.read_line(text, today=MONDAY).title


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("#12", 12), (" 7 ", 7)])
def test_a_task_is_named_by_its_number(text, number):
    assert tasks.read_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "twelve", "1 2", "1e9", "٣", "9" * 30])
def test_what_is_no_number_is_refused_with_an_example(text):
    with pytest.raises(Refused, match="/cs task done 12"):
        tasks.read_number(text)


@pytest.mark.parametrize(
    ("text", "kind", "title", "starts_at", "minutes"),
    [
        ("QBR 2026-12-01 10:00", "QBR", "", local(2026, 12, 1, 10), 30),
        ("qbr 2026-12-01 10:00 45m", "QBR", "", local(2026, 12, 1, 10), 45),
        ("QBR 45m tomorrow 10:00", "QBR", "", local(2026, 11, 24, 10), 45),
        ("success session friday 3pm for 1h", "success session", "", local(2026, 11, 27, 15),
         60),
        ("QBR 15:30", "QBR", "", local(2026, 11, 23, 15, 30), 30),
        ("QBR with the board friday 15:30", "QBR", "QBR with the board",
         local(2026, 11, 27, 15, 30), 30),
        ("tomorrow 10:00 walkthrough", "walkthrough", "", local(2026, 11, 24, 10), 30),
        ("talk tomorrow 10:00 about seats", "meeting", "talk about seats",
         local(2026, 11, 24, 10), 30),
    ],
)  # fmt: skip
def test_a_meeting_is_read_from_one_line(text, kind, title, starts_at, minutes):
    line = meetings.read_line(text, now=NOW, zone=BERLIN)
    assert (line.kind, line.title, line.minutes) == (kind, title, minutes)
    assert line.starts_at == starts_at
    assert line.timed


def test_a_meeting_with_a_day_alone_has_no_time_yet():
    line = meetings.read_line("QBR friday", now=NOW, zone=BERLIN)
    assert line.starts_at is not None
    assert not line.timed


def test_a_bare_time_beside_words_that_may_be_a_misspelt_day_is_asked_about():
    line = meetings.read_line("QBR fryday 10:00", now=NOW, zone=BERLIN)
    assert line.title == "QBR fryday"
    assert not line.timed


def test_a_meeting_without_a_time_is_only_its_kind():
    assert meetings.read_line("training", now=NOW, zone=BERLIN) == meetings.Line("training")


@pytest.mark.parametrize("text", ["QBR 2026-13-41 10:00", "QBR 25:99", "QBR 03/04/2027 10:00"])
def test_figures_that_are_no_time_are_said_back(text):
    with pytest.raises(meetings.Unclear) as caught:
        meetings.read_line(text, now=NOW, zone=BERLIN)
    assert caught.value.wrong == text.removeprefix("QBR ")
    assert caught.value.line.kind == "QBR"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("7 attended", (7, "attended", None)),
        ("#7 attended they add seats", (7, "attended", "they add seats")),
        ("7 no-show", (7, "no_show", None)),
        ("7 No show: nobody came", (7, "no_show", "nobody came")),
        ("7 cancelled", (7, "cancelled", None)),
        ("7", (7, None, None)),
    ],
)
def test_how_a_meeting_went_is_read_from_one_line(text, read):
    said = meetings.read_outcome(text)
    assert (said.meeting_id, said.outcome, said.note) == read


@pytest.mark.parametrize("text", ["", "attended", "-7 attended", "7 splendid", "9" * 30])
def test_an_unknown_outcome_is_refused_with_the_known_ones(text):
    with pytest.raises(Refused, match="no-show"):
        meetings.read_outcome(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('4 "slow support"', feedback.Line(4, "slow support")),
        ("4 slow support", feedback.Line(4, "slow support")),
        ("4/10, slow", feedback.Line(4, "slow")),
        ("10", feedback.Line(10, None)),
        ("-1", None),
        ("11 great", None),
        ("4/5 great", None),
        ("4 'slow' and 'dear'", feedback.Line(4, "'slow' and 'dear'")),
        ("4.5 fine", None),
        ("four", None),
        ("slow support", None),
        ("9" * 30, None),
    ],
)
def test_a_score_and_their_words_are_read_from_one_line(text, line):
    assert feedback.read_line(text, least=0, most=10) == line
