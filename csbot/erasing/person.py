"""Erases one person: somebody at a customer, or of the own team."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, delete, func, or_, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.contacts import Contact, OptedOut
from csbot.erasing import captured
from csbot.erasing.mentions import ERASED, Mention, may_contain, take_out
from csbot.errors import Refused
from csbot.feedback.model import Feedback
from csbot.inbox.model import Received
from csbot.outbox.model import LANES, Lane, OutgoingMessage
from csbot.team.model import TeamMember
from csbot.tickets.model import Ticket
from csbot.touches.model import Touch
from csbot.usage.model import ProductUser, UsageEvent, UserUsage
from csbot.words import said

SLACK_ID = re.compile(r"[UW][A-Z0-9_]{1,30}", re.ASCII)
SHORTEST = 5
ANSWERED = "contact.answered"
CARD = ("name", "title", "phone")
Counts = dict[str, int]


def erase(session: Session, who: str, *, now: datetime) -> Counts:
    """What was deleted or blanked, by place; Refused for whom nothing is known of.

    What the account was told, gave and paid stays the account's, without the person. Free text
    loses their address and, where it is about their account, their name.
    """
    who = who.strip()
    if len(who) < SHORTEST:
        raise Refused("Write a whole e-mail address, or a Slack user id.")
    is_slack_id = SLACK_ID.fullmatch(who) is not None
    contacts = [] if is_slack_id else list(session.scalars(_of_address(Contact, who)))
    member = session.scalar(
        select(TeamMember).where(TeamMember.slack_id == who)
        if is_slack_id
        else _of_address(TeamMember, who)
    )
    ids = {who, member.slack_id or who} if member else {who}
    gone = captured.blank(session, ids, contacts)
    mentions = [Mention(who)]
    if contacts or not (is_slack_id or member):
        gone |= _customer(session, who, contacts)
        mentions += _names(session, contacts)
        mentions += [Mention(one.phone) for one in contacts if len(one.phone or "") >= SHORTEST]
        gone |= {"card in audit": _blank(session, [f"contact:{one.id}" for one in contacts])}
    if member is not None:
        subject = f"team:{member.id}"
        mentions += [Mention(one) for one in (member.email, member.slack_id) if one]
        mentions += [Mention(member.name)] if _is_theirs_alone(session, member) else []
        gone |= _colleague(session, member)
    else:
        subject = f"contact:{contacts[0].id}" if contacts else "person"
    session.flush()
    gone |= take_out(session, mentions)
    gone = {place: count for place, count in gone.items() if count}
    if not gone:
        raise Refused(f"Nothing is known of {said(who)}.")
    audit.record(
        session, verb="person.erased", subject=subject, by=None, now=now, after={"rows": gone}
    )
    return gone


def _of_address(model: Any, address: str) -> Any:
    return select(model).where(func.lower(model.email) == address.lower())


def _names(session: Session, contacts: list[Contact]) -> list[Mention]:
    """Whole names alone: a first name is too many people's."""
    ids = [one.account_id for one in contacts]
    names = session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    accounts = {id: name for id, name in names}
    return [
        Mention(one.name, {one.account_id: accounts[one.account_id]})
        for one in contacts
        if one.name and len(one.name.split()) > 1
    ]


def _is_theirs_alone(session: Session, member: TeamMember) -> bool:
    """Whether a colleague's name is a whole one, and nobody else's whom csbot knows."""
    same = [func.lower(one.name) == member.name.lower() for one in (TeamMember, Contact)]
    colleagues = select(func.count()).select_from(TeamMember).where(same[0])
    contacts = select(func.count()).select_from(Contact).where(same[1])
    others = [session.scalar(colleagues) != 1, session.scalar(contacts)]
    return len(member.name.split()) > 1 and not any(others)


def _blank(session: Session, subjects: list[str]) -> int:
    """What the log says of a name, title and phone, however short that is."""
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject.in_(subjects))).all()
    for entry in entries:
        entry.before, entry.after = (
            values and {k: ERASED if v and k in CARD else v for k, v in values.items()}
            for values in (entry.before, entry.after)
        )
    return len(entries)


