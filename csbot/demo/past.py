"""What playbooks have done in the months before the story's Monday, as rows that they would leave.

Carrying all of it out day by day would take minutes; what is seeded here has the same shape.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.model import Alert, AlertVerdict
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.playbooks import store
from csbot.playbooks.model import Playbook, PlaybookRun
from csbot.settings import Settings
from csbot.touches.model import Touch

ON_FOR = timedelta(days=240)
ROOM = "#cs-alerts"
SAID = ("useful", "known", "known", "useful", "not_mine", "known", "useful")
SOON = 22  # alerts about meetings within the hour, which most people did not need
REMINDED = ("success session", "QBR")
COME_BACK = (
    "Your work is where you left it",
    "Hello {name},\n\nyour colleagues may be waiting for what you had begun. It takes two minutes "
    "to see where things stand.\n\nIs something in the way? Answer this e-mail.",
)
BOOKED = (
    "Booked: {title}",
    "Hello,\n\n{title} is booked. The attached file puts it into your calendar.",
)


class Silence(NamedTuple):
    """A week in which nobody at an account logged in; `back_after` days, or never."""

    account: str
    days_ago: int
    back_after: int | None
    verdict: str
    note: str


def silences() -> list[Silence]:
    with Path(__file__).with_name("past.csv").open(encoding="utf-8", newline="") as file:
        return [_silence(row) for row in csv.DictReader(file)]


def _silence(row: Mapping[str, str]) -> Silence:
    back = int(row["back_after"]) if row["back_after"] else None
    return Silence(row["account"], int(row["days_ago"]), back, row["verdict"], row["note"])


@dataclass(frozen=True)
class Past:
    """The customers by name and everybody at each, with what playbooks ran on."""

    session: Session
    monday: datetime
    accounts: Mapping[str, Account]
    people: Mapping[int, Sequence[Contact]]
    versions: Mapping[str, int]

    @classmethod
    def with_playbooks(cls, session: Session, *, settings: Settings, monday: datetime) -> "Past":
        """csbot's own, in force for months; what happened before Monday starts none of them."""
        store.sync(session, settings=settings, now=monday - ON_FOR)
        events = [one.name for one in store.in_force(session) if one.definition.trigger.event]
        since = case((Playbook.name.in_(events), monday), else_=monday - ON_FOR)
        session.execute(update(Playbook).values(on_since=since))
        return cls._of(session, monday)

    @classmethod
    def _of(cls, session: Session, monday: datetime) -> "Past":
        people: dict[int, list[Contact]] = {}
        for contact in session.scalars(select(Contact).order_by(Contact.id)):
            people.setdefault(contact.account_id, []).append(contact)
        accounts = session.scalars(select(Account).order_by(Account.id))
        versions = session.execute(select(Playbook.name, Playbook.version_id)).all()
        named = {account.name: account for account in accounts}
        return cls(session, monday, named, people, {name: id for name, id in versions if id})

    def run(
        self, playbook: str, account: Account, at: datetime, *, ended: datetime | None, **more: Any
    ) -> PlaybookRun:
        """Finished, unless `ended` is empty; added and flushed by the caller."""
        said = {"subject": "", "state": "finished" if ended else "active"} | more
        return PlaybookRun(
            playbook=playbook, version_id=self.versions[playbook], account_id=account.id,
            started_at=at, ended_at=ended, **said,
        )  # fmt: skip


def recall(past: Past) -> None:
    """Runs, alerts, what people said of them, and messages that customers had."""
    _quiet_weeks(past)
    _mails(past)
    _meetings_within_the_hour(past)
    _week(past)
    _sessions_ahead(past)


def _quiet_weeks(past: Past) -> None:
    """An alert for the owner, and what csbot did until somebody was back."""
    for number, silence in enumerate(silences()):
        account = past.accounts[silence.account]
        at = past.monday - timedelta(days=silence.days_ago, minutes=number * 3)
        back = at + timedelta(days=silence.back_after, hours=2) if silence.back_after else None
        ended = back or at + timedelta(days=40)
        told = past.run("inactive-users", account, at, ended=at, over_at=ended)
        waits = past.run("inactive-accounts", account, at, ended=ended, over_at=ended, goal_at=back)
        past.session.add_all([told, waits])
        alert = _alert(account, "inactive", "inactive-users", at, ended, "back" if back else "left")
        _judged(past, alert, silence.verdict, silence.note or None)


def _alert(
    account: Account, kind: str, playbook: str, at: datetime, closed: datetime, how: str
) -> Alert:
    return Alert(
        kind=kind, playbook=playbook, account_id=account.id, owner_id=account.owner_id,
        severity="soon", state="closed", evidence={"ended": how}, fingerprint="", channel=ROOM,
        since=at, opened_at=at, changed_at=closed, posted_at=at, closed_at=closed,
    )  # fmt: skip


