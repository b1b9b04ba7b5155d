"""Renewals: the list with its pages, filters and views, and the files made of it."""

from collections.abc import Callable

from csbot.access import May, allows
from csbot.errors import Refused
from csbot.kept.service import keep
from csbot.renewals import charting, export, filters, queries
from csbot.renewals.filters import Filters
from csbot.renewals.overview import overview
from csbot.renewals.telling import told
from handlers.ask import Answer, Ask, Command, Press, on_command, on_press
from messages.ids import Action
from messages.renewals import RenewalsForbidden


@on_command("renewals")
def renewals(ask: Command) -> Answer:
    """Filters, and perhaps what is wanted of the list."""
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return RenewalsForbidden()
    wanted, rest = filters.acts(ask.text)
    if wanted not in WAYS:
        raise Refused("Ask for one of `export`, `history`, `chart` or `history chart` at a time.")
    return WAYS[wanted](ask, queries.asked_for(ask.session, rest, person=ask.person))


def _listed(ask: Ask, chosen: Filters) -> Answer:
    shown = overview(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)
    return _charted(ask, shown, chosen)


def _told(ask: Ask, chosen: Filters) -> Answer:
    shown = told(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)
    return _charted(ask, shown, chosen)


def _charted(ask: Ask, shown: charting.Shown, chosen: Filters) -> Answer:
    return charting.fitting(
        ask.session, shown, chosen, by=ask.person, settings=ask.settings, now=ask.now,
        typed=isinstance(ask, Command),
    )  # fmt: skip


def _exported(ask: Ask, chosen: Filters) -> Answer:
    return export.ask(ask.session, chosen, by=ask.person, now=ask.now)


def _drawn(ask: Ask, chosen: Filters) -> Answer:
    return charting.ask(ask.session, chosen, by=ask.person, now=ask.now)


def _history_drawn(ask: Ask, chosen: Filters) -> Answer:
    of = charting.HISTORY
    return charting.ask(ask.session, chosen, of=of, by=ask.person, now=ask.now)


def _kept(ask: Ask, chosen: Filters) -> Answer:
    question = f"renewals:{chosen.code()}"
    return keep(ask.session, question, person=ask.person, settings=ask.settings, now=ask.now)


Way = Callable[[Ask, Filters], Answer]
WAYS: dict[tuple[str, ...], Way] = {
    (): _listed,
    ("export",): _exported,
    ("history",): _told,
    ("chart",): _drawn,
    ("chart", "history"): _history_drawn,
}
# What stands before the code of a button.
BEFORE: dict[str, Way] = {"e": _exported, "k": _kept, "c": _drawn, "h": _history_drawn}


@on_press(Action.RENEWALS_PAGE)
@on_press(Action.RENEWALS_BACK)
def turned(ask: Press) -> Answer:
    """Another page or another view: the button carries the whole choice, however old it is."""
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return RenewalsForbidden()
    return _listed(ask, filters.from_code(ask.value))


@on_press(Action.RENEWALS_MORE)
def more(ask: Press) -> Answer:
    """Another view, or the same one as a file or to keep."""
    does = BEFORE.get(ask.value[:1])
    if does is None or not allows(ask.person.role, May.SEE_RENEWALS):
        return turned(ask)
    return does(ask, filters.from_code(ask.value[1:]))
