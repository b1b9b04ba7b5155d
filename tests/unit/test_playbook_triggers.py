"""What each trigger sees: exactly the rows that it should, with the moment and the facts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import HealthChange
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.playbooks.triggers import TRIGGERS, Look
from csbot.sources import Source
from csbot.tickets.model import Ticket
from csbot.usage.model import GroupUsage, Milestone, ProductGroup, ProductUser
from tests.builders import MONDAY, feedback, meeting, member, renewal, task
from tests.unit.alert_world import DAY, HOUR, World, settings

SINCE = MONDAY - 2 * DAY
MINUTE, MICROSECOND = timedelta(minutes=1), timedelta(microseconds=1)
Row = dict[str, Any]


class Triggers(World):
    """A company whose triggers can be asked."""

    def sees(self, name: str, *, since: datetime = SINCE, **parameters: Any) -> list[Row]:
        trigger = TRIGGERS[name]
        look = Look.of(
            self.session,
            trigger.parameters(**parameters),
            since=since,
            settings=self.settings,
            now=self.now,
            team={self.dana.id: self.dana, self.lee.id: self.lee},
        )
        return [dict(row) for row in self.session.execute(trigger.select(look)).mappings()]

    def subjects(self, name: str, **asked: Any) -> set[int | str]:
        """Which rows it is about; the subject where it is of none."""
        return {row["subject_id"] or row["subject"] for row in self.sees(name, **asked)}

    def accounts(self, name: str, **asked: Any) -> list[int]:
        return sorted(row["account_id"] for row in self.sees(name, **asked))

    def group(self, account: Any, *, seen: datetime = MONDAY - 300 * DAY) -> Any:
        made = ProductGroup(key=f"g{account.id}", account_id=account.id, first_seen_at=seen)
        return self.add(made)

    def used(self, group: Any, feature: str, *, days: int = 0, minutes: float = 10) -> None:
        """So many minutes with a feature, so many days ago."""
        self.add(
            GroupUsage(
                group_id=group.id, day=(self.now - days * DAY).date(), feature=feature,
                events=1, active_seconds=round(minutes * 60), logins=0,
            )
        )  # fmt: skip

    def silent(self, *, hours: float) -> None:
        """The product has told nothing for so long; three days are silence."""
        at = self.now - hours * HOUR
        self.add(Source(name="usage", first_at=MONDAY - 300 * DAY, last_at=at))

    def billed(self, account: Any) -> Any:
        return self.add(
            BillingCustomer(sender="stripe", external_id=f"cus_{account.id}", told={},
                            account_id=account.id, as_of=MONDAY)
        )  # fmt: skip

    def invoice(self, customer: Any, status: str, **over: Any) -> Any:
        fields = {
            "external_id": f"in_{len(self.session.new)}_{status}_{over.get('at', '')}",
            "amount": 400, "currency": "USD", "at": MONDAY, "as_of": MONDAY, "attempts": 1,
        }  # fmt: skip
        return self.add(Payment(customer_id=customer.id, status=status, **fields | over))

    def subscription(self, customer: Any, status: str, **over: Any) -> Any:
        fields = {
            "event_id": f"evt_{status}_{over.get('at', MONDAY).timestamp()}",
            "subscription": "sub_1", "at": MONDAY, "rank": 1, "mrr": 0, "currency": "USD",
        }  # fmt: skip
        return self.add(SubscriptionState(customer_id=customer.id, status=status, **fields | over))


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[Triggers]:
    with sessions() as session:
        yield Triggers(session, usage={"unused_after": {"Boards": 14, "Reports": 30}})


def edges() -> tuple[datetime, ...]:
    """Too early, at the beginning, now, and not yet."""
    return (SINCE - MICROSECOND, SINCE, MONDAY, MONDAY + MICROSECOND)


def test_every_trigger_has_the_columns_and_facts_that_it_names(world: Triggers) -> None:
    for name, trigger in TRIGGERS.items():
        look = Look(MONDAY, SINCE, trigger.parameters(), world.settings, "sqlite")
        facts = {fact.removeprefix("trigger.") for fact in trigger.facts}
        columns = {column.name for column in trigger.select(look).subquery().c}
        assert columns == {"account_id", "contact_id", "subject", "subject_id", "at", *facts}
        assert world.sees(name) == [], name


def test_an_account_is_new_from_since_until_now_unless_it_has_left_already(world: Triggers) -> None:
    made = [world.account(f"A{n}", created_at=at) for n, at in enumerate(edges())]
    world.account("Left", created_at=MONDAY, lifecycle_stage="churned")
    assert world.accounts("account.added") == [made[1].id, made[2].id]
    row = world.sees("account.added", since=MONDAY)[0]
    assert row == {
        "account_id": made[2].id, "contact_id": None, "subject": str(made[2].id),
        "subject_id": made[2].id, "at": MONDAY,
    }  # fmt: skip


def test_health_is_set_when_the_status_changes_or_a_person_says_the_same_again(
    world: Triggers,
) -> None:
    acme = world.account()

    def entry(at: datetime, status: str | None, by: Any = None) -> int:
        return world.add(
            HealthChange(account_id=acme.id, at=at, status=status, score=1, by_id=by)
        ).id

    entry(SINCE - DAY, "Healthy")
    entry(SINCE, "Healthy")
    by_hand = entry(SINCE + HOUR, "Healthy", world.dana.id)
    down = entry(SINCE + 2 * HOUR, "Struggling")
    entry(SINCE + 3 * HOUR, None)
    entry(MONDAY + MICROSECOND, "Steady")
    found = {row["subject_id"]: row for row in world.sees("health.set")}
    assert found.keys() == {by_hand, down}
    assert (found[down]["status"], found[down]["before"]) == ("Struggling", "Healthy")
    assert [bool(found[id]["by_hand"]) for id in (by_hand, down)] == [True, False]
    assert found[down]["at"] == SINCE + 2 * HOUR


def test_points_are_reached_at_each_threshold_by_itself(world: Triggers) -> None:
    scores = {"A": 299, "B": 300, "C": 650}
    ids = {name: world.account(name, score=score).id for name, score in scores.items()}
    world.account("Left", score=2000, lifecycle_stage="churned")
    found = {(row["account_id"], row["subject"]) for row in world.sees("account.score")}
    assert found == {(ids["B"], "score:300"), (ids["C"], "score:300"), (ids["C"], "score:600")}
    assert world.accounts("account.score", at_least=650) == [ids["C"]]
    assert world.sees("account.score", at_least=650)[0]["points"] == 650


def test_an_account_is_unowned_without_anybody_who_still_works_here(world: Triggers) -> None:
    gone = world.add(member("Gone", active=False))
    world.account("Owned")
    nobody, former = world.account("A", owner_id=None), world.account("B", owner_id=gone.id)
    world.account("Left", owner_id=None, lifecycle_stage="churned")
    assert world.accounts("account.unowned") == [nobody.id, former.id]


def test_people_are_quiet_after_exactly_seven_days(world: Triggers) -> None:
    acme, left = world.account(), world.account("Left", lifecycle_stage="churned")
    ann = world.contact(acme, "Ann", days=7)
    bob = world.contact(acme, "Bob", days=12)
    world.contact(acme, "Cid", days=6.99)
    world.contact(acme, "Never", days=None)
    world.contact(left, days=20)
    assert world.subjects("contact.quiet") == {ann.id, bob.id}
    assert {row["at"] for row in world.sees("contact.quiet")} == {MONDAY, MONDAY - 5 * DAY}
    (row,) = world.sees("contact.inactive")
    assert (row["account_id"], row["subject"], row["subject_id"]) == (acme.id, "", None)
    assert (row["inactive"], row["known"], row["at"]) == (2, 3, MONDAY)
    assert world.subjects("contact.quiet", days="12 days") == {bob.id}


def test_nobody_becomes_quiet_while_the_product_is_silent_and_who_was_stays_so(
    world: Triggers,
) -> None:
    acme = world.account()
    was = world.contact(acme, "Was", days=8.1)
    world.contact(acme, "Not yet", days=7.5)
    world.silent(hours=72 + 24)
    assert world.subjects("contact.quiet") == {was.id}
    assert [row["inactive"] for row in world.sees("contact.inactive")] == [1]


def test_the_first_login_of_a_month_counts_for_the_account_whoever_it_is(world: Triggers) -> None:
    acme, other = world.account(), world.account("Other")
    world.contact(acme, "Ann", days=0.5)
    world.contact(acme, "Bob", days=1)
    world.contact(other, days=3)
    group = world.group(other)
    world.add(
        ProductUser(key="u", group_id=group.id, first_seen_at=MONDAY, last_login_at=MONDAY - HOUR)
    )
    rows = {row["account_id"]: row for row in world.sees("login.first_of_month")}
    assert {id: row["at"] for id, row in rows.items()} == {
        acme.id: MONDAY - DAY, other.id: MONDAY - HOUR,
    }  # fmt: skip
    assert {row["subject"] for row in rows.values()} == {"2026-11"}
    world.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert world.sees("login.first_of_month") == []


def test_a_milestone_is_reached_for_the_account_of_its_group(world: Triggers) -> None:
    acme = world.account()
    ann = world.contact(acme, days=None)
    group, nobodys = world.group(acme), ProductGroup(key="x", first_seen_at=MONDAY)
    world.add(nobodys)
    user = world.add(ProductUser(key="u", contact_id=ann.id, first_seen_at=MONDAY))
    for owner in (group, nobodys):
        for name, at in zip("abcd", edges(), strict=True):
            row = Milestone(group_id=owner.id, name=name, user_id=user.id, reached_at=at)
            world.add(row)
    rows = world.sees("milestone.reached")
    assert {(row["milestone"], row["account_id"], row["contact_id"]) for row in rows} == {
        ("b", acme.id, ann.id), ("c", acme.id, ann.id),
    }  # fmt: skip


def test_a_feature_is_used_from_seven_minutes_within_one_day_on(world: Triggers) -> None:
    acme = world.account()
    group, left = world.group(acme), world.group(world.account("L", lifecycle_stage="churned"))
    world.used(group, "", minutes=500)
    world.used(group, "other", minutes=500)
    world.used(group, "Reports", minutes=7)
    world.used(group, "Boards", minutes=6.99)
    world.used(group, "Boards", days=1, minutes=6.99)
    world.used(group, "Old", days=7, minutes=60)
    world.used(group, "Last week", days=6, minutes=12.5)
    world.used(left, "Reports", minutes=60)
    rows = {row["feature"]: row for row in world.sees("feature.used")}
    assert {feature: row["minutes"] for feature, row in rows.items()} == {
        "Reports": 7, "Last week": 12,
    }  # fmt: skip
    assert rows["Reports"]["subject"] == "Reports"
    assert world.subjects("feature.used", minutes=13) == set()


def test_the_minutes_of_a_feature_add_up_over_four_weeks_and_all_groups(world: Triggers) -> None:
    acme = world.account()
    one = world.group(acme)
    two = world.add(ProductGroup(key="two", account_id=acme.id, first_seen_at=MONDAY))
    world.used(one, "Reports", days=27, minutes=20)
    world.used(two, "Reports", days=3, minutes=40)
    world.used(one, "Reports", days=28, minutes=500)
    world.used(one, "Boards", minutes=29.9)
    world.used(one, "Calendar", minutes=120)
    assert world.subjects("feature.time") == {
        "Reports:30", "Reports:60", "Calendar:30", "Calendar:60", "Calendar:120",
    }  # fmt: skip
    assert world.subjects("feature.time", minutes=[61], days=90) == {"Reports:61", "Calendar:61"}


def test_all_unused_features_of_an_account_are_one_row(world: Triggers) -> None:
    keen, idle, half = (world.account(name) for name in ("Keen", "Idle", "Half"))
    groups = [world.group(account) for account in (keen, idle, half)]
    world.used(groups[0], "Boards", days=14)
    world.used(groups[0], "Reports", days=30)
    world.used(groups[1], "Boards", days=15)
    world.used(groups[1], "Calendar")
    world.used(groups[2], "Boards", days=1)
    rows = {row["account_id"]: row for row in world.sees("feature.unused")}
    assert {id: (row["features"], row["count"]) for id, row in rows.items()} == {
        idle.id: ("Boards, Reports", 2), half.id: ("Reports", 1),
    }  # fmt: skip


def test_unused_is_only_what_could_have_been_used_and_would_have_been_told(
    world: Triggers,
) -> None:
    world.group(world.account("Left", lifecycle_stage="churned"))
    world.account("Never connected")
    world.group(world.account("New", created_at=MONDAY - 13 * DAY))
    world.group(world.account("Connected late"), seen=MONDAY - 13 * DAY)
    some = world.group(world.account("Some", customer_since=MONDAY - 14 * DAY))
    assert [row["features"] for row in world.sees("feature.unused")] == ["Boards"]
    world.used(some, "Boards", days=15)
    assert [row["features"] for row in world.sees("feature.unused")] == ["Boards"]
    world.silent(hours=72 + 24)
    assert world.sees("feature.unused") == []
    world.settings = settings()
    assert world.sees("feature.unused") == []


def test_payments_are_told_once_an_invoice_and_what_is_owed_once_an_account(
    world: Triggers,
) -> None:
    acme = world.account()
    customer = world.billed(acme)
    paid = [world.invoice(customer, "paid", at=at, as_of=MONDAY) for at in edges()]
    failed = [
        world.invoice(customer, "failed", at=SINCE - 9 * DAY + n * HOUR, as_of=at, attempts=n)
        for n, at in enumerate(edges())
    ]
    world.invoice(customer, "failed", at=SINCE, amount=0)
    world.invoice(world.billed(world.account("L", lifecycle_stage="churned")), "failed")
    assert world.subjects("payment.succeeded") == {paid[1].id, paid[2].id}
    assert world.subjects("payment.failed") == {failed[1].id, failed[2].id}
    assert {row["attempts"] for row in world.sees("payment.failed")} == {1, 2}
    assert {row["amount"] for row in world.sees("payment.succeeded")} == {400.0}
    (owed,) = world.sees("payment.overdue")
    assert (owed["account_id"], owed["attempts"], owed["count"]) == (acme.id, 3, 4)
    assert owed["at"] == SINCE - 9 * DAY


def test_a_subscription_ends_also_for_who_has_left_but_not_if_it_came_back(
    world: Triggers,
) -> None:
    left = world.billed(world.account(lifecycle_stage="churned"))
    back = world.billed(world.account("Back"))
    world.subscription(left, "active", at=SINCE - DAY)
    world.subscription(left, "canceled", at=SINCE, reason="too_expensive", plan="Pro")
    world.subscription(back, "canceled", at=SINCE)
    world.subscription(back, "active", at=SINCE + HOUR)
    (row,) = world.sees("subscription.ended")
    assert row["subject"] == f"{left.id}:sub_1"
    assert (row["account_id"], row["at"]) == (left.account_id, SINCE)
    assert (row["plan"], row["reason"]) == ("Pro", "too_expensive")
    assert world.sees("subscription.ended", since=SINCE + MICROSECOND) == []


def test_a_trial_ends_in_three_days(world: Triggers) -> None:
    def trial(name: str, ends: timedelta, status: str = "trialing") -> Any:
        customer = world.billed(world.account(name))
        world.subscription(customer, status, at=SINCE - 5 * DAY, trial_ends_at=MONDAY + ends)
        return customer

    exactly = trial("Exactly", 3 * DAY)
    trial("Later", 3 * DAY + MICROSECOND)
    soon = trial("Soon", 2 * DAY)
    trial("Bought", 2 * DAY, "active")
    converted = trial("Converted", 2 * DAY)
    world.subscription(converted, "active", at=SINCE)
    rows = {row["account_id"]: row["at"] for row in world.sees("trial.will_end")}
    assert rows == {exactly.account_id: MONDAY, soon.account_id: MONDAY - DAY}
    assert world.sees("trial.will_end", days=1) == []


def test_feedback_is_received_with_its_level_and_unanswered_while_it_is_bad_news(
    world: Triggers,
) -> None:
    acme, left = world.account(), world.account("Left", lifecycle_stage="churned")
    ann = world.contact(acme, days=None)
    said = [world.add(feedback(acme.id, 3, at=at, contact_id=ann.id)) for at in edges()]
    good = world.add(feedback(acme.id, 9, at=MONDAY))
    answered = world.add(feedback(acme.id, 2, at=MONDAY, answered_at=MONDAY))
    csat = world.add(feedback(acme.id, 3, kind="csat", negative=False, at=MONDAY))
    world.add(feedback(left.id, 1, at=MONDAY))
    rows = {row["subject_id"]: row for row in world.sees("feedback.received")}
    assert {id: row["level"] for id, row in rows.items()} == {
        said[1].id: "Not Happy", said[2].id: "Not Happy", good.id: "Very Happy",
        answered.id: "Not Happy", csat.id: "Neutral",
    }  # fmt: skip
    assert rows[said[1].id]["contact_id"] == ann.id
    assert (rows[good.id]["score"], rows[good.id]["scale"]) == (9, "nps")
    assert {one.id for one in said} == world.subjects("feedback.unanswered")
    assert said[0].id not in world.subjects("feedback.unanswered", days=2)


def test_a_support_request_is_told_whatever_became_of_it_since(world: Triggers) -> None:
    acme = world.account()
    made = [
        world.add(
            Ticket(account_id=acme.id, sender="z", external_id=str(n), subject="?", status=status,
                   opened_at=at, as_of=MONDAY, priority="urgent", sentiment=-30)
        )
        for n, (at, status) in enumerate(
            zip(edges(), ("open", "solved", "closed", "open"), strict=True)
        )
    ]  # fmt: skip
    assert world.subjects("ticket.opened") == {made[1].id, made[2].id}
    assert world.sees("ticket.opened")[0]["sentiment"] == -30


def test_tasks_are_added_submitted_and_done(world: Triggers) -> None:
    acme = world.account()
    ann = world.contact(acme, days=None)
    made = [world.add(task(acme.id, created_at=at)) for at in edges()]
    form = world.add(
        task(acme.id, created_at=SINCE, source="form", external_id="1", contact_id=ann.id,
             priority="high")
    )  # fmt: skip
    done = [world.add(task(acme.id, done_at=at, created_at=SINCE - DAY)) for at in edges()]
    assert world.subjects("task.added") == {made[1].id, made[2].id, form.id}
    (row,) = world.sees("task.submitted")
    assert (row["subject_id"], row["contact_id"], row["priority"]) == (form.id, ann.id, "high")
    assert world.subjects("task.done") == {done[1].id, done[2].id}


def test_a_task_is_due_by_the_calendar_of_whoever_is_to_do_it(world: Triggers) -> None:
    world.lee.timezone = "Pacific/Auckland"  # where it is Tuesday after 11:00 UTC
    world.now = MONDAY + 3 * HOUR
    acme = world.account()
    days = {day: (MONDAY + day * DAY).date() for day in (-1, 0, 1, 2, 3)}
    mine = {
        day: world.add(task(acme.id, due_on=on, assignee_id=world.dana.id)).id
        for day, on in days.items()
    }
    hers = {
        day: world.add(task(acme.id, due_on=on, assignee_id=world.lee.id)).id
        for day, on in days.items()
    }
    world.add(task(acme.id, done_at=MONDAY))
    states = {row["subject_id"]: row["state"] for row in world.sees("task.due")}
    assert states == {
        mine[-1]: "overdue", mine[0]: "due", mine[1]: "soon", mine[2]: "soon",
        hers[-1]: "overdue", hers[0]: "overdue", hers[1]: "due", hers[2]: "soon", hers[3]: "soon",
    }  # fmt: skip
    assert mine[1] not in world.subjects("task.due", days=0)


def test_a_meeting_is_booked_for_the_guest_that_we_know(world: Triggers) -> None:
    acme = world.account()
    ann = world.contact(acme, "Ann", days=None)
    ahead = MONDAY + 5 * DAY
    made = [
        world.add(
            meeting(acme.id, created_at=at, starts_at=ahead, kind="walkthrough",
                    attendees=["x@vendor.example", "Ann@Customer.example"])
        )
        for at in edges()
    ]  # fmt: skip
    world.add(meeting(acme.id, created_at=MONDAY, starts_at=ahead, outcome="cancelled"))
    world.add(meeting(acme.id, created_at=MONDAY, starts_at=MONDAY))
    rows = world.sees("meeting.booked")
    assert {row["subject_id"] for row in rows} == {made[1].id, made[2].id}
    assert {(row["contact_id"], row["kind"]) for row in rows} == {(ann.id, "walkthrough")}


def test_a_meeting_has_ended_when_it_is_over_and_its_outcome_is_known(world: Triggers) -> None:
    acme = world.account()

    def held(ends: datetime, outcome: str | None = "attended") -> Any:
        start = ends - 45 * MINUTE
        return world.add(meeting(acme.id, starts_at=start, duration_minutes=45, outcome=outcome))

    held(SINCE - MINUTE)
    first, last, missed = held(SINCE), held(MONDAY), held(MONDAY - HOUR, "no_show")
    held(MONDAY + MINUTE)
    held(MONDAY - HOUR, None)
    rows = {row["subject_id"]: row for row in world.sees("meeting.ended")}
    assert rows.keys() == {first.id, last.id, missed.id}
    assert (rows[missed.id]["outcome"], rows[first.id]["at"]) == ("no_show", SINCE)


def test_meetings_come_near(world: Triggers) -> None:
    acme = world.account()

    def at(start: timedelta, **over: Any) -> int:
        return world.add(meeting(acme.id, starts_at=MONDAY + start, **over)).id

    at(timedelta(0))
    hour, later = at(HOUR), at(HOUR + MINUTE)
    day, beyond = at(DAY), at(DAY + MINUTE)
    at(HOUR, outcome="cancelled")
    world.add(meeting(world.account("L", lifecycle_stage="churned").id, starts_at=MONDAY + HOUR))
    assert world.subjects("meeting.soon") == {hour}
    assert world.subjects("meeting.soon", minutes="90 minutes") == {hour, later}
    assert world.subjects("meeting.upcoming") == {hour, later, day}
    rows = {row["subject_id"]: row["at"] for row in world.sees("meeting.upcoming", within="2 days")}
    assert rows.keys() == {hour, later, day, beyond}
    assert rows[day] == MONDAY - DAY


def test_a_meeting_is_tomorrows_until_it_starts_but_not_if_it_was_arranged_today(
    world: Triggers,
) -> None:
    acme = world.account()
    midnight = MONDAY.replace(hour=0)

    def at(start: datetime, **over: Any) -> int:
        return world.add(meeting(acme.id, starts_at=start, **over)).id

    told = at(MONDAY + HOUR, created_at=midnight - MICROSECOND)
    at(MONDAY + HOUR, created_at=midnight)
    first, last = at(midnight + DAY), at(midnight + 2 * DAY - MICROSECOND, created_at=MONDAY)
    at(midnight + 2 * DAY)
    assert world.subjects("meeting.tomorrow") == {told, first, last}


def test_a_renewal_is_due_within_its_window_without_a_next_step(world: Triggers) -> None:
    today = MONDAY.date()

    def due(name: str, days: int, **over: Any) -> Any:
        owner = world.account(name, **{"lifecycle_stage": over.pop("stage", "adoption")})
        return world.add(renewal(owner.id, due_on=today + days * DAY, **over)).id

    last, blank = due("A", 90), due("B", 10, next_step=" ")
    due("C", 91)
    due("D", 10, next_step="Call")
    due("E", 10, status="renewed")
    due("F", 10, stage="churned")
    assert world.subjects("renewal.due") == {last, blank}
    assert world.subjects("renewal.due", days=30) == {blank}
