"""What somebody said in Slack: blanked wherever it was written down, also if taken back since."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.erasing.mentions import ERASED, may_contain
from csbot.outbox.model import OutgoingMessage
from csbot.tasks.model import Task
from messages.captures import MessageKept
from messages.text import one_line

WORDS = ("note", "title", "next_step")
QUOTED = ("title", "comment")  # of a late task, of feedback
NAMED = ("author", "author_id")
AS_SHOWN = 30  # characters: no list of csbot's shows less of a title before it is cut
SHORTEST = 5
CUT = "…"
Counts = dict[str, int]


@dataclass
class Said:
    """Of one account: its name, who said something there, and the words it was written down in."""

    account: str
    authors: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)


def blank(session: Session, ids: Iterable[str], contacts: list[Contact]) -> Counts:
    """Of whoever has one of these Slack ids, or at an account the name of a contact there."""
    whose = (Capture.said_by_slack_id, Capture.said_by, Capture.account_id)
    kept = session.scalars(select(Capture).where(_theirs(*whose, ids, contacts))).all()
    entries = _entries(session, ids, contacts, kept)
    said = _said(session, kept, entries)
    checkins = [one.subject_id for one in kept if one.kind == "checkin"]
    tasks = [one.subject_id for one in kept if one.kind == "task"]
    step = case((CheckIn.next_step.is_not(None), ERASED))
    notes = update(CheckIn).where(CheckIn.id.in_(checkins)).values(note=ERASED, next_step=step)
    titles = update(Task).where(Task.id.in_(tasks)).values(title=ERASED)
    captures = delete(Capture).where(Capture.id.in_([one.id for one in kept]))
    for entry in entries:
        entry.before, entry.after = _without(entry.before), _without(entry.after)
    return {
        "checkins": _count(session, notes),
        "tasks": _count(session, titles),
        "captures": _count(session, captures),
        "words in audit": len(entries),
    } | repeated(session, said)


def repeated(session: Session, said: dict[int, Said]) -> Counts:
    """By account: where messages and alerts repeat what was said."""
    if not said:
        return {}
    return {
        "words in outbox": _in_messages(session, said),
        "words in alerts": _in_alerts(session, said),
    }


def _theirs(
    who: Any, name: Any, account: Any, ids: Iterable[str], contacts: list[Contact]
) -> ColumnElement[bool]:
    named = [(account == one.account_id) & (name == one.name) for one in contacts if one.name]
    return or_(who.in_(list(ids)), *named)


def _entries(
    session: Session, ids: Iterable[str], contacts: list[Contact], kept: Sequence[Capture]
) -> list[AuditEntry]:
    """Of the acts that kept something, of what was done later to what they made, and back."""
    act = aliased(AuditEntry)
    whose = (act.after["author_id"].as_string(), act.after["author"].as_string(), act.account_id)
    together = (act.at == AuditEntry.at) & act.by_id.is_not_distinct_from(AuditEntry.by_id)
    acts = select(AuditEntry.id).join(act, together).where(
        act.verb == "message.kept", _theirs(*whose, ids, contacts)
    )  # fmt: skip
    subjects = [f"{one.kind}:{one.subject_id}" for one in kept if one.subject_id is not None]
    own = select(AuditEntry.id).where(AuditEntry.subject.in_(subjects))
    first = set(session.scalars(acts)) | set(session.scalars(own))
    found = or_(AuditEntry.id.in_(first), AuditEntry.undoes_id.in_(first))
    return list(session.scalars(select(AuditEntry).where(found)))


def _said(session: Session, kept: Sequence[Capture], entries: list[AuditEntry]) -> dict[int, Said]:
    accounts = {one.account_id for one in kept} | {one.account_id for one in entries}
    names = session.execute(select(Account.id, Account.name).where(Account.id.in_(accounts)))
    said = {id: Said(name) for id, name in names}
    for one in kept:
        said[one.account_id].authors.add(one.said_by)
        said[one.account_id].words.add(one.text)
    for entry in entries:
        told = (entry.before or {}) | (entry.after or {})
        if entry.account_id is not None:
            said[entry.account_id].words |= {told[name] for name in WORDS if told.get(name)}
            said[entry.account_id].authors |= {told["author"]} if told.get("author") else set()
    return said


def _without(values: dict[str, Any] | None) -> dict[str, Any] | None:
    blanked = (*WORDS, *NAMED)
    return values and {k: ERASED if v and k in blanked else v for k, v in values.items()}


def _in_messages(session: Session, said: dict[int, Said]) -> int:
    """The answers that the message was kept go; of others the lines that repeat its words."""
    row = OutgoingMessage
    about = or_(*[may_contain(row.payload, _stored(one.account)) for one in said.values()])
    gone, changed = list[int](), list[dict[str, Any]]()
    rows = session.execute(select(row.id, row.message, row.payload).where(about))
    for id, message, payload in rows:
        told = "\n".join(_strings(payload))
        here = [one for one in said.values() if _shown(one.account) in told]
        authors = {_shown(name) for one in here for name in one.authors}
        if message == MessageKept.name and any(name in told for name in authors):
            gone.append(id)
            continue
        words = {_shown(word) for one in here for word in one.words if len(word) >= SHORTEST}
        if (without := _lines_without(payload, words)) != payload:
            changed.append({"id": id, "payload": without})
    if changed:
        session.execute(update(row), changed)
    return len(changed) + _count(session, delete(row).where(row.id.in_(gone)))


def _in_alerts(session: Session, said: dict[int, Said]) -> int:
    """What alerts have as evidence, and the log of it."""
    alerts = session.scalars(select(Alert).where(Alert.account_id.in_(said))).all()
    quoting = list[Alert]()
    for alert in alerts:
        words = said[alert.account_id].words
        blanked = {k: ERASED for k in QUOTED if alert.evidence.get(k) in words}
        if blanked:
            alert.evidence = alert.evidence | blanked
            quoting.append(alert)
    subjects = [f"alert:{one.id}" for one in quoting]
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.subject.in_(subjects))):
        entry.before, entry.after = _without(entry.before), _without(entry.after)
    session.flush()
    return len(quoting)


def _shown(words: str) -> str:
    """What any message shows of it, however soon it cuts."""
    return str(one_line(words, 10_000))[:AS_SHOWN].rstrip()


def _stored(words: str) -> str:
    """That without what JSON spells in another way."""
    return _shown(words).replace('"', CUT).replace("\\", CUT)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _lines_without(value: Any, words: set[str]) -> Any:
    if isinstance(value, str) and any(word in value for word in words):
        lines = value.split("\n")
        return "\n".join(ERASED if any(w in line for w in words) else line for line in lines)
    if isinstance(value, list):
        return [_lines_without(one, words) for one in value]
    if isinstance(value, dict):
        return {name: _lines_without(one, words) for name, one in value.items()}
    return value


def _count(session: Session, statement: Any) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return int(getattr(done, "rowcount", 0))
