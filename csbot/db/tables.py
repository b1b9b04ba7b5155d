"""Every table, in one import: what migrations and tests compare with."""

from csbot import audit, captures, contacts, faults, jobs, overrides, points, revenue, sources
from csbot.account_channels import model as account_channels
from csbot.accounts import model as accounts
from csbot.alerts import model as alerts
from csbot.away import model as away
from csbot.calendars import model as calendars
from csbot.checkins import model as checkins
from csbot.churn import model as churn
from csbot.db.base import Base
from csbot.digests import model as digests
from csbot.feedback import model as feedback
from csbot.holds import model as holds
from csbot.home import model as home
from csbot.inbox import model as inbox
from csbot.keys import model as keys
from csbot.meetings import model as meetings
from csbot.notes import model as notes
from csbot.onboarding import model as onboarding
from csbot.outbox import model as outbox
from csbot.payments import model as payments
from csbot.playbooks import model as playbooks
from csbot.renewals import model as renewals
from csbot.slack import model as slack
from csbot.tasks import model as tasks
from csbot.team import model as team
from csbot.tickets import model as tickets
from csbot.touches import model as touches
from csbot.usage import model as usage

__all__ = ["MODULES", "metadata"]

MODULES = (
    account_channels, accounts, alerts, audit, away, calendars, captures, checkins, churn,
    contacts, digests, faults, feedback, holds, home, inbox, jobs, keys, meetings, notes,
    onboarding, outbox, overrides, payments, playbooks, points, renewals, revenue, slack,
    sources, tasks, team, tickets, touches, usage,
)  # fmt: skip

metadata = Base.metadata
