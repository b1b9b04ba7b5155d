"""What happened to an account, in words."""

import re
from pathlib import Path
from typing import Any

import pytest

from csbot.conditions.fields import FIELDS
from csbot.playbooks.triggers import TRIGGERS
from csbot.touches.words import VARIABLES
from messages.timeline import CHANGES, change_words, feedback_words, health_words, meeting_words

ROOT = Path(__file__).parents[2] / "csbot"


@pytest.mark.parametrize(
    ("verb", "before", "after", "why", "words"),
    [
        ("account.assigned", {}, {"name": "Lee"}, None, "Owner changed from nobody to Lee"),
        ("account.assigned", {"name": "Dana"}, {"name": "Lee"}, "region",
         "Owner changed from Dana to Lee (region)"),
        ("account.tagged", {"tags": []}, {"tags": ["a", "b"]}, None,
         "Tags added: a, b"),
        ("account.tagged", {"tags": ["c"]}, {"tags": ["a"]}, None, "Tags added: a; removed: c"),
        ("stage.advanced", {"stage": "First"}, {"stage": "Second"}, None,
         "Stage changed from First to Second"),
        ("renewal.changed", {}, {"category": "at_risk", "next_step": None}, "late",
         "Renewal: at risk, next step nothing (late)"),
        ("account.assigned", {"name": "{after[name]}"}, {"name": "{0}"}, None,
         "Owner changed from {after[name]} to {0}"),
        ("alert.raised", {}, {"kind": "meeting_soon"}, None, "Alert raised: a meeting soon"),
        ("alert.closed", {}, {"kind": "inactive"}, "Ann is back.",
         "Alert closed: nobody has logged in (Ann is back.)"),
        ("alert.taken", {}, {"kind": "task", "title": "Call legal"}, None,
         "Alert acknowledged: a task is due, “Call legal”"),
        ("alert.snoozed", {}, {"kind": "renewal", "until": "2026-12-01"}, "Max is away",
         "Alert snoozed: a renewal without a next step (Max is away)"),
        ("alert.taken", {}, {"kind": "playbook", "title": "Acme is late"}, None,
         "Alert acknowledged: “Acme is late”"),
        ("feedback.recorded", {}, {"kind": "nps", "score": 9}, None, "NPS 9 of 10 recorded"),
        ("alert.taken", {}, {}, None, "Alert acknowledged"),
        ("touch.drafted", {}, {"channel": "email", "to": "Ann Lee", "subject": "A {0} word"}, None,
         "E-mail to Ann Lee drafted, waits for approval: “A {0} word”"),
        ("touch.withdrawn", {}, {"channel": "sms", "to": "Ann", "subject": ""}, "it is over",
         "SMS to Ann not sent, it was taken back (it is over)"),
        ("some_new.verb_of_ours", {}, {}, None, "Something changed"),
        ("settings.changed", {"key": "channels.alerts"},
         {"key": "channels.alerts", "value": "#nowhere"}, None,
         "Setting “Alerts go to” set to #nowhere"),
        ("undo.settings.changed", {"key": "alerts_by.csm", "value": "dm"},
         {"key": "alerts_by.csm"}, None,
         "Taken back: Setting “CSMs” (how alerts reach them) set to as a direct message"),
    ],
)  # fmt: skip
def test_a_change_is_a_sentence(
    verb: str, before: dict[str, Any], after: dict[str, Any], why: str | None, words: str
) -> None:
    assert change_words(verb, before, after, why) == words


def test_feedback_meetings_and_health_say_what_there_is() -> None:
    assert feedback_words("nps", 4, "slow") == "NPS 4 of 10: slow"
    assert feedback_words("csat", 5, None) == "CSAT 5 of 5"
    assert meeting_words("QBR", "no_show") == "Meeting: QBR, nobody came"
    assert health_words(None, 63, None) == "Health 63"
    assert health_words("Steady", None, "ok") == "Health (Steady): ok"
    assert health_words(None, None, None) == "Health unknown"


def test_every_verb_of_the_audit_that_concerns_an_account_has_its_words() -> None:
    told_elsewhere = {
        "checkin.logged", "feedback.recorded", "account.health_set", "meeting.added",
        "meeting.outcome", "team.info", "feedback.imported", "feedback.updated",
        "meeting.imported", "meeting.updated",
    }  # fmt: skip
    pattern = re.compile(
        r'"((?:account|alert|stage|onboarding|meeting|renewal|feedback|task|checkin)\.[a-z_]+)"'
    )
    used = {
        verb
        for path in ROOT.rglob("*.py")
        if not {"workspace", "demo", "conditions"} & set(path.parts)
        for verb in pattern.findall(path.read_text("utf-8"))
    }
    of_playbooks = {
        *FIELDS,
        *TRIGGERS,
        *VARIABLES,
    }  # what files name looks like a verb, and is none
    assert used - told_elsewhere - of_playbooks <= set(CHANGES)
