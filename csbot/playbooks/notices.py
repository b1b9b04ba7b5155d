"""Tells those who answer for a playbook, and the admins, that its file is broken, or mended."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from csbot.outbox.notices import told as to_tell
from csbot.outbox.queue import enqueue
from csbot.playbooks.problems import Problem
from csbot.playbooks.settling import Change
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.message import Message
from messages.playbook_files import PlaybookBroken, PlaybookMended, PlaybooksAway


def tell(
    session: Session,
    changes: Iterable[Change],
    away: str | None,
    *,
    settings: Settings,
    now: datetime,
) -> None:
    """Once for each distinct problem; while a folder is away once a day."""
    told = [change for change in changes if change.kind in ("broken", "mended")]
    if not told and away is None:
        return
    everybody = to_tell(session, settings, now=now)
    if away is not None:
        for to in everybody:
            key = f"playbooks/away/{now:%Y-%m-%d}/{to}"
            enqueue(session, PlaybooksAway(why=away), to=to, key=key, now=now)
    owners = slack_ids(session, {owner for change in told for owner in change.owners})
    for change in told:
        key = f"playbook/{change.playbook.name}/{change.kind}/{now.isoformat()}"
        mine = {to for owner in change.owners for to in owners.get(owner, ())}
        for to in sorted({*everybody, *mine}):
            enqueue(session, _message(change), to=to, key=f"{key}/{to}", now=now)


def slack_ids(session: Session, owners: set[str]) -> dict[str, set[str]]:
    """Of process owners, who are named by e-mail address, or are all of a role."""
    t, found = TeamMember, dict[str, set[str]]()
    addresses = {owner.lower(): owner for owner in owners}
    named = or_(func.lower(t.email).in_(addresses), t.role.in_(addresses))
    reachable = and_(t.active, ~t.is_outsider, t.slack_id.is_not(None))
    wanted = select(t.email, t.role, t.slack_id).where(named, reachable)
    for email, role, slack_id in session.execute(wanted) if owners else ():
        for known in {email.lower(), role} & addresses.keys():
            found.setdefault(addresses[known], set()).add(str(slack_id))
    return found


def _message(change: Change) -> Message:
    name = change.playbook.name
    if change.kind == "broken" and change.seen is not None:
        problems = [_line(problem) for problem in change.seen.problems]
        return PlaybookBroken(
            playbook=name,
            where=change.seen.problems[0].path,
            problems=problems,
            stands=change.after is not None,
        )
    return PlaybookMended(playbook=name, where=change.seen.found.where if change.seen else name)


def _line(problem: Problem) -> str:
    """Slack takes backticks for layout."""
    said = problem.message.replace("`", "'")
    return f"line {problem.line}, column {problem.column}: {said}"
