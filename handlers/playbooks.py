"""Playbooks: what they are, and the verbs that start, stop and switch them."""

from collections.abc import Callable

from csbot.access import May, allows, require
from csbot.accounts.former import ask_if_left
from csbot.accounts.lookup import take_account
from csbot.alerts.scope import Scope
from csbot.errors import Refused
from csbot.playbooks import runs, show, switching
from csbot.playbooks.diagram import asking as pictures
from csbot.playbooks.naming import take_playbook
from csbot.playbooks.simulate import asking
from csbot.touches.preview import preview
from csbot.words import first_word
from handlers.ask import STALE, Answer, Ask, Command, Press, on_command, on_press
from messages.ids import Action
from messages.said import Said
from messages.text import plural

Verb = Callable[[Ask, str], Answer]


@on_command("playbook")
def playbook(ask: Command) -> Answer:
    """A verb and what it is for, a playbook's name, or nothing."""
    require(ask.person, May.SEE_ACCOUNTS)
    verb, rest = first_word(ask.text)
    if not verb or verb.casefold() in ("list", "help"):
        return show.listing(ask.session)
    if verb.casefold() not in VERBS:
        return _shown(ask, ask.text)
    may, does = VERBS[verb.casefold()]
    require(ask.person, may)
    return does(ask, rest)


def _shown(ask: Ask, text: str) -> Answer:
    force = take_playbook(ask.session, text).force
    may = allows(ask.person.role, May.PLAYBOOKS)
    return show.card(ask.session, force, may_switch=may, now=ask.now)


def _on(ask: Ask, text: str) -> Answer:
    return _switched(ask, take_playbook(ask.session, text).force.name, enabled=True)


def _off(ask: Ask, text: str) -> Answer:
    return _switched(ask, take_playbook(ask.session, text).force.name, enabled=False)


def _switched(ask: Ask, name: str, *, enabled: bool) -> Answer:
    said = switching.switch(
        ask.session, name=name, enabled=enabled, by=ask.person, now=ask.now
    ).title
    waiting = runs.under_way(ask.session, name)
    if enabled:
        return Said(sentence=f"“{said}” is on. What happens from now on starts it.")
    still = f" {plural(waiting, 'run')} will go on when it is on again." if waiting else ""
    return Said(sentence=f"“{said}” is off.{still}")


def _send(ask: Ask, text: str) -> Answer:
    return _sends(ask, take_playbook(ask.session, text).force.name, sends=True)


def _draft(ask: Ask, text: str) -> Answer:
    return _sends(ask, take_playbook(ask.session, text).force.name, sends=False)


def _sends(ask: Ask, name: str, *, sends: bool) -> Answer:
    title = switching.sends(ask.session, name=name, sends=sends, by=ask.person, now=ask.now).title
    if sends:
        return Said(sentence=f"“{title}” writes to customers by itself from now on.")
    return Said(sentence=f"“{title}” asks before it writes to customers from now on.")


def _start(ask: Ask, text: str) -> Answer:
    force, rest = take_playbook(ask.session, text)
    found = take_account(ask.session, rest, person=ask.person)
    ask_if_left(ask.session, found)
    runs.start(_scope(ask), playbook=force.name, account_id=found.account.id, by=ask.person)
    return Said(
        sentence=f"“{force.definition.title}” has started for {found.account.name}. "
        "Its first step is taken within a minute."
    )


def _stop(ask: Ask, text: str) -> Answer:
    """For one account, or with the word `all` everything that is under way."""
    force, rest = take_playbook(ask.session, text)
    if not rest:
        raise Refused(runs.for_whom(ask.session, force))
    everywhere = rest.casefold() == "all"
    found = None if everywhere else take_account(ask.session, rest, person=ask.person)
    count = runs.stop(
        _scope(ask), playbook=force.name, account_id=found.account.id if found else None,
        by=ask.person,
    )  # fmt: skip
    where = f" for {found.account.name}" if found else ""
    if not count:
        raise Refused(f"Nothing of “{force.definition.title}” is under way{where}.")
    return Said(sentence=f"Stopped {plural(count, 'run')} of “{force.definition.title}”{where}.")


def _pause(ask: Ask, text: str) -> Answer:
    return _held(ask, text, runs.pause, "is held, until somebody resumes it,", "pause")


def _resume(ask: Ask, text: str) -> Answer:
    return _held(ask, text, runs.resume, "goes on", "go on with")


def _held(ask: Ask, text: str, act: Callable[..., int], said: str, verb: str) -> Answer:
    force, rest = take_playbook(ask.session, text)
    found = take_account(ask.session, rest, person=ask.person)
    count = act(_scope(ask), playbook=force.name, account_id=found.account.id, by=ask.person)
    title = force.definition.title
    if not count:
        raise Refused(f"There is nothing of “{title}” to {verb} for {found.account.name}.")
    return Said(sentence=f"“{title}” {said} for {found.account.name}.")


def _preview(ask: Ask, text: str) -> Answer:
    """What a customer would read."""
    force, rest = take_playbook(ask.session, text)
    found = take_account(ask.session, rest, person=ask.person)
    return preview(
        ask.session, force.definition, found.rest or None, found.account.id,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip


def _simulate(ask: Ask, text: str) -> Answer:
    """What it would have done, told later: the worker replays it."""
    return asking.ask(ask.session, text, by=ask.person, now=ask.now)


def _diagram(ask: Ask, text: str) -> Answer:
    """Its steps in words at once, the picture from the worker."""
    return pictures.ask(ask.session, text, by=ask.person, now=ask.now)


def _scope(ask: Ask) -> Scope:
    return Scope.load(ask.session, ask.settings, ask.now, actor=ask.person.id)


VERBS: dict[str, tuple[May, Verb]] = {
    "on": (May.PLAYBOOKS, _on),
    "off": (May.PLAYBOOKS, _off),
    "send": (May.PLAYBOOKS, _send),
    "draft": (May.PLAYBOOKS, _draft),
    "start": (May.RUN_PLAYBOOKS, _start),
    "stop": (May.RUN_PLAYBOOKS, _stop),
    "pause": (May.RUN_PLAYBOOKS, _pause),
    "resume": (May.RUN_PLAYBOOKS, _resume),
    "preview": (May.RUN_PLAYBOOKS, _preview),
    "simulate": (May.RUN_PLAYBOOKS, _simulate),
    "diagram": (May.SEE_ACCOUNTS, _diagram),
    "show": (May.SEE_ACCOUNTS, _shown),
}


@on_press(Action.PLAYBOOK_SWITCH)
def switch(ask: Press) -> Answer:
    """The value is the name and what it was when the button was drawn."""
    name, _, was = ask.value.partition(":")
    if was not in ("True", "False"):
        raise Refused(STALE)
    return _switched(ask, name, enabled=was == "False")


@on_press(Action.PLAYBOOK_SENDS)
def sending(ask: Press) -> Answer:
    verb, _, name = ask.value.partition(":")
    if verb not in ("send", "draft"):
        raise Refused(STALE)
    return _sends(ask, name, sends=verb == "send")
