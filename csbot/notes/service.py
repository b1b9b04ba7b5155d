"""What the team should know of an account and no other record says: written down, and read."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows, require
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.notes.model import Note
from csbot.team.model import TeamMember
from messages.notes import NoteLine, NoteList

SHOWN, LONGEST = 10, 3_000


def add(session: Session, *, account_id: int, text: str, by: TeamMember, now: datetime) -> Note:
    """Keep it; the same of the same person within a minute is one."""
    require(by, May.LOG)
    account = account_by_id(session, account_id, lock=True)
    text = text.strip()
    if not text:
        raise Refused("Write what the team should know.", field="note")
    if len(text) > LONGEST:
        raise Refused(f"At most {LONGEST:,} characters; this has {len(text):,}.", field="note")
    newest = _newest(session, account.id, 1)
    if newest and _again(newest[0][0], text, by, now):
        return newest[0][0]
    note = Note(account_id=account.id, by_id=by.id, at=now, text=text)
    session.add(note)
    session.flush()
    audit.record(
        session, verb="note.added", subject=f"note:{note.id}", account=account.id, by=by.id,
        now=now, after={"text": text},
    )  # fmt: skip
    return note


def note_list(
    session: Session, account_id: int, *, reader: TeamMember, now: datetime, added: bool = False,
    wrote: str | None = None,
) -> NoteList:  # fmt: skip
    """The newest first; `wrote` is what somebody wrote for the account, if it was a guess."""
    require(reader, May.SEE_ACCOUNTS)
    account = account_by_id(session, account_id)
    mine = select(func.count(Note.id)).where(Note.account_id == account.id)
    shown = _newest(session, account.id, SHOWN)
    return NoteList(
        account_id=account.id, account=account.name, added=added, wrote=wrote, as_of=now,
        adds=allows(reader.role, May.LOG),
        notes=tuple(NoteLine(at=note.at, by=name, text=note.text) for note, name in shown),
        count=session.scalar(mine) or 0,
    )  # fmt: skip


def _newest(session: Session, account_id: int, most: int) -> list[tuple[Note, str | None]]:
    rows = session.execute(
        select(Note, TeamMember.name)
        .outerjoin(TeamMember, TeamMember.id == Note.by_id)
        .where(Note.account_id == account_id)
        .order_by(Note.at.desc(), Note.id.desc())
        .limit(most)
    )
    return [(note, name) for note, name in rows]


def _again(note: Note, text: str, by: TeamMember, now: datetime) -> bool:
    return note.text == text and note.by_id == by.id and (now - note.at).total_seconds() < 60
