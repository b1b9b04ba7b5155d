"""Where the demo's newer customers stand, how they came there, and who has first value."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.onboarding.first_value import NOTHING, VERB
from csbot.onboarding.model import AccountRole, Requirements, StageSpell, StageTick
from csbot.onboarding.requirements import NAMES
from csbot.onboarding.stages import Role, Stage, track
from csbot.team.model import TeamMember

STAYS = {  # how many days ago each stage of the track began; the last one goes on
    "Globex": (12, 9, 3),
    "Juniper Jobs": (50, 37, 24),
    "Kestrel Kites": (27, 12),  # late by five days
    "Yarrow Yachts": (3,),
}
PROCESS = {"Yarrow Yachts": "enterprise"}  # by hand: they asked for it
PEOPLE = {  # who sold it, who onboards it, whose it is then
    "Globex": ("U_ROBIN", "U_DANA", "U_LEE"),
    "Yarrow Yachts": ("U_ROBIN", "U_SAM", "U_SAM"),
}
WANTED = {  # why they bought, what for, what they used before, what success is to them
    "Globex": (
        "Every plant plans by itself, and nobody sees what the others do",
        "The planners of four plants, each morning",
        "A spreadsheet for each plant, and the phone",
        "One plan for all four by the end of the quarter",
    ),
    "Yarrow Yachts": (
        "Two boats were promised to one customer in June",
        "The harbour desk books from it, from March on",
        None,
        "No double booking for a whole season",
    ),
}
FRIDAYS = timedelta(hours=3)  # behind the digest of the day
TICKED = ("Kestrel Kites", "Yarrow Yachts")
EARLY = {"Juniper Jobs": "They log in every day: nothing else to wait for"}
NO_VALUE = "Yarrow Yachts"
YEAR, MISSED = 366, 6
WHATS = ("First report sent", "First board shared", "First order through the product")


class Stay(NamedTuple):
    stage: Stage
    begun_at: datetime
    ended_at: datetime | None


def stand(session: Session, team: Mapping[str, TeamMember], *, monday: datetime) -> None:
    accounts = session.scalars(select(Account).order_by(Account.id)).all()
    for account in accounts:
        account.process = PROCESS.get(account.name, account.process)
        stays = list(_stays(account, monday))
        if stays:
            _enter(account, stays)
            session.add_all(_spells(account, stays, team))
            session.add_all(_ticks(account, stays[-1]))
            session.add_all(_known(account, stays[0].begun_at, team))
    new = [one for one in accounts if monday - _since(one) < timedelta(days=YEAR)]
    entries = [_value(one, number) for number, one in enumerate(new) if one.name != NO_VALUE]
    audit.record_all(session, [entry for entry in entries if entry["at"] < monday])


def _stays(account: Account, monday: datetime) -> Iterator[Stay]:
    began = [monday - timedelta(days=days) + FRIDAYS for days in STAYS.get(account.name, ())]
    yield from map(Stay, track(account.process), began, [*began[1:], None])


def _enter(account: Account, stays: list[Stay]) -> None:
    account.onboarding_stage = stays[-1].stage.key
    account.onboarding_stage_since = stays[-1].begun_at
    account.onboarding_began_at = stays[0].begun_at


def _spells(
    account: Account, stays: list[Stay], team: Mapping[str, TeamMember]
) -> Iterator[StageSpell]:
    for stage, began, ended in stays:
        why = EARLY.get(account.name) if ended is None else None
        yield StageSpell(
            account_id=account.id, process=account.process, stage=stage.key, days=stage.days,
            begun_at=began, ended_at=ended, owner_id=account.owner_id,
            by_id=team["U_PRIYA"].id if why else account.owner_id, why=why,
        )  # fmt: skip


def _ticks(account: Account, stay: Stay) -> Iterator[StageTick]:
    if account.name in TICKED:
        yield StageTick(
            account_id=account.id, stage=stay.stage.key, criterion=stay.stage.criteria[0].key,
            by_id=account.owner_id, at=stay.begun_at + timedelta(days=1),
        )  # fmt: skip


def _known(
    account: Account, at: datetime, team: Mapping[str, TeamMember]
) -> Iterator[AccountRole | Requirements]:
    roles = (Role.ACCOUNT_EXECUTIVE, Role.ONBOARDING_MANAGER, Role.CSM)
    for role, who in zip(roles, PEOPLE.get(account.name, ()), strict=False):
        yield AccountRole(account_id=account.id, role=role, member_id=team[who].id)
    if said := WANTED.get(account.name):
        answers = dict(zip(NAMES, said, strict=True))
        by = team[PEOPLE[account.name][1]].id
        yield Requirements(account_id=account.id, **answers, by_id=by, at=at + timedelta(hours=2))


def _value(account: Account, number: int) -> dict[str, Any]:
    """Most within a month, every sixth a little later."""
    days = 33 if number % MISSED == MISSED - 1 else 6 + number * 7 % 19
    if account.name == "Globex":
        days = 9
    at, what = _since(account) + timedelta(days=days), WHATS[number % len(WHATS)]
    account.first_value_at, account.first_value_what = at, what
    after = {"first_value_at": at.isoformat(), "first_value_what": what}
    return audit.entry(
        verb=VERB, subject=f"account:{account.id}", account=account.id, by=account.owner_id,
        now=at, before=NOTHING, after=after,
    )  # fmt: skip


def _since(account: Account) -> datetime:
    return account.customer_since or account.created_at
