"""What a customer asks for in a form: a task of whoever owns their account, once for each id."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.hints import Hints, matched, person
from csbot.accounts.model import Account
from csbot.alerts.service import touched
from csbot.contacts import Contact
from csbot.db.rows import insert_once
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body
from csbot.inbox.mapping import Mapped
from csbot.playbooks.durations import Duration
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.tasks.reading import PRIORITIES
from csbot.tasks.rules import TITLE_MAX
from csbot.team.model import TeamMember
from csbot.team.rules import local_date

SOURCE = "form"
NAMES = ("id", "title", "description", "account", "email", "name", "due", "priority")
USUAL = Duration.of("2 working days")  # until a request without a day of its own is due
WORDS_MAX = 3_000


def apply(
    session: Session,
    body: Body,
    *,
    settings: Settings,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Raises Unreadable, and UnknownAccount."""
    told, came = Mapped(body, {name: name for name in NAMES}), at or now
    name, title = told.need_text("id", longest=200), told.need_text("title", longest=TITLE_MAX)
    account, email = told.text("account", longest=200), told.text("email", longest=254)
    hints = Hints(ids=(account,), emails=(email,), domains=(account,), names=(account,))
    account_id = matched(session, hints)
    owner, who = _owner(session, account_id), _asker(session, account_id, hints, told, came)
    asked = {
        "title": " ".join(title.split()),
        "priority": _priority(told),
        "due_on": _due_on(told, owner or TeamMember(timezone="UTC"), came),
    }
    new = insert_once(
        session, Task, source=SOURCE, external_id=name, account_id=account_id,
        contact_id=who, assignee_id=owner and owner.id,
        created_at=came, **asked,
    )  # fmt: skip
    if new:
        said = told.text("description", longest=WORDS_MAX)
        _record(session, name, account_id, asked, said, came)
        touched(session, account_ids=[account_id], settings=settings, now=now)


def _asker(
    session: Session, account_id: int, hints: Hints, told: Mapped, now: datetime
) -> int | None:
    """Somebody unknown becomes a contact: the answer is for whoever asked, nobody else."""
    email = (hints.emails[0] or "").lower()
    if email.count("@") == 1 and " " not in email and person(session, account_id, hints) is None:
        name = told.text("name", longest=100)
        insert_once(
            session, Contact, account_id=account_id, email=email, name=name, created_at=now,
            opt_outs=[],
        )  # fmt: skip
    return person(session, account_id, hints)


def _owner(session: Session, account_id: int) -> TeamMember | None:
    owner = session.get(TeamMember, session.get_one(Account, account_id).owner_id or 0)
    return owner if owner and owner.active and not owner.is_outsider else None


def _priority(told: Mapped) -> str:
    said = (told.text("priority", longest=40) or "normal").lower()
    if said not in PRIORITIES:
        raise Unreadable("priority", "must be low, normal, high or urgent")
    return PRIORITIES[said]


def _due_on(told: Mapped, owner: TeamMember, came: datetime) -> date:
    """The day that is wished for, by the owner's calendar; today where that is past."""
    told.refuse_no_times("due")
    wished = told.instant("due")
    if wished is None:
        return local_date(owner, USUAL.after(came, owner))
    return max(wished.date(), local_date(owner, came))


def _record(
    session: Session,
    name: str,
    account_id: int,
    asked: dict[str, Any],
    said: str | None,
    now: datetime,
) -> None:
    after = asked | {"due_on": asked["due_on"].isoformat(), "form": name}
    audit.record(
        session, verb="task.submitted", subject=f"{SOURCE}:{name}", account=account_id, by=None,
        now=now, after=after, why=said,
    )  # fmt: skip
