"""The floor of a pass with nothing to do: the library's conditions, in SQL written by hand.

For each playbook what its trigger sees that has no run yet; and which of its runs are to end, have
reached their goal, or have waited for long enough.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tests.bench.by_hand import Rows, run

CUSTOMER = "a.lifecycle_stage <> 'churned'"
NO_RUN = """ AND NOT EXISTS (SELECT 1 FROM playbook_runs r WHERE r.playbook = '{name}'
    AND r.account_id = {account} AND r.subject = {subject} AND r.over_at IS NULL)"""
AWAY = f"""
    SELECT c.account_id FROM contacts c JOIN accounts a ON a.id = c.account_id
    WHERE c.last_login_at IS NOT NULL AND {CUSTOMER}
    GROUP BY c.account_id"""
SECONDS = f"""
    SELECT g.account_id, u.feature, sum(u.active_seconds) AS seconds
    FROM product_groups g JOIN usage_by_group u ON u.group_id = g.id
    JOIN accounts a ON a.id = g.account_id
    WHERE u.feature NOT IN ('', 'other') AND u.day >= :since_day AND {CUSTOMER}
    GROUP BY g.account_id, u.feature"""
INVOICES = f"""
    FROM payments p JOIN billing_customers b ON b.id = p.customer_id
    JOIN accounts a ON a.id = b.account_id WHERE {CUSTOMER} AND p.amount > 0"""
SCORE = f"SELECT a.id FROM accounts a WHERE a.score >= 300 AND {CUSTOMER}"
# Each: the query, the account's column, and what its subject is.
STARTS = {
    "affiliates": (SCORE.replace("300", "1200") + """
        AND NOT EXISTS (SELECT 1 FROM account_tags t
            WHERE t.account_id = a.id AND t.tag = 'Affiliate')""", "a.id", "'score:1200'"),
    "milestones": (SCORE, "a.id", "'score:300'"),
    "feature-time": (f"SELECT * FROM ({SECONDS}) s WHERE s.seconds >= 1800",
                     "s.account_id", r"s.feature || '\:30'"),
    "feature-used": (f"""SELECT g.account_id, u.feature FROM product_groups g
        JOIN usage_by_group u ON u.group_id = g.id JOIN accounts a ON a.id = g.account_id
        WHERE u.feature NOT IN ('', 'other') AND u.day >= :week AND u.active_seconds >= 420
          AND {CUSTOMER}""", "g.account_id", "u.feature"),
    "feedback-received": (f"""SELECT f.id FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.at > :days_ago AND {CUSTOMER}""", "f.account_id", "CAST(f.id AS TEXT)"),
    "feedback": (f"""SELECT f.id FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.negative AND f.answered_at IS NULL AND {CUSTOMER}""",
                 "f.account_id", "CAST(f.id AS TEXT)"),
    "health-status": (f"""SELECT h.id FROM health_history h JOIN accounts a ON a.id = h.account_id
        WHERE h.at > :days_ago AND h.status IS NOT NULL AND {CUSTOMER}""",
                      "h.account_id", "CAST(h.id AS TEXT)"),
    "inactive-accounts": (f"""SELECT * FROM ({AWAY}
        HAVING max(c.last_login_at) <= :week_ago) s WHERE true""", "s.account_id", "''"),
    "inactive-user-mail": (f"""SELECT c.id FROM contacts c JOIN accounts a ON a.id = c.account_id
        WHERE c.last_login_at <= :week_ago AND {CUSTOMER}""",
                           "c.account_id", "CAST(c.id AS TEXT)"),
    "inactive-users": (f"""SELECT * FROM ({AWAY}
        HAVING min(c.last_login_at) <= :week_ago) s WHERE true""", "s.account_id", "''"),
    "meeting-held": (f"""SELECT m.id FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NOT NULL AND m.starts_at > :days_ago AND {CUSTOMER}""",
                     "m.account_id", "m.id || ':' || m.outcome"),
    "meeting-reminders": (f"""SELECT m.id FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.created_at > :days_ago AND m.starts_at > :now AND {CUSTOMER}""",
                          "m.account_id", "m.id || '@'"),
    "meeting-soon": (f"""SELECT m.id FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at > :now AND m.starts_at <= :in_an_hour
          AND {CUSTOMER}""", "m.account_id", "CAST(m.id AS TEXT)"),
    "meeting-tomorrow": (f"""SELECT m.id FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at >= :midnight AND m.starts_at < :next_midnight
          AND {CUSTOMER}""", "m.account_id", "CAST(m.id AS TEXT)"),
    "monthly-login": (f"""SELECT * FROM ({AWAY} HAVING max(c.last_login_at) >= :days_ago) s
        WHERE true""", "s.account_id", "'2026-11'"),
    "new-customer": (f"SELECT a.id FROM accounts a WHERE a.created_at > :days_ago AND {CUSTOMER}",
                     "a.id", "CAST(a.id AS TEXT)"),
    "no-owner": (f"""SELECT a.id FROM accounts a LEFT JOIN team t ON t.id = a.owner_id
        AND t.active WHERE t.id IS NULL AND {CUSTOMER}""", "a.id", "''"),
    "payment-failed": (f"SELECT p.id {INVOICES} AND p.status = 'failed' AND p.as_of > :days_ago",
                       "b.account_id", "CAST(p.id AS TEXT)"),
    "payment-received": (f"SELECT p.id {INVOICES} AND p.status = 'paid' AND p.at > :days_ago",
                         "b.account_id", "CAST(p.id AS TEXT)"),
    "payments": (f"SELECT p.id {INVOICES} AND p.status = 'failed'", "b.account_id", "''"),
    "renewal-window": (f"""SELECT n.id FROM renewals n JOIN accounts a ON a.id = n.account_id
        WHERE n.status = 'open' AND n.due_on <= :window AND trim(coalesce(n.next_step, '')) = ''
          AND {CUSTOMER}""", "n.account_id", "CAST(n.id AS TEXT)"),
    "request-received": (f"""SELECT t.id FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.source IS NOT NULL AND t.created_at > :days_ago AND {CUSTOMER}""",
                         "t.account_id", "CAST(t.id AS TEXT)"),
    "subscription-ended": ("""SELECT s.id FROM subscription_states s
        JOIN billing_customers b ON b.id = s.customer_id JOIN accounts a ON a.id = b.account_id
        WHERE s.status = 'canceled' AND s.at > :days_ago AND a.arr <= 0""",
                           "b.account_id", "s.subscription"),
    "tasks": (f"""SELECT t.id FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on <= :due_soon AND {CUSTOMER}""",
              "t.account_id", "CAST(t.id AS TEXT)"),
    "urgent-task-overdue": (f"""SELECT t.id FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on < :date AND t.priority = 'high' AND {CUSTOMER}""",
                            "t.account_id", "CAST(t.id AS TEXT)"),
}  # fmt: skip
CROSSED = {
    "payment-settled": ("playbook_members m", """NOT EXISTS (SELECT 1 FROM payments p
        JOIN billing_customers b ON b.id = p.customer_id
        WHERE b.account_id = m.account_id AND p.status = 'failed' AND p.amount > 0)"""),
    "win-back": ("accounts a", """lower(a.lifecycle_stage) = 'churned' AND a.id NOT IN
        (SELECT account_id FROM playbook_members WHERE playbook = 'win-back')"""),
}  # fmt: skip
CHURNED = """account_id IN (SELECT id FROM accounts WHERE lower(lifecycle_stage) = 'churned')"""
TAGGED = """EXISTS (SELECT 1 FROM account_tags t
    WHERE t.account_id = r.account_id AND t.tag = 'Affiliate')"""
BACK = """r.started_at <= (SELECT max(c.last_login_at) FROM contacts c
    WHERE c.account_id = r.account_id)"""
CAME_BACK = """EXISTS (SELECT 1 FROM contacts c
    WHERE c.id = r.contact_id AND c.last_login_at >= r.started_at)"""
SETTLED = """EXISTS (SELECT 1 FROM payments p WHERE p.id = r.subject_id AND p.status <> 'failed')"""
DONE = "EXISTS (SELECT 1 FROM tasks t WHERE t.id = r.subject_id AND t.done_at IS NOT NULL)"
STARTED = "EXISTS (SELECT 1 FROM meetings m WHERE m.id = r.subject_id AND m.starts_at <= {})"
EXITS = {
    "affiliates": TAGGED, "inactive-accounts": CHURNED, "inactive-user-mail": CAME_BACK,
    "meeting-reminders": STARTED.format(":now"), "new-customer": CHURNED,
    "payment-failed": SETTLED, "request-received": DONE,
}  # fmt: skip
GOALS = {
    "affiliates": (TAGGED, "sixty_ago"), "inactive-accounts": (BACK, "fortnight_ago"),
    "inactive-user-mail": (CAME_BACK, "fortnight_ago"), "new-customer": (BACK, "week_ago"),
    "payment-failed": (SETTLED, "fortnight_ago"), "request-received": (DONE, "days_ago"),
    "win-back": (f"NOT {CHURNED}", "ninety_ago"),
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
}  # fmt: skip


def conditions(session: Session, now: datetime, waits: dict[str, list[str]]) -> dict[str, Rows]:
    """`waits` are the names of each playbook's waits, in the order of its file."""
    return run(session, _statements(waits), now)


def _statements(waits: dict[str, list[str]]) -> dict[str, str]:
    runs = """SELECT r.id FROM playbook_runs r
        WHERE r.version_id IN (SELECT v.id FROM playbook_versions v WHERE v.name = '{}') AND """
    made: dict[str, Any] = {}
    for name, (query, account, subject) in STARTS.items():
        no_run = NO_RUN.format(name=name, account=account, subject=subject)
        made[f"{name} starts"] = query + no_run
    for name, (table, crossed) in CROSSED.items():
        made[f"{name} crossed"] = f"SELECT * FROM {table} WHERE {crossed}"
    for name, holds in EXITS.items():
        made[f"{name} exits"] = runs.format(name) + f"r.state IN ('active', 'paused') AND {holds}"
    for name, (holds, since) in GOALS.items():
        made[f"{name} goal"] = (
            runs.format(name) + f"r.goal_at IS NULL AND r.started_at > :{since} AND {holds}"
        )
    for (name, nth), holds in WAITS.items():
        made[f"{name} wait {nth}"] = runs.format(name) + (
            f"r.state = 'active' AND r.step = '{waits[name][nth]}' AND r.due_at IS NULL "
            f"AND (r.wait_until <= :now OR {holds})"
        )
    return made
