"""How renewals add up: by month, quarter, owner or segment, by category, and all together. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from csbot.renewals import forecast
from csbot.renewals.forecast import KEPT, OPEN, Amounts
from csbot.renewals.queries import Row
from csbot.renewals.rules import LABELS, Category
from messages.renewals import Group, Sum
from messages.text import Money

MOST = 12  # groups that a chart shows side by side
OVERDUE, LATER, OTHERS, NOBODY, NOWHERE = "Overdue", "Later", "Others", "No owner", "No segment"
IN_TIME = ("month", "quarter")
ORDER = [*LABELS.values(), "won", "lost"]
Key = Callable[[Row], str]
Likely = Mapping[str, int]


def by(view: str, today: date) -> Key:
    """What a renewal is listed below."""
    keys: dict[str, Key] = {
        "month": lambda row: _month(row, today),
        "quarter": lambda row: _quarter(row, today),
        "owner": lambda row: row.owner or NOBODY,
        "segment": lambda row: row.segment or NOWHERE,
    }
    return keys[view]


def _month(row: Row, today: date) -> str:
    if row.due_on < today and row.status == OPEN:
        return OVERDUE
    return f"{row.due_on:%B}" if row.due_on.year == today.year else f"{row.due_on:%B %Y}"


def _quarter(row: Row, today: date) -> str:
    if row.due_on < today and row.status == OPEN:
        return OVERDUE
    return f"Q{(row.due_on.month + 2) // 3} {row.due_on.year}"


def grouped(rows: Sequence[Row], view: str, today: date) -> dict[str, list[Row]]:
    """In order of time, or those with most due first and nobody's last."""
    members: defaultdict[str, list[Row]] = defaultdict(list)
    key = by(view, today)
    for row in rows:
        members[key(row)].append(row)
    if view in IN_TIME or not rows:
        return members
    main = next(iter(forecast.totals(rows)))

    def rank(label: str) -> tuple[bool, Decimal, str]:
        due = forecast.totals(members[label]).get(main, Decimal(0))
        return label in (NOBODY, NOWHERE), -due, label

    return {label: members[label] for label in sorted(members, key=rank)}


def groups(members: Mapping[str, Sequence[Row]], view: str, likely: Likely) -> tuple[Group, ...]:
    """Each with its sums; what is beyond the most that are shown is one group."""
    shown = dict(list(members.items())[: MOST - 1 if len(members) > MOST else MOST])
    made = [group(label, rows, likely) for label, rows in shown.items()]
    rest = [row for label, rows in members.items() if label not in shown for row in rows]
    if rest:
        made.append(group(LATER if view in IN_TIME else OTHERS, rest, likely))
    return tuple(made)


def group(label: str, rows: Sequence[Row], likely: Likely) -> Group:
    found = forecast.outlooks(rows, likely)
    return Group(
        label=label,
        count=len(rows),
        due=_money({currency: one.due for currency, one in found.items()}),
        forecast=_money({currency: one.forecast for currency, one in found.items()}),
        closed=sum(row.status != OPEN for row in rows),
    )


def _money(amounts: Amounts) -> tuple[Money, ...]:
    return tuple(Money(amount, currency) for currency, amount in amounts.items())


def categories(rows: Iterable[Row], likely: Likely) -> tuple[Group, ...]:
    """What is open by how sure it is, then what is won and lost."""
    members: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        members[outcome(row)].append(row)
    return tuple(group(label, members[label], likely) for label in ORDER if label in members)


def outcome(row: Row) -> str:
    if row.status == OPEN:
        return LABELS[Category(row.category)]
    return "won" if row.status in KEPT else "lost"


def sums(rows: Iterable[Row], likely: Likely, then: Amounts | None) -> tuple[Sum, ...]:
    """A currency each; `then` is the forecast of a week ago."""
    return tuple(
        Sum(
            due=Money(one.due, currency),
            forecast=Money(one.forecast, currency),
            won=Money(one.won, currency),
            commit=Money(one.commit, currency),
            rest=Money(one.rest, currency),
            closed=Money(one.closed, currency),
            signed=Money(one.signed, currency),
            last_week=None if then is None else Money(then.get(currency, Decimal(0)), currency),
        )
        for currency, one in forecast.outlooks(rows, likely).items()
    )


def peak(found: Sequence[Group]) -> Group | None:
    """The group with most due; None where currencies differ, since they do not compare."""
    if len({money.currency for one in found for money in one.due}) != 1:
        return None
    return max(found, key=lambda one: one.due[0].amount)
