"""The floor of a pass with nothing to do: the library's conditions, in SQL written by hand.

For each playbook what its trigger sees that has no run yet, or no more; and which of its runs are
to end, have reached their goal, or have waited for long enough.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from tests.bench.by_hand import Rows, run
from tests.bench.by_hand_triggers import STARTS, WATCHED

RUNS = """SELECT r.id FROM playbook_versions v JOIN playbook_runs r ON r.version_id = v.id
    WHERE v.name = '{}' AND """
NO_RUN = """ AND NOT EXISTS (SELECT 1 FROM playbook_runs r WHERE r.playbook = '{name}'
    AND r.account_id = {account} AND r.subject = {subject} AND r.over_at IS NULL)"""
HOLDING = r"""SELECT r.id FROM playbook_runs r WHERE r.playbook = '{}' AND r.over_at IS NULL
    AND r.subject NOT LIKE 'by hand\:%' AND r.subject NOT LIKE 'from\:%' AND """
EVENTS = {
    "churn-recorded", "churn-withdrawn", "feedback-received", "health-status", "meeting-debrief",
    "meeting-held", "meeting-reminders", "monthly-login", "new-customer",
    "onboarding-requirements", "onboarding-start", "onboarding-start-trial", "onboarding-survey",
    "onboarding-welcome", "payment-failed", "payment-received", "renewal-won", "request-received",
    "subscription-ended", "trial-ending",
}  # fmt: skip
TAGGED = """EXISTS (SELECT 1 FROM account_tags t
    WHERE t.account_id = r.account_id AND t.tag = 'Affiliate')"""
BACK = """r.started_at <= (SELECT max(c.last_login_at) FROM contacts c
    WHERE c.account_id = r.account_id)"""
CAME_BACK = """EXISTS (SELECT 1 FROM contacts c
    WHERE c.id = r.contact_id AND c.last_login_at >= r.started_at)"""
SETTLED = """EXISTS (SELECT 1 FROM payments p WHERE p.id = r.subject_id AND p.status <> 'failed')"""
DONE = "EXISTS (SELECT 1 FROM tasks t WHERE t.id = r.subject_id AND t.done_at IS NOT NULL)"
STARTED = "EXISTS (SELECT 1 FROM meetings m WHERE m.id = r.subject_id AND m.starts_at <= {})"
IS = "EXISTS (SELECT 1 FROM accounts a WHERE a.id = r.account_id AND {})"
CHURNED, PAYS = IS.format("a.lifecycle_stage = 'churned'"), IS.format("a.arr > 0")
FIRST_VALUE = IS.format("a.first_value_at IS NOT NULL")
IN_NO_STAGE = IS.format("a.onboarding_stage IS NULL")
LEAVING = IS.format("""EXISTS (SELECT 1 FROM churns c WHERE c.account_id = a.id
    AND c.withdrawn_at IS NULL AND (c.applied_at IS NULL OR a.lifecycle_stage = 'churned'))""")
SURVEYED = """EXISTS (SELECT 1 FROM feedback f
    WHERE f.account_id = r.account_id AND f.at > r.started_at)"""
REQUIRED = """EXISTS (SELECT 1 FROM account_requirements q WHERE q.account_id = r.account_id
    AND q.why_bought IS NOT NULL AND q.intended_use IS NOT NULL)"""
TOUCHED = """(EXISTS (SELECT 1 FROM checkins v WHERE v.account_id = r.account_id AND v.at > {0})
    OR EXISTS (SELECT 1 FROM touches o WHERE o.account_id = r.account_id
      AND o.sent_at > {0} AND o.bounced_at IS NULL)
    OR EXISTS (SELECT 1 FROM meetings m WHERE m.account_id = r.account_id
      AND m.outcome = 'attended' AND m.starts_at BETWEEN {0} AND :now))"""
ANSWERED_US = """(EXISTS (SELECT 1 FROM feedback f
      WHERE f.account_id = r.account_id AND f.at > r.started_at)
    OR EXISTS (SELECT 1 FROM tickets k WHERE k.account_id = r.account_id
      AND (k.opened_at > r.started_at OR k.said_at > r.started_at))
    OR EXISTS (SELECT 1 FROM tasks t WHERE t.account_id = r.account_id
      AND t.source IS NOT NULL AND t.created_at > r.started_at)
    OR EXISTS (SELECT 1 FROM meetings m WHERE m.account_id = r.account_id
      AND (m.outcome = 'attended' AND m.starts_at BETWEEN r.started_at AND :now
        OR m.source IN ('calendly', 'calcom') AND m.created_at > r.started_at))
    OR EXISTS (SELECT 1 FROM checkins v WHERE v.account_id = r.account_id
      AND (v.channel = 'meeting' OR v.sentiment IS NOT NULL) AND v.at > r.started_at)
    OR EXISTS (SELECT 1 FROM audit e WHERE e.account_id = r.account_id
      AND e.verb = 'contact.answered' AND e.at > r.started_at))"""
THE_RENEWAL = "EXISTS (SELECT 1 FROM renewals n WHERE n.id = r.subject_id AND {})"
CLOSED = THE_RENEWAL.format("n.status <> 'open'")
WORSE = THE_RENEWAL.format("(n.status <> 'open' OR n.category IN ('best_case', 'at_risk'))")
EXITS = {
    "affiliates": TAGGED, "churn-recorded": f"NOT {LEAVING}",
    "onboarding-survey": f"({CHURNED} OR {SURVEYED})", "onboarding-welcome": CHURNED,
    "renewal-enterprise": CLOSED, "renewal-past-due": CLOSED, "renewal-standard": CLOSED,
    "silent-customer": ANSWERED_US, "trial-ending": PAYS, "win-back-day": f"NOT {CHURNED}",
    "inactive-accounts": CHURNED, "inactive-user-mail": CAME_BACK,
    "meeting-reminders": STARTED.format(":now"), "new-customer": CHURNED,
    "onboarding-requirements": f"({CHURNED} OR {REQUIRED})",
    "payment-failed": SETTLED, "request-received": DONE,
}  # fmt: skip
GOALS = {
    "affiliates": (TAGGED, "sixty_ago"), "inactive-accounts": (BACK, "fortnight_ago"),
    "inactive-user-mail": (CAME_BACK, "fortnight_ago"), "new-customer": (BACK, "week_ago"),
    "payment-failed": (SETTLED, "fortnight_ago"), "request-received": (DONE, "days_ago"),
    "win-back": (f"NOT {CHURNED}", "ninety_ago"),
    "churn-recorded": (f"NOT {LEAVING}", "ninety_ago"),
    "closer-care": (TOUCHED.format(":week_ago"), "week_ago"),
    "first-value-late": (FIRST_VALUE, "three_weeks_ago"),
    "onboarding-requirements": (REQUIRED, "fortnight_ago"),
    "onboarding-survey": (SURVEYED, "thirty_ago"),
    "onboarding-welcome": (REQUIRED, "fortnight_ago"),
    "renewal-disagreement": (WORSE, "fortnight_ago"),
    "renewal-enterprise": (CLOSED, "five_months_ago"),
    "renewal-past-due": (CLOSED, "fortnight_ago"),
    "renewal-standard": (CLOSED, "four_months_ago"),
    "satisfaction-survey": (SURVEYED, "thirty_ago"),
    "silent-customer": (ANSWERED_US, "forty_five_ago"),
    "trial-ending": (PAYS, "fortnight_ago"),
    "win-back-day": (f"NOT {CHURNED}", "ninety_ago"),
}  # fmt: skip
OWNED = """EXISTS (SELECT 1 FROM accounts a JOIN team o ON o.id = a.owner_id
    WHERE a.id = r.account_id AND o.active)"""
ANSWERED = """EXISTS (SELECT 1 FROM feedback f
    WHERE f.id = r.subject_id AND f.answered_at IS NOT NULL)"""
WAITS = {
    ("affiliates", 0): TAGGED, ("feedback-received", 0): ANSWERED,
    ("inactive-accounts", 0): BACK, ("inactive-accounts", 1): BACK,
    ("meeting-reminders", 0): STARTED.format(":midnight"),
    ("meeting-reminders", 1): STARTED.format(":in_an_hour"),
    ("meeting-reminders", 2): STARTED.format(":now"), ("new-customer", 0): OWNED,
    ("payment-failed", 0): """EXISTS (SELECT 1 FROM payments p
        WHERE p.id = r.subject_id AND p.attempts >= 2)""",
    ("payment-failed", 1): SETTLED, ("request-received", 0): DONE,
    ("closer-care", 0): TOUCHED.format(":fortnight_ago"),
    ("first-value-late", 0): FIRST_VALUE, ("first-value-late", 1): FIRST_VALUE,
    ("onboarding-late", 0): IN_NO_STAGE, ("onboarding-requirements", 0): REQUIRED,
    ("onboarding-survey", 0): SURVEYED,
    ("renewal-disagreement", 0): CLOSED,
    ("renewal-enterprise", 0): THE_RENEWAL.format("n.due_on <= :window"),
    ("renewal-enterprise", 1): THE_RENEWAL.format("n.due_on <= :sixty"),
    ("renewal-enterprise", 2): THE_RENEWAL.format("n.due_on <= :month"),
    ("renewal-past-due", 0): CLOSED, ("renewal-past-due", 1): CLOSED,
    ("renewal-standard", 0): THE_RENEWAL.format("n.due_on <= :sixty"),
    ("renewal-standard", 1): THE_RENEWAL.format("n.due_on <= :month"),
    ("silent-customer", 0): ANSWERED_US, ("silent-customer", 1): ANSWERED_US,
    ("trial-ending", 0): PAYS,
}  # fmt: skip


def conditions(session: Session, now: datetime, waits: dict[str, list[str]]) -> dict[str, Rows]:
    """`waits` are the names of each playbook's waits, in the order of its file."""
    return run(session, _statements(waits), now)


