"""All of somebody's accounts by risk, page by page, narrowed down by segment, stage and risk."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.access import May, allows, require
from csbot.accounts.book import by_risk, lines
from csbot.accounts.choosing import segment_key as key
from csbot.accounts.held import held_by
from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.find import member_by_id
from csbot.home.filters import Filters
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.blocks import Option
from messages.home_forms import RISKS, AccountsByRisk

PAGE, OPTIONS_MAX = 10, 99


def browse(session: Session, chosen: Filters, *, by: TeamMember, now: datetime) -> AccountsByRisk:
    """A page beyond the last is the last."""
    require(by, May.SEE_ACCOUNTS)
    owner = member_by_id(session, chosen.owner) if chosen.owner else None
    mine = [held_by(owner.id)] if owner else []
    segments, stages = (_names(session, column, mine) for column in (
        Account.segment, Account.lifecycle_stage))  # fmt: skip
    which = [*mine, *_narrowed(chosen, segments, stages)]
    count = session.scalar(select(func.count(Account.id)).where(*which)) or 0
    pages = max(1, -(-count // PAGE))
    page = min(chosen.page, pages)
    rows = session.execute(by_risk(*which).limit(PAGE).offset((page - 1) * PAGE))
    at, first = replace(chosen, page=page), replace(chosen, page=1)
    return AccountsByRisk(
        whose=owner.name if owner else "All accounts, also of who has left",
        owners=tuple(
            Option(words, Filters(owner=id).code())
            for words, id in (("My accounts", by.id), ("All accounts", 0))
            if allows(by.role, May.EDIT_ACCOUNTS)
        ),
        count=count,
        lines=lines(rows, local_date(by, now)),
        page=page,
        pages=pages,
        segments=_options("Any segment", segments, lambda it: replace(first, segment=it)),
        stages=_options("Any stage", stages, lambda it: replace(first, stage=it)),
        risks=tuple(
            Option(label, replace(first, risk=risk).code()) for risk, label in RISKS.items()
        ),
        chosen=_in_words(chosen, segments, stages),
        back=at.turned(-1).code() if page > 1 else None,
        further=at.turned(1).code() if page < pages else None,
    )


def _names(
    session: Session, column: InstrumentedAttribute[str | None], mine: Sequence[ColumnElement[bool]]
) -> list[str]:
    """The most frequent first: a menu holds a hundred."""
    query = (
        select(column)
        .where(column.is_not(None), *mine)
        .group_by(column)
        .order_by(func.count().desc(), column)
        .limit(OPTIONS_MAX)
    )
    return [name for name in session.scalars(query) if name and name.strip()]


def _narrowed(
    chosen: Filters, segments: Sequence[str], stages: Sequence[str]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.segment:
        found.append(Account.segment.in_([s for s in segments if key(s) == chosen.segment]))
    if chosen.stage:
        found.append(Account.lifecycle_stage.in_([s for s in stages if key(s) == chosen.stage]))
    if chosen.risk in ("critical", "alerts"):
        alert = exists().where(Alert.account_id == Account.id, Alert.closed_at.is_(None))
        critical = alert.where(Alert.severity == "critical")
        found.append(critical if chosen.risk == "critical" else alert)
    elif chosen.risk:
        found.append(func.lower(Account.health_status) == chosen.risk)
    return found


def _options(widest: str, names: Sequence[str], to: Callable[[str], Filters]) -> tuple[Option, ...]:
    """`to` is the choice that a key of this menu leads to."""
    made = [Option(widest, to("").code())]
    return tuple(made + [Option(name, to(key(name)).code()) for name in names])


def _in_words(chosen: Filters, segments: Sequence[str], stages: Sequence[str]) -> tuple[str, ...]:
    words = [s for s in segments if key(s) == chosen.segment]
    words += [s for s in stages if key(s) == chosen.stage]
    return (*words, *([RISKS[chosen.risk].lower()] if chosen.risk else []))
