"""Private answers: another page, or the same in one's direct messages, where it stays current."""

from csbot.kept.service import keep
from csbot.kept.shows import show
from handlers.ask import Answer, Press, on_press
from messages.ids import Action


@on_press(Action.KEEP)
@on_press(Action.KEEP_MORE)
def kept(ask: Press) -> Answer:
    """The value is the question that the answer was for, however old the button is."""
    return keep(ask.session, ask.value, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.ANSWER_MORE)
def another_page(ask: Press) -> Answer:
    """The value is the question of that page."""
    return show(ask.session, ask.value, person=ask.person, settings=ask.settings, now=ask.now)
