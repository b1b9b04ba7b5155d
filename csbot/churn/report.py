"""The report on churn: who left in a period, why, what went with them, and who came back."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from csbot.churn import queries, rules
from csbot.churn.queries import Left
from csbot.churn.rules import INVOLUNTARY, LABELS, Type
from csbot.errors import Refused
from csbot.payments.rules import worth
from csbot.renewals.rules import add_months
from csbot.shares import Share
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, zone
from csbot.words import said
from messages.churn_report import ChurnReport, Group, Judged, Line
from messages.text import Money

MOST_DAYS = 5 * 366
DAY = timedelta(days=1)
DEFAULT = "90d"
_SPAN = re.compile(r"(?:last )?(\d{1,4}) ?(d(?:ays?)?|w(?:eeks?)?|m(?:onths?)?)", re.ASCII)
_NAMED = {
    "this month": (1, 0), "last month": (1, -1), "this quarter": (3, 0), "last quarter": (3, -1),
    "this year": (12, 0), "last year": (12, -1),
}  # fmt: skip
Key = Callable[[Left], str]


@dataclass(frozen=True)
class Period:
    """Both ends included."""

    first: date
    last: date


def period(text: str, *, today: date) -> Period | None:
    """What somebody asks for, the last 90 days when for nothing; None when it names no period."""
    plain = " ".join(text.casefold().split()) or DEFAULT
    if plain in _NAMED:
        return _named(*_NAMED[plain], today=today)
    found = _SPAN.fullmatch(plain)
    if found is None:
        return None
    count, unit = int(found[1]), found[2][0]
    if not 0 < count * {"d": 1, "w": 7, "m": 30}[unit] <= MOST_DAYS:
        raise Refused("A period is one day to five years, for example `90d` or `12m`.")
    if unit == "m":
        return Period(add_months(today, -count) + timedelta(days=1), today)
    return Period(today - timedelta(days=count * (7 if unit == "w" else 1) - 1), today)


def _named(months: int, back: int, *, today: date) -> Period:
    start = date(today.year, (today.month - 1) // months * months + 1, 1)
    first = add_months(start, months * back)
    return Period(first, min(today, add_months(first, months) - timedelta(days=1)))


def report(session: Session, text: str, *, person: TeamMember, now: datetime) -> ChurnReport:
    """As of `person`'s day; Refused when `text` names no period."""
    today = local_date(person, now)
    span = period(text, today=today)
    if span is None:
        raise Refused(f"I can't read the period {said(text)}. Try `90d`, `12m` or `this quarter`.")
    rows = queries.left(session, span.first, span.last)
    ahead = queries.left(session, today + timedelta(days=1), date.max)
    ahead.sort(key=lambda row: row.effective_on)
    lives = Counter(rules.life(row.since, row.effective_on) for row in rows)
    since, until = (
        datetime.combine(day, time(), zone(person)) for day in (span.first, span.last + DAY)
    )
    unexplained, silent, names = queries.unexplained(session, ChurnReport.NAMED, since, until)
    return ChurnReport(
        first=span.first,
        last=span.last,
        total=Group(label="all", count=len(rows), lost=_sums(rows)),
        types=_groups(rows, lambda row: LABELS[Type(row.type)]),
        segments=_groups(rows, lambda row: row.segment or "no segment"),
        avoidable=_judged(rows),
        involuntary=sum(row.type in INVOLUNTARY for row in rows),
        early=lives["early"],
        mid=lives["mid"],
        late=lives["late"],
        won_back=sum(row.won_back for row in rows),
        lines=tuple(map(_line, sorted(rows, key=_weight)[: ChurnReport.SHOWN])),
        leaving=tuple(map(_line, ahead)),
        silent=silent,
        unexplained=unexplained,
        unexplained_names=tuple(names),
        as_of=now,
        asked=text[:40],
    )


def _sums(rows: Iterable[Left]) -> tuple[Money, ...]:
    """By currency, largest first: amounts of different currencies are never summed."""
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.arr:
            made[row.currency] += row.arr
    ordered = sorted(made.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Money(amount, currency) for currency, amount in ordered)


def _groups(rows: Sequence[Left], key: Key) -> tuple[Group, ...]:
    """Those that most have left in first; of equally many, where most went with them."""
    members: defaultdict[str, list[Left]] = defaultdict(list)
    for row in rows:
        members[key(row)].append(row)
    made = [Group(label=label, count=len(of), lost=_sums(of)) for label, of in members.items()]
    return tuple(sorted(made, key=lambda group: (-group.count, _most(group.lost), group.label)))


def _most(lost: Iterable[Money]) -> Decimal:
    return -sum((worth(one.amount, one.currency) for one in lost), Decimal(0))


def _judged(rows: Iterable[Left]) -> Judged | None:
    """Of those that somebody has judged; None where nobody has."""
    known = [row.avoidable for row in rows if row.avoidable is not None]
    if not known:
        return None
    share = Share(sum(known), len(known))
    low, high = share.bounds
    return Judged(part=share.part, whole=share.whole, low=round(100 * low), high=round(100 * high))


def _weight(row: Left) -> tuple[Decimal, int]:
    """Most revenue first; in one currency or the other, an order is all it is."""
    return -(row.arr or Decimal(0)), -row.effective_on.toordinal()


def _line(row: Left) -> Line:
    return Line(
        account=row.account,
        type=LABELS[Type(row.type)],
        effective_on=row.effective_on,
        arr=None if row.arr is None else Money(row.arr, row.currency),
        evidence=row.evidence,
        won_back=row.won_back,
    )
