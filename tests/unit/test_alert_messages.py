"""What must hold for every card, in every state and with every text."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from messages.alert_card import AlertCard, next_step, sentence
from messages.alert_forms import GroupList, ReassignForm, SnoozeForm
from messages.alert_replies import AlertClosed, AlertGroupCard, AlertGroupClosed, AlertNote, Member
from messages.alert_runs import AlertPlaybook
from messages.alert_why import WhyThis
from messages.alerts import (
    SENT,
    AlertFeedback,
    AlertInactive,
    AlertMeetingSoon,
    AlertMeetingTomorrow,
    AlertPaymentFailed,
    AlertRenewal,
    AlertTask,
    AlertUnowned,
)
from messages.form import render_form
from messages.message import Message
from messages.render import render
from messages.text import Money, Person

CARDS: list[type[AlertCard]] = [
    AlertInactive, AlertFeedback, AlertTask, AlertMeetingTomorrow, AlertMeetingSoon, AlertRenewal,
    AlertPaymentFailed, AlertUnowned, AlertPlaybook,
]  # fmt: skip
OTHERS: list[type[Message]] = [AlertClosed, AlertNote, AlertGroupCard, AlertGroupClosed]
DANA = Person("Dana Reyes", "U0DANA")
STATES: dict[str, dict[str, Any]] = {
    "open": {"state": "open"},
    "taken": {"state": "taken", "taken_by": DANA, "taken_at": SENT, "undoable": True},
    "old": {"state": "taken", "taken_by": DANA, "taken_at": SENT, "undoable": False},
    "snoozed": {
        "state": "snoozed",
        "snoozed_by": DANA,
        "snoozed_until": SENT + timedelta(days=2),
        "snooze_reason": "Max is back",
    },
}
HOSTILE = [
    "<!channel> <@U0EVE> <https://evil.example|bank>",
    "*bold* _it_ `code` ~no~\n> quote\n\n@here",
    "x" * 10_000,
    "&<>" * 400,
    "\u202egnirts\u202c \u200f مرحبا 🍇🍇🍇",
    "",
    "Acme. Inc. Next: nothing",
]
EVERY = [(card, state) for card in CARDS for state in STATES]


def made(card: type[AlertCard], state: str, **over: Any) -> AlertCard:
    return replace(card.example(), **STATES[state] | over)


def elements(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for b in payload["blocks"] if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize(("card", "state"), EVERY)
def test_at_most_three_controls_one_primary_and_five_in_the_menu(
    card: type[AlertCard], state: str
) -> None:
    found = elements(render(made(card, state)))
    assert 1 <= len(found) <= 3
    assert sum(one.get("style") == "primary" for one in found) <= 1
    (menu,) = [one for one in found if one["type"] == "overflow"]
    assert 2 <= len(menu["options"]) <= 5


@pytest.mark.parametrize(("card", "state"), EVERY)
def test_the_text_is_short_and_says_severity_account_and_next_step(
    card: type[AlertCard], state: str
) -> None:
    one = made(card, state)
    payload = render(one)
    text, block = payload["text"], payload["blocks"][0]["text"]["text"]
    word = {"critical": "Critical", "soon": "Soon", "info": "Note"}[one.severity]
    assert len(text) <= 200
    assert text.startswith(word)
    for part in (one.account, sentence(one), next_step(one)):
        assert part in text
        assert part in block
    assert f"{word}: {sentence(one)}" in block.splitlines()[0]
    assert len(block.splitlines()) <= 6


@pytest.mark.parametrize("state", STATES)
def test_controls_follow_the_state(state: str) -> None:
    found = elements(render(made(AlertInactive, state)))
    labels = [one["text"]["text"] for one in found if one["type"] == "button"]
    menu = [option["text"]["text"] for option in found[-1]["options"]]
    assert (labels, menu) == {
        "open": (
            ["Acknowledge", "Log Check-In"],
            ["Snooze…", "Reassign…", "Create Task…", "Open Account", "Why This?…"],
        ),
        "taken": (
            ["Log Check-In", "Hand Over"],
            ["Undo", "By When…", "Snooze…", "Create Task…", "Why This?…"],
        ),
        "old": (
            ["Log Check-In", "Hand Over"],
            ["By When…", "Snooze…", "Create Task…", "Open Account", "Why This?…"],
        ),
        "snoozed": (
            ["Log Check-In"],
            ["End Snooze", "Snooze…", "Reassign…", "Open Account", "Why This?…"],
        ),
    }[state]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("card", "control"),
    [(AlertUnowned, "Choose Owner"), (AlertTask, "Done"), (AlertPlaybook, "Done")],
)
def test_what_a_card_asks_for_is_among_its_controls(card: Any, control: str, state: str) -> None:
    found = elements(render(made(card, state)))
    labels = [one["text"]["text"] for one in found if one["type"] == "button"]
    menu = [option["text"]["text"] for option in found[-1]["options"]]
    assert control in (labels if card is AlertUnowned else menu)
    assert "Reassign…" not in menu or card is not AlertUnowned


def test_a_renewal_says_its_day_once() -> None:
    due = AlertRenewal.example()
    told = replace(due, renews_on=due.due_on, renews_in=due.days)
    assert told.stake == "$120k ARR."
    assert render(told)["text"].casefold().count("renews in 50 days") == 1


def body(one: Message) -> str:
    return str(render(one)["blocks"][0]["text"]["text"])


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (50, "renews 12 Jan 2027, in 50 days"),
        (0, "renews today"),
        (-11, "renewal 11 days overdue, since 12 Jan"),
    ],
)
def test_the_stake_says_when_the_account_renews_or_since_when_it_is_overdue(
    days: int, said: str
) -> None:
    assert f" · {said} · " in body(made(AlertInactive, "open", renews_in=days))


def test_a_renewal_s_card_says_amount_and_date_once() -> None:
    said = body(made(AlertRenewal, "open"))
    assert "$120,000 due 12 Jan 2027, forecast probable\nhealth 41" in said
    assert "ARR" not in said
    assert said.count("12 Jan") == 1
    other = made(AlertRenewal, "open", arr=Money(Decimal(90_000)))
    assert "$90k ARR · health 41" in body(other)


def test_a_renewal_past_due_asks_how_it_ended() -> None:
    late = made(AlertRenewal, "open", days=-11)
    words = str(render(late)["text"])
    assert "the renewal of Quietwater Freight was due 11 days ago" in words
    assert "nobody has said how it ended" in words
    assert "*Next:* ask the customer today" in body(late)
    assert "no next step" not in body(late)
    assert late.rule().startswith("It was due 11 days ago, is neither renewed nor lost")
    assert "was due 1 day ago" in str(render(replace(late, days=-1))["text"])


@pytest.mark.parametrize("message", [AlertClosed, AlertGroupClosed, AlertNote])
def test_nothing_can_be_pressed_when_it_is_over_or_only_said(message: type[Message]) -> None:
    assert elements(render(message.example())) == []


def hostile(one: Any, text: str) -> Any:
    """The same message with every text in it replaced."""
    known = {"state", "severity", "kind", "lead", "stake", "event", "scale", "about", "word", "day"}
    over: dict[str, Any] = {
        name: text
        for name, value in vars(one).items()
        if isinstance(value, str) and name not in known
    }
    for name, value in vars(one).items():
        if isinstance(value, Person):
            over[name] = Person(text, value.slack_id)
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            over[name] = (text,) * 30
        if isinstance(value, tuple) and value and isinstance(value[0], Member):
            over[name] = tuple(replace(m, account=text, owner=Person(text)) for m in value)
    return replace(one, **over)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("message", [*CARDS, *OTHERS])
def test_nothing_customers_write_pings_links_or_breaks_out(
    message: type[Message], text: str
) -> None:
    states = STATES.values() if issubclass(message, AlertCard) else [{}]
    for state in states:
        payload = render(hostile(replace(message.example(), **state), text))
        shown = payload["text"] + "".join(
            block["text"]["text"] for block in payload["blocks"] if "text" in block
        )
        assert not re.search(r"<(?!@U0DANA>|@U0PRIYA>|!date\^)", shown)
        assert len(payload["text"]) <= 200
        assert payload["text"].strip()
        for block in payload["blocks"]:
            if "text" in block:
                assert 1 <= len(block["text"]["text"]) <= 3000
        for option in [o for e in elements(payload) for o in e.get("options", [])]:
            assert 1 <= len(option["text"]["text"]) <= 75
            assert len(option["value"]) <= 75


@pytest.mark.parametrize("text", HOSTILE)
def test_forms_take_any_text(text: str) -> None:
    for form in (
        replace(SnoozeForm.example(), reason=text),
        replace(ReassignForm.example(), account=text),
        replace(WhyThis.example(), route=text, channel=text),
        replace(GroupList.example(), count=500, members=(Member(1, 1, text, text, DANA),) * 100),
    ):
        view = render_form(form)
        assert len(view["blocks"]) <= 100
        assert len(view["title"]["text"]) <= 24
        for block in view["blocks"]:
            for field in block.get("fields", []):
                assert len(field["text"]) <= 2000


def test_why_this_tells_the_numbers_the_limit_and_where_it_is_set() -> None:
    fields = render_form(WhyThis.example())["blocks"][1]["fields"]
    assert [field["text"].split("\n")[1] for field in fields] == [
        "5 of 5 people who used to log in stay away; the last login was 9 days ago.",
        "`thresholds.inactive_days` = 7, the default",
        "Critical. ARR $120k is at or over $50k; health 41 is under 50.",
        "#cs-alerts: the alerts channel, since neither the account nor its segment has one.",
        "3 times here in 90 days, this one included",
        "Somebody acted within a day on 2 of 3; 1 open, 2 came back",
        "“Users who stay away”, `inactive-users.yaml`, csbot's library, "
        "version 3f2a9c1 of 2 Nov 2026",
        "Priya Shah answers for it; on since 2 Nov 2026",
    ]


def test_words_stand_beside_the_marks() -> None:
    for card in CARDS:
        title = render(card.example())["blocks"][0]["text"]["text"].splitlines()[0]
        assert re.match(r"[🔴🟠🔵] \*(Critical|Soon|Note): ", title)


def test_one_person_who_is_away_has_not_logged_in() -> None:
    one = replace(AlertInactive.example(), inactive=1, known=5)
    assert sentence(one).startswith("1 of 5 people at Quietwater Freight has not logged in for 7")
