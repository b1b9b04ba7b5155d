"""Fills an empty database with the demo's company: forty customers and a year behind them.

Nothing is random: the same Monday gives the same company.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, AccountPipeline, AccountTag, HealthChange
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.demo.accounts import OWNERS, Customer, customers
from csbot.demo.forecasts import remember, win
from csbot.demo.former import fill_former, log_ins
from csbot.demo.ledger import settle
from csbot.demo.onboarding import stand
from csbot.demo.past import Past, recall
from csbot.demo.people import ANN, MONDAY_ZONE, ROLES, TEAM, Mate, contact_name
from csbot.demo.story import tell
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.renewals.model import Renewal
from csbot.settings import Settings
from csbot.team.model import TeamMember

LEAP = 6
STATUS = ((80, "Thriving"), (65, "Healthy"), (50, "Steady"), (0, "Struggling"))
NOTES = (
    "Went through their goals for the quarter; rollout is on track.",
    "Answered questions on reporting; they want a template for the board.",
    "Short call with the champion: happy, two feature wishes noted.",
    "Reviewed adoption with the admin; three teams still to invite.",
)


def fill(session: Session, *, settings: Settings, monday: datetime) -> None:
    """`monday` is the moment the story begins, 08:30 of a Monday, as aware UTC."""
    team = fill_team(session, monday=monday)
    for number, customer in enumerate(customers()):
        account = _account(customer, team, monday)
        session.add(account)
        session.flush()
        session.add_all(_belongings(number, customer, account, monday))
    session.flush()
    tell(session, team, monday=monday)
    stand(session, team, monday=monday)
    win(session, monday=monday)
    fill_former(session, team, monday=monday)
    session.flush()
    remember(session, monday=monday)
    past = Past.with_playbooks(session, settings=settings, monday=monday)
    recall(past)
    settle(past)
    log_ins(past)


def fill_team(
    session: Session, *, monday: datetime, team: Sequence[Mate] = TEAM
) -> dict[str, TeamMember]:
    people = {mate.slack_id or mate.email: _member(mate, monday) for mate in team}
    session.add_all(people.values())
    session.flush()
    for mate in team:
        if mate.manager:
            people[mate.slack_id or mate.email].manager_id = people[mate.manager].id
    return people


def forget_team(session: Session) -> None:
    session.execute(delete(TeamMember))


def _member(mate: Mate, monday: datetime) -> TeamMember:
    return TeamMember(
        email=mate.email,
        name=mate.name,
        role=mate.role,
        slack_id=mate.slack_id or None,
        timezone=mate.zone,
        work_starts=time(8) if mate.zone == MONDAY_ZONE else time(7),
        digest_at=time(8, 30),
        created_at=monday - timedelta(days=800),
        introduced_at=monday - timedelta(days=800),
        introduction_closed_at=monday - timedelta(days=799),
    )


def _account(customer: Customer, team: dict[str, TeamMember], monday: datetime) -> Account:
    owner = OWNERS[customer.owner]
    began = monday - timedelta(days=customer.age)
    enterprise = customer.segment == "enterprise"
    return Account(
        name=customer.name,
        name_key=" ".join(customer.name.casefold().split()),
        domain=f"{customer.name.split()[0].lower()}.example",
        arr=Decimal(customer.arr),
        currency="USD",
        segment=customer.segment,
        plan="Scale" if enterprise else "Team",
        industry=customer.industry,
        owner_id=team[owner].id if owner else None,
        process="enterprise" if enterprise else "transactional",
        lifecycle_stage=customer.stage,
        health=customer.health,
        health_status=_status(customer.health),
        health_changed_at=_moved_at(customer, monday),
        renewal_on=(monday + timedelta(days=customer.renews_in)).date(),
        customer_since=began,
        created_at=began,
        updated_at=monday - timedelta(days=3),
    )


def _belongings(
    number: int, customer: Customer, account: Account, monday: datetime
) -> Iterator[object]:
    yield from _contacts(number, customer, account, monday)
    yield from _history(number, customer, account, monday)
    yield AccountPipeline(
        account_id=account.id,
        pipeline="Customer Health Status",
        stage=account.health_status or "Steady",
        since=monday - timedelta(days=3),
    )
    yield AccountTag(account_id=account.id, tag="Active SaaS", added_at=account.created_at)
    yield Renewal(
        account_id=account.id,
        due_on=account.renewal_on,
        amount_due=Decimal(customer.arr),
        currency="USD",
        category=customer.forecast,
        next_step=customer.next_step or None,
        created_at=account.created_at,
    )


def _contacts(
    number: int, customer: Customer, account: Account, monday: datetime
) -> Iterator[Contact]:
    quiet = customer.name == "Quietwater Freight"
    for index in range(5 if customer.segment == "enterprise" else 3):
        name = ANN if quiet and index == 0 else contact_name(number * 5 + index)
        away = timedelta(days=9, hours=index * 5) if quiet else timedelta(hours=14 + 7 * index)
        yield Contact(
            account_id=account.id,
            email=f"{name.split()[0].lower()}.{index}@{account.domain}",
            name=name,
            role=ROLES[index],
            last_login_at=monday - away,
            created_at=account.created_at,
        )


def _history(
    number: int, customer: Customer, account: Account, monday: datetime
) -> Iterator[object]:
    months = min(customer.age // 30, 12)
    start = customer.health_then
    for month in range(months, 0, -1):
        at = monday - timedelta(days=30 * month + number % 5)
        score = max(20, min(95, start + (number * 7 + month * 5) % 11 - 5))
        yield HealthChange(account_id=account.id, at=at, score=score, status=_status(score))
        yield CheckIn(
            account_id=account.id,
            by_id=account.owner_id,
            at=at + timedelta(days=2, hours=3),
            channel=("call", "email", "meeting")[month % 3],
            note=NOTES[(number + month) % len(NOTES)],
            sentiment="positive" if score >= 65 else "neutral",
        )
    for at, score in (
        (monday - timedelta(days=8), customer.health_then),
        (_moved_at(customer, monday), customer.health),
    ):
        yield HealthChange(account_id=account.id, at=at, score=score, status=_status(score))
    if number % 4 == 0:
        yield _review(account, monday)
    if customer.health >= 80:
        yield Feedback(
            account_id=account.id, kind="nps", score=9 + number % 2, negative=False,
            comment="It saves us hours every week.", at=monday - timedelta(days=20 + number),
        )  # fmt: skip


def _review(account: Account, monday: datetime) -> Meeting:
    return Meeting(
        account_id=account.id,
        kind="QBR",
        title="Quarterly business review",
        starts_at=monday - timedelta(days=60) + timedelta(hours=5),
        duration_minutes=60,
        organizer_id=account.owner_id,
        outcome="attended",
        notes="Goals for the quarter agreed.",
        created_at=monday - timedelta(days=75),
    )


def _moved_at(customer: Customer, monday: datetime) -> datetime:
    """Leaps happened on Friday after the digest, and are news; small steps a day before it."""
    leapt = abs(customer.health - customer.health_then) >= LEAP
    return monday - (timedelta(days=2, hours=18) if leapt else timedelta(days=4))


def _status(score: int) -> str:
    return next(word for least, word in STATUS if score >= least)
