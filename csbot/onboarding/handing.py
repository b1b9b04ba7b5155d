"""An account changes hands where a stage is another person's than the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.accounts.service import hand_over, may_own
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.away.cover import Cover
from csbot.errors import Forbidden, Refused
from csbot.onboarding import people, requirements
from csbot.onboarding.rules import Progress
from csbot.onboarding.stages import Stage, track
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.handover import AccountAssigned
from messages.onboarding_handing import NOTE_MAX, draft
from messages.text import Money, Person


@dataclass(frozen=True)
class Handing:
    """The account goes to `to` with the stage `into`."""

    to: TeamMember
    into: Stage


class NeedsNote(Refused):
    """Only a note for the next owner is missing; `note` is one to begin with."""

    def __init__(self, account: Account, leaves: Stage, handing: Handing, note: str) -> None:
        super().__init__(f"Write a note for {handing.to.name}, who gets {account.name}.")
        self.account, self.leaves, self.handing, self.note = account, leaves, handing, note


def due(
    session: Session,
    account: Account,
    *,
    leaves: Stage | None,
    enters: Stage | None,
    by: TeamMember,
    settings: Settings,
) -> Handing | None:
    """None where the account stays with its owner; Forbidden where it is not this person's to give.

    It stays where the stage is the same person's as before, or nobody is named for it.
    """
    if enters is None or (leaves and leaves.owner == enters.owner):
        return None
    named = people.of(session, account, settings=settings).get(enters.owner)
    if named is None or named.id == account.owner_id or not may_own(named):
        return None
    if account.owner_id not in (None, by.id) and not allows(by.role, May.ASSIGN_ANY):
        raise Forbidden(
            f"With {enters.name}, {account.name} goes to {named.name}. "
            "Its owner can do that, or a manager."
        )
    return Handing(named, enters)


def known(session: Session, account: Account, progress: Progress | None) -> str:
    """A note to begin with: what the customer wants, what is done, what is open."""
    wanted = requirements.of(session, account.id)
    if progress is None:
        return draft(wanted, "", [], [])
    done, open = ([one.text for one in some] for some in (progress.done, progress.open))
    return draft(wanted, progress.stage.name, done, open)


def check(note: str) -> None:
    if len(note) > NOTE_MAX:
        raise Refused(f"At most {NOTE_MAX:,} characters; this is {len(note):,}.", field="note")


def give(
    session: Session,
    account: Account,
    handing: Handing,
    *,
    by: TeamMember,
    now: datetime,
    note: str,
) -> None:
    why = f"{handing.into.name} begins"
    said = note.strip() or None
    hand_over(session, account, to=handing.to, by=by, now=now, why=why, note=said)


def adopt(
    session: Session, accounts: Sequence[Account], *, settings: Settings, now: datetime
) -> None:
    """Accounts that nobody owns go to whoever is named for their first stage; each is told."""
    orphans = [account for account in accounts if account.owner_id is None]
    named = people.of_many(session, [one.id for one in orphans], settings=settings)
    found: dict[TeamMember, list[Account]] = {}
    for account in orphans:
        heir = named[account.id].get(track(account.process)[0].owner)
        if heir and may_own(heir):
            account.owner_id = heir.id
            found.setdefault(heir, []).append(account)
    _record(session, found, now)
    _tell(session, found, now)


def _record(session: Session, found: dict[TeamMember, list[Account]], now: datetime) -> None:
    for heir, accounts in found.items():
        mine = among(session, Alert.account_id, [account.id for account in accounts])
        waiting = update(Alert).where(mine, Alert.owner_id.is_(None), Alert.closed_at.is_(None))
        session.execute(waiting.values(owner_id=heir.id))
    entries = [
        audit.entry(
            verb="account.assigned", subject=f"account:{account.id}", account=account.id, by=None,
            now=now, before={"owner": None, "name": None},
            after={"owner": heir.email, "name": heir.name},
        )
        for heir, accounts in found.items()
        for account in accounts
    ]  # fmt: skip
    audit.record_all(session, entries)


def _tell(session: Session, found: dict[TeamMember, list[Account]], now: datetime) -> None:
    away = Cover.load(session, now).away if found else {}
    posts = [
        Outgoing(
            _news(account, heir, now), heir.slack_id,
            f"onboarding-owner:{account.id}:{int(now.timestamp() * 1000)}",
        )
        for heir, accounts in found.items()
        for account in accounts
        if heir.slack_id and heir.id not in away
    ]  # fmt: skip
    enqueue_many(session, posts, now=now)


def _news(account: Account, heir: TeamMember, now: datetime) -> AccountAssigned:
    left = (account.renewal_on - local_date(heir, now)).days if account.renewal_on else None
    return AccountAssigned(
        account_id=account.id, account=account.name, by=Person("csbot"), former=None,
        arr=Money(account.arr, account.currency) if account.arr is not None else None,
        renews_on=account.renewal_on, days_left=left, health=account.health, alerts=0,
        next_step=None, why="its onboarding begins",
    )  # fmt: skip
