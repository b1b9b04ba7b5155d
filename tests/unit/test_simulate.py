"""A playbook replayed on stored history: what it would have done, as things were known then."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from csbot import audit
from csbot.accounts.model import AccountTag, HealthChange
from csbot.db.tables import metadata
from csbot.playbooks.definition import Definition
from csbot.playbooks.simulate.service import simulate
from csbot.usage.model import ProductGroup, ProductUser, UsageEvent, UserUsage
from tests.builders import MONDAY
from tests.unit.alert_world import DAY, World
from tests.unit.test_playbook_diagram import playbook

NOW = MONDAY
TODAY = NOW.date()


class Past(World):
    """Customers with a history of logins; the product tells it in roll-ups of days."""

    def user(self, account, *, days=()):
        """Somebody who logged in so many days ago, each as csbot learned of it then."""
        contact = self.contact(account, days=None)
        group = self.add(ProductGroup(key=f"g{account.id}", account_id=account.id,
                                      first_seen_at=NOW - 400 * DAY))  # fmt: skip
        user = self.add(ProductUser(key=f"u{contact.id}", contact_id=contact.id,
                                    group_id=group.id, first_seen_at=NOW - 400 * DAY))  # fmt: skip
        for ago in days:
            self.login(user, contact, ago)
        return user, contact

    def login(self, user, contact, ago, *, received=None):
        at = datetime.combine(TODAY, datetime.min.time(), UTC) - ago * DAY + timedelta(hours=10)
        self.add(UserUsage(user_id=user.id, day=at.date(), feature="", events=1,
                           active_seconds=60, logins=1))  # fmt: skip
        if received is not None:
            self.add(UsageEvent(source="t", message_id=f"m{user.id}:{ago}", user_id=user.id,
                                group_id=user.group_id, type="track", name="Signed In", at=at,
                                received_at=received, properties={}))  # fmt: skip
        contact.last_login_at = max(filter(None, [contact.last_login_at, at]))
        self.session.flush()

    def churn(self, account, ago):
        account.lifecycle_stage = "churned"
        audit.record(
            self.session, verb="import", subject=f"account:{account.id}", by=None,
            account=account.id, now=NOW - ago * DAY, before={"lifecycle_stage": "adoption"},
            after={"lifecycle_stage": "churned"},
        )  # fmt: skip

    def simulate(self, definition=None, days=60, **over):
        made = definition or inactive()
        return simulate(self.session, made, settings=self.settings, since=NOW - days * DAY,
                        now=NOW, **over)  # fmt: skip


def inactive(**over):
    said = {
        "trigger": {"detector": "contact.inactive", "with": {"days": 7}},
        "steps": [{"alert": {"template": "alert_inactive"}, "owner": "owner"}],
    }
    return playbook(**said | over)


@pytest.fixture
def past(sessions):
    with sessions() as session:
        yield Past(session)


def days_of(report):
    return [(report.names[start.account_id], (TODAY - start.day).days) for start in report.starts]


def test_it_would_have_started_on_the_day_on_which_seven_days_were_over(past):
    past.user(past.account("Acme"), days=[50, 40, 30, 29, 2])
    report = past.simulate()
    assert days_of(report) == [("Acme", 43), ("Acme", 33), ("Acme", 22)]
