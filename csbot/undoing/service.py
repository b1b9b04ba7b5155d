"""Takes back the last thing somebody did, while it is fresh and nothing has come on top of it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.accounts.timeline import words
from csbot.alerts.restoring import reopen
from csbot.alerts.scope import Scope
from csbot.alerts.service import touched
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.undoing import runs
from csbot.undoing.acts import Act, newest, newest_few, said_again, since
from csbot.undoing.table import OF_PARTS, WAYS, why_not
from csbot.undoing.way import Back, NotAsLeft, reverse, same
from csbot.words import said
from messages.ago import ago
from messages.timeline import TAKEN_BACK as TOOK_BACK
from messages.undo import Undone, UndoOffered


class Stays(Refused):
    """The newest act stays for good; `before` is the newest one that can go back, if any."""

    def __init__(self, reason: str, before: Act | None) -> None:
        super().__init__(reason)
        self.before = before


def undo(
    session: Session,
    *,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    only: int | None = None,
) -> Undone:
    """Put back all that the act changed, record it and look anew at what it had settled.

    With `only` it must be the act of that entry of the log: a button may be old.
    """
    require(by, May.UNDO)
    # Two at once: the second one waits here, and finds what the first has left.
    # Not against who merely names them meanwhile, as a new owner of what is taken back.
    mine = select(TeamMember.id).where(TeamMember.id == by.id)
    session.execute(mine.with_for_update(key_share=True))
    act = newest(session, by)
    if act is None:
        raise Refused("You have changed nothing yet, so there is nothing to take back.")
    if only is not None and not act.has(only):
        before = _before(session, by, now, settings)
        if before is None or not before.has(only):
            raise Refused("You have done something else since. `/cs undo` takes back that.")
        act = before
    _refuse(session, act, by, now, settings)
    return take_back(session, act, by=by, now=now, settings=settings)


def offer(why: str, before: Act, *, now: datetime) -> UndoOffered:
    """Nothing is taken back unasked: what can be is one press away."""
    return UndoOffered(
        why=why, did=before.did, account=before.account, ago=ago(before.at, now=now),
        entry_id=before.entries[0].id,
    )  # fmt: skip


def take_back(
    session: Session,
    act: Act,
    *,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    why: str | None = None,
) -> Undone:
    """As `undo`, for an act that whoever calls has found that it may go back; `why` if they say."""
    accounts = sorted({entry.account_id for entry in act.entries if entry.account_id})
    # First the accounts, as everybody else takes them: two at once wait instead of deadlocking.
    mine = select(Account.id).where(Account.id.in_(accounts)).order_by(Account.id)
    session.execute(mine.with_for_update())
    reopen(Scope.load(session, settings, now, actor=by.id), accounts, at=act.at)
    told = [_put_back(session, entry, act, by, now, settings) for entry in reversed(act.entries)]
    session.flush()
    audit.record_all(session, [reverse(entry, by, now, why) for entry in act.entries])
    if accounts:
        touched(session, account_ids=accounts, settings=settings, now=now, by=by)
    return Undone(
        did=act.did,
        ago=ago(act.at, now=now),
        account=act.account,
        account_id=act.entries[0].account_id,
        now_is=tuple(dict.fromkeys(reversed(told))),
    )


def _before(session: Session, by: TeamMember, now: datetime, settings: Settings) -> Act | None:
    """The newest act that can go back, with nothing after it but what stays for good."""
    fresh = now - timedelta(minutes=settings.config.thresholds.undo_minutes)
    for act in newest_few(session, by, after=fresh):
        if act.undoes:
            return None
        if not any(why_not(entry.verb) for entry in act.entries):
            return act
    return None


def _refuse(session: Session, act: Act, by: TeamMember, now: datetime, settings: Settings) -> None:
    if act.undoes:
        raise Refused(
            f"You took this back {ago(act.at, now=now)}: "
            f"{said(act.about.removeprefix(TOOK_BACK), 200)}. "
            "That is as far back as I go. Do it anew if you want it after all."
        )
    last = f"The last thing you did, {ago(act.at, now=now)}: {said(act.about, 200)}."
    for entry in act.entries:
        if because := why_not(entry.verb):
            before = _before(session, by, now, settings)
            raise Stays(f"{last} That stays as it is. {because}", before)
    minutes = settings.config.thresholds.undo_minutes
    if not minutes:
        raise Refused("Taking changes back is switched off here. Nothing was changed.")
    if now - act.at >= timedelta(minutes=minutes):
        raise Refused(f"{last} `/cs undo` works for {minutes} minutes. Nothing was changed.")
    for entry in act.entries:
        require(by, WAYS[entry.verb].may)


def _put_back(
    session: Session,
    entry: AuditEntry,
    act: Act,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> str:
    back = Back(session, entry, now, settings, by)
    try:
        now_is = WAYS[entry.verb].go(back)
        if entry.verb not in OF_PARTS:
            same(said_again(session, entry), False)
    except NotAsLeft:
        raise Refused(_came_on_top(session, entry, act)) from None
    runs.stop(back, by=by)
    return now_is


def _came_on_top(session: Session, entry: AuditEntry, act: Act) -> str:
    later = since(session, entry)
    if later is None:
        what = "It is not as you left it any more"
    else:
        change, who = later
        what = f"Since then {who} has changed it: {said(words(change), 120)}"
    return f"I have not taken back {said(act.about, 120)}. {what}. Nothing was changed."