def _voices(session: Session, gave: Any, contact_ids: list[int], touch_ids: list[int]) -> Counts:
    """Their comments, the subjects of their tickets and their answers by SMS, where repeated."""
    comments = select(Feedback.account_id, Feedback.comment).where(gave)
    wrote = Ticket.contact_id.in_(contact_ids)
    tickets = session.execute(select(Ticket.account_id, Ticket.subject, Ticket.id).where(wrote))
    rows, of = tickets.all(), AuditEntry.after["touch_id"].as_integer()
    answered = select(AuditEntry).where(AuditEntry.verb == ANSWERED, of.in_(touch_ids))
    answers = session.scalars(answered).all()
    told = [(row[0], row[1]) for row in [*session.execute(comments), *rows]]
    told += [(one.account_id, (one.after or {}).get("text")) for one in answers]
    for one in answers:
        one.after = (one.after or {}) | {"text": ERASED}
    names = select(Account.id, Account.name).where(Account.id.in_({id for id, _ in told}))
    said = {id: captured.Said(name) for id, name in session.execute(names)}
    for id, words in told:
        said[id].words |= {words} if words else set()
    logged = _blank(session, [f"ticket:{row[2]}" for row in rows])
    found = captured.repeated(session, said) | {"words in audit": logged + len(answers)}
    return {f"their {place}": count for place, count in found.items()}


def _customer(session: Session, address: str, contacts: list[Contact]) -> Counts:
    ids = [one.id for one in contacts]
    email = address.lower()
    touches = select(Touch.id).where(
        or_(Touch.contact_id.in_(ids), func.lower(Touch.address) == email)
    )
    touch_ids = list(session.scalars(touches))
    sent = OutgoingMessage.lane.in_(LANES.values()) & or_(
        func.lower(OutgoingMessage.payload["to"].as_string()) == email,
        OutgoingMessage.payload["touch_id"].as_integer().in_(touch_ids),
    )
    gave = or_(Feedback.contact_id.in_(ids), func.lower(Feedback.email) == email)
    heard = _voices(session, gave, ids, touch_ids)
    told = update(Feedback).where(gave).values(email=None, comment=None, contact_id=None)
    wrote = update(Ticket).where(Ticket.contact_id.in_(ids))
    bodies = session.execute(
        select(Received.id, Received.body).where(may_contain(Received.body, address))
    )
    named = Mention(address).pattern
    received = [id for id, body in bodies if named.search(body or "")]
    return {
        **heard,
        "outbox": _count(session, delete(OutgoingMessage).where(sent)),
        "touches": _count(session, delete(Touch).where(Touch.id.in_(touch_ids))),
        "feedback": _count(session, told),
        "tickets": _count(session, wrote.values(subject=ERASED, told={}, contact_id=None)),
        "inbox": _count(session, delete(Received).where(Received.id.in_(received))),
        **_usage(session, email, ids),
        "contacts": _count(session, delete(Contact).where(Contact.id.in_(ids))),
        "opted_out": _count(session, delete(OptedOut).where(OptedOut.email == email)),
    }


def _usage(session: Session, email: str, contact_ids: list[int]) -> Counts:
    """The product's counts of the account stay; whose they were is gone."""
    user = ProductUser
    own = or_(
        user.contact_id.in_(contact_ids),
        func.lower(user.email) == email,
        func.lower(user.key) == email,
    )
    known = list(session.execute(select(user.id, user.same_as_id).where(own)))
    ids = {id for row in known for id in row if id is not None}
    ids |= set(session.scalars(select(user.id).where(user.same_as_id.in_(ids))))
    return {
        "usage_events": _count(session, delete(UsageEvent).where(UsageEvent.user_id.in_(ids))),
        "user_usage": _count(session, delete(UserUsage).where(UserUsage.user_id.in_(ids))),
        "product_users": _count(session, delete(user).where(user.id.in_(ids))),
    }


def _colleague(session: Session, member: TeamMember) -> Counts:
    owned = update(Account).where(Account.owner_id == member.id).values(owner_id=None)
    to_them = delete(OutgoingMessage).where(
        or_(OutgoingMessage.lane == member.slack_id, OutgoingMessage.to_person == member.slack_id)
    )
    paces = delete(Lane).where(Lane.lane == member.slack_id)
    return {
        "accounts without an owner": _count(session, owned),
        "outbox_lanes": _count(session, paces),
        "outbox": _count(session, to_them) if member.slack_id else 0,
        "team": _count(session, delete(TeamMember).where(TeamMember.id == member.id)),
    }


def _count(session: Session, statement: Delete | Any) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return int(getattr(done, "rowcount", 0))
