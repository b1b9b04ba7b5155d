"""Asking in Slack for a file: noted at once, made and sent by the worker."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from csbot.inbox import asked
from csbot.team.model import TeamMember

SOURCE = "file"
LATELY = timedelta(days=1)
NOT_ALLOWED = {"missing_scope", "file_uploads_disabled"}


def ask(
    session: Session, kind: str, *, by: TeamMember, now: datetime,
    once_in: timedelta = timedelta(), **args: str,
) -> bool:  # fmt: skip
    """One of csbot/files/kinds.py; False when the same is on its way to them already, or they got
    it `once_in` that time.
    """
    what = " ".join(f"{name}={args[name]}" for name in sorted(args))
    return asked.note(session, SOURCE, kind, what=what, by=by, now=now, once_in=once_in, **args)


def are_refused(session: Session, *, now: datetime) -> bool:
    """Whether Slack has said that csbot may send no files; after a day it is asked again."""
    return asked.last_problem(session, SOURCE, since=now - LATELY) in NOT_ALLOWED
