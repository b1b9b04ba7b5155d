"""What people decide about drafts: send them, change their words, or let them be."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows, require
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.away.cover import acts_as
from csbot.errors import Forbidden, Refused
from csbot.find import by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches import approval as approvals
from csbot.touches import cards, recipients, record, ticks, words
from csbot.touches.links import unsubscribe_url
from csbot.touches.model import Approval, Touch
from csbot.touches.ticks import CHANGED
from messages.letters import Unwritten
from messages.touches import BODY_MAX, TouchForm, TouchList, TouchPick

NOT_YOURS = "is not yours. Whoever looks after it decides, or a manager or admin."
NOBODYS = "has no owner yet, so a manager or admin decides."
PLACEHOLDER = re.compile(r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}")
GONE = "I know no such question any more."
ENDED = {
    "approved": "{who} approved this already.",
    "skipped": "{who} skipped this already.",
    "expired": "Nobody decided in time, so this was not sent.",
    "withdrawn": "This is no longer needed, so it was not sent.",
}


class Question(NamedTuple):
    """An open question that its asker may answer, locked, with its drafts."""

    approval: Approval
    drafts: list[Touch]


def approve(
    session: Session, *, approval_id: int, version: int, ticked: Collection[str] | None,
    by: TeamMember, settings: Settings, now: datetime,
) -> None:  # fmt: skip
    """Let those with a tick go out, and those who are too many to have one; not the others.

    `ticked` are ids as the checkboxes have them, None where the message has no checkboxes.
    """
    asked = _question(session, approval_id, version, by=by, now=now)
    chosen = ticks.chosen(session, asked.drafts, ticked)
    _own(session, chosen, by, now)
    why = recipients.unwilling(session, chosen)
    why |= {touch.id: "it is too late for it" for touch in chosen if touch.expires_at <= now}
    going = [touch for touch in chosen if touch.id not in why]
    for touch in asked.drafts:
        touch.decided_by_id, touch.decided_at, touch.why = by.id, now, None
        touch.state = "approved" if touch in going else "skipped"
    for touch in chosen:
        if touch.id in why:
            touch.state, touch.why = "withdrawn", why[touch.id]
    left_out = [touch for touch in asked.drafts if touch.state == "skipped"]
    record.note(session, "touch.approved", going, by=by.id, now=now)
    record.note(session, "touch.skipped", left_out, by=by.id, now=now)
    ended = [record.End(touch, "withdrawn", why[touch.id]) for touch in chosen if touch.id in why]
    record.ended(session, ended, now=now)
    _end(session, asked.approval, "approved" if going else "withdrawn", by, settings, now)


def skip(
    session: Session, *, approval_id: int, version: int, by: TeamMember, settings: Settings,
    now: datetime,
) -> None:  # fmt: skip
    asked = _question(session, approval_id, version, by=by, now=now)
    _own(session, asked.drafts, by, now)
    for touch in asked.drafts:
        touch.state, touch.why = "skipped", None
        touch.decided_by_id, touch.decided_at = by.id, now
    record.note(session, "touch.skipped", asked.drafts, by=by.id, now=now)
    _end(session, asked.approval, "skipped", by, settings, now)


def _end(
    session: Session, row: Approval, state: str, by: TeamMember, settings: Settings, now: datetime
) -> None:
    row.state, row.decided_by_id, row.decided_at = state, by.id, now
    session.flush()
    approvals.show(session, [row.id], settings=settings, now=now)


def tick(
    session: Session, *, approval_id: int, version: int, ticked: Collection[str] | None,
    by: TeamMember, now: datetime,
) -> None:  # fmt: skip
    """Kept, for the message as it is written anew."""
    asked = _question(session, approval_id, version, by=by, now=now)
    _own(session, asked.drafts, by, now)
    ticks.press(asked.drafts, ticked)


def edit_form(
    session: Session, *, approval_id: int, version: int, ticked: Collection[str] | None,
    by: TeamMember, now: datetime,
) -> TouchForm | TouchPick:  # fmt: skip
    """The words, where there is one draft or all read alike; else first the question whose.

    Saved they come in another message: whoever has no tick now has none there.
    """
    asked = _question(session, approval_id, version, by=by, now=now)
    _own(session, asked.drafts, by, now)
    ticks.leave_out(asked.drafts, ticked)
    first = asked.drafts[0]
    if len(asked.drafts) == 1:
        return pick(
            session, approval_id=approval_id, version=version, touch_id=first.id, by=by, now=now
        )
    if len({_said(touch) for touch in asked.drafts}) == 1:
        return _form(asked.approval, first, f"all {len(asked.drafts):,}", None)
    rows = session.execute(
        cards.drafts().where(Touch.approval_id == approval_id, Touch.state == "draft")
    )
    return TouchPick(
        approval_id=approval_id, version=version, to=tuple(cards.to(row) for row in rows)
    )


def pick(
    session: Session, *, approval_id: int, version: int, touch_id: int, by: TeamMember,
    now: datetime,
) -> TouchForm:  # fmt: skip
    asked = _question(session, approval_id, version, by=by, now=now)
    touch = _one(asked.drafts, touch_id)
    _own(session, [touch], by, now)
    row = session.execute(cards.drafts().where(Touch.id == touch.id)).one()
    return _form(asked.approval, touch, f"{row.name or row.address} at {row.account}", touch.id)


def _form(approval: Approval, touch: Touch, whom: str, touch_id: int | None) -> TouchForm:
    if len(touch.words["body"]) > BODY_MAX:
        raise Refused(f"These words have more than {BODY_MAX:,} characters: change the template.")
    return TouchForm(
        approval_id=approval.id,
        version=approval.version,
        touch_id=touch_id,
        whom=whom,
        subject=touch.words["subject"] if touch.channel == "email" else None,
        body=touch.words["body"],
    )


def edit(
    session: Session, *, approval_id: int, version: int, touch_id: int | None,
    subject: str | None, body: str, by: TeamMember, settings: Settings, now: datetime,
) -> None:  # fmt: skip
    """These words go out as they stand, to one person or to all; older buttons are refused."""
    asked = _question(session, approval_id, version, by=by, now=now)
    touches = asked.drafts if touch_id is None else [_one(asked.drafts, touch_id)]
    _own(session, touches, by, now)
    before = {touch.id: touch.words for touch in touches}
    for touch in touches:
        touch.words = _reworded(touch, subject or "", body, settings)
        touch.edited_by_id = by.id
    if all(
        _said(touch) == (before[touch.id]["subject"], before[touch.id]["body"]) for touch in touches
    ):
        return
    record.edits(session, touches, before, by=by.id, now=now)
    asked.approval.version += 1
    session.flush()
    approvals.show(session, [approval_id], settings=settings, now=now)


def _reworded(touch: Touch, subject: str, body: str, settings: Settings) -> dict[str, str]:
    """Raises Refused at the field that does not fit."""
    _no_placeholder(subject, "subject")
    _no_placeholder(body, "body")
    url = unsubscribe_url(settings, touch.token)
    by_itself = not touch.words["footer"] and url and url in touch.words["body"]
    if by_itself and str(url) not in body:
        raise Refused("Keep the address that ends such e-mails: it has to be there.", field="body")
    try:
        if touch.channel == "sms":
            return words.sms(body)
        return words.email(subject, body, touch.words["footer"])
    except Unwritten as wrong:
        raise Refused(f"These words {wrong.reason}.", field="body") from None


def _no_placeholder(written: str, field: str) -> None:
    if found := PLACEHOLDER.search(written):
        raise Refused(
            f"Nothing is filled in here: write the words that {found.group()} stands for.",
            field=field,
        )


def everyone(session: Session, *, approval_id: int, by: TeamMember, now: datetime) -> TouchList:
    """Whom a question is about, also once it is answered."""
    require(by, May.APPROVE_OWN)
    found = by_id(session, Approval, approval_id, missing=GONE)
    theirs = Touch.approval_id == found.id, Touch.state.in_(("draft", *cards.GONE_OUT))
    _own(session, session.scalars(select(Touch).where(*theirs)).all(), by, now)
    rows = session.execute(cards.drafts().where(*theirs))
    return TouchList(to=tuple(cards.to(row) for row in rows))


def _question(
    session: Session, approval_id: int, version: int, *, by: TeamMember, now: datetime
) -> Question:
    """Refused when it is answered, was changed, or is not theirs to answer at all."""
    require(by, May.APPROVE_OWN)
    found = by_id(session, Approval, approval_id, missing=GONE, lock=True)
    if found.state != "open":
        raise Refused(ENDED[found.state].format(who=_who(session, found, by)))
    if found.expires_at <= now:
        raise Refused(ENDED["expired"])
    drafts = approvals.drafts_of(session, [found.id])
    if found.version != version or not drafts:
        raise Refused(CHANGED)
    return Question(found, drafts)


def _who(session: Session, approval: Approval, by: TeamMember) -> str:
    if approval.decided_by_id == by.id:
        return "You"
    member = session.get(TeamMember, approval.decided_by_id) if approval.decided_by_id else None
    return member.name if member else "Somebody"


def _own(session: Session, touches: Sequence[Touch], by: TeamMember, now: datetime) -> None:
    """Who looks after a customer decides, or their cover while they are away, or a manager."""
    if allows(by.role, May.APPROVE_ANY):
        return
    ids = {touch.account_id for touch in touches}
    others = session.execute(
        select(Account.name, Account.owner_id)
        .where(
            among(session, Account.id, ids),
            func.coalesce(Account.owner_id, 0).not_in(acts_as(session, by, now)),
        )
        .limit(1)
    ).first()
    if others is not None:
        name, owner_id = others
        raise Forbidden(f"{name} {NOT_YOURS if owner_id else NOBODYS}")


def _one(drafts: Sequence[Touch], touch_id: int) -> Touch:
    found = next((touch for touch in drafts if touch.id == touch_id), None)
    if found is None:
        raise Refused(CHANGED)
    return found


def _said(touch: Touch) -> tuple[str, str]:
    return touch.words["subject"], touch.words["body"]
