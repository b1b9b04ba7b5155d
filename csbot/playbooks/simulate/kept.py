"""How the past of each table is kept, one line a table."""

from typing import Any

from csbot.accounts.model import Account, HealthChange, PipelineMove
from csbot.alerts.model import Alert
from csbot.checkins.model import CheckIn
from csbot.churn.model import Churn
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.onboarding.model import Requirements, StageSpell, StageTick
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.playbooks.simulate.rows import Kept
from csbot.points import PointsEntry
from csbot.renewals.model import Renewal, RenewalCategoryChange, RenewalMove
from csbot.revenue import Revenue
from csbot.slack.model import Channel
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.tickets.model import Ticket
from csbot.touches.model import Touch
from csbot.usage.model import Milestone, ProductGroup, ProductUser

NOT_DONE = {"done_at": None, "done_by_id": None}
NOT_ANSWERED = {"answered_at": None, "answered_by_id": None}
OPEN_RENEWAL = {"closed_at": None, "status": "open"}
NO_SIGNAL = {"signal_at": None, "signal": None, "signal_why": None}
OPEN_ALERT = {"closed_at": None, "closed_because": None, "state": "open"}
OPEN_TICKET = {"solved_at": None, "status": "open"}
# These only say how fresh a calendar was, of which nothing is kept: each counts as read just then;
# and when a meeting was moved, or its outcome noted: that it was over counts in their place.
# An answer to an SMS stands in the audit log alone, too: of the past there are none.
LEFT_EMPTY = {"calendar_feeds", "meeting_refs", "audit"}


def tables(owners: dict[str, int]) -> list[Kept]:
    """`owners` are the team's ids by address, as the log names people."""
    return [
        Kept(TeamMember, None),
        Kept(Channel, None),
        Kept(Account, noun="account", aliases=_account(owners)),
        Kept(Contact, noun="contact", hidden=("last_login_at",)),
        Kept(Task, noun="task", dated={"done_at": NOT_DONE}),
        Kept(Meeting, noun="meeting", aliases={"minutes": ("duration_minutes", int)}),
        Kept(Feedback, "at", "feedback", dated={"answered_at": NOT_ANSWERED}),
        Kept(Renewal, noun="renewal", dated={"closed_at": OPEN_RENEWAL, "signal_at": NO_SIGNAL}),
        Kept(RenewalMove, "at"),
        Kept(RenewalCategoryChange, "at"),
        Kept(Ticket, "opened_at", "ticket", dated={"solved_at": OPEN_TICKET}),
        Kept(Alert, "opened_at", dated={"closed_at": OPEN_ALERT}),
        Kept(CheckIn, "at", "checkin"),
        Kept(Churn, "at", dated={name: {name: None} for name in ("applied_at", "withdrawn_at")}),
        Kept(Touch, "created_at"),
        Kept(HealthChange, "at"),
        Kept(PipelineMove, "at"),
        Kept(PointsEntry, "at"),
        Kept(StageTick, "at"),
        Kept(StageSpell, "begun_at", dated={"ended_at": {"ended_at": None}}),
        Kept(Requirements, "at"),
        Kept(Revenue, None),
        Kept(SubscriptionState, "at"),
        Kept(BillingCustomer, None),
        Kept(ProductGroup, "first_seen_at"),
        Kept(ProductUser, "first_seen_at", hidden=("last_login_at",)),
        Kept(Milestone, "reached_at"),
    ]


def _account(owners: dict[str, int]) -> dict[str, tuple[str, Any]]:
    """What the log calls columns of an account."""
    return {
        "owner": ("owner_id", lambda email: owners.get(email) if email else None),
        "status": ("health_status", str),
        "stage": ("onboarding_stage", lambda key: key),
        "lifecycle": ("lifecycle_stage", str),
    }
