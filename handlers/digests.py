"""The digest on demand, and the lists behind its Show buttons."""

from csbot.access import May, require
from csbot.digests import service
from csbot.digests.lists import listing
from csbot.find import member_by_id
from csbot.tasks.listing import task_list
from csbot.team.model import TeamMember
from csbot.team.queries import named
from csbot.words import number
from handlers.ask import Answer, Ask, Command, Press, on_command, on_press
from messages.digests import MINE
from messages.ids import Action


@on_command("digest")
def digest(ask: Command) -> Answer:
    own = not ask.text or ask.text.casefold() in ("me", "my", "mine")
    whose = ask.person if own else _allowed(ask, named(ask.session, ask.text))
    return service.present(
        ask.session, person=whose, reader=ask.person, settings=ask.settings, now=ask.now
    )


def _allowed(ask: Ask, whose: TeamMember) -> TeamMember:
    if whose.id != ask.person.id:
        require(ask.person, May.SEE_TEAM_DIGEST)
    return whose


@on_press(Action.DIGEST_SHOW)
def show(ask: Press) -> Answer:
    """The value is what to list, in somebody else's digest whose, and of several pages which.

    One's own tasks in Home come with what can be done about them.
    """
    if ask.value == MINE:
        return task_list(ask.session, of=ask.person, account=None, reader=ask.person, now=ask.now)
    what, written, page = [*ask.value.split(":"), "", ""][:3]
    of = number(written) or 0
    whose = member_by_id(ask.session, of) if of or written not in ("", "0") else ask.person
    return listing(
        ask.session, what, person=_allowed(ask, whose), by=ask.person, settings=ask.settings,
        now=ask.now, page=number(page) or 1,
    )  # fmt: skip
