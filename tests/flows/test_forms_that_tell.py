"""After every form that was sent in, its sender reads what has happened: none goes silent.

What has to be read is a row a form; a form that is new has none, and fails. The forms are those of
`tests/flows/test_field_errors.py`, filled in well, and the few that nobody can fill in wrongly.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from csbot.workspace.controls import all_text
from handlers.ask import SUBMITS
from messages.home_handover import HandOverForm
from messages.ids import View
from tests import builders
from tests.flows.test_field_errors import LATER, PICKED, SOON, Case, Office, cases, office

__all__ = ["office"]
ROOMS = "C_ALERTS", "C_OTHER", None
ELSEWHERE = PICKED | {View.TOUCH_EDIT}  # a question to customers: tests/flows/test_touches.py
ACME = {"account": "Acme"}
INTRODUCED = "Introduced by the account executive"


class Tell(NamedTuple):
    """`words` are read once it was sent in with `values`, which come on top of what fits.

    `open` is for a form that no other test has open, or that people reach from a message.
    """

    words: str
    values: Mapping[str, Any] = MappingProxyType({})
    open: Callable[[Office], Any] | None = None


def _pressed(command: str, label: str, office: Office) -> None:
    office.priya.press(office.priya.command(command).ephemeral, label=label)


def _second_page(office: Office) -> None:
    _pressed("/cs settings", "Choose by Kind", office)
    office.priya.submit()


def _heir(office: Office) -> None:
    """Globex goes on to where somebody else is named."""
    card = office.priya.command("/cs onboarding globex").ephemeral
    office.priya.choose(card, "People…")
    office.priya.submit(values={"account_executive": "U_DANA"})
    _pressed("/cs onboarding globex", "Override…", office)
    office.priya.submit(values={"to": "Transition", "reason": "They are in a hurry"})


def _asked_how_it_went(label: str, office: Office) -> None:
    """A meeting has ended a moment ago, and csbot asks."""
    desk, half = office.desk, timedelta(minutes=30)
    began: dict[str, Any] = {"starts_at": desk.now - half, "organizer_id": office.ids["priya"]}
    desk.add(builders.meeting(office.ids["globex"], **began))
    desk.at(desk.now + timedelta(minutes=5))
    desk.run("playbooks")
    desk.deliver()
    office.priya.press(office.priya.messages()[-1], label=label)


def _previewed(office: Office) -> None:
    office.case(HandOverForm(former_id=0, former=None), {}).open()
    office.priya.submit(values={"former": "U_DANA", "person": "U_LEE"})


TELLS = {
    View.RENEWAL: Tell("Acme: at risk (was probable). Next: Call Max, by 30 Nov"),
    View.CHECKIN: Tell("Check-in logged for Acme: All well"),
    View.MESSAGE_CHECKIN: Tell("Check-in logged for Acme, from a message of Ann Lee"),
    View.TASK: Tell("for Acme: Call Max, due 30 Nov 2026"),
    View.MESSAGE_TASK: Tell("Call Max, due 30 Nov 2026"),
    View.MESSAGE_LINK: Tell("Linked to Acme: a message of Ann Lee", ACME),
    View.ACCOUNT: Tell("Acme: $120k ARR, renews in", ACME),
    View.MEETING: Tell("Added Meeting with Acme, "),
    View.FEEDBACK: Tell("Recorded: CSAT 5 of 5 from Acme"),
    View.FOLLOW: Tell("#other follows Acme from now on", {"channel": "C_OTHER"}),
    View.HEALTH: Tell("Acme is healthy now, health 70", ACME),
    View.TAGS: Tell("Acme now has the tags beta"),
    View.NOTE: Tell("Noted. Acme: 1 note", {"note": "Frozen in May"}),
    View.BY_WHEN: Tell("*Priya Shah has it since"),
    View.SNOOZE: Tell("by Priya Shah*: They are on holiday"),
    View.REASSIGN: Tell("nobody at Acme has logged in for 9 days* · Lee Park", {"to": "U_LEE"}),
    View.WHY: Tell("Thank you, that is noted. There is none of this playbook for this account"),
    View.ASSIGN: Tell("Acme is Lee Park's now, and they have been told"),
    View.ACCOUNT_SNOOZE: Tell("open alerts of Acme until"),
    View.HAND_OVER_ALL: Tell(
        "Lee Park and Dana Reyes hear of it once each", {"former": "U_DANA", "person": "U_LEE"}
    ),
    View.HAND_OVER_PREVIEW: Tell("Priya Shah gave the one account of Dana Reyes", {}, _previewed),
    View.RENEWAL_WON: Tell("Acme is won: $48,000 for 12 months"),
    View.STAGE_CRITERIA: Tell(
        f"*Done:* {INTRODUCED}", {"criteria": [INTRODUCED]},
        partial(_pressed, "/cs onboarding globex", "Tick Off…"),
    ),
    View.STAGE_OVERRIDE: Tell(
        "Globex is in First onboarding meeting now", {"reason": "They are in a hurry"}
    ),
    View.STAGE_HANDOVER: Tell("Globex is in Transition now", {}, _heir),
    View.PEOPLE: Tell("The people of Acme are kept", {"csm": "U_DANA"}),
    View.REQUIREMENTS: Tell("What Acme wants is kept, and stands on its card"),
    View.SETTINGS: Tell("Saved. Alerts mention you in the channel"),
    View.SETTINGS_KINDS: Tell("Saved. ", {}, _second_page),
    View.ADMIN: Tell("Saved: Nobody has logged in for", {"thresholds.inactive_days": "9"}),
    View.DEBRIEF: Tell(
        "Success session with Globex took place", {}, partial(_asked_how_it_went, "Happened…")
    ),
    View.DEBRIEF_MOVED: Tell(
        "Success session with Globex was moved to", {"starts_at": LATER},
        partial(_asked_how_it_went, "Moved…"),
    ),
    View.AWAY: Tell("Saved. You are away until Monday 30 Nov; Dana Reyes covers"),
    View.TASK_LATER: Tell("It is due on 30 Nov now", {"due_on": SOON}),
    View.CHURN: Tell("Acme leaves on 23 Dec 2026: competitor"),
    View.HOME_VIEW_AS: Tell("You see Home as Dana Reyes does", {"person": "U_DANA"}),
}  # fmt: skip


def _read(office: Office) -> Counter[str]:
    """Every line before Priya's eyes; what Home has done lately does not count, it lists all."""
    shown = [one.words for room in ROOMS for one in office.priya.messages(room)]
    top, home = office.priya.view(), office.desk.slack.homes.get("U_PRIYA")
    shown += [top.words] if top else []
    shown += [" ".join(all_text(home.blocks)).partition("*Done lately*")[0]] if home else []
    return Counter(line for words in shown for line in words.splitlines())


def _told(office: Office, tell: Tell, known: Case | None) -> str:
    """All that is new to Priya after she has sent in the form."""
    office.desk.at(office.desk.now + timedelta(seconds=1))
    if tell.open:
        tell.open(office)
    elif known:
        known.open()
    before = _read(office)
    office.priya.submit(values={**(known.right if known else {}), **tell.values})
    office.desk.deliver()
    new = _read(office) - before
    while office.priya.view():
        office.priya.close(cleared=True)
    return "\n".join(new)


def test_every_form_that_is_sent_in_says_what_has_happened(office: Office) -> None:
    assert set(TELLS) | ELSEWHERE == set(SUBMITS)
    known = dict(cases(office))
    office.priya.home()
    told = {view: _told(office, tell, known.get(view)) for view, tell in TELLS.items()}
    assert {view: told[view] for view, tell in TELLS.items() if tell.words not in told[view]} == {}
