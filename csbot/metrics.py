"""What is going on, for Prometheus.

States are read from the database, so that any process can answer; what came in over HTTP is
counted by the process that took it.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.model import Alert
from csbot.outbox.model import OutgoingMessage

_mine = CollectorRegistry()
deliveries = Counter(
    "csbot_deliveries", "Requests of other systems", ["source", "outcome"], registry=_mine
)


def exposition(sessions: sessionmaker[Session]) -> bytes:
    registry = CollectorRegistry()
    outbox = Gauge("csbot_outbox_messages", "Messages by state", ["state"], registry=registry)
    alerts = Gauge("csbot_open_alerts", "Open alerts", ["kind", "state"], registry=registry)
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
    return generate_latest(registry) + generate_latest(_mine)
