"""What the questions about drafts look like now, however many there are, in few queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.outbox.postman import missing
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import active, person
from csbot.team.roster import Roster
from csbot.touches.links import unlinked
from csbot.touches.model import Approval, Touch
from csbot.touches.ticks import UNTICKED
from messages.message import Message
from messages.text import Person
from messages.touches import TICKS, ApprovalAsked, ApprovalEnded, Edited, To

MANAGERS_MAX = 3
GONE_OUT = ("approved", "queued", "sent", "bounced", "failed", "uncertain")


@dataclass(frozen=True)
class Card:
    to: str
    version: int
    is_open: bool
    message: Message


@dataclass(frozen=True)
class Counted:
    """Of one question: how many drafts in each state, of how many customers, in how many words."""

    channel: str
    states: Mapping[str, int]
    customers: int
    wordings: int


def load(
    session: Session, ids: Collection[int], *, settings: Settings, now: datetime
) -> dict[int, Card]:
    asked = list(session.scalars(select(Approval).where(among(session, Approval.id, ids))))
    counted = _counted(session, ids)
    waiting = [row.id for row in asked if row.state == "open"]
    first, edits = _first(session, waiting), _edits(session, waiting)
    titles = _titles(session, {row.playbook for row in asked})
    roster = Roster(session)
    managers = _managers(session) if any(row.owner_id is None for row in asked) else ()
    made = {}
    for row in asked:
        title = titles.get(row.playbook, row.playbook)
        if row.state == "open":
            message = _asked(
                row, title, counted[row.id], first[row.id], edits[row.id], roster, managers,
                settings,
            )  # fmt: skip
        else:
            message = _ended(row, title, counted[row.id], roster, settings)
        made[row.id] = Card(row.to, row.version, row.state == "open", message)
    return made


def _asked(
    row: Approval, title: str, counted: Counted, first: list[Any], edits: list[Any],
    roster: Roster, managers: tuple[Person, ...], settings: Settings,
) -> Message:  # fmt: skip
    shown = first[0]
    owner = roster.get(row.owner_id) if row.owner_id else None
    return ApprovalAsked(
        approval_id=row.id,
        version=row.version,
        channel=shown.channel,
        people=counted.states.get("draft", 0),
        customers=counted.customers,
        sender=owner.name if owner else settings.config.company.name or None,
        asked=() if owner else managers,
        playbook=title,
        subject=unlinked(shown.words["subject"], shown.token),
        words=unlinked(shown.words["text"], shown.token),
        alike=counted.wordings == 1,
        to=tuple(to(one) for one in first),
        edits=_edited(edits, counted.states.get("draft", 0), roster),
        expires_at=row.expires_at,
        lacking=tuple(missing(settings)[counted.channel]),
    )


def _ended(
    row: Approval, title: str, counted: Counted, roster: Roster, settings: Settings
) -> Message:
    by = roster.get(row.decided_by_id) if row.decided_by_id else None
    states = counted.states
    return ApprovalEnded(
        how=row.state,
        playbook=title,
        sent=sum(states.get(state, 0) for state in GONE_OUT),
        unsent=sum(count for state, count in states.items() if state not in GONE_OUT),
        by=person(by) if by else None,
        at=row.decided_at or row.created_at,
        lacking=tuple(missing(settings)[counted.channel]),
    )


def to(row: Row[*tuple[Any, ...]]) -> To:
    return To(row.id, row.account, row.name or row.address, row.address, row.why != UNTICKED)


def _counted(session: Session, ids: Collection[int]) -> dict[int, Counted]:
    said = Touch.words["subject"].as_string() + "\n" + Touch.words["body"].as_string()
    rows = session.execute(
        select(
            Touch.approval_id,
            Touch.channel,
            Touch.state,
            func.count().label("many"),
            func.count(Touch.account_id.distinct()).label("customers"),
            func.count(said.cast(String).distinct()).label("wordings"),
        )
        .where(among(session, Touch.approval_id, ids))
        .group_by(Touch.approval_id, Touch.channel, Touch.state)
    ).all()
    channels = {row.approval_id: row.channel for row in rows}  # of one step: the same for all
    states: dict[int, dict[str, int]] = defaultdict(dict)
    draft = {}
    for row in rows:
        states[row.approval_id][row.state] = row.many
        if row.state == "draft":
            draft[row.approval_id] = (row.customers, row.wordings)
    return {id: Counted(channels[id], states[id], *draft.get(id, (0, 0))) for id in channels}


def _first(session: Session, ids: Collection[int]) -> dict[int, list[Any]]:
    """The drafts that have a tick each, as they are listed everywhere."""
    if not ids:
        return {}
    nth = func.row_number().over(partition_by=Touch.approval_id, order_by=Touch.id)
    ranked = (
        select(Touch.id, nth.label("nth"))
        .where(among(session, Touch.approval_id, ids), Touch.state == "draft")
        .subquery()
    )
    query = drafts().join(ranked, ranked.c.id == Touch.id).where(ranked.c.nth <= TICKS)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        found[row.approval_id].append(row)
    return found


def _edits(session: Session, ids: Collection[int]) -> dict[int, list[Any]]:
    """Whose drafts have words that somebody changed, and who, of each of these questions."""
    found: dict[int, list[Any]] = defaultdict(list)
    if not ids:
        return found
    query = (
        select(Touch.approval_id, Touch.edited_by_id, Touch.address, Contact.name)
        .outerjoin(Contact, Contact.id == Touch.contact_id)
        .where(
            among(session, Touch.approval_id, ids),
            Touch.state == "draft",
            Touch.edited_by_id.is_not(None),
        )
        .order_by(Touch.id)
    )
    for row in session.execute(query):
        found[row.approval_id].append(row)
    return found


def _edited(edits: list[Any], people: int, roster: Roster) -> tuple[Edited, ...]:
    """Nobody is named where somebody changed the words for all."""
    whom: dict[int, list[str]] = defaultdict(list)
    for row in edits:
        whom[row.edited_by_id].append(row.name or row.address)
    return tuple(
        Edited(person(roster.get(by)), () if len(names) == people else tuple(names))
        for by, names in whom.items()
    )


def drafts() -> Select[Any]:
    """Touches with the names of those they are for, in the order in which they are listed."""
    return (
        select(
            Touch.id, Touch.approval_id, Touch.channel, Touch.address, Touch.words,
            Touch.token, Touch.why, Touch.account_id, Account.name.label("account"),
            Contact.name,
        )
        .join(Account, Account.id == Touch.account_id)
        .outerjoin(Contact, Contact.id == Touch.contact_id)
        .order_by(Touch.id)
    )  # fmt: skip


def _titles(session: Session, names: Collection[str]) -> dict[str, str]:
    rows = session.execute(
        select(Playbook.name, PlaybookVersion.definition["title"].as_string())
        .join(PlaybookVersion, PlaybookVersion.id == Playbook.version_id)
        .where(Playbook.name.in_(names))
    )
    return {name: title for name, title in rows}


def _managers(session: Session) -> tuple[Person, ...]:
    """Who may decide for customers that nobody looks after."""
    people: list[TeamMember] = active(session, "manager") or active(session, "admin")
    return tuple(person(one) for one in people[:MANAGERS_MAX])
