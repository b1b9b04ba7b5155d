"""Many alerts of a playbook in one message. A group's members are its alerts still open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Row, case, func, insert, select, update

from csbot.accounts.model import Account
from csbot.alerts import cards, rules
from csbot.alerts.among import put
from csbot.alerts.model import Alert, AlertGroup
from csbot.alerts.scope import Scope
from messages.alert_card import AlertCard
from messages.alert_replies import MENU_MAX, AlertGroupCard, AlertGroupClosed, Member
from messages.render import render_parts, templates
from messages.text import Mrkdwn, Person

Shown = AlertCard | AlertGroupCard | AlertGroupClosed
ASKED_MAX = 8  # people one message may ping


def key(group_id: int) -> str:
    return f"alert-group:{group_id}"


def note_key(group: str, owner_id: int) -> str:
    """Of what tells the owner of members, who wants direct messages, that the group is there."""
    return f"{group}:dm:{owner_id}"


def notes(scope: Scope, ids: Collection[int]) -> list[tuple[int, str]]:
    """The groups and the keys of the notes that there may be."""
    if not ids:
        return []
    owned = select(Alert.group_id, Alert.owner_id).where(scope.among(Alert.group_id, ids))
    pairs = scope.session.execute(owned.distinct())
    return [(id, note_key(key(id), owner)) for id, owner in pairs if id and owner]


class Place(NamedTuple):
    """What is said together: of one kind, for one playbook, in one channel."""

    kind: str
    playbook: str
    channel: str


def opened(scope: Scope, places: Mapping[Place, Collection[int]]) -> dict[Place, int]:
    """The ids of a new group for each place, of these alerts."""
    if not places:
        return {}
    new = [
        {"kind": place.kind, "channel": place.channel, "opened_at": scope.now, "version": 1}
        for place in places
    ]
    columns = AlertGroup.kind, AlertGroup.channel, AlertGroup.id
    made: dict[tuple[str, str], list[int]] = {}  # those of two playbooks differ in nothing yet
    for kind, channel, id in scope.session.execute(insert(AlertGroup).returning(*columns), new):
        made.setdefault((kind, channel), []).append(id)
    ids = {place: made[place.kind, place.channel].pop() for place in places}
    put(scope.session, ["group_id"], {(ids[place],): alerts for place, alerts in places.items()})
    return ids


def of(scope: Scope, alert_ids: Collection[int]) -> set[int]:
    """The groups whose messages list, or listed, these alerts."""
    if not alert_ids:
        return set()
    query = select(Alert.group_id).where(
        scope.among(Alert.id, alert_ids), Alert.group_id.is_not(None)
    )
    return {id for id in scope.session.scalars(query.distinct()) if id}


def shown(scope: Scope, group_ids: Collection[int]) -> dict[int, Shown]:
    """What each group is to look like now: the last member as itself, none as closed for good."""
    if not group_ids:
        return {}
    groups = {
        group.id: group
        for group in scope.session.scalars(
            select(AlertGroup)
            .where(scope.among(AlertGroup.id, group_ids))
            .order_by(AlertGroup.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    by_group: dict[int, list[Row[*tuple[Any, ...]]]] = {id: [] for id in groups}
    for row in _first_members(scope, groups):
        by_group[row.group_id].append(row)
    looks = cards.load(scope, [row.id for rows in by_group.values() for row in rows])
    return {id: _shown(scope, groups[id], rows, looks) for id, rows in by_group.items()}


def _first_members(scope: Scope, ids: Iterable[int]) -> list[Row[*tuple[Any, ...]]]:
    """The worst of each group, as many as a menu holds, with how many there are in all."""
    nth = func.row_number().over(partition_by=Alert.group_id, order_by=worst_first())
    ranked = (
        select(
            Alert.id,
            Alert.group_id,
            nth.label("nth"),
            func.count().over(partition_by=Alert.group_id).label("many"),
        )
        .join(Account, Account.id == Alert.account_id)
        .where(
            scope.among(Alert.group_id, list(ids)),
            Alert.state == "open",
            Alert.closed_at.is_(None),
        )
        .subquery()
    )
    query = select(ranked).where(ranked.c.nth <= MENU_MAX)
    return list(scope.session.execute(query.order_by(ranked.c.group_id, ranked.c.nth)))


def worst_first() -> tuple[Any, ...]:
    rank = case(rules.RANK, value=Alert.severity, else_=0)
    return rank.desc(), func.coalesce(Account.arr, 0).desc(), Alert.since, Alert.id


def _shown(
    scope: Scope, group: AlertGroup, rows: list[Row[*tuple[Any, ...]]], looks: dict[int, Any]
) -> Shown:
    members = [looks[row.id] for row in rows]
    if not members:
        group.closed_at = group.closed_at or scope.now
        return AlertGroupClosed(kind=group.kind, since=group.opened_at)
    group.closed_at = None
    if rows[0].many == 1:
        last: AlertCard = replace(members[0], asked=())
        return last
    return AlertGroupCard(
        group_id=group.id,
        version=group.version,
        kind=group.kind,
        severity=max((card.severity for card in members), key=rules.RANK.__getitem__),
        count=rows[0].many,
        members=tuple(member(card) for card in members),
        asked=_asked(members),
    )


def member(card: AlertCard) -> Member:
    return Member(card.alert_id, card.version, card.account, card.short(), card.owner)


def _asked(members: list[AlertCard]) -> tuple[Person, ...]:
    people = dict.fromkeys(person for card in members for person in card.asked)
    return tuple(people)[:ASKED_MAX]


def next_version(scope: Scope, ids: Collection[int]) -> None:
    """From now on presses on the present copies of these messages are known to be old."""
    if ids:
        scope.session.execute(
            update(AlertGroup)
            .where(scope.among(AlertGroup.id, ids))
            .values(version=AlertGroup.version + 1),
            execution_options={"synchronize_session": False},
        )


def sentence(card: AlertGroupCard) -> Mrkdwn:
    """What the group's message says, as one clause."""
    parts = render_parts(templates().get_template(f"{card.name}.j2"), card)
    return Mrkdwn(" ".join(parts.named["what"].split()))
