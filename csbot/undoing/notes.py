"""The way back of a note: it is gone."""

from csbot.notes.model import Note
from csbot.undoing.way import Back, same


def note_added(back: Back) -> str:
    note = back.row(Note)
    same(note.text, back.after["text"])
    back.session.delete(note)
    return "The note is gone."
