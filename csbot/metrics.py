"""What is going on, for Prometheus.

States are read from the database, so that any process can answer; what came in over HTTP is
counted by the process that took it.
"""

from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.model import Alert
from csbot.inbox.queries import counted
from csbot.inbox.service import SET_ASIDE, WAITING
from csbot.outbox import auditor
from csbot.outbox.model import OutgoingMessage

# They would stand beside each counter, and say when it was counted first.
disable_created_metrics()  # type: ignore[no-untyped-call]
_mine = CollectorRegistry()
deliveries = Counter(
    "csbot_deliveries", "Requests of other systems", ["source", "outcome"], registry=_mine
)
usage_events = Counter(
    "csbot_usage_events", "Events of product usage", ["outcome"], registry=_mine
)  # taken, repeated (taken before) or rejected (they do not fit)


def exposition(sessions: sessionmaker[Session], now: datetime) -> bytes:
    registry = CollectorRegistry()
    outbox = Gauge("csbot_outbox_messages", "Messages by state", ["state"], registry=registry)
    alerts = Gauge("csbot_open_alerts", "Open alerts", ["kind", "state"], registry=registry)
    left = Gauge("csbot_inbox_left", "Deliveries kept until used", ["state"], registry=registry)
    with sessions() as session:
        by_state = select(OutgoingMessage.state, func.count()).group_by(OutgoingMessage.state)
        for state, count in session.execute(by_state):
            outbox.labels(state).set(count)
        open_alerts = (
            select(Alert.kind, Alert.state, func.count())
            .where(Alert.closed_at.is_(None))
            .group_by(Alert.kind, Alert.state)
        )
        for kind, state, count in session.execute(open_alerts):
            alerts.labels(kind, state).set(count)
        for state in (WAITING, SET_ASIDE):  # no sender's pace ends their growth
            left.labels(state).set(counted(session, [state]))
        _delivery(registry, session, now)
    return generate_latest(registry) + generate_latest(_mine)


def _delivery(registry: CollectorRegistry, session: Session, now: datetime) -> None:
    refused = Gauge(
        "csbot_outbox_charts_refused",
        "Messages of the last 24 hours that went out without the charts that Slack refused",
        registry=registry,
    )
    waiting = Gauge(
        "csbot_outbox_oldest_due_seconds",
        "For how long the first message that should be out by now has waited",
        registry=registry,
    )
    refused.set(auditor.health(session, now=now).without_charts)
    waiting.set(auditor.oldest_due(session, now=now).total_seconds())
