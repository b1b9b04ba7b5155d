"""Asking in Slack for a file: noted at once, made and sent by the worker."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.inbox import asked
from csbot.team.model import TeamMember

SOURCE = "file"


def ask(session: Session, kind: str, *, by: TeamMember, now: datetime, **args: str) -> bool:
    """One of csbot/files/kinds.py; False when the same is on its way to them already."""
    what = " ".join(f"{name}={args[name]}" for name in sorted(args))
    return asked.note(session, SOURCE, kind, what=what, by=by, now=now, **args)
