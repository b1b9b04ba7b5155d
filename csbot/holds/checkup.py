"""What waits for an admin's decision, for `csbot doctor`."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.findings import WARN, Finding
from csbot.holds.queries import OpenHold, open_holds
from messages.ago import ago
from messages.text import plural


def findings(session: Session, *, now: datetime) -> Iterator[Finding]:
    for hold in open_holds(session):
        verb = "is" if hold.alerts == 1 else "are"
        found = f"{plural(hold.alerts, 'alert')} {verb} held back ({ago(hold.opened_at, now=now)})"
        yield Finding(WARN, f"holds: {found}, {_why(hold)}", _mend(hold))


def _why(hold: OpenHold) -> str:
    if hold.reason == "start":
        return "the first look after something new"
    return f"far more than the playbook {hold.title} usually finds"


def _mend(hold: OpenHold) -> str:
    buttons = "Go Live or Start from Today" if hold.reason == "start" else "Release or Drop"
    return f"an admin presses {buttons} in csbot's direct message"