def _statements(waits: dict[str, list[str]]) -> dict[str, str]:
    made = _causes() | _watched()
    for name, holds in EXITS.items():
        made[f"{name} exits"] = RUNS.format(name) + f"r.state IN ('active', 'paused') AND {holds}"
    for name, (holds, since) in GOALS.items():
        made[f"{name} goal"] = (
            RUNS.format(name) + f"r.goal_at IS NULL AND r.started_at > :{since} AND {holds}"
        )
    for (name, nth), holds in WAITS.items():
        made[f"{name} wait {nth}"] = RUNS.format(name) + (
            f"r.state = 'active' AND r.step = '{waits[name][nth]}' AND r.due_at IS NULL "
            f"AND (r.wait_until <= :now OR {holds})"
        )
    return made


def _causes() -> dict[str, str]:
    """What has no run yet; and runs whose cause is not there any more, where that ends them."""
    made = {}
    for name, (look, account, subject) in STARTS.items():
        mine = NO_RUN.format(name=name, account=account, subject=subject)
        made[f"{name} starts"] = f"SELECT {account}, {subject} {look} {mine}"
        if name not in EVENTS:
            made[f"{name} without cause"] = HOLDING.format(name) + (
                f"(r.account_id, r.subject) NOT IN (SELECT {account}, {subject} {look})"
            )
    return made


def _watched() -> dict[str, str]:
    made = {}
    for name, holds in WATCHED.items():
        member = f"""EXISTS (SELECT 1 FROM playbook_members m
            WHERE m.playbook = '{name}' AND m.account_id = a.id)"""
        made[f"{name} entered"] = f"SELECT a.id FROM accounts a WHERE {holds} AND NOT {member}"
        made[f"{name} left"] = f"SELECT a.id FROM accounts a WHERE {member} AND NOT ({holds})"
        if name != "payment-settled":
            made[f"{name} without cause"] = HOLDING.format(name) + (
                f"r.account_id NOT IN (SELECT a.id FROM accounts a WHERE {holds})"
            )
    return made
