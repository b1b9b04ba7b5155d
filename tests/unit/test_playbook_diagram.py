"""A playbook as a picture and a page: what stands where, and that no words can break it."""

from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from csbot.playbooks.definition import Definition
from csbot.playbooks.diagram import picture
from csbot.playbooks.diagram.chart import chart
from csbot.playbooks.diagram.drawing import files, write
from csbot.playbooks.diagram.page import page

HOSTILE = ["<@U1> <b>x</b>|`*_", "w" * 5_000, "\u202eevil\u202c", "שלום עולם", "", "🎉\x00\n\n# x"]


def playbook(steps=None, **over):
    said = {
        "name": "quiet-customer",
        "title": "Quiet customer",
        "purpose": "Win back people who have stopped logging in.",
        "trigger": {"detector": "contact.inactive", "with": {"days": 7}},
        "steps": steps or [{"tag": {"add": ["Inactive"]}}],
        "raci": {"responsible": ["owner"], "accountable": "manager"},
        "process_owner": "manager",
        "review_on": "2027-03-01",
        "success_measure": "Half of them are back within 30 days.",
    }
    return Definition.model_validate(said | over)


BRANCHING = [
    {"alert": {"template": "inactive"}, "owner": "owner"},
    {
        "branch": [
            {
                "if": {"account.arr": {"at_least": 50_000}},
                "steps": [{"task": {"title": "Call", "due": "2 days"}, "owner": "csm"}],
            },
            {"if": {"account.arr": {"below": 100}}, "steps": []},
        ]
    },
    {
        "email": {"subject": "Dear {{ contact.name }}", "text": "Come back"},
        "owner": "owner",
        "after": "2 working days",
    },
]


def test_each_box_has_a_row_of_its_own_and_every_way_leads_to_the_end():
    made = chart(playbook(BRANCHING))
    assert [(box.lane, box.kind) for box in made.boxes] == [
        ("csbot", "start"), ("owner", "step"), ("csbot", "decide"), ("csbot", "arm"),
        ("csm", "step"), ("csbot", "arm"), ("csbot", "arm"), ("owner", "step"), ("csbot", "end"),
    ]  # fmt: skip
    assert made.flow == [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (2, 6), (4, 7), (5, 7), (6, 7),
                         (7, 8)]  # fmt: skip
    assert made.lanes == ["csbot", "owner", "csm", "customer"]
    assert (made.boxes[7].receiver, made.boxes[7].delay) == ("customer", "after 2 working days")
    assert made.boxes[7].detail == "Dear [contact.name]"


def test_lines_that_pass_each_other_in_the_gutter_have_tracks_of_their_own():
    tracks = picture.tracks(chart(playbook(BRANCHING)).flow)
    assert tracks == {5: 0, 6: 1, 7: 2}


def test_a_line_through_the_gutter_crosses_no_box():
    canvas = picture._Canvas(chart(playbook(BRANCHING)))
    boxes = [(row.y, row.bottom, *_sides(canvas, row)) for row in canvas.rows]
    for before, after in canvas.chart.flow:
        way = canvas._way(before, after)
        for (x0, y0), (x1, y1) in pairwise(way):
            for top, bottom, left, right in boxes:
                over = min(y0, y1) < bottom and max(y0, y1) > top
                assert not (over and min(x0, x1) < right and max(x0, x1) > left)


def _sides(canvas, row):
    x, half = canvas._x(row.box.lane), (picture.LANE - picture.GUTTER // 2) // 2
    return x - half, x + half


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_words_are_broken_so_that_no_line_is_wider_than_its_box(words):
    lines = picture.wrapped(words, picture.TEXT, 300)
    assert len(lines) <= picture.LINES
    assert all(picture._font(picture.TEXT).getlength(line) <= 310 for line in lines)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_break_neither_the_picture_nor_the_page(words):
    line = words[:200].strip() or "-"
    made = playbook(
        [
            {"notify": {"to": "manager", "text": words or "-"}},
            {"email": {"subject": line, "text": "x"}, "owner": "owner"},
        ],
        title=line,
        purpose=words or "-",
        process_owner=line,
    )
    drawn = Image.open(BytesIO(picture.draw(chart(made))))
    assert drawn.width < 2_000
    assert drawn.height < 3_000
    said = page(made)
    assert said.count("\n## ") == 2
    assert "\u202e" not in said
    assert "<b>" not in said


def test_the_page_says_in_words_what_the_picture_shows():
    said = page(
        playbook(
            BRANCHING,
            filter={"account.segment": ["enterprise"], "not": {"account.tags": {"has": "VIP"}}},
            goal={"condition": {"account.health": {"at_least": 60}}, "within": "30 days"},
            enrol={"recheck": "45 days"},
            exit={"account.health": {"known": False}},
            practice=["Call before noon."],
        )
    )
    for words in (
        "| Starts | when contact.inactive becomes true (days 7) |",
        "| How often | anew every 45 days while its cause holds |",
        "| Only for | account.segment is one of enterprise and not (account.tags has VIP) |",
        "| Ends early when | account.health is not known, or its cause goes away |",
        "| Goal | account.health is at least 60, within 30 days |",
        "| To customers | a person approves each first |",
        "| Accountable | manager |",
        "   - if account.arr is at least 50000:",
        "      1. Task, due in 2 days: Call · *CSM*",
        r"3. E-mail to the contact: Dear \[contact.name\] · *Account owner, after 2 working days*",
        "- Call before noon.",
    ):
        assert words in said
    assert said.split("![")[1].startswith("Swimlanes of csbot, Account owner, CSM, Customer: ")


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"event": "feedback.received"}, "when feedback.received happens"),
        ({"by_hand": True}, "when somebody starts it by hand"),
        ({"entering": {"account.arr": {"above": 9}}}, "account begins to fulfil: account.arr is"),
        ({"leaving": {"account.tags": ["a", "b"]}}, "ceases to fulfil: account.tags is one of a"),
    ],
)
def test_every_kind_of_start_is_said(trigger, words):
    assert words in page(playbook(trigger=trigger))


def test_one_playbook_is_written_without_the_index_of_all(tmp_path):
    write(files([playbook()], whole=False), tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "quiet-customer.md",
        "quiet-customer.png",
    }
