"""Renewals: the list with its pages, filters and views, and the files made of it."""

from collections.abc import Callable

from csbot.access import May, allows
from csbot.renewals import export, filters, queries
from csbot.renewals.filters import Filters
from csbot.renewals.overview import EXPORT, KEEP, keep, overview
from csbot.renewals.telling import told
from handlers.ask import Answer, Ask, Command, Press, on_command, on_press
from messages.ids import Action
from messages.renewals import RenewalsForbidden


@on_command("renewals")
def renewals(ask: Command) -> Answer:
    """Filters, and perhaps what is wanted of the list."""
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return RenewalsForbidden()
    verb, rest = filters.verb(ask.text)
    return VERBS[verb](ask, queries.asked_for(ask.session, rest, person=ask.person))


def _listed(ask: Ask, chosen: Filters) -> Answer:
    return overview(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


def _exported(ask: Ask, chosen: Filters) -> Answer:
    return export.ask(ask.session, chosen, by=ask.person, now=ask.now)


def _kept(ask: Ask, chosen: Filters) -> Answer:
    return keep(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


def _told(ask: Ask, chosen: Filters) -> Answer:
    return told(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


VERBS: dict[str, Callable[[Ask, Filters], Answer]] = {
    "": _listed,
    "export": _exported,
    "history": _told,
}
BEFORE = {EXPORT: _exported, KEEP: _kept}  # what stands before the code of a button


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
