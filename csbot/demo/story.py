"""What the demo's first digest and alerts are about, and what its people did the week before."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.digests.model import DigestRun
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

# Only what is late speaks on Monday: what is due later in the week comes with the moving clock.
TASKS = (  # account, title, due in days, priority, whose
    ("Overdue Optics", "Send the corrected invoice", -4, "high", "U_LEE"),
    ("Globex", "Prepare the second onboarding meeting", 3, "normal", "U_DANA"),
    ("Cactus Cloud", "Ask legal for the redlines", 7, "normal", "U_LEE"),
    ("Initech", "Confirm the number of seats for the proposal", 8, "normal", "U_DANA"),
    ("Lumen Labs", "Send the countersigned quote", 9, "normal", "U_SAM"),
    ("Hooli", "Share the roadmap slides", 10, "low", "U_DANA"),
)
MEETINGS = (  # account, whose, kind, title, in hours, agenda, objectives
    (
        "Busy Bakery", "U_DANA", "success session", "Success session", -0.75,
        "Opening two more shops", "Who is trained in which shop",
    ),
    (
        "Meeting Makers", "U_DANA", "success session", "Success session", 1.5,
        "Shared calendars", "Booking page live by Friday",
    ),
    (
        "Initech", "U_DANA", "renewal", "Renewal talk", 51.5,
        "Number of seats", "A date for the signature",
    ),
    ("Pebble Pay", "U_SAM", "QBR", "Quarterly business review", 76, "Year in numbers", ""),
)  # fmt: skip
FRIDAY = timedelta(days=-3)


def tell(session: Session, team: Mapping[str, TeamMember], *, monday: datetime) -> None:
    named = {account.name: account for account in session.scalars(select(Account))}
    session.add_all(_fridays_digests(team, monday))
    session.add_all(_tasks(named, team, monday))
    session.add_all(_meetings(named, team, monday))
    session.add(_unhappy(session, named["Grumpy Grapes"], monday))
    session.add_all(_wins(session, named, team, monday))
    session.add(_doubt(session, named["Grumpy Grapes"], team, monday))


def _fridays_digests(team: Mapping[str, TeamMember], monday: datetime) -> Iterator[DigestRun]:
    """So that Monday's digests say what has changed since Friday."""
    for member in team.values():
        at = monday + FRIDAY
        yield DigestRun(member_id=member.id, local_date=at.date(), sent_at=at, shown={})


def _tasks(
    named: Mapping[str, Account], team: Mapping[str, TeamMember], monday: datetime
) -> Iterator[Task]:
    for name, title, due, priority, owner in TASKS:
        yield Task(
            account_id=named[name].id,
            title=title,
            priority=priority,
            due_on=monday.date() + timedelta(days=due),
            assignee_id=team[owner].id,
            created_by_id=team[owner].id,
            created_at=monday - timedelta(days=9),
        )


def _meetings(
    named: Mapping[str, Account], team: Mapping[str, TeamMember], monday: datetime
) -> Iterator[Meeting]:
    for name, owner, kind, title, hours, agenda, objectives in MEETINGS:
        account = named[name]
        yield Meeting(
            account_id=account.id,
            kind=kind,
            title=title,
            starts_at=monday + timedelta(hours=hours),
            duration_minutes=45,
            organizer_id=team[owner].id,
            attendees=[f"ines@{account.domain}"],
            agenda=agenda,
            objectives=objectives or None,
            created_at=monday - timedelta(days=6),
        )


def _unhappy(session: Session, account: Account, monday: datetime) -> Feedback:
    gus = Contact(
        account_id=account.id,
        email="gus@grumpy.example",
        name="Gus Moreau",
        role="decision maker",
        last_login_at=monday - timedelta(hours=20),
        created_at=account.created_at,
    )
    session.add(gus)
    session.flush()
    return Feedback(
        account_id=account.id,
        contact_id=gus.id,
        email=gus.email,
        kind="nps",
        score=2,
        negative=True,
        comment="Two weeks without an answer from support. We are looking around.",
        at=monday - timedelta(hours=17),
    )


def _wins(
    session: Session,
    named: Mapping[str, Account],
    team: Mapping[str, TeamMember],
    monday: datetime,
) -> Iterator[object]:
    bakery, globex = named["Busy Bakery"], named["Globex"]
    promoter = session.scalars(
        select(Contact).where(Contact.account_id == bakery.id).order_by(Contact.id)
    ).first()
    yield Feedback(
        account_id=bakery.id,
        contact_id=promoter and promoter.id,
        kind="nps",
        score=10,
        negative=False,
        comment="Ordering takes us minutes now.",
        at=monday + FRIDAY + timedelta(hours=6),
    )
    yield AuditEntry(
        at=monday + FRIDAY + timedelta(hours=3),
        by_id=team["U_DANA"].id,
        verb="stage.advanced",
        subject=f"account:{globex.id}",
        account_id=globex.id,
        before={"stage": "first-onboarding-meeting"},
        after={"stage": "second-onboarding-meeting"},
    )


def _doubt(
    session: Session, account: Account, team: Mapping[str, TeamMember], monday: datetime
) -> RenewalCategoryChange:
    """Why the forecast is lower than a week ago."""
    renewal = session.scalars(select(Renewal).where(Renewal.account_id == account.id)).one()
    return RenewalCategoryChange(
        renewal_id=renewal.id,
        at=monday + FRIDAY + timedelta(hours=7),
        by_id=team["U_DANA"].id,
        before="probable",
        after=renewal.category,
        reason="Gus says they are looking around",
    )
