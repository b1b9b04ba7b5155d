"""The answer to `/cs renewals history`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from csbot.accounts.choosing import segments
from csbot.renewals import history
from csbot.renewals.filters import Filters
from csbot.renewals.forecast import Outlook
from csbot.renewals.movements import movements
from csbot.renewals.overview import said, window
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.renewal_history import Listed, OfDue, RenewalHistory, WeekForecast
from messages.text import Money


def told(
    session: Session, filters: Filters, *, person: TeamMember, settings: Settings, now: datetime
) -> RenewalHistory:
    """In the currency of which most is due."""
    today, names = local_date(person, now), segments(session)
    likely = settings.config.forecast.model_dump()
    present = history.current(session, filters, likely, names=names, today=today)
    past = history.weeks(session, filters, names=names, today=today)
    currencies = [*present, *(one for week in past.values() for one in week)] or ["USD"]
    main = currencies[0]
    weeks = tuple(_week(on, found.get(main), main) for on, found in past.items())
    earlier = [week for week in weeks if week.on < history.monday(today)]
    return RenewalHistory(
        months=_named(*history.months(filters, today), today),
        scope=said(session, filters, names),
        weeks=weeks,
        before=earlier[-1] if earlier else None,
        now=_week(today, present.get(main), main),
        beside=_listed(session, filters, likely, main, present, names=names, today=today, now=now),
        movements=movements(session, filters, names=names, today=today, now=now),
        others=tuple(sorted({*currencies} - {main})),
        back=filters.whole().code(),
        as_of=now,
    )


def _listed(
    session: Session, filters: Filters, likely: Mapping[str, int], currency: str,
    present: Mapping[str, Outlook], *,
    names: Sequence[str], today: date, now: datetime,
) -> Listed | None:  # fmt: skip
    """None where the list's window is the months themselves."""
    if filters.span(today)[0]:
        return None
    found = history.beside(session, filters, likely, names=names, today=today, now=now)
    one = found.get(currency)
    if one is None:
        return None
    months = present.get(currency, Outlook())
    due, expected = (
        whole - after - closed + before
        for whole, after, closed, before in zip((months.due, months.forecast), *one, strict=True)
    )
    parts = {"listed": (due, expected), **one._asdict()}
    return Listed(
        until=window(filters, today),
        **{
            part: OfDue(Money(counted, currency), Money(due, currency))
            for part, (due, counted) in parts.items()
        },
    )


def _week(on: date, found: Outlook | None, currency: str) -> WeekForecast:
    one = found or Outlook()
    return WeekForecast(
        on=on,
        due=Money(one.due, currency),
        won=Money(one.won, currency),
        forecast=Money(one.forecast, currency),
    )


def _named(first: date, last: date, today: date) -> str:
    """November to February 2027."""
    until = f"{last:%B}" if last.year == today.year else f"{last:%B %Y}"
    return f"in {until}" if first == last else f"{first:%B} to {until}"
