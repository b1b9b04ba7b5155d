"""A ticket that turns out to be another account's: what was recorded of it goes along, and what
playbooks began because of it ends where it does not belong.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.playbooks import retracting, runs
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.settings import Settings
from csbot.tickets.model import Ticket

BECAUSE = "the ticket it was about is another account's"


def move(
    session: Session, ticket: Ticket, account_id: int, *, settings: Settings, now: datetime
) -> None:
    left, subject = ticket.account_id, f"ticket:{ticket.id}"
    ticket.account_id, ticket.contact_id = account_id, None
    session.execute(
        update(AuditEntry)
        .where(AuditEntry.account_id == left, AuditEntry.subject == subject)
        .values(account_id=account_id)
    )
    audit.record(
        session, verb="ticket.moved", subject=subject, account=left, by=None, now=now,
        before={"account": left}, after={"account": account_id},
    )  # fmt: skip
    _end_playbooks(Scope.load(session, settings, now), left, ticket)


def _end_playbooks(scope: Scope, account_id: int, ticket: Ticket) -> None:
    """Of finished ones the alerts and tasks that are still open."""
    trigger, run = PlaybookVersion.definition["trigger"], PlaybookRun
    begun = scope.session.scalars(
        select(run.id)
        .join(PlaybookVersion, PlaybookVersion.id == run.version_id)
        .where(
            run.account_id == account_id,
            run.subject == str(ticket.id),
            trigger["event"].as_string() == "ticket.opened",
        )
    ).all()
    runs.end(scope, begun, state="exited", because=BECAUSE)
    retracting.cancel_tasks(scope, begun, BECAUSE)
    scope.session.execute(
        update(run)
        .where(among(scope.session, run.id, begun), run.state == "finished")
        .values(state="exited", ended_because=BECAUSE)
    )
