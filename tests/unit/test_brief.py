"""A brief says what is known of a customer, and what is not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from csbot import audit
from csbot.accounts.model import HealthChange
from csbot.brief.agenda import agenda
from csbot.brief.service import brief
from csbot.checkins.service import log_checkin
from csbot.errors import Refused
from csbot.notes import service as notes
from csbot.onboarding.model import AccountRole, Requirements
from csbot.payments.model import BillingCustomer, Payment
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.revenue import Revenue
from csbot.undoing.service import undo
from csbot.usage.model import GroupUsage, Milestone, ProductGroup, ProductUser, UserUsage
from handlers import brief as handler
from messages.brief import AccountBrief, Amount, Point
from messages.ids import Action
from tests import builders
from tests.asking import SETTINGS, Floor, shown
from tests.builders import MONDAY
from tests.unit.test_book import counted

assert handler
DAY = timedelta(days=1)


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def used(floor: Floor, many: int = 1) -> None:
    """Reports half as much as before, Maps given up; by one person now, by two before."""
    group = ProductGroup(key="g", account_id=floor.acme.id, first_seen_at=MONDAY)
    floor.session.add(group)
    floor.session.flush()
    people = [ProductUser(key=f"u{n}", group_id=group.id, first_seen_at=MONDAY) for n in (1, 2)]
    floor.session.add_all(people)
    floor.session.flush()
    ago, before = MONDAY.date() - 5 * DAY, MONDAY.date() - 40 * DAY
    rows = [(ago, "", 600, 3), (ago, "Reports", 600, 0), (before, "", 1800, 6),
            (before, "Reports", 1200, 0), (before, "Maps", 600, 0)]  # fmt: skip
    rows += [(ago, f"Feature {n}", 1, 0) for n in range(many)]
    floor.session.add_all(
        GroupUsage(group_id=group.id, day=day, feature=feature, events=1, active_seconds=seconds,
                   logins=logins)
        for day, feature, seconds, logins in rows
    )  # fmt: skip
    days = {(people[0].id, ago), (people[0].id, before), (people[1].id, before)}
    floor.session.add_all(
        UserUsage(user_id=id, day=day, feature="", events=1, active_seconds=1, logins=1)
        for id, day in days
    )
    floor.session.add_all(
        Milestone(group_id=group.id, name=f"step_{n}", reached_at=MONDAY - n * DAY)
        for n in range(many)
    )


def known(floor: Floor, many: int = 1) -> None:
    """All that a brief tells of, `many` of each."""
    session, acme, dana = floor.session, floor.acme, floor.dana
    acme.customer_since = MONDAY - 200 * DAY
    acme.first_value_at, acme.first_value_what = MONDAY - 188 * DAY, "first_report"
    acme.health, acme.health_reason = 41, "quiet"
    used(floor, many)
    session.add(Requirements(account_id=acme.id, why_bought="Parcels got lost", success="Calm",
                             by_id=dana.id, at=MONDAY))  # fmt: skip
    session.add(AccountRole(account_id=acme.id, role="account_executive", member_id=floor.lee.id))
    session.add(HealthChange(account_id=acme.id, at=MONDAY - 100 * DAY, score=63))
    session.add(builders.renewal(acme.id, category="probable", signal="at_risk"))
    session.add_all(
        Revenue(account_id=acme.id, effective_on=MONDAY.date() - n * DAY, mrr=mrr, currency="USD")
        for n, mrr in ((200, Decimal(3_000)), (30, Decimal(4_000)))
    )
    version = PlaybookVersion(name="p", digest="d", source="own", seen_at=MONDAY,
                              definition={"title": "Steady use"})  # fmt: skip
    session.add(version)
    session.flush()
    for n in range(many):
        session.add_all([
            builders.contact(acme.id, f"Zoe{n} Poe", role="user"),
            builders.task(acme.id, f"Task {n}", due_on=date(2026, 11, 1)),
            builders.meeting(acme.id, f"Session {n}", starts_at=MONDAY + (n + 1) * DAY),
            builders.feedback(acme.id, 2, comment="Slow", email="gus@c.example"),
            builders.feedback(acme.id, 10, comment="Great"),
            PlaybookRun(playbook="p", version_id=version.id, account_id=acme.id, subject=f"{n}",
                        state="finished", started_at=MONDAY, over_at=MONDAY, goal_at=MONDAY),
        ])  # fmt: skip
        audit.record(
            session, verb="account.assigned", subject=f"account:{acme.id}", account=acme.id,
            by=dana.id, now=MONDAY - (n + 1) * DAY, before={"name": "Lee"}, after={"name": "Dana"},
        )  # fmt: skip
    session.add(builders.contact(acme.id, "Ann Lee", role="champion"))
    session.flush()


def asked(floor: Floor, who=None, account=None, review=True) -> AccountBrief:
    return brief(
        floor.session, (account or floor.acme).id, review=review, viewer=who or floor.dana,
        settings=SETTINGS, now=MONDAY,
    )  # fmt: skip


def test_all_that_is_known_is_said(floor):
    known(floor)
    words = shown(asked(floor))
    for told in (
        "Business review of Acme: $48k ARR", "Account executive Lee Park",
        "Ann Lee (champion), Zoe0", "Parcels got lost", "Success is: Calm",
        "after 12 days: first report",
        "step 0", "Steady use", "NPS 10 of 10", "Logins 3 (down 50 %)", "people 1 (down 50 %)",
        "minutes 10 (down 67 %)", "In minutes: Reports 10 (down 50 %) · Maps 0 (down 100 %)",
        "41 of 100", "down 22 in 90 days: quiet", "gus@c.example without an answer",
        "1 task overdue, the oldest by 22 days", "probable, the data says at risk",
        "Revenue from $3,000 to $4,000 a month", "Owner changed from Lee to Dana · Dana Reyes",
        "Task 0, due 1 Nov", "Session 0", "1. What was reached: step 0",
    ):  # fmt: skip
        assert told in words, told


def test_what_is_not_known_is_left_open(floor):
    floor.orphan.arr = floor.orphan.renewal_on = floor.orphan.health = None
    words = shown(asked(floor, account=floor.orphan, review=False))
    for told in (
        "Hand-over brief of Initech.", "No usage data", "Nobody has written it down", "none known",
        "First value not seen yet", "Owner nobody", "renewal date not known", "Revenue not known",
        "*Health* not known", "None that csbot knows of", "none planned",
    ):  # fmt: skip
        assert told in words, told
    assert "agenda" not in words
    assert " 0 " not in words


def test_a_payment_that_failed_is_a_risk_though_it_is_the_only_one(floor):
    acme = floor.orphan
    customer = BillingCustomer(
        sender="stripe", external_id="cus_1", account_id=acme.id, as_of=MONDAY
    )
    floor.session.add(customer)
    floor.session.flush()
    floor.session.add(Payment(
        customer_id=customer.id, external_id="in_1", status="failed", amount=Decimal(400),
        currency="USD", at=MONDAY - 3 * DAY, as_of=MONDAY - 3 * DAY,
    ))  # fmt: skip
    floor.session.flush()
    words = shown(asked(floor, account=acme))
    assert "A payment failed 3 days ago" in words
    assert "None that csbot knows of" not in words


@pytest.mark.parametrize(
    ("days", "over", "risks"),
    [
        (91, {}, "None that csbot knows of"),
        (90, {}, "Renewal: probable · no next step"),
        (90, {"next_step": "Call Ann"}, "None that csbot knows of"),
        (300, {"signal": "best_case"}, "Renewal: probable, the data says best case"),
        (300, {"category": "at_risk"}, "Renewal: at risk"),
    ],
)
def test_a_renewal_is_a_risk_by_what_is_thought_of_it_or_without_a_step_in_its_windows(
    floor, days, over, risks
):
    acme = floor.orphan
    acme.segment, acme.process = "smb", "transactional"
    acme.renewal_on = MONDAY.date() + days * DAY
    floor.session.add(builders.renewal(acme.id, due_on=acme.renewal_on, **over))
    floor.session.flush()
    words = shown(asked(floor, account=acme))
    _, _, told = words.partition("*Open risks*")
    assert told.lstrip().startswith(f"{risks} section")
    assert ("(probable" in words) == risks.startswith("None")


def test_a_viewer_reads_everything_but_amounts(floor):
    known(floor)
    words = shown(asked(floor, who=floor.vic))
    assert "Amounts are for CSMs and managers" in words
    assert "$" not in words
    assert "the data says" not in words
    assert "Parcels got lost" in words


def test_a_change_that_was_taken_back_is_no_change(floor):
    floor.command(floor.dana, "/cs assign acme @lee")
    assert "Owner changed" in shown(asked(floor))
    undo(floor.session, by=floor.dana, now=MONDAY, settings=SETTINGS)
    assert "Neither owner nor stage nor revenue" in shown(asked(floor))


def test_what_was_written_down_is_handed_over_and_what_was_taken_back_is_not(floor):
    assert "*Notes and check-ins*\nNone yet" in shown(asked(floor))
    told = {"account_id": floor.acme.id, "by": floor.dana, "now": MONDAY}
    notes.add(floor.session, text="Max decides, <!channel> Ann signs", **told)
    log_checkin(
        floor.session, note="called Ann, rollout waits for legal", channel="call",
        settings=SETTINGS, **told,
    )  # fmt: skip
    written = shown(asked(floor)).partition("*Notes and check-ins*")[2]
    assert "Max decides, &lt;!channel&gt; Ann signs · Dana Reyes" in written
    assert "called Ann, rollout waits for legal · Dana Reyes" in written
    undo(floor.session, by=floor.dana, now=MONDAY, settings=SETTINGS)
    assert "waits for legal" not in shown(asked(floor))


@pytest.mark.parametrize("many", [1, 30])
def test_it_costs_as_many_statements_however_much_there_is(floor, engine, many):
    known(floor, many)
    floor.session.expire_all()
    floor.session.refresh(floor.dana)
    with counted(engine) as statements:
        made = asked(floor)
    assert len(statements) == 28
    assert len(made.changes) <= 8


@pytest.mark.parametrize(
    ("rest", "title"),
    [("", "Hand-over brief"), ("handover", "Hand-over"), ("QBR", "Business review")],
)
def test_it_is_asked_for_by_name(floor, rest, title):
    assert title in shown(floor.command(floor.dana, f"/cs brief acme {rest}"))


def test_another_kind_is_refused_with_those_there_are(floor):
    with pytest.raises(Refused, match=r"`handover` and `qbr`; I did not read \*soon\*.*Acme"):
        floor.command(floor.dana, "/cs brief acme soon")


def test_it_is_kept_once_in_ones_own_messages(floor):
    value = f"{floor.acme.id}:qbr"
    assert "on its way" in shown(floor.press(floor.dana, Action.BRIEF_KEEP, value))
    assert "already" in shown(floor.press(floor.dana, Action.BRIEF_KEEP, value))
    (post,) = floor.posts()
    assert (post.lane, post.message) == ("U_DANA", "account_brief")
    assert "Keep" not in str(post.payload)


@pytest.mark.parametrize(
    "value", ["", "x:qbr", "1", "1:soon", "99999999999999999:qbr", "77777:qbr"]
)
def test_a_forged_button_keeps_nothing(floor, value):
    with pytest.raises(Refused):
        floor.press(floor.dana, Action.BRIEF_KEEP, f"{value}")
    assert floor.posts() == []


def test_the_agenda_is_what_the_facts_speak_for():
    base = AccountBrief.example()
    nothing = replace(base, milestones=(), wanted=None, usage=None, complaints=(), support=None,
                      renews_on=None)  # fmt: skip
    assert agenda(nothing) == (Point("no_success"),)
    steady = replace(base.usage, features=(Amount("Maps", 100, 90), Amount("New", 5, 0)))
    assert [one.kind for one in agenda(replace(base, usage=steady))] == [
        "value", "success", "complaint", "tickets", "renewal",
    ]  # fmt: skip
    moved = replace(base.usage, features=(Amount("Maps", 10, 90), Amount("Boards", 90, 10)))
    assert agenda(replace(nothing, usage=moved))[1:] == (
        Point("less", "Maps"), Point("more", "Boards"),
    )  # fmt: skip
    assert "renewal" not in [one.kind for one in agenda(replace(base, days_left=200))]
