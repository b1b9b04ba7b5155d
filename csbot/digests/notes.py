"""What is only to be known, and was raised since the last digest: for whoever chose the digest.

Whatever needs somebody stands in the digest anyway, as do meetings and tasks on their day.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from csbot.alerts import cards
from csbot.alerts.model import Alert
from csbot.alerts.rules import INFO, Reach
from csbot.alerts.scope import Scope
from csbot.digests.readers import Reader
from messages.alert_card import AlertCard, sentence
from messages.text import Mrkdwn

SHOWN_MAX = 5
Notes = tuple[tuple[Mrkdwn, ...], int]  # the first few in sentences, and how many more there are


def told(scope: Scope, readers: Sequence[Reader]) -> dict[int, Notes]:
    """By reader, where there is anything; also of whom they stand in for, by their own wishes."""
    since = {reader.member.id: reader.since(scope.now) for reader in readers}
    rows = scope.session.execute(
        select(Alert.id, Alert.owner_id, Alert.playbook, Alert.kind, Alert.posted_at)
        .where(
            Alert.closed_at.is_(None), Alert.state == "open", Alert.severity == INFO,
            Alert.kind.not_like("meeting%"), Alert.kind != "task",
            Alert.posted_at > min(since.values()), Alert.posted_at <= scope.now,
        )
        .order_by(Alert.posted_at.desc(), Alert.id)
    )  # fmt: skip
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        person = scope.told(row.owner_id)
        if person is None or row.posted_at <= since.get(person.id, scope.now):
            continue
        if scope.alerts_by(person, row.playbook, row.kind) == Reach.DIGEST:
            found[person.id].append(row.id)
    looks = cards.load(scope, {id for ids in found.values() for id in ids[:SHOWN_MAX]})
    said = {id: sentence(card) for id, card in looks.items() if isinstance(card, AlertCard)}
    return {
        person: (
            tuple(said[id] for id in ids[:SHOWN_MAX] if id in said), max(0, len(ids) - SHOWN_MAX)
        )
        for person, ids in found.items()
    }  # fmt: skip
