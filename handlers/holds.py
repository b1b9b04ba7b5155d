"""Presses on what is held back: let it go, make it known, drop it, wait, look at it."""

from csbot.holds import service
from csbot.holds.queries import listing
from handlers.ask import Answer, Press, on_press
from messages.ids import Action


@on_press(Action.HOLD_RELEASE)
def release(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    service.release(ask.session, hold_id=id, by=ask.person, now=ask.now, settings=ask.settings)
    return None


@on_press(Action.HOLD_KNOWN)
def make_known(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    service.make_known(ask.session, hold_id=id, by=ask.person, now=ask.now, settings=ask.settings)
    return None


@on_press(Action.HOLD_DROP)
def drop(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    service.drop(ask.session, hold_id=id, by=ask.person, now=ask.now, settings=ask.settings)
    return None


@on_press(Action.HOLD_WAIT)
def wait(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    service.wait(ask.session, hold_id=id, by=ask.person, now=ask.now, settings=ask.settings)
    return None


@on_press(Action.HOLD_SHOW)
def show(ask: Press) -> Answer:
    [id] = ask.numbers(1)
    return listing(ask.session, id, by=ask.person)
