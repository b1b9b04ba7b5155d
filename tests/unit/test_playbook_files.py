"""A playbook file is read whole, or it is said what is wrong with it, where, and the mend."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.playbooks.definition import KINDS
from csbot.playbooks.examining import Examiner
from csbot.playbooks.folders import Found, look
from csbot.playbooks.reading import LARGEST, Broken, parse, read_file, read_text
from csbot.settings import Config, Environment, Settings
from csbot.touches.words import COMPANY

SAMPLE = Path(__file__).parents[1] / "payloads/playbooks/quiet-customer.yaml"
GOOD = SAMPLE.read_text("utf-8")
NAMES = ["quiet-customer", "tips", "win-back"]
SETTINGS = Settings(env=Environment(), config=Config(company=COMPANY))
EXAMINER = Examiner(NAMES, SETTINGS, date(2026, 11, 23))
KIND_NAMES = ", ".join(KINDS)


def told(folder: Path, text: str | bytes, name: str = "quiet-customer") -> list[str]:
    """What is said of a file, without its path."""
    path = folder / f"{name}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return [str(problem) for problem in EXAMINER.examine(Found(name, "own", path, "f"))[1]]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_file_has_every_kind_of_step_that_it_can_and_nothing_is_said_of_it(tmp_path):
    assert told(tmp_path, GOOD) == []
    assert {step.kind for step in parse(GOOD, "f").walk()} == set(KINDS) - {"debrief"}


def test_every_file_of_the_library_is_good():
    folders = look(SETTINGS)
    examiner = Examiner(folders.names, SETTINGS, date(2026, 11, 23))
    assert [str(p) for found in folders.library.values() for p in examiner(found).problems] == []


WRONG = [
    ("title: A customer", "titel: A customer",
     ["f:2:1: `title` is missing; add it",
      "f:3:1: there is no field `titel`, did you mean `title`?"]),
    ("process_owner: dana@vendor.example\nreview_on: 2027-05-03\n", "",
     ["f:2:1: `process_owner`, `review_on` are missing; add them"]),
    ("name: quiet-customer", "name: quiet-user",
     ["f:2:7: is `quiet-user`, but the file's name is `quiet-customer`; they must be the same"]),
    ("title: A customer who has gone quiet", "title: 12",
     ["f:3:8: `title` must be a text; put it in quotes"]),
    ("title: A customer who has gone quiet", "title:",
     ["f:3:7: `title` is empty; fill it in or delete the line"]),
    ("detector: contact.quiet", "detector: contact.quite",
     ["f:8:13: there is no detector `contact.quite`, did you mean `contact.quiet`?"]),
    ("detector: contact.quiet", "event: contact.quiet",
     ["f:8:3: `contact.quiet` is no event; write `detector: contact.quiet`"]),
    ("detector: contact.quiet", "event: health.set\n  detector: contact.quiet",
     ["f:8:3: `trigger` needs exactly one of event, detector, entering, leaving, by_hand"]),
    ("{days: 9}", "{dayz: 9}",
     ["f:9:10: there is no parameter `dayz`, did you mean `days`?"]),
    ("  account.segment: [ent", "  account.segmnt: [ent",
     ["f:11:3: there is no field `account.segmnt`, did you mean `account.segment`?"]),
    ("{at_least: 5000}\n    - account.tags: {has: beta}", "{at_lest: 5000}\n    - account.tag: x",
     ["f:13:21: there is no operator `at_lest` for number, did you mean `at_least`?",
      "f:14:7: there is no field `account.tag`, did you mean `account.tags`?"]),
    ("{at_least: 5000}", "{at_least: lots}",
     ["f:13:20: `account.arr` must be a number like 50 or 99.5"]),
    ("  not: {account.lifecycle_stage: churned}", "  meeting.kind: qbr",
     ["f:16:3: `meeting.kind` is never known here: the trigger is about no meeting"]),
    ("  not: {account.lifecycle_stage: churned}", "  contact.login_since_start: false",
     ["f:16:3: `contact.login_since_start` is never known here: nothing has started yet"]),
    ("within: 14 days", "within: a fortnight",
     ["f:21:11: `within`: `a fortnight` is no time; write it like `3 days` or `2 working days`"]),
    ("{recheck: 45 days}", "sometimes",
     ["f:22:1: must be `once`, `always`, `{at_most: 3, per: 90 days}` or `{recheck: 45 days}`"]),
    ("{recheck: 45 days}", "{at_most: 0, per: 9 days}",
     ["f:22:9: `at_most` must be at least 1"]),
    ("severity: critical", "severity: urgent",
     ["f:27:17: `severity` must be `critical`, `soon` or `info`"]),
    ("id: tell-the-owner", "id: Tell the owner",
     ["f:24:9: `id` must be of small letters, digits and hyphens, like `quiet-users`"]),
    ("id: write", "id: tag", ["f:37:9: `tag` is taken: line 32 has it already"]),
    ("id: tag", "id: begin", ["f:32:9: `begin` is taken: it is csbot's"]),
    ("title: Nobody heard of {{ contact.name }} for days", "template: alert_inactive",
     ["f:28:7: `template` is the card of an alert detector, in its first step;"
      " write `title` here"]),
    ("{{ contact.name }} for days", "{{ contact.nam }} for days",
     ["f:28:14: there is no variable `contact.nam`, did you mean `contact.name`?"]),
    ("{{ contact.name }} for days", "{{ contact.name() }} for days",
     ["f:28:14: the words cannot be written: has no calls here"]),
    ("{{ contact.name }} for days", "{{ 7*7 }} for days",
     ["f:28:14: the words cannot be written: has no arithmetic here;"
      " write only the documented variables"]),
    ("title: A customer who has gone quiet", 'title: "{{ contact.nme }}"',
     ["f:3:8: `title` is about the playbook, for nobody in particular: no variables here"]),
    ('text: "{{ account.name }} has gone quiet."', "template: gone-quiet",
     ["f:31:5: `text` is missing; add it",
      "f:31:35: there is no field `template`; there are: to, text"]),
    ("detector: contact.quiet", "by_hand: true",
     ["f:9:3: `with` belongs to an event or a detector; delete it"]),
    ("plan: Professional}", "planet: Mars}",
     ["f:36:39: there is no field `planet`, did you mean `plan`?"]),
    ("      text: |\n        Hello {{", "      template: x\n      text: |\n        Hello {{",
     ["f:40:7: `email` needs exactly one of template and text"]),
    ("      to: contact\n", "      to: contact\n      calendar_file: true\n",
     ["f:41:7: `calendar_file` needs a trigger about a meeting"]),
    ("[onboarding: {start: true}]", "[debrief: organizer]",
     ["f:61:12: `debrief` needs a trigger about a meeting"]),
    ("{{ account.plan }} is", "{{ account.plann }} is",
     ["f:47:1: there is no variable `account.plann`, did you mean `account.plan`?"]),
    ("        Struggling:", "        Strugling:",
     ["f:50:9: `Strugling` must be `Thriving`, `Healthy`, `Steady` or `Struggling`,"
      " did you mean `Struggling`?"]),
    ("      - if: {account.arr: {above: 50000}}\n        steps:", "      - steps:",
     ["f:56:9: takes all: what comes after it is never taken; add `if`, or put it last"]),
    ("due: 1 working day", "due: soon",
     ["f:58:59: `due`: `soon` is no time; write it like `3 days` or `2 working days`"]),
    ("  - stop: tips", "  - emial: {text: x}",
     ["f:64:5: there is no field `emial`, did you mean `email`?"]),
    ("  - stop: tips", "  - stop: tips\n    start: win-back",
     [f"f:64:5: needs exactly one of {KIND_NAMES}"]),
    ("start: win-back", "start: winback",
     ["f:65:12: there is no playbook `winback`, did you mean `win-back`?"]),
    ("start: win-back", "start: quiet-customer",
     ["f:65:12: starts itself; write `enrol` for that"]),
    ("accountable: manager", "accountable: [dana, lee]",
     ["f:68:16: `accountable` must be exactly one, not a list: one person answers"]),
    ("accountable: manager", "accountable: manager, csm",
     ["f:68:16: `accountable` must be exactly one: one person or role answers"]),
    ("accountable: manager", "accountable: customer success manager and CSM",
     ["f:68:16: `accountable` must be exactly one: one person or role answers"]),
    ("process_owner: dana@vendor.example", "process_owner: Dana",
     ["f:71:16: `process_owner` must be somebody's e-mail address, or a role:"
      " admin, manager, csm"]),
    ("review_on: 2027-05-03", "review_on: 3 May",
     ["f:72:12: `review_on` must be a date like `2027-03-31`"]),
]  # fmt: skip
YAML = [
    ("title: A customer", "title: One\ntitle: A customer",
     ["f:4:1: `title` is here twice; it is in line 3 already"]),
    ("purpose: Somebody", "purpose: Somebody: he",
     ["f:4:18: is no YAML: mapping values are not allowed in this context;"
      " put a text that has a colon in quotes"]),
    ("practice:\n", "practice:\n\t- tab\n",
     ["f:6:1: is no YAML: found character that cannot start any token;"
      " indent with spaces, not tabs"]),
    ("purpose: Somebody", "purpose: &one Somebody",
     ["f:4:10: has an anchor, `&one`; delete it, and write out what refers to it"]),
    ("points: -30", "points: *one", ["f:35:21: refers to `*one`; write it out"]),
    ("purpose: Somebody", "purpose: !!python/object:os.system Somebody",
     ["f:4:10: has a tag, `!!python/object:os.system`; delete it"]),
    ("with: {days: 9}", "<<: {days: 9}",
     ["f:9:3: is no name of a field; write one line `name: value` for each"]),
    ("points: -30", "points: 10:30",
     ["f:35:21: `10:30` is read as a number; put it in quotes if it is a text"]),
    ("points: -30", "points: .inf",
     ["f:35:21: `.inf` is read as a number; put it in quotes if it is a text"]),
    ("reason: No login", 'reason: "a\\0b"',
     ["f:35:34: has an unprintable character (U+0000); delete it"]),
    ("title: A", "title: \x07A", ["f:3:8: has an unprintable character (U+0007); delete it"]),
    ("title: A customer who has gone quiet", "title: " + "[" * 40 + "]" * 40,
     ["f:3:31: is nested deeper than 24 levels"]),
]  # fmt: skip

SLIPS = [
    ("detector: contact", "detector contact", ["f:8:3: a colon is missing after `detector`?"]),
    ("process_owner: dana", "process_owner dana",
     ["f:71:1: a colon is missing after `process_owner`?"]),
    ("severity: c", "severity c", ["f:27:7: a colon is missing after `severity`?"]),
    ("steps:\n", "steps\n", ["f:23:1: a colon is missing after `steps`?"]),
    ("title: A", "title:A", ["f:3:1: a blank is missing after `title:`"]),
    ("asked why while", "asked\n  why\n  it: while",
     ["f:6:5: is no YAML: mapping values are not allowed in this context;"
      " put a text that has a colon in quotes"]),
    ("detector: c", "detec\u00a0tor: c",
     ["f:8:3: the name has a no-break space (U+00A0) in it; write a plain blank, or none"]),
    ("detector: c", "detector:\u00a0c",
     ["f:8:12: the line has a no-break space (U+00A0) in it; write a plain blank, or none"]),
    ("exit:\n", "exti:\n", ["f:17:1: there is no field `exti`, did you mean `exit`?"]),
    ("account.arr: {at_least", "ARR: {at_least",
     ["f:13:7: there is no field `ARR`, did you mean `account.arr`?"]),
    ("{{ contact.name }} for days", "{{ contact.name has gone",
     ["f:28:14: the words cannot be written: `{{ contact.name has` cannot be read:"
      " one name or filter between {{ and }}, closed by }}"]),
    ('default("them") }}', "default(\u201cthem\u201d) }}",
     ["f:30:13: the words cannot be written: `{{ contact.first_name | default(\u201cthem\u201d) }}`"
      " has quotes that are not plain; use plain quotes, \" or '"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), WRONG + YAML + SLIPS)
def test_what_is_wrong_is_said_with_line_column_and_mend(tmp_path, old, new, expected):
    assert told(tmp_path, changed(old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("review_on: 2027-05-03", "review_on: 2026-05-03",
         "f:72:1: warning: `review_on` is past; review it and set the next day"),
        ("goal:\n  condition: {contact.login_since_start: true}\n  within: 14 days\n", "",
         "f:20:1: warning: writes to customers without a `goal`: nobody can say if it helps"),
        ("your board has", "your health score has",
         "f:45:1: warning: `health` is a word of ours; say it as the customer would"),
        ("exit:\n  contact.login_since_start: true\n", "exit_with_cause: false\n",
         "f:22:1: warning: waits without an `exit`: it goes on when it is no longer needed"),
        ("not: {account.lifecycle_stage: churned}", "account.health_status: Strugling",
         "f:16:3: warning: there is no `account.health_status` `strugling`,"
         " did you mean `Struggling`?"),
        ("account.segment: [enterprise, mid-market]",
         "account.process: {not_in: [enterprise, weird]}",
         "f:11:3: warning: there is no `account.process` `weird`;"
         " there are: transactional, enterprise"),
        ("not: {account.lifecycle_stage: churned}", "account.lifecycle_stage: adoptoin",
         "f:16:3: warning: there is no `account.lifecycle_stage` `adoptoin`,"
         " did you mean `adoption`?"),
        ("not: {account.lifecycle_stage: churned}", "account.onboarding_stage: wrap-up",
         "f:16:3: warning: there is no `account.onboarding_stage` `wrap up`,"
         " did you mean `wrap-up-meeting`?"),
    ],
)  # fmt: skip
def test_what_is_only_unwise_is_a_warning_and_the_file_is_used(tmp_path, old, new, expected):
    assert told(tmp_path, changed(old, new)) == [expected]
    path = tmp_path / "quiet-customer.yaml"
    assert EXAMINER(Found("quiet-customer", "own", path, "f")).broken is None


def test_everything_is_said_at_once_from_the_top_down(tmp_path):
    text = changed("title: A", "titel: A").replace("points: -30", "points: many")
    text = text.replace("due: 1 working day", "due: soon")
    for old, new in (
        ("name: quiet-customer", "name: quiet"),  # what keeps none of the rest from being read
        ("account.segment: [", "account.segmnt: ["),
        ("{recheck: 45 days}", "sometimes"),
        ("severity: critical", "severity: urgent"),  # and in the same step:
        ("{{ contact.name }} for days", "{{ contact.nme }} for days"),
        ("{{ account.plan }} is", "{{ account.plann }} is"),
        ("start: win-back", "start: nonexistent"),
        ("process_owner: dana@vendor.example", "process_owner: Dana"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    found = told(tmp_path, text)
    assert [int(problem.split(":")[1]) for problem in found] == [
        2, 2, 3, 11, 22, 27, 28, 35, 47, 58, 65, 71,
    ]  # fmt: skip
    assert "f:65:12: there is no playbook `nonexistent`; there are:" in "\n".join(found)


@pytest.mark.parametrize("word", ["no", "on", "yes", "off", "NO", "2026-12-01"])
def test_a_word_that_yaml_takes_for_something_else_stays_a_word(word):
    said = parse(changed("account.segment: [enterprise, mid-market]", f"account.plan: {word}"), "f")
    assert said.filter["account.plan"] == word


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "f:1:1: is empty; begin with `name:`"),
        (b"- a\n", "f:1:1: must be a mapping: lines like `name: value`, indented below it"),
        (b"name: x\nt\xfcr: y\n", "f:2:2: is not in UTF-8; save it as UTF-8"),
        (GOOD.encode("utf-16"), "f:1:1: is not in UTF-8; save it as UTF-8"),
        (b"a: 1\n---\nb: 2\n", "f:2:1: is no YAML: but found another document;"
         " one playbook a file, without `---` inside it"),
        (b"#" * (LARGEST + 1), "f:1:1: is larger than 256 KB; no playbook is"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_playbook_at_all_is_told_so(tmp_path, content, expected):
    assert told(tmp_path, content) == [expected]


def test_a_mark_of_byte_order_is_no_problem(tmp_path):
    assert told(tmp_path, GOOD.encode("utf-8-sig")) == []


def test_only_a_file_of_the_folder_is_opened(tmp_path):
    folder = tmp_path / "playbooks"
    folder.mkdir()
    secret = tmp_path / "secret.yaml"
    secret.write_text(GOOD)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder.yaml").mkdir()
    for name, target in {"out": secret, "round": folder / "round.yaml", "gone": "nowhere"}.items():
        (folder / f"{name}.yaml").symlink_to(target)
    (folder / "..2026").mkdir()
    (folder / "..2026" / "quiet-customer.yaml").write_text(GOOD)
    (folder / "quiet-customer.yaml").symlink_to("..2026/quiet-customer.yaml")
    expected = {
        "pipe": "is no file",
        "folder": "is no file",
        "out": "is a link that leads out of its folder; put the file itself here",
        "round": "is a link that leads to itself",
        "gone": "cannot be read: No such file or directory",
    }
    for name, said in expected.items():
        with pytest.raises(Broken) as caught:
            read_file(folder / f"{name}.yaml")
        assert [problem.message for problem in caught.value.problems] == [said]
    assert read_file(folder / "quiet-customer.yaml").name == "quiet-customer"


BYTES = GOOD.encode("utf-8")
PLACES = st.integers(0, len(BYTES) - 1)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), PLACES, st.integers(1, 255)),
        st.tuples(st.just("delete"), PLACES, st.integers(1, 60)),
        st.tuples(st.just("repeat"), PLACES, st.integers(1, 60)),
        st.tuples(st.just("end"), PLACES, st.just(0)),
    ),
    min_size=1,
    max_size=4,
)


def mutated(changes: list[tuple[str, int, int]]) -> bytes:
    made = bytearray(BYTES)
    for how, at, amount in changes:
        if how == "flip" and at < len(made):
            made[at] ^= amount
        elif how == "delete":
            del made[at : at + amount]
        elif how == "repeat":
            made[at:at] = made[at : at + amount]
        elif how == "end":
            del made[at:]
    return bytes(made)


def test_a_word_of_the_teams_own_for_a_lifecycle_is_none_of_csbots_business(tmp_path):
    file = changed("not: {account.lifecycle_stage: churned}", "account.lifecycle_stage: Expansion")
    assert told(tmp_path, file) == []


@given(CHANGES)
@settings(max_examples=120, deadline=None)
def test_whatever_bytes_a_file_has_it_is_good_or_broken_and_never_an_error(
    tmp_path_factory, changes
):
    path = tmp_path_factory.getbasetemp() / "quiet-customer.yaml"
    path.write_bytes(mutated(changes))
    seen = EXAMINER(Found("quiet-customer", "own", path, "f"))
    assert (seen.broken is None) == (seen.definition is not None)
    assert all(problem.line > 0 and problem.column > 0 for problem in seen.problems)


def test_the_version_of_a_file_is_what_it_says_not_how_it_is_laid_out():
    one = read_text(GOOD, name="quiet-customer", where="f")
    other = read_text(f"# a comment\n{GOOD}\n\n", name="quiet-customer", where="f")
    third = read_text(changed("within: 14", "within: 15"), name="quiet-customer", where="f")
    assert one.digest == other.digest != third.digest
