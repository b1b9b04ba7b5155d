"""The points that customers have earned in the months before, and what they led to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import insert, select

from csbot.accounts.model import Account, AccountTag
from csbot.demo.past import ON_FOR, Past, finished
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.pipelines import Placed, place
from csbot.playbooks.model import PlaybookRun
from csbot.points import PointsEntry

STARTER = 300
ABOUT_TO = ("Hooli", "Tidal Power", "Umbrella Pharma")  # who get there on Friday evening
FEATURES = ("Boards", "Reports", "Automations")
CHURNED, QUIET = "churned", "Quietwater Freight"


class Earned(NamedTuple):
    account: Account
    at: datetime
    points: int
    reason: str
    key: str


def settle(past: Past) -> None:
    """Points, scores, milestones, and the stages and tags that came with them."""
    here = [one for one in past.accounts.values() if one.lifecycle_stage != CHURNED]
    earned = [
        *_logins(past, here),
        *_welcomes(past, here),
        *_answers(past),
        *_sessions(past),
        *_features(past, here),
    ]
    _enter(past, earned)
    _stages(past, here)
    _milestones(past, here, earned)


def _months(past: Past, account: Account) -> Iterator[datetime]:
    """When somebody of it first logged in in each month since playbooks are on."""
    at = past.monday.replace(day=1, hour=8)
    while at > max(past.monday - ON_FOR, account.created_at):
        yield at + timedelta(days=account.id % 4)
        at = (at - timedelta(days=3)).replace(day=1)


def _logins(past: Past, here: list[Account]) -> Iterator[Earned]:
    rows = [(one, at, {"subject": f"{at:%Y-%m}"}) for one in here for at in _months(past, one)]
    for run in finished(past, "monthly-login", rows):
        account = past.session.get_one(Account, run.account_id)
        key = f"monthly-login:points:{account.id}:{run.subject}:{run.subject}"
        yield Earned(account, run.started_at, 30, "Login this month", key)


def _welcomes(past: Past, here: list[Account]) -> Iterator[Earned]:
    """Of those who came while playbooks were on; all but one logged in within a week."""
    new = [one for one in here if one.created_at > past.monday - ON_FOR]
    rows = [
        (
            one,
            one.created_at,
            {
                "subject": str(one.id), "subject_id": one.id,
                "goal_at": one.created_at + timedelta(days=1 + number % 5) if number % 7 else None,
            },
        )
        for number, one in enumerate(new)
    ]  # fmt: skip
    for run in finished(past, "new-customer", rows):
        account = past.session.get_one(Account, run.account_id)
        key = f"new-customer:points:{account.id}:{run.subject}"
        yield Earned(account, run.started_at, 30, "New customer", key)


def _answers(past: Past) -> Iterator[Earned]:
    happy = past.session.scalars(select(Feedback).where(Feedback.score >= 9)).all()
    rows = [
        (past.session.get_one(Account, one.account_id), one.at,
         {"subject": str(one.id), "subject_id": one.id, "facts": {"level": "Very Happy"}})
        for one in happy
    ]  # fmt: skip
    runs = finished(past, "feedback-received", rows)
    _marked(past, runs, pipeline="User Happiness Level", stage="Very Happy", tag="Very Happy")
    for run in runs:
        account = past.session.get_one(Account, run.account_id)
        yield Earned(
            account, run.started_at, 50, "Feedback: very happy", f"run:{run.id}:points-very-happy"
        )


def _sessions(past: Past) -> Iterator[Earned]:
    held = past.session.scalars(select(Meeting).where(Meeting.outcome == "attended")).all()
    rows = [
        (past.session.get_one(Account, one.account_id), one.starts_at + timedelta(hours=2),
         {"subject": f"{one.id}:attended", "subject_id": one.id})
        for one in held
    ]  # fmt: skip
    for run in finished(past, "meeting-held", rows):
        account = past.session.get_one(Account, run.account_id)
        yield Earned(
            account, run.started_at, 30, "Session attended", f"run:{run.id}:points-attended"
        )


def _features(past: Past, here: list[Account]) -> Iterator[Earned]:
    """Half an hour on one, for every second; an hour, on Friday, for those about to get there."""
    for number, account in enumerate(here):
        feature = FEATURES[number % 3]
        key = f"feature-time:half-an-hour:{account.id}:{feature}:30"
        if number % 2 and account.name not in ABOUT_TO:
            at = max(account.created_at, past.monday - timedelta(days=50 + number))
            yield Earned(account, at, 30, f"30 minutes on {feature}", key)
    for name in ABOUT_TO:
        account = past.accounts[name]
        key = f"feature-time:an-hour:{account.id}:Automations:60"
        at = past.monday - timedelta(days=2, hours=15)
        yield Earned(account, at, 60, "60 minutes on Automations", key)


def _enter(past: Past, earned: list[Earned]) -> None:
    rows = [
        {"account_id": one.account.id, "at": one.at, "points": one.points, "reason": one.reason,
         "key": one.key}
        for one in earned
    ]  # fmt: skip
    past.session.execute(insert(PointsEntry), rows)
    for one in earned:
        one.account.score = (one.account.score or 0) + one.points


def _stages(past: Past, here: list[Account]) -> None:
    active = [one for one in here if one.name != QUIET]
    for pipeline, stage, days, accounts in (
        ("Subscription & Billing", "Active", 30, here),
        ("User Login Activity", "Active", 15, active),
    ):
        since = past.monday - timedelta(days=days)
        placed = {one.id: Placed(stage, max(one.created_at, since)) for one in accounts}
        place(past.session, placed, pipeline=pipeline)


def _milestones(past: Past, here: list[Account], earned: list[Earned]) -> None:
    """Who has as many points has been congratulated, but for those of Friday evening."""
    newest = {one.account.id: one.at for one in sorted(earned, key=lambda one: one.at)}
    there = [one for one in here if one.score >= STARTER and one.name not in ABOUT_TO]
    rows = [(one, newest[one.id], {"subject": f"score:{STARTER}"}) for one in there]
    runs = finished(past, "milestones", rows)
    _marked(past, runs, pipeline="User Milestone", stage="Starter", tag="Starter User")


def _marked(past: Past, runs: list[PlaybookRun], *, pipeline: str, stage: str, tag: str) -> None:
    """As the steps of these runs put it, the newest of an account last."""
    newest = {run.account_id: run for run in sorted(runs, key=lambda run: run.started_at)}
    to = {id: Placed(stage, run.started_at, run.id) for id, run in newest.items()}
    place(past.session, to, pipeline=pipeline)
    past.session.add_all(
        AccountTag(account_id=id, tag=tag, added_at=run.started_at) for id, run in newest.items()
    )
