"""How renewals add up: by month, quarter, owner or segment, by category, and all together. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from csbot.renewals.forecast import KEPT, OPEN, Amounts
from csbot.renewals.heaps import NOBODY, NOWHERE, OVERDUE, Heap, month_of, outlooks, quarter_of
from csbot.renewals.queries import Row
from csbot.renewals.rules import LABELS, Category
from messages.renewals import Group, Sum
from messages.text import Money

MOST = 12  # groups that a chart shows side by side
LATER, OTHERS = "Later", "Others"
IN_TIME = ("month", "quarter")
WON = "won"
ORDER = [*LABELS.values(), WON, "lost"]
Members = dict[str, list[Heap]]


def label(row: Row, view: str, today: date) -> str:
    """What an open renewal is listed below."""
    if view == "owner":
        return row.owner or NOBODY
    if view == "segment":
        return row.segment or NOWHERE
    if row.due_on < today:
        return OVERDUE
    return month_of(row.due_on, today) if view == "month" else quarter_of(row.due_on)


def grouped(found: Iterable[Heap], view: str) -> Members:
    """In order of time, or those with most due first and nobody's last."""
    members: defaultdict[str, list[Heap]] = defaultdict(list)
    for heap in found:
        members[heap.label].append(heap)
    rank = _in_time(members) if view in IN_TIME else _by_size(members)
    return {label: members[label] for label in sorted(members, key=rank)}


def _in_time(members: Members) -> Callable[[str], tuple[bool, list[int]]]:
    def rank(label: str) -> tuple[bool, list[int]]:
        return label != OVERDUE, min([int(part) for part in heap.parts] for heap in members[label])

    return rank


def _by_size(members: Members) -> Callable[[str], tuple[bool, Decimal, str]]:
    """In the currency of which most is due."""
    main = next(iter(outlooks(heap for heaps in members.values() for heap in heaps)), "")

    def rank(label: str) -> tuple[bool, Decimal, str]:
        due = sum((heap.due for heap in members[label] if heap.currency == main), Decimal(0))
        return label in (NOBODY, NOWHERE), -due, label

    return rank


def groups(members: Members, view: str) -> tuple[Group, ...]:
    """Each with its sums; what is beyond the most that are shown is one group."""
    shown = list(members)[: MOST - 1 if len(members) > MOST else MOST]
    made = [group(label, members[label]) for label in shown]
    rest = [heap for label in list(members)[len(shown) :] for heap in members[label]]
    if rest:
        made.append(group(LATER if view in IN_TIME else OTHERS, rest))
    return tuple(made)


def group(label: str, found: Sequence[Heap]) -> Group:
    sums = outlooks(found)
    return Group(
        label=label,
        count=sum(heap.count for heap in found),
        due=_money({currency: one.due for currency, one in sums.items()}),
        forecast=_money({currency: one.forecast for currency, one in sums.items()}),
        closed=sum(heap.count for heap in found if heap.status != OPEN),
    )


def _money(amounts: Amounts) -> tuple[Money, ...]:
    return tuple(Money(amount, currency) for currency, amount in amounts.items())


def categories(found: Iterable[Heap]) -> tuple[Group, ...]:
    """What is open by how sure it is, then what was signed and what is lost."""
    members: defaultdict[str, list[Heap]] = defaultdict(list)
    for heap in found:
        outcome = _outcome(heap)
        members[outcome].append(replace(heap, due=heap.signed) if outcome == WON else heap)
    return tuple(group(label, members[label]) for label in ORDER if label in members)


def _outcome(heap: Heap) -> str:
    if heap.status == OPEN:
        return LABELS[Category(heap.category)]
    return WON if heap.status in KEPT else "lost"


def sums(found: Iterable[Heap], then: Mapping[str, Decimal] | None) -> tuple[Sum, ...]:
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
        for currency, one in outlooks(found).items()
    )


def open_in(found: Iterable[Heap]) -> int:
    return sum(heap.count for heap in found if heap.status == OPEN)


def peak(found: Sequence[Group]) -> Group | None:
    """The group with most due; None where currencies differ, since they do not compare."""
    if len({money.currency for one in found for money in one.due}) != 1:
        return None
    return max(found, key=lambda one: one.due[0].amount)
