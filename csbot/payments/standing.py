"""What the history of an account's subscriptions adds up to. Pure, and whatever the order.

An account's revenue is told in one currency a day, that of most of it: without exchange rates
the rest cannot be added, and is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from csbot.payments.rules import COUNTED, MONTHS, worth

# Nobody has paid yet: as long as there is no more, billing says nothing about the account.
NOT_YET = frozenset(("trialing", "incomplete", "incomplete_expired", "paused"))


class State(NamedTuple):
    """What one subscription became at one moment; `of` tells subscriptions apart."""

    of: tuple[int, str]
    at: datetime
    rank: int
    event_id: str
    status: str
    mrr: Decimal
    arr: Decimal | None
    currency: str
    plan: str | None
    renews_on: date | None
    term_months: int | None
    trial_ends_at: datetime | None
    reason: str | None = None

    @property
    def year(self) -> Decimal:
        return self.mrr * MONTHS if self.arr is None else self.arr

    @property
    def runs(self) -> bool:
        return self.status in COUNTED

    @property
    def says_nothing(self) -> bool:
        """A trial, also one that was ended before anybody paid."""
        tried = self.trial_ends_at is not None and self.trial_ends_at >= self.at
        return self.status in NOT_YET or (self.status == "canceled" and tried)


class Figure(NamedTuple):
    """A month's revenue from this day on."""

    day: date
    mrr: Decimal
    currency: str


@dataclass(frozen=True)
class Standing:
    """`by_term`: a contract longer than a month has run, so the renewal date is billing's to say.

    `figures` are the days on which the revenue changed, the first day included; `arr` is what a
    year brings by the latest;
    `ended_because` is why the last subscription ended, when none runs any more.
    """

    figures: tuple[Figure, ...]
    arr: Decimal
    plan: str | None
    by_term: bool
    renews_on: date | None
    term_months: int | None
    ended_because: str | None

    @property
    def latest(self) -> Figure:
        return self.figures[-1]


def standing(states: Iterable[State]) -> Standing | None:
    """None while billing says nothing about the account."""
    ordered = sorted(states, key=lambda one: (one.at, one.rank, one.event_id, one.of))
    first = next((state.at.date() for state in ordered if not state.says_nothing), None)
    if first is None:
        return None
    figures = _changes([figure for figure in _figures(ordered) if figure.day >= first])
    main = _main(ordered, figures[-1].currency)
    term = _main([state for state in ordered if _long(state)], figures[-1].currency, ordered)
    return Standing(
        figures=figures,
        arr=_a_year(ordered, figures[-1].currency),
        plan=_plan(ordered, main),
        by_term=any(state.runs and _long(state) for state in ordered),
        renews_on=term.renews_on if term else None,
        term_months=term.term_months if term else None,
        ended_because=None if main else ordered[-1].reason,
    )


def _figures(ordered: Sequence[State]) -> list[Figure]:
    """The sum at the end of every UTC day on which something happened."""
    last: dict[tuple[int, str], State] = {}
    totals: dict[str, Decimal] = {}
    currency, figures = ordered[0].currency, []
    for day, states in groupby(ordered, key=lambda state: state.at.date()):
        for state in states:
            if before := last.get(state.of):
                totals[before.currency] -= before.mrr
            totals[state.currency] = totals.get(state.currency, Decimal(0)) + state.mrr
            last[state.of] = state
        currency = _most(totals, currency)
        figures.append(Figure(day, totals[currency], currency))
    return figures


def _a_year(ordered: Sequence[State], currency: str) -> Decimal:
    last = {state.of: state for state in ordered}
    return sum((one.year for one in last.values() if one.currency == currency), Decimal(0))


def _most(totals: dict[str, Decimal], present: str) -> str:
    """The currency of most; with as much, or nothing, in several it stays what it was."""
    worths = {currency: worth(total, currency) for currency, total in totals.items()}
    most = max(worths.values())
    best = sorted(currency for currency, value in worths.items() if value == most)
    return present if present in best or not most else best[0]


def _changes(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    before = [None, *figures]
    return tuple(
        figure
        for figure, last in zip(figures, before, strict=False)
        if last is None or last[1:] != figure[1:]
    )


def _long(state: State) -> bool:
    return (state.term_months or 0) > 1 and state.renews_on is not None


def _main(
    states: Sequence[State], currency: str, all: Sequence[State] | None = None
) -> State | None:
    """Of the subscriptions that run now, the one that brings most."""
    now = {state.of: state for state in all or states}
    running = [state for state in states if state.runs and now[state.of] is state]
    return max(
        running, key=lambda state: (state.currency == currency, state.mrr, state.of), default=None
    )


def _plan(ordered: Sequence[State], main: State | None) -> str | None:
    """Of the subscription that counts most, else of whatever was named last."""
    named = [state for state in ordered if state.plan]
    own = [state for state in named if main is None or state.of == main.of] or named
    return own[-1].plan if own else None
