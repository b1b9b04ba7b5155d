"""A replay's numbers, as JSON and as lines for a terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from csbot import terminal
from csbot.playbooks.simulate.afterwards import HORIZON, Judged
from csbot.playbooks.simulate.replay import Start
from csbot.shares import Share
from messages.simulation import Busiest, Counted, PlaybookSimulated
from messages.text import clean, day, plural

LISTED = 20


@dataclass(frozen=True)
class Worst:
    """The most of something in one week, which begins on the Monday `week`."""

    name: str
    count: int
    week: date


@dataclass(frozen=True)
class Report:
    """`names` are those of accounts; `weeks` has the starts of each week, also those without."""

    playbook: str
    title: str
    parameters: dict[str, Any]
    since: datetime
    until: datetime
    starts: tuple[Start, ...]
    names: dict[int, str]
    weeks: tuple[tuple[date, int], ...]
    people: tuple[Worst, ...]
    channels: tuple[Worst, ...]
    touches: int
    touched: int
    contact: Worst | None
    judged: Judged
    failed: int
    caveats: tuple[str, ...]

    @property
    def accounts(self) -> int:
        return len({start.account_id for start in self.starts})

    @property
    def at_once(self) -> int:
        return sum(start.at_first for start in self.starts)


def monday(moment: datetime | date) -> date:
    said = (moment - timedelta(microseconds=1)).date() if isinstance(moment, datetime) else moment
    return said - timedelta(days=said.weekday())


def worst(named: Iterable[tuple[str, datetime]]) -> tuple[Worst, ...]:
    """Of each name its worst week, the worst first."""
    counted = Counter((name, monday(at)) for name, at in named)
    found: dict[str, Worst] = {}
    for (name, week), count in sorted(counted.items(), key=lambda one: (one[0][1], one[0][0])):
        if name not in found or count > found[name].count:
            found[name] = Worst(name, count, week)
    return tuple(sorted(found.values(), key=lambda one: (-one.count, one.name)))


def as_data(report: Report) -> dict[str, Any]:
    """Stable: what `--json` prints."""
    judged = report.judged
    return {
        "playbook": report.playbook,
        "with": report.parameters,
        "since": terminal.instant(report.since),
        "until": terminal.instant(report.until),
        "fired": len(report.starts),
        "fired_at_once": report.at_once,
        "accounts": report.accounts,
        "failed_steps": report.failed,
        "starts": [_start(report, start) for start in report.starts],
        "weeks": [{"week": str(week), "fired": count} for week, count in report.weeks],
        "people_worst_week": [_worst(one) for one in report.people],
        "channels_worst_week": [_worst(one) for one in report.channels],
        "touches": report.touches,
        "contacts_touched": report.touched,
        "contact_worst_week": _worst(report.contact) if report.contact else None,
        "horizon_days": HORIZON.days,
        "churned": judged.churned,
        "renewed": judged.renewed,
        "recovered": judged.recovered,
        "too_early_to_tell": judged.open,
        "none_of_these": judged.neither,
        "precision": _share(judged.precision),
        "recall": _share(judged.recall),
        "lead_days": None if judged.lead is None else round(judged.lead, 1),
        "caught_that_nobody_did": [report.names[id] for id in judged.missed],
        "caveats": list(report.caveats),
    }


def _start(report: Report, start: Start) -> dict[str, Any]:
    return {
        "day": str(start.day),
        "account": report.names.get(start.account_id, f"account {start.account_id}"),
        "subject": start.subject,
        "at_once": start.at_first,
        "goal_at": terminal.instant(start.goal_at),
        "over_at": terminal.instant(start.over_at),
    }


def _worst(one: Worst) -> dict[str, Any]:
    return {"name": one.name, "messages": one.count, "week": str(one.week)}


def _share(share: Share) -> dict[str, Any]:
    low, high = share.bounds
    value = None if share.share is None else round(share.share, 3)
    return {
        "count": share.part, "of": share.whole, "share": value, "low": round(low, 3),
        "high": round(high, 3),
    }  # fmt: skip


def sentence(share: Share) -> str:
    if not share.whole:
        return "nothing to count"
    low, high = share.bounds
    value = round(100 * share.part / share.whole)
    return f"{share.part} of {share.whole} ({value} %, with 95 % certainty {low:.0%} to {high:.0%})"


def headline(report: Report) -> str:
    count, accounts = plural(len(report.starts), "time"), plural(report.accounts, "account")
    days = (report.until - report.since).days
    if not report.starts:
        return f"In the last {days} days it would not have started."
    until = day(report.until.date())
    return f"In the {days} days until {until} it would have started {count}, for {accounts}."


def as_text(report: Report) -> str:
    return "\n".join(clean(line) for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.title} ({report.playbook})"
    if report.parameters:
        yield "with " + ", ".join(f"{name}={value}" for name, value in report.parameters.items())
    yield headline(report)
    if report.at_once:
        yield f"{report.at_once} of them at once: what it looks for was true already."
    yield ""
    yield from _judged(report)
    yield ""
    yield from _messages(report)
    yield ""
    yield from _starts(report)
    for caveat in report.caveats:
        yield f"Note: {caveat}."


def _judged(report: Report) -> Iterator[str]:
    judged, days = report.judged, HORIZON.days
    accounts = plural(report.accounts, "account")
    yield f"Of the {accounts} it would have started for, each counted once, within {days} days:"
    yield f"  churned {judged.churned}, renewed {judged.renewed}, recovered {judged.recovered}"
    if judged.neither:
        yield f"  none of these: {judged.neither}"
    if judged.open:
        yield f"  too early to tell: {judged.open}"
    yield f"  right (precision), of those that it first told of {days} days ago or more:"
    yield f"    {sentence(judged.precision)}"
    yield f"  of all that churned, told before (recall): {sentence(judged.recall)}"
    if judged.lead is not None:
        yield f"  days of warning (median): {judged.lead:.0f}"
    if judged.missed:
        names = [report.names[id] for id in judged.missed]
        yield f"  nobody had done anything, and it would have told: {', '.join(names)}"


def _messages(report: Report) -> Iterator[str]:
    for title, found in (("person", report.people), ("channel", report.channels)):
        for one in found[:5]:
            week = day(one.week)
            yield f"Worst week of a {title}: {one.name}, {plural(one.count, 'message')} from {week}"
    if report.touched:
        people = plural(report.touched, "person", "people")
        yield f"Customers: {plural(report.touches, 'message')} to {people}"
    if report.contact:
        most, week = report.contact.count, day(report.contact.week)
        yield f"Most for one of them in a week: {most}, from {week}"
    if report.failed:
        yield f"Steps that would have failed: {report.failed}"


def _starts(report: Report) -> Iterator[str]:
    shown = report.starts[-LISTED:]
    if len(report.starts) > len(shown):
        yield f"The last {len(shown)} of {len(report.starts)}; --json has all:"
    for start in shown:
        name = report.names.get(start.account_id, f"account {start.account_id}")
        yield f"  {start.day}  {name}{f'  ({start.subject})' if start.subject else ''}"


def as_message(report: Report) -> PlaybookSimulated:
    judged = report.judged
    return PlaybookSimulated(
        playbook=report.playbook,
        title=report.title,
        days=(report.until - report.since).days,
        until=report.until.date(),
        fired=len(report.starts),
        at_once=report.at_once,
        accounts=report.accounts,
        weeks=report.weeks,
        person=_busiest(report.people[0]) if report.people else None,
        channel=_busiest(report.channels[0]) if report.channels else None,
        touches=report.touches,
        touched=report.touched,
        contact=_busiest(report.contact) if report.contact else None,
        failed=report.failed,
        churned=judged.churned,
        renewed=judged.renewed,
        recovered=judged.recovered,
        open=judged.open,
        neither=judged.neither,
        horizon=HORIZON.days,
        precision=_counted(judged.precision),
        recall=_counted(judged.recall),
        lead=None if judged.lead is None else round(judged.lead),
        missed=tuple(report.names[id] for id in judged.missed),
        caveats=report.caveats,
    )


def _busiest(one: Worst) -> Busiest:
    return Busiest(name=one.name, count=one.count, week=one.week)


def _counted(share: Share) -> Counted:
    low, high = share.bounds
    return Counted(
        part=share.part,
        whole=share.whole,
        share=None if share.share is None else round(100 * share.share),
        low=round(100 * low),
        high=round(100 * high),
    )