def _judged(past: Past, alert: Alert, verdict: str | None, note: str | None = None) -> None:
    """Taken by its owner within two hours, who said later whether it was worth it."""
    past.session.add(alert)
    past.session.flush()
    taken = alert.opened_at + timedelta(minutes=15 + alert.id % 100)
    assert alert.closed_at is not None  # noqa: S101  all that is remembered is over
    entries = [
        audit.entry(
            verb=verb, by=by, now=at, after={"kind": alert.kind}, subject=f"alert:{alert.id}",
            account=alert.account_id,
        )
        for verb, by, at in (
            ("alert.raised", None, alert.opened_at),
            ("alert.taken", alert.owner_id, taken),
            ("alert.closed", None, alert.closed_at),
        )
    ]  # fmt: skip
    audit.record_all(past.session, entries)
    if verdict and alert.owner_id:
        past.session.add(
            AlertVerdict(
                alert_id=alert.id, member_id=alert.owner_id, verdict=verdict, note=note, at=taken
            )
        )


def _mails(past: Past) -> None:
    """One to whoever stayed away, each time that their company was quiet for a week."""
    for silence in silences():
        account = past.accounts[silence.account]
        at = past.monday - timedelta(days=silence.days_ago) + timedelta(hours=1)
        for number, contact in enumerate(past.people[account.id][:3]):
            days = silence.back_after and silence.back_after + 5 * number
            back = at + timedelta(days=days) if days else None
            run = past.run(
                "inactive-user-mail", account, at, ended=at, contact_id=contact.id,
                subject=str(contact.id), subject_id=contact.id,
                over_at=back or at + timedelta(days=40),
                goal_at=back if days and days <= 14 else None,
            )  # fmt: skip
            _written(past, run, "come-back", contact, COME_BACK)


def _written(
    past: Past,
    run: PlaybookRun,
    step: str,
    contact: Contact,
    words: tuple[str, str],
    title: str = "",
) -> None:
    past.session.add(run)
    past.session.flush()
    subject, text = (part.format(name=contact.name, title=title) for part in words)
    sent = run.started_at + timedelta(hours=2)
    touch = Touch(
        run_id=run.id, step=step, playbook=run.playbook, account_id=run.account_id,
        contact_id=contact.id, owner_id=past.session.get_one(Account, run.account_id).owner_id,
        channel="email", address=contact.email, state="sent",
        words={"subject": subject, "text": text, "html": ""},
        created_at=run.started_at, send_at=sent, expires_at=sent + timedelta(days=5),
        queued_at=sent, sent_at=sent, token=f"past-{run.id}",
    )  # fmt: skip
    past.session.add(touch)
    past.session.flush()
    after = {
        "channel": "email", "to": contact.name, "subject": subject, "playbook": run.playbook,
    }  # fmt: skip
    audit.record(
        past.session, verb="touch.sent", subject=f"touch:{touch.id}", account=run.account_id,
        by=None, now=sent, after=after,
    )  # fmt: skip


def _meetings_within_the_hour(past: Past) -> None:
    owned = [account for account in past.accounts.values() if account.owner_id]
    for number in range(SOON):
        at = past.monday - timedelta(days=4 * number % 87 + 1, hours=number % 6 - 2)
        account = owned[number * 7 % len(owned)]
        alert = _alert(
            account, "meeting_soon", "meeting-soon", at, at + timedelta(hours=1), "started"
        )
        _judged(past, alert, SAID[number % len(SAID)])


def _week(past: Past) -> None:
    """What came up in the week before, for the report of Monday."""
    for name, kind, playbook, days, how in (
        ("Lumen Labs", "task", "tasks", 5, "done"),
        ("Hooli", "task", "tasks", 4, "done"),
        ("Marble Motors", "task", "tasks", 3, "moved"),
        ("Cactus Cloud", "renewal", "renewal-window", 6, "planned"),
        ("Initech", "renewal", "renewal-window", 5, "planned"),
        ("Foxglove Farms", "feedback", "feedback", 4, "answered"),
    ):
        at = past.monday - timedelta(days=days, hours=-1)
        alert = _alert(past.accounts[name], kind, playbook, at, at + timedelta(hours=30), how)
        _judged(past, alert, "useful")


def _sessions_ahead(past: Past) -> None:
    """Their reminders are under way: the invitation went out, the next wait for their hour."""
    ahead = select(Meeting).where(
        Meeting.starts_at > past.monday, Meeting.kind.in_(REMINDED)
    )  # fmt: skip
    for meeting in past.session.scalars(ahead.order_by(Meeting.id)).all():
        account = past.session.get_one(Account, meeting.account_id)
        soon = meeting.starts_at - past.monday < timedelta(days=1)
        run = past.run(
            "meeting-reminders", account, meeting.created_at, ended=None,
            subject=f"{meeting.id}@{meeting.starts_at:%Y-%m-%dT%H:%M}", subject_id=meeting.id,
            step="wait-until-the-hour-before" if soon else "wait-until-the-day-before",
            wait_until=past.monday + timedelta(days=180),
            facts={"kind": meeting.kind},
        )  # fmt: skip
        _written(past, run, "invite", past.people[account.id][0], BOOKED, meeting.title)


def finished(
    past: Past, playbook: str, rows: Sequence[tuple[Account, datetime, dict[str, Any]]]
) -> list[PlaybookRun]:
    """Runs whose steps all came at once."""
    runs = [past.run(playbook, account, at, ended=at, **more) for account, at, more in rows]
    past.session.add_all(runs)
    past.session.flush()
    return runs
