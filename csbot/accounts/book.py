"""Accounts by risk, one person's or all: as many statements however many there are."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.choosing import (
    Found,
    Unread,
    Vocabulary,
    named_in_words,
    owners_and_segments,
    segments,
    understand,
    vocabulary,
    within,
)
from csbot.accounts.held import STEADY, held, held_by, held_in
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.alerts.model import Alert
from csbot.alerts.waiting import waiting, waiting_on
from csbot.churn.queries import CHURNED, CUSTOMER, leaves_on
from csbot.errors import Refused
from csbot.find import ID_MAX, member_by_id
from csbot.team.model import TeamMember
from csbot.team.queries import named
from csbot.team.rules import local_date
from csbot.words import number
from messages.accounts import AccountBook, BookLine
from messages.text import Money

PAGE = 12
ALL = ("all", "everybody", "everyone")
OLD = "This button is from an older version of the list. Write `/cs my` again."


def book(
    session: Session,
    owner: TeamMember | None,
    *,
    viewer: TeamMember,
    now: datetime,
    page: int = 1,
    keys: Collection[str] = (),
) -> AccountBook:
    """A page of somebody's, or of everybody's; pages beyond the last are the last.

    `keys` are `segment_key`s, none for every segment.
    """
    names = segments(session) if keys else []
    which = [held_by(owner.id) if owner else CUSTOMER, *within((), keys, names)]
    if owner and not keys:
        totals = held(session, [owner.id])[owner.id]
        alerts = waiting(session, [owner.id], now=now)[owner.id]
    else:
        totals, alerts = held_in(session, *which), waiting_on(session, *which, now=now)
    pages = max(1, -(-totals.count // PAGE))
    page = min(max(page, 1), pages)
    rows = session.execute(by_risk(*which).limit(PAGE).offset((page - 1) * PAGE))
    return AccountBook(
        owner=owner.name if owner else None,
        mine=owner is not None and owner.id == viewer.id,
        segments=tuple(named_in_words(session, (), keys, names)),
        count=totals.count,
        totals=totals.arr,
        alerts=alerts,
        struggling=totals.struggling,
        lines=lines(rows, local_date(viewer, now)),
        page=page,
        pages=pages,
        code=":".join((str(owner.id if owner else 0), *keys)),
        asks=may_own(viewer) and not allows(viewer.role, May.ASSIGN_ANY),
        as_of=now,
    )


def book_at(session: Session, code: str, *, viewer: TeamMember, now: datetime) -> AccountBook:
    """What a button or a kept answer asks for: `whose:page`, and keys of segments behind it."""
    whose, at, *keys = [*code.split(":"), "1"] if ":" not in code else code.split(":")
    owner, page = number(whose), number(at)
    if owner is None or page is None:
        raise Refused(OLD)
    member = member_by_id(session, owner) if owner else None
    return book(session, member, viewer=viewer, now=now, page=min(page, ID_MAX), keys=keys)


def asked(session: Session, text: str, person: TeamMember) -> tuple[TeamMember | None, list[str]]:
    """Whose and in which segments; Refused for what means neither."""
    if text.casefold() in ALL:  # before those whose names begin so
        return None, []
    try:
        return named(session, text), []
    except Refused as nobody:
        words = vocabulary(session, person)
        expected = f"{owners_and_segments(words)} or `all`"
        try:
            reading = understand(
                text, partial(_meaning, words), most={"owner": 1, "all": 1},
                fillers={"accounts", "of", "in"}, expected=expected,
            )  # fmt: skip
        except Unread:
            if text.startswith(("@", "<")):
                raise nobody from None
            raise
        if not reading.found.keys() & {"segments", "all"}:
            raise
        owner, keys = reading.found.get("owner", [0])[0], reading.found.get("segments", [])
        return session.get(TeamMember, owner), [str(key) for key in keys]


def _meaning(words: Vocabulary, phrase: str) -> Found | None:
    if phrase.casefold() in ALL:
        return "all", 0
    kind, value = words.meaning(phrase) or ("", 0)
    return ("owner" if kind == "owners" else kind, value) if kind else None


def lines(rows: Iterable[Any], today: date) -> tuple[BookLine, ...]:
    """What `by_risk` found, as it is read."""
    return tuple(
        BookLine(
            account_id=account.id,
            account=account.name,
            arr=Money(account.arr, account.currency) if account.arr is not None else None,
            health=account.health,
            health_status=account.health_status,
            renews_on=account.renewal_on,
            days_left=(account.renewal_on - today).days if account.renewal_on else None,
            leaves_on=leaves,
            alerts=alerts or 0,
            critical=critical or 0,
        )
        for account, alerts, critical, leaves in rows
    )


def by_risk(*which: ColumnElement[bool]) -> Select[Account, int, int, date | None]:
    """Critical alerts first, then any, then poor health, then the nearest renewal; who has left
    comes last.
    """
    alerts = (
        select(
            Alert.account_id,
            func.count().label("open"),
            func.sum(case((Alert.severity == "critical", 1), else_=0)).label("critical"),
        )
        .where(Alert.closed_at.is_(None))
        .group_by(Alert.account_id)
        .subquery()
    )
    return (
        select(Account, alerts.c.open, alerts.c.critical, leaves_on())
        .outerjoin(alerts, alerts.c.account_id == Account.id)
        .where(*which)
        .order_by(
            case((Account.lifecycle_stage == CHURNED, 1), else_=0),
            func.coalesce(alerts.c.critical, 0).desc(),
            func.coalesce(alerts.c.open, 0).desc(),
            func.coalesce(Account.health, STEADY),
            case((Account.renewal_on.is_(None), 1), else_=0),
            Account.renewal_on,
            Account.id,
        )
    )
