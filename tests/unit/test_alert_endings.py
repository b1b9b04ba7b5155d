"""Every way in which an alert can end, and what its message says then."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.detectors import DETECTORS
from csbot.contacts import Contact
from csbot.payments.model import BillingCustomer
from csbot.playbooks.model import Playbook, PlaybookRun
from tests.builders import MONDAY, contact, feedback, meeting, renewal, task
from tests.unit.alert_world import DAY, HOUR, World, settings, words

LATER = date(2027, 12, 10)


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> object:
    with sessions.begin() as session:
        yield World(session)


def subject(world: World, kind: str) -> tuple[Any, Any]:
    """An account, and what an alert of this kind would be about."""
    acme = world.account(owner_id=None if kind == "unowned" else world.dana.id)
    made: dict[str, Callable[[], Any]] = {
        "inactive": lambda: contact(acme.id, last_login_at=MONDAY - 9 * DAY),
        "feedback": lambda: feedback(acme.id),
        "task": lambda: task(acme.id),
        "meeting_tomorrow": lambda: meeting(acme.id, starts_at=MONDAY + DAY),
        "meeting_soon": lambda: meeting(acme.id, starts_at=MONDAY + HOUR),
        "renewal": lambda: renewal(acme.id),
        "payment_failed": lambda: world.unpaid(acme),
        "unowned": lambda: acme,
        "playbook": lambda: world.asked(acme),
    }
    return acme, world.add(made[kind]())


def ended(world: World, kind: str, change: Callable[[World, Any, Any], object]) -> str:
    """What the message says at its end, after `change` to the account and the subject."""
    acme, row = subject(world, kind)
    world.detect(kinds=[kind], at_once=True)
    world.send_all()
    change(world, acme, row)
    world.session.flush()
    assert world.detect(kinds=[kind]).closed == 1
    (update,) = world.outbox("update")
    return words([update])[0]


def to(**values: object) -> Callable[[World, Any, Any], None]:
    """These values for the subject."""

    def change(world: World, acme: Any, row: Any) -> None:
        for name, value in values.items():
            setattr(row, name, value)

    return change


def limits(**values: int) -> Callable[[World, Any, Any], None]:
    def change(world: World, acme: Any, row: Any) -> None:
        world.settings = settings(thresholds=values)

    return change


def removed(world: World, acme: Any, row: Any) -> None:
    world.session.delete(row)


def churned(world: World, acme: Any, row: Any) -> None:
    acme.lifecycle_stage = "churned"


def by_lee(name: str) -> Callable[[World, Any, Any], None]:
    """Done by Lee now: answered, or finished."""

    def change(world: World, acme: Any, row: Any) -> None:
        to(**{f"{name}_at": world.now, f"{name}_by_id": world.lee.id})(world, acme, row)

    return change


def given_to_dana(world: World, acme: Any, row: Any) -> None:
    acme.owner_id = world.dana.id


def without_a_date(world: World, acme: Any, row: Any) -> None:
    row.status, acme.renewal_on = "withdrawn", None


def belongs_elsewhere(world: World, acme: Any, row: Any) -> None:
    world.session.get_one(BillingCustomer, row.customer_id).account_id = None


def run_ends(state: str, because: str | None) -> Callable[[World, Any, Any], None]:
    def change(world: World, acme: Any, row: Any) -> None:
        run = world.session.get_one(PlaybookRun, row.run_id)
        run.state, run.ended_because, run.ended_at = state, because, world.now

    return change


def switched_off(world: World, acme: Any, row: Any) -> None:
    world.add(Playbook(name="steady-use", enabled=False, changed_by_id=world.priya.id))


def then_churned(first: Callable[[World, Any, Any], object]) -> Callable[[World, Any, Any], object]:
    def change(world: World, acme: Any, row: Any) -> None:
        first(world, acme, row)
        churned(world, acme, row)

    return change


LEFT = "Closed: Acme has left. It is marked as churned."
STARTED = "Closed: “Success session” with Acme has started."
CANCELLED = "Closed: “Success session” with Acme was cancelled."
ENDINGS = [
    ("inactive", to(last_login_at=MONDAY), "Closed: Acme is back. Ann Lee logged in on 23 Nov."),
    ("inactive", churned, LEFT),
    ("inactive", then_churned(to(last_login_at=MONDAY)), LEFT),
    ("inactive", removed,
     "Closed: those at Acme who had gone quiet are not its contacts any more."),
    ("inactive", limits(inactive_days=14),
     "Closed: Acme does not count as quiet any more. "
     "People count as quiet after 14 days without a login now."),
    ("inactive", to(last_login_at=None),
     "Closed: Acme does not count as quiet any more. No login of theirs is on file any more."),
    ("feedback", by_lee("answered"),
     "Closed: the feedback of Acme is answered. Lee Wong answered on 23 Nov."),
    ("feedback", then_churned(by_lee("answered")),
     "Closed: the feedback of Acme is answered. Lee Wong answered on 23 Nov."),
    ("feedback", to(score=8, negative=False),
     "Closed: the feedback of Acme was corrected. It is 8 of 10 now."),
    ("feedback", removed, "Closed: the feedback of Acme was removed."),
    ("feedback", churned, LEFT),
    ("task", by_lee("done"),
     "Closed: task “Call legal” for Acme is done. Lee Wong finished it on 23 Nov."),
    ("task", then_churned(by_lee("done")),
     "Closed: task “Call legal” for Acme is done. Lee Wong finished it on 23 Nov."),
    ("task", to(due_on=LATER),
     "Closed: task “Call legal” for Acme has time. It is due on 10 Dec 2027 now."),
    ("task", removed, "Closed: task “Call legal” for Acme was removed."),
    ("meeting_tomorrow", to(outcome="cancelled"), CANCELLED),
    ("meeting_tomorrow", then_churned(to(outcome="cancelled")), CANCELLED),
    ("meeting_tomorrow", to(starts_at=MONDAY + 5 * DAY),
     "Closed: “Success session” with Acme was moved. It moved to 28 Nov, 09:00 UTC."),
    ("meeting_soon", to(starts_at=MONDAY + 3 * HOUR),
     "Closed: “Success session” with Acme was moved. It moved to 23 Nov, 12:00 UTC."),
    ("meeting_soon", to(outcome="attended"), "Closed: “Success session” with Acme took place."),
    ("meeting_soon", to(outcome="no_show"),
     "Closed: “Success session” with Acme did not take place. Nobody came."),
    ("meeting_soon", limits(meeting_soon_minutes=30),
     "Closed: “Success session” with Acme is further away. "
     "It is on 23 Nov, 10:00 UTC, too far ahead to be announced."),
    ("meeting_soon", removed,
     "Closed: “Success session” with Acme was removed."),
    ("renewal", to(next_step="call Max."),
     "Closed: the renewal of Acme has a next step. Next step: call Max."),
    ("renewal", to(due_on=LATER),
     "Closed: the renewal of Acme was moved. It is due on 10 Dec 2027 now."),
    ("renewal", limits(renewal_window_days=30),
     "Closed: the renewal of Acme has time. It is due on 12 Jan 2027, more than 30 days ahead."),
    ("renewal", to(status="won"), "Closed: the renewal of Acme was won."),
    ("renewal", then_churned(to(status="lost")), "Closed: the renewal of Acme was lost."),
    ("renewal", to(status="withdrawn"),
     "Closed: the renewal of Acme was withdrawn. The account renews on 1 May 2027 now."),
    ("renewal", to(status="renewed"),
     "Closed: the renewal of Acme went on to the next term. The account renews on 1 May 2027 now."),
    ("renewal", without_a_date,
     "Closed: the renewal of Acme was withdrawn. The account has no renewal date now."),
    ("renewal", removed, "Closed: the renewal of Acme was removed."),
    ("renewal", churned, LEFT),
    ("renewal", then_churned(to(amount_due=1)), LEFT),
    ("payment_failed", to(status="paid"), "Closed: Acme has paid. $400 came on 23 Nov."),
    ("payment_failed", then_churned(to(status="paid")),
     "Closed: Acme has paid. $400 came on 23 Nov."),
    ("payment_failed", to(status="voided"),
     "Closed: what Acme owed was voided. The invoice was voided."),
    ("payment_failed", to(status="written_off"),
     "Closed: what Acme owed was written off. The invoice was written off."),
    ("payment_failed", belongs_elsewhere,
     "Closed: what Acme seemed to owe is not its own. "
     "The invoice belongs to another account now."),
    ("payment_failed", removed, "Closed: the failed payment of Acme was removed."),
    ("payment_failed", churned, LEFT),
    ("unowned", given_to_dana, "Closed: Acme has an owner. Dana Reyes owns it now."),
    ("unowned", churned, LEFT),
    ("playbook", by_lee("done"),
     "Closed: “Call Ann” for Acme is done. Lee Wong was done with it on 23 Nov."),
    ("playbook", run_ends("exited", "It has logged in again"),
     "Closed: “Call Ann” for Acme is not asked for any more. "
     "The playbook “Steady use” does not go on here: It has logged in again."),
    ("playbook", run_ends("stopped", None),
     "Closed: “Call Ann” for Acme is not asked for any more. "
     "The playbook “Steady use” was stopped here."),
    ("playbook", switched_off,
     "Closed: the alert about Acme. The playbook “Steady use” was switched off by Priya Shah."),
    ("playbook", removed, "Closed: “Call Ann” for Acme was removed."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "said"), ENDINGS)
def test_an_ending_is_true_and_says_what_happened(
    world: World, kind: str, change: Callable[[World, Any, Any], object], said: str
) -> None:
    assert ended(world, kind, change) == said


def test_every_kind_has_its_endings_here() -> None:
    assert {kind for kind, *_ in ENDINGS} == set(DETECTORS)


@pytest.mark.parametrize("kind", ["meeting_tomorrow", "meeting_soon"])
def test_a_meeting_s_reminder_ends_when_it_starts(world: World, kind: str) -> None:
    said = ended(world, kind, lambda world, acme, row: world.detect(2 * DAY, kinds=["unowned"]))
    assert said == STARTED


def test_tasks_and_meetings_of_a_customer_who_left_are_still_to_be_dealt_with(world: World) -> None:
    for kind in ("task", "meeting_tomorrow"):
        acme, _ = subject(world, kind)
        world.detect(kinds=[kind])
        acme.lifecycle_stage = "churned"
        world.session.flush()
        assert world.detect(kinds=[kind]).closed == 0


def test_when_one_of_several_stayed_away_only_they_are_said_to_be_back(world: World) -> None:
    acme = world.quiet()
    world.contact(acme, "Max Orr", days=1)
    world.detect()
    world.send_all()
    ann = world.session.scalars(select(Contact).where(Contact.name == "Ann Lee")).one()
    ann.last_login_at = world.now - HOUR
    world.now += timedelta(minutes=1)
    world.detect()
    assert words(world.outbox("update")) == [
        "Closed: those at Acme who had gone quiet are back. Ann Lee logged in on 23 Nov."
    ]
