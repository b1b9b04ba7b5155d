"""A playbook's own word that its alert is the manager's now, whatever the clocks say."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, String, and_, case, cast, select

from csbot.alerts import cards, groups, journal, posting
from csbot.alerts.among import put
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.playbooks.model import PlaybookAlert, PlaybookRun
from messages.alert_card import AlertCard, sentence
from messages.alert_replies import AlertNote
from messages.text import Person

Found = Row[*tuple[Any, ...]]


def escalate_runs(scope: Scope, why: Mapping[int, str]) -> dict[int, str]:
    """Bring the open alerts of these runs to the managers of their owners, in their threads.

    Returns the name of who was told, by run; a run is missing whose alert nobody has been shown
    yet, or whose owner has no manager in Slack.
    """
    rows = _alerts(scope, why)
    looks = cards.load(scope, {row.id for row in rows.values()})
    told: dict[int, str] = {}
    out = []
    for run_id, row in rows.items():
        owner = scope.person(row.owner_id)
        manager = scope.above(owner) if owner else None
        card = looks[row.id]
        if manager is None or not isinstance(card, AlertCard):
            continue
        told[run_id] = manager.name
        asked = Person(manager.name, manager.slack_id)
        out.append(_reply(row, card, asked, run_id, why[run_id]))
    enqueue_many(scope.session, out, now=scope.now)
    up = {rows[run_id].id: rows[run_id] for run_id in told}
    put(scope.session, ["escalate_at", "escalated_at"], {(None, scope.now): list(up)} if up else {})
    about = [(row.id, row.account_id, journal.about(row.kind, row.evidence)) for row in up.values()]
    journal.record(scope, "alert.escalated", about)
    return told


def _reply(row: Found, card: AlertCard, asked: Person, run_id: int, why: str) -> Outgoing:
    note = AlertNote(
        event="yours", asked=(asked,), severity=row.severity, about=sentence(card),
        owner=card.cover or card.owner, why=why,
    )  # fmt: skip
    thread = groups.key(row.group_id) if row.group_id else posting.key(row.id)
    own = f"{posting.key(row.id)}:run:{run_id}"
    priority = posting.PRIORITY[row.severity]
    return Outgoing(note, row.channel, own, thread=thread, broadcast=True, priority=priority)


def _alerts(scope: Scope, runs: Collection[int]) -> dict[int, Found]:
    """The open alert of each run: what a step of it asked, else what its cause was, else any of
    its playbook's at the account."""
    own = select(PlaybookAlert.run_id).where(
        cast(PlaybookAlert.id, String) == Alert.subject, Alert.kind == "playbook"
    )
    nearest = case(
        (own.scalar_subquery() == PlaybookRun.id, 0),
        (Alert.subject == PlaybookRun.subject, 1),
        else_=2,
    )
    query = (
        select(
            PlaybookRun.id.label("run_id"), Alert.id, Alert.account_id, Alert.kind, Alert.channel,
            Alert.owner_id, Alert.severity, Alert.group_id, Alert.evidence,
        )
        .join(
            Alert,
            and_(
                Alert.playbook == PlaybookRun.playbook,
                Alert.account_id == PlaybookRun.account_id,
            ),
        )
        .where(
            scope.among(PlaybookRun.id, runs),
            Alert.closed_at.is_(None),
            Alert.posted_at.is_not(None),
        )
        .order_by(PlaybookRun.id, nearest.desc(), Alert.id)
        .with_for_update(of=Alert)
    )  # fmt: skip
    return {row.run_id: row for row in scope.session.execute(query)}
