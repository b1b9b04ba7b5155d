"""What to talk about in a business review: only what the facts speak for. Pure."""

from collections.abc import Iterator, Sequence

from messages.brief import AccountBrief, Amount, Dated, Point, Voice
from messages.onboarding_requirements import Wanted
from messages.text import day, listed, plural

MOST = 6
MOVED = 20  # per cent of a feature's use, up or down, from which it is worth a word
SOON = 180  # days before the contract's end from which it belongs on the table


def agenda(told: AccountBrief) -> tuple[Point, ...]:
    """What went well first, then what stands in the way, the contract last."""
    points = [
        *_value(told.milestones, told.wanted),
        *_use(told.usage.features if told.usage else ()),
        *_troubles(told.complaints, told.support.open if told.support else 0),
    ]
    near = told.renews_on is not None and (told.days_left or 0) <= SOON
    last = [Point("renewal", day(told.renews_on))] if near and told.renews_on else []
    return (*points[: MOST - len(last)], *last)


def _value(reached: Sequence[Dated], wanted: Wanted | None) -> Iterator[Point]:
    if reached:
        yield Point("value", listed([one.name.replace("_", " ") for one in reached]))
    if wanted and wanted.success:
        yield Point("success", wanted.success)
    else:
        yield Point("no_success")


def _use(features: Sequence[Amount]) -> Iterator[Point]:
    """The one that fell most, and the one that rose most."""
    moved = sorted((one.change, one.what) for one in features if one.change is not None)
    if moved and moved[0][0] <= -MOVED:
        yield Point("less", moved[0][1])
    if moved and moved[-1][0] >= MOVED:
        yield Point("more", moved[-1][1])


def _troubles(complaints: Sequence[Voice], tickets: int) -> Iterator[Point]:
    if complaints:
        yield Point("complaint", complaints[0].who or "an unhappy answer")
    if tickets:
        yield Point("tickets", f"{plural(tickets, 'open ticket')}")
