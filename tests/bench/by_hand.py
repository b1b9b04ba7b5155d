"""The floor of detect and digest: the same rows, found by SQL that somebody wrote by hand."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text
from sqlalchemy.orm import Session

from csbot.db.base import UTCDateTime
from tests.bench.company import DAY

Rows = list[Any]
ALERTS = {
    "inactive": """
        SELECT c.account_id, '' AS subject, count(*), max(c.last_login_at)
        FROM contacts c JOIN accounts a ON a.id = c.account_id
        WHERE c.last_login_at <= :week_ago AND a.lifecycle_stage <> 'churned'
        GROUP BY c.account_id""",
    "feedback": """
        SELECT f.account_id, f.id, f.kind, f.score, f.comment, f.at, f.email
        FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.negative AND f.answered_at IS NULL AND a.lifecycle_stage <> 'churned'""",
    "task": """
        SELECT t.account_id, t.id, t.title, t.priority, t.due_on, t.assignee_id, a.arr, a.health
        FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on <= :due_soon""",
    "meeting_tomorrow": """
        SELECT m.account_id, m.id, m.title, m.starts_at, m.attendees, a.arr, a.health
        FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at >= :midnight AND m.starts_at < :next_midnight""",
    "meeting_soon": """
        SELECT m.account_id, m.id, m.title, m.starts_at, m.attendees, a.arr, a.health
        FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at > :now AND m.starts_at <= :in_an_hour""",
    "renewal": """
        SELECT r.account_id, r.id, r.due_on, r.amount_due, r.category, a.arr, a.health
        FROM renewals r JOIN accounts a ON a.id = r.account_id
        WHERE r.status = 'open' AND r.due_on <= :window AND trim(coalesce(r.next_step, '')) = ''
          AND a.lifecycle_stage <> 'churned'""",
    "unowned": """
        SELECT a.id, '', a.arr, a.health FROM accounts a
        WHERE a.owner_id IS NULL AND a.lifecycle_stage <> 'churned'""",
}  # fmt: skip
DIGEST = {
    "alerts": """
        SELECT al.id, al.kind, al.severity, al.state, al.evidence, al.opened_at, al.owner_id, a.arr
        FROM alerts al JOIN accounts a ON a.id = al.account_id
        WHERE al.closed_at IS NULL AND al.severity IN ('critical', 'soon')
          AND al.kind NOT LIKE 'meeting%' AND (al.kind <> 'task' OR al.severity = 'critical')
          AND (al.state <> 'snoozed' OR al.snoozed_until <= :now) AND al.owner_id IS NOT NULL""",
    "meetings": """
        SELECT m.id, m.title, m.starts_at, m.organizer_id, a.name, a.owner_id
        FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.starts_at >= :today AND m.starts_at < :midnight AND m.outcome IS NULL""",
    "tasks": """
        SELECT coalesce(t.assignee_id, a.owner_id), t.due_on, count(*)
        FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on <= :date GROUP BY 1, 2""",
    "renewals": """
        SELECT a.owner_id, r.due_on, r.currency, r.category, sum(r.amount_due), count(*)
        FROM renewals r JOIN accounts a ON a.id = r.account_id
        WHERE r.status = 'open' AND r.due_on <= :sixty AND a.owner_id IS NOT NULL
        GROUP BY 1, 2, 3, 4""",
    "next renewal": """
        SELECT owner_id, due_on, name FROM (
          SELECT a.owner_id, r.due_on, a.name,
                 row_number() OVER (PARTITION BY a.owner_id ORDER BY r.due_on, r.id) AS nth
          FROM renewals r JOIN accounts a ON a.id = r.account_id
          WHERE r.status = 'open' AND r.due_on > :date AND a.owner_id IS NOT NULL) ranked
        WHERE nth = 1""",
    "health": """
        SELECT h.account_id, h.score, h.at, a.name, a.owner_id
        FROM health_history h JOIN accounts a ON a.id = h.account_id
        WHERE h.at > :yesterday OR h.account_id IN (
          SELECT account_id FROM health_history WHERE at > :yesterday)
        ORDER BY h.at""",
    "stages": """
        SELECT e.at, e.before, e.after, a.name, a.owner_id
        FROM audit e JOIN accounts a ON a.id = e.account_id
        WHERE e.verb IN ('stage.advanced', 'onboarding.finished') AND e.at > :yesterday""",
    "promoters": """
        SELECT f.at, f.score, f.email, a.name, a.owner_id
        FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.kind = 'nps' AND f.score >= 9 AND f.at > :yesterday""",
    "unowned": "SELECT count(*) FROM accounts WHERE owner_id IS NULL",
}  # fmt: skip
SENT = {
    "people": """
        SELECT id, name, slack_id, role, timezone, working_days, digest_at FROM team
        WHERE active AND slack_id IS NOT NULL AND NOT is_outsider""",
    "digests of the last days": """
        SELECT id, member_id, local_date, sent_at, shown FROM digests WHERE sent_at > :days_ago""",
    "what became of their alerts": """
        SELECT al.id, al.version, al.state, al.closed_at, al.closed_because, al.snoozed_until,
               al.owner_id, owner.name, al.taken_by_id, taker.name
        FROM alerts al LEFT JOIN team owner ON owner.id = al.owner_id
        LEFT JOIN team taker ON taker.id = al.taken_by_id
        WHERE al.closed_at IS NULL AND al.severity IN ('critical', 'soon')""",
}


def alerts(session: Session, now: datetime) -> dict[str, Rows]:
    return run(session, ALERTS, now)


def digest(session: Session, now: datetime) -> dict[str, Rows]:
    return run(session, DIGEST, now)


def digests_sent(session: Session, now: datetime) -> dict[str, Rows]:
    return run(session, SENT, now)


def run(session: Session, statements: dict[str, str], now: datetime) -> dict[str, Rows]:
    """All rows of each, with the moments that it names."""
    given = _moments(now)
    connection = session.connection()
    found = {}
    for name, written in statements.items():
        used = {key: value for key, value in given.items() if re.search(rf":{key}\b", written)}
        found[name] = list(connection.execute(_typed(written, used), used))
    return found


def _typed(written: str, used: dict[str, Any]) -> TextClause:
    kinds = [
        bindparam(key, type_=UTCDateTime() if isinstance(value, datetime) else Date())
        for key, value in used.items()
    ]
    return text(written).bindparams(*kinds)


def _moments(now: datetime) -> dict[str, Any]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "now": now,
        "today": today,
        "midnight": today + DAY,
        "next_midnight": today + 2 * DAY,
        "yesterday": now - DAY,
        "days_ago": now - 3 * DAY,
        "week_ago": now - 7 * DAY,
        "fortnight_ago": now - 14 * DAY,
        "three_weeks_ago": now - 21 * DAY,
        "thirty_ago": now - 30 * DAY,
        "forty_five_ago": now - 45 * DAY,
        "sixty_ago": now - 60 * DAY,
        "ninety_ago": now - 90 * DAY,
        "four_months_ago": now - 120 * DAY,
        "five_months_ago": now - 150 * DAY,
        "in_three_days": now + 3 * DAY,
        "fortnight_day": (now - 14 * DAY).date(),
        "thirty_day": (now - 30 * DAY).date(),
        "month": (now + 30 * DAY).date(),
        "four_months": (now + 120 * DAY).date(),
        "half_year": (now + 180 * DAY).date(),
        "week": (now - 6 * DAY).date(),
        "since_day": (now - 27 * DAY).date(),
        "in_an_hour": now + timedelta(hours=1),
        "date": now.date(),
        "due_soon": (now + 2 * DAY).date(),
        "sixty": (now + 60 * DAY).date(),
        "window": (now + 90 * DAY).date(),
    }
