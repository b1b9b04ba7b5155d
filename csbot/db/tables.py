"""Every table, in one import: what migrations and tests compare with."""

from csbot import audit, contacts, inbox, jobs, revenue
from csbot.accounts import model as accounts
from csbot.alerts import model as alerts
from csbot.checkins import model as checkins
from csbot.db.base import Base
from csbot.digests import model as digests
from csbot.feedback import model as feedback
from csbot.meetings import model as meetings
from csbot.onboarding import model as onboarding
from csbot.outbox import model as outbox
from csbot.renewals import model as renewals
from csbot.slack import model as slack
from csbot.tasks import model as tasks
from csbot.team import model as team

__all__ = ["MODULES", "metadata"]

MODULES = (
    accounts, alerts, audit, checkins, contacts, digests, feedback, inbox, jobs, meetings,
    onboarding, outbox, renewals, revenue, slack, tasks, team,
)  # fmt: skip

metadata = Base.metadata
