"""Notes on an account: listed, and added in one line or in a form."""

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.find import account_by_id
from csbot.notes import service
from csbot.words import unquoted
from handlers import fields
from handlers.ask import Answer, Ask, Command, Press, Submission, on_command, on_press, on_submit
from messages.answers import AccountPickForm
from messages.ids import Action, View
from messages.notes import NoteForm


@on_command("notes")
def notes(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="notes")
    found = take_to_change(ask.session, ask.text, person=ask.person)
    text = unquoted(found.rest)
    if text:
        _add(ask, found.account.id, text)
    return _listed(ask, found.account.id, added=bool(text), wrote=found.guessed)


@on_press(Action.NOTE_ADD)
def opened(ask: Press) -> Answer:
    require(ask.person, May.LOG)
    account = account_by_id(ask.session, ask.numbers(1)[0])
    return NoteForm(account_id=account.id, account=account.name)


@on_submit(View.NOTE)
def submitted(ask: Submission) -> Answer:
    account_id = fields.account_id(ask)
    _add(ask, account_id, ask.text("note"))
    return _listed(ask, account_id, added=True)


def _add(ask: Ask, account_id: int, text: str) -> None:
    service.add(ask.session, account_id=account_id, text=text, by=ask.person, now=ask.now)


def _listed(ask: Ask, account_id: int, *, added: bool, wrote: str | None = None) -> Answer:
    return service.note_list(
        ask.session, account_id, reader=ask.person, now=ask.now, added=added, wrote=wrote
    )
