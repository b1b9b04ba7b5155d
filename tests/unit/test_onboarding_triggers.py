"""What begins an onboarding, what is late in one, and which customers do not answer."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.audit import AuditEntry
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.onboarding.model import StageSpell, StageTick
from csbot.onboarding.stages import tracks
from csbot.revenue import Revenue
from csbot.touches.model import Touch
from tests.builders import MONDAY, feedback, meeting, task
from tests.unit.alert_world import DAY, HOUR
from tests.unit.test_playbook_triggers import SINCE, Triggers, edges


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator["Onboarding"]:
    with sessions() as session:
        yield Onboarding(session, usage={"unused_after": {"Boards": 14, "Reports": 30}})


class Onboarding(Triggers):
    def sent(self, account: Any, *, days: float, **over: Any) -> Any:
        """A message that went out so many days ago."""
        number = self.session.scalar(select(func.count(Touch.id)))
        at = self.now - days * DAY
        fields = {
            "playbook": "tips", "account_id": account.id, "channel": "email", "words": {},
            "address": "ann@customer.example", "state": "sent", "created_at": at, "send_at": at,
            "expires_at": at + DAY, "sent_at": at, "token": f"t{number}",
        }  # fmt: skip
        return self.add(Touch(**fields | over))

    def noted(self, account: Any, channel: str, *, days: float, **over: Any) -> Any:
        fields = {"by_id": self.dana.id, "note": "-", "at": self.now - days * DAY}
        return self.add(CheckIn(account_id=account.id, channel=channel, **fields | over))

    def tried(self, name: str = "Acme", *, days: tuple[float, ...] = (31, 20, 10)) -> Any:
        """Written to on these days."""
        made = self.account(name)
        for ago in days:
            self.sent(made, days=ago)
        return made

    def spell(self, account: Any, stage: str, *, days: float, **over: Any) -> Any:
        """In a stage of ten days since so many days."""
        fields = {"process": "enterprise", "days": 10, "begun_at": self.now - days * DAY}
        return self.add(StageSpell(account_id=account.id, stage=stage, **fields | over))


def test_the_first_payment_is_the_first_that_billing_or_an_import_knows_of(
    world: Onboarding,
) -> None:
    paid, runs, before, told, free, left = (
        world.account(name, lifecycle_stage=stage)
        for name, stage in (("Paid", "adoption"), ("Runs", "adoption"), ("Before", "adoption"),
                            ("Told", "adoption"), ("Free", "adoption"), ("Left", "churned"))
    )  # fmt: skip
    customers = {one.id: world.billed(one) for one in (paid, runs, before, told, free, left)}
    for account in (paid, before, told, left):
        world.invoice(customers[account.id], "paid", at=SINCE + HOUR)
    world.invoice(customers[paid.id], "paid", at=MONDAY)
    world.subscription(customers[paid.id], "active", at=SINCE + 2 * HOUR, mrr=400, rank=0)
    world.subscription(customers[runs.id], "active", at=SINCE + 3 * HOUR, mrr=400, rank=0)
    world.invoice(customers[before.id], "paid", at=SINCE - DAY)
    world.add(Revenue(account_id=told.id, effective_on=(SINCE - 40 * DAY).date(), mrr=Decimal(400),
                      currency="USD"))  # fmt: skip
    world.invoice(customers[free.id], "paid", at=SINCE, amount=0)
    world.subscription(customers[free.id], "trialing", at=SINCE)
    rows = {row["account_id"]: row for row in world.sees("payment.first")}
    assert {id: row["at"] for id, row in rows.items()} == {
        paid.id: SINCE + HOUR, runs.id: SINCE + 3 * HOUR,
    }  # fmt: skip
    assert {row["subject"] for row in rows.values()} == {"first"}


def test_whoever_pays_since_before_billing_was_connected_does_not_pay_for_the_first_time(
    world: Onboarding,
) -> None:
    """Of these nobody has heard how their subscription began; of Tried, that it cost nothing."""
    old, renewed, tried = (world.account(name) for name in ("Old", "Renewed", "Tried"))
    customers = {one.id: world.billed(one) for one in (old, renewed, tried)}
    world.subscription(customers[old.id], "active", at=SINCE + HOUR, mrr=400)
    world.invoice(customers[renewed.id], "paid", at=SINCE + HOUR)
    world.subscription(customers[renewed.id], "active", at=SINCE + 2 * HOUR, mrr=400)
    world.subscription(customers[tried.id], "trialing", at=SINCE + HOUR)
    world.subscription(customers[tried.id], "active", at=SINCE + 2 * HOUR, mrr=400)
    assert [row["account_id"] for row in world.sees("payment.first")] == [tried.id]


def test_a_trial_begins_once_and_what_was_done_in_it_is_told_when_it_ends(
    world: Onboarding,
) -> None:
    acme, over = world.account(), world.account("Over")
    ends = MONDAY + 2 * DAY
    for account, status in ((acme, "trialing"), (over, "active")):
        customer = world.billed(account)
        world.subscription(customer, "trialing", at=SINCE, trial_ends_at=ends, plan="Team")
        world.subscription(customer, status, at=MONDAY, rank=2, trial_ends_at=ends, plan="Team")
    (began,) = world.sees("trial.started")
    assert (began["account_id"], began["at"], began["ends_on"]) == (acme.id, SINCE, "2026-11-25")
    assert world.sees("trial.started", since=SINCE + HOUR) == []
    world.contact(acme, days=1)
    world.contact(acme, "Bob", days=None, email="bob@customer.example")
    group = world.group(acme)
    for feature in ("", "Reports", "Calendars", "other"):
        world.used(group, feature)
    (ending,) = world.sees("trial.will_end")
    assert (ending["logged_in"], ending["people"], ending["ends_on"]) == (1, 2, "2026-11-25")
    assert (ending["used"], ending["unused"]) == ("Calendars, Reports", "Boards")
    assert not ending["first_value"]


def test_onboarding_is_told_of_when_it_begins_and_when_it_is_over(world: Onboarding) -> None:
    for name, at in zip("abcd", edges(), strict=True):
        world.account(name, onboarding_began_at=at, onboarding_ended_at=None)
        world.account(f"{name}{name}", onboarding_began_at=SINCE - 90 * DAY, onboarding_ended_at=at)
    world.account("Left", onboarding_ended_at=MONDAY, lifecycle_stage="churned")
    assert sorted(row["at"] for row in world.sees("onboarding.started")) == [SINCE, MONDAY]
    assert sorted(row["at"] for row in world.sees("onboarding.finished")) == [SINCE, MONDAY]


def test_a_stage_is_overdue_by_the_days_it_had_and_says_what_is_open(world: Onboarding) -> None:
    stage = tracks()["enterprise"][1]
    late, soon, done = (world.account(name) for name in ("Late", "Soon", "Done"))
    spell = world.spell(late, stage.key, days=12)
    world.spell(soon, stage.key, days=9.99)
    world.spell(done, stage.key, days=40, ended_at=MONDAY - DAY)
    (row,) = world.sees("onboarding.stage_overdue")
    assert (row["account_id"], row["subject"], row["at"]) == (
        late.id, str(spell.id), MONDAY - 2 * DAY,
    )  # fmt: skip
    assert (row["stage"], row["goal"], row["days"]) == (stage.name, stage.goal, 10)
    assert (row["since"], row["due_on"]) == ("2026-11-11", "2026-11-21")
    assert row["open"] == stage.criteria[0].text
    unticked = [one.text for one in stage.criteria if not one.by_hand]
    for criterion in stage.criteria:
        tick = {"account_id": late.id, "stage": stage.key, "criterion": criterion.key}
        world.add(StageTick(**tick, at=MONDAY))
    assert world.sees("onboarding.stage_overdue")[0]["open"] in (None, *unticked)
    assert world.accounts("onboarding.stage_overdue", days=2) == [late.id]
    assert world.accounts("onboarding.stage_overdue", days="3 days") == []


def test_a_customer_is_silent_after_three_tries_of_which_the_first_is_thirty_days_ago(
    world: Onboarding,
) -> None:
    silent = world.tried()
    world.tried("Not yet", days=(29.9, 20, 10))
    world.tried("Seldom", days=(31, 10))
    world.tried("One day", days=(31, 31.01, 10))
    world.tried("Long ago", days=(95, 94, 93))
    bounced = world.tried("Bounced", days=(31, 20))
    world.sent(bounced, days=10, bounced_at=MONDAY, state="bounced")
    world.sent(world.tried("Draft", days=(31, 20)), days=10, sent_at=None, state="draft")
    called = world.account("Called")
    for days, channel in ((31, "email"), (20, "call"), (10, "call")):
        world.noted(called, channel, days=days)
    world.noted(world.tried("By itself", days=(31, 20)), "call", days=10, by_id=None)
    rows = {row["account_id"]: row for row in world.sees("customer.silent")}
    assert rows.keys() == {silent.id, called.id}
    assert rows[silent.id]["at"] == MONDAY - DAY
    assert (rows[silent.id]["tries"], rows[silent.id]["since"]) == (3, "2026-10-23")
    assert rows[silent.id]["last_answer"] is None
    assert world.accounts("customer.silent", touches=2, days=10) != []
    assert world.accounts("customer.silent", touches=4) == []


def answers(world: Onboarding) -> dict[str, Any]:
    """All that counts as an answer, of an account each: five days ago."""
    at = MONDAY - 5 * DAY
    session: dict[str, Any] = {"source": "calendly", "created_at": at, "starts_at": MONDAY + DAY}
    return {
        "a survey": lambda id: feedback(id, 9, at=at),
        "a task form": lambda id: task(id, source="form", external_id=f"{id}", created_at=at),
        "a session they booked": lambda id: meeting(id, **session),
        "a session they came to": lambda id: meeting(id, starts_at=at, outcome="attended"),
        "a visit": lambda id: CheckIn(account_id=id, at=at, channel="meeting", note="-"),
        "a call with a tone": lambda id: CheckIn(
            account_id=id, at=at, channel="call", note="-", sentiment="neutral"
        ),
        "an SMS": lambda id: AuditEntry(
            account_id=id, at=at, verb="contact.answered", subject=f"sms:{id}"
        ),
        "a login": lambda id: Contact(account_id=id, email=f"{id}@c.example", created_at=at,
                                      last_login_at=at, opt_outs=[]),
    }  # fmt: skip


def test_any_word_of_theirs_is_an_answer_and_a_session_nobody_came_to_is_none(
    world: Onboarding,
) -> None:
    for name, answer in answers(world).items():
        world.add(answer(world.tried(name).id))
    missed = world.tried("Missed")
    world.add(meeting(missed.id, starts_at=MONDAY - 5 * DAY, outcome="no_show"))
    before = world.tried("Before")
    world.add(feedback(before.id, 9, at=MONDAY - 32 * DAY))
    rows = {row["account_id"]: row for row in world.sees("customer.silent")}
    assert rows.keys() == {missed.id, before.id}
    assert rows[before.id]["last_answer"] == "2026-10-22"


def test_a_login_answers_messages_but_no_calls_and_nothing_counts_while_the_product_is_silent(
    world: Onboarding,
) -> None:
    called = world.account("Called")
    world.contact(called, days=1)
    for days in (31, 20, 10):
        world.noted(called, "call", days=days)
    written = world.tried("Written")
    assert world.accounts("customer.silent") == [called.id, written.id]
    world.silent(hours=15 * 24)
    assert world.accounts("customer.silent") == [called.id]


def test_a_survey_is_due_so_long_after_the_last_answer_or_the_end_of_onboarding(
    world: Onboarding,
) -> None:
    def known(name: str, *, ended: float | None, answered: float | None, **over: Any) -> int:
        at = None if ended is None else MONDAY - ended * DAY
        made = world.account(name, onboarding_ended_at=at, **over)
        if answered is not None:
            world.add(feedback(made.id, 9, at=MONDAY - answered * DAY))
            world.add(feedback(made.id, 9, at=MONDAY - (answered + 50) * DAY))
        return int(made.id)

    due = [
        known("Ended", ended=90, answered=None),
        known("Answered", ended=None, answered=91),
        known("Both", ended=200, answered=100),
    ]
    known("Asked lately", ended=200, answered=89)
    known("New", ended=30, answered=120)
    known("Neither", ended=None, answered=None)
    known("Again", ended=None, answered=200, onboarding_stage="transition")
    known("Left", ended=200, answered=None, lifecycle_stage="churned")
    assert world.accounts("survey.due") == due
    assert {row["at"] for row in world.sees("survey.due")} == {
        MONDAY, MONDAY - DAY, MONDAY - 10 * DAY,
    }  # fmt: skip
    assert world.accounts("survey.due", days=91) == due[1:]


def test_a_business_review_is_due_so_long_after_the_last_one_unless_one_is_arranged(
    world: Onboarding,
) -> None:
    def known(name: str, *, ended: float | None, **reviews: Any) -> int:
        """`held`, `missed` and `ahead` so many days ago, or to come."""
        at = None if ended is None else MONDAY - ended * DAY
        made = world.account(name, onboarding_ended_at=at)
        outcomes = {"held": "attended", "missed": "no_show", "unsaid": None, "ahead": None}
        for what, days in reviews.items():
            on = MONDAY + days * DAY * (1 if what == "ahead" else -1)
            world.add(meeting(made.id, kind="QBR", starts_at=on, outcome=outcomes[what]))
            world.add(meeting(made.id, starts_at=on, outcome="attended"))  # of another kind
        return int(made.id)

    due = [
        known("Ended", ended=90),
        known("Held", ended=None, held=91),
        known("Both", ended=200, held=100),
        known("Missed", ended=120, missed=10),
    ]
    known("Held lately", ended=200, held=89)
    known("Nobody has said", ended=200, unsaid=3)
    known("Arranged", ended=200, held=100, ahead=12)
    known("New", ended=30, held=120)
    known("Neither", ended=None)
    assert world.accounts("review.due") == due
    since = {row["account_id"]: row["since"] for row in world.sees("review.due")}
    assert since[due[2]] == (MONDAY - 100 * DAY).date().isoformat()
    assert world.accounts("review.due", days=91) == [due[1], due[2], due[3]]
