"""The Gantt chart that somebody asked for in Slack: in words at once, its picture by the worker."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.choosing import named_in_words, segments
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.files import asking
from csbot.files.file import Made, Wish
from csbot.find import account_by_id
from csbot.onboarding import gantt, listed
from csbot.onboarding.filters import Filters, from_code, in_words
from csbot.onboarding.gantt import Course, Gantt, Spell
from csbot.onboarding.gantt_picture import draw
from csbot.onboarding.model import StageSpell
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from messages.onboarding_list import GanttAsked
from messages.text import Mrkdwn, escape, plural

KIND, MOST, SPELLS_MAX = "onboarding", 40, 60


def ask_one(session: Session, account: Account, *, by: TeamMember, now: datetime) -> GanttAsked:
    shown = one(session, account, now=now)
    new = asking.ask(session, KIND, by=by, now=now, account=str(account.id))
    return GanttAsked(title=shown.title, lines=shown.lines, more=shown.more, again=not new)


def ask_all(session: Session, filters: Filters, *, by: TeamMember, now: datetime) -> GanttAsked:
    shown = everybody(session, filters, now=now)
    new = asking.ask(session, KIND, by=by, now=now, filters=filters.code())
    return GanttAsked(title=shown.title, lines=shown.lines, more=shown.more, again=not new)


def make(wish: Wish) -> Made:
    if "account" in wish.args:
        shown = one(
            wish.session, account_by_id(wish.session, int(wish.args["account"])), now=wish.now
        )
        return _made(shown, draw(shown), "stage")
    shown = everybody(wish.session, from_code(wish.args["filters"]), now=wish.now)
    return _made(shown, draw(shown, clipped=True), "account")


def _made(shown: Gantt, content: bytes, what: str) -> Made:
    late = f", {plural(shown.late, what)} late" if shown.late else ""
    file = Attachment(
        name=f"{KIND}.png", title=shown.title, content=content, alt_text=shown.alternative
    )
    return Made(file, Mrkdwn(f"{escape(shown.title)}{late}"))


def one(session: Session, account: Account, *, now: datetime) -> Gantt:
    [course] = courses(session, [account])
    if not course.spells:
        raise Refused(
            f"{account.name} has not begun its onboarding, so there is nothing to draw. "
            f"`/cs onboarding {account.name} start` begins it."
        )
    return gantt.of_account(course, now=now)


def everybody(session: Session, filters: Filters, *, now: datetime) -> Gantt:
    """Who began first stands first; where there is no room for all, those who are not late go."""
    names = segments(session) if filters.segments else ()
    accounts, count = listed.latest(session, filters, names=names, most=MOST, now=now)
    if not accounts:
        raise Refused("Nobody of these is in onboarding, so there is nothing to draw.")
    drawn = courses(session, accounts)
    drawn.sort(key=lambda one: one.spells[0].begun_at if one.spells else now)
    scope = in_words(filters, named_in_words(session, filters.owners, filters.segments, names))
    title = f"In onboarding ({scope})" if scope else "Everybody in onboarding"
    return gantt.of_all(drawn, now=now, more=count - len(drawn), title=title)


def courses(session: Session, accounts: Sequence[Account]) -> list[Course]:
    """In the same order, in two queries."""
    cut = _cut(session, accounts)
    rows = session.scalars(
        select(StageSpell)
        .where(among(session, StageSpell.account_id, [one.id for one in accounts]))
        .order_by(StageSpell.begun_at, StageSpell.id)
    )
    stays = defaultdict[int, list[Spell]](list)
    for row in rows:
        stays[row.account_id].append(_spell(row, cut=(row.account_id, row.ended_at) in cut))
    return [
        Course(
            one.name, one.process, tuple(stays[one.id][-SPELLS_MAX:]), one.domain or f"#{one.id}"
        )
        for one in accounts
    ]


def _cut(session: Session, accounts: Sequence[Account]) -> set[tuple[int | None, datetime | None]]:
    """Whose onboarding ended by override, and when: no stage followed that could say so."""
    over = [one.id for one in accounts if one.onboarding_ended_at is not None]
    ended = select(AuditEntry.account_id, AuditEntry.at).where(
        among(session, AuditEntry.account_id, over),
        AuditEntry.verb == "onboarding.finished",
        AuditEntry.why.is_not(None),
    )
    return {(id, at) for id, at in session.execute(ended)} if over else set()


def _spell(row: StageSpell, *, cut: bool) -> Spell:
    overridden = row.why is not None
    return Spell(row.process, row.stage, row.days, row.begun_at, row.ended_at, overridden, cut)
