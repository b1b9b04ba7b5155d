"""Whoever had been told of a change hears that it was taken back, once."""

from csbot.accounts.timeline import words
from csbot.outbox.queue import enqueue
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.undoing.way import Back, Change
from messages.text import Person
from messages.undo import TakenBack

CSBOT = Person("csbot")  # what it did by itself, it takes back itself


def news(back: Change, by: TeamMember | None, now_is: str) -> TakenBack:
    return TakenBack(
        by=person(by) if by else CSBOT, account_id=back.entry.account_id or 0,
        account=back.account().name, did=words(back.entry), now_is=now_is,
    )  # fmt: skip


def tell(back: Back, to: TeamMember | None, now_is: str) -> None:
    """One message to a person for a whole act, and none to whoever takes it back."""
    if to is None or to.id == back.by.id or not to.slack_id or not to.active:
        return
    act = f"{back.by.id}:{back.entry.at.isoformat()}"
    key = f"taken-back:{act}:{to.id}:{back.now.isoformat()}"
    enqueue(back.session, news(back, back.by, now_is), to=to.slack_id, key=key, now=back.now)
