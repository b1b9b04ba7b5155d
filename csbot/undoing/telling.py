"""Whoever had been told of a change hears that it was taken back, once."""

from csbot.accounts.timeline import words
from csbot.outbox.queue import enqueue
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.undoing.way import Back
from messages.undo import TakenBack


def news(back: Back, now_is: str) -> TakenBack:
    return TakenBack(
        by=person(back.by), account_id=back.entry.account_id or 0, account=back.account().name,
        did=words(back.entry), now_is=now_is,
    )  # fmt: skip


def tell(back: Back, to: TeamMember | None, now_is: str) -> None:
    """One message to a person for a whole act, and none to whoever takes it back."""
    if to is None or to.id == back.by.id or not to.slack_id or not to.active:
        return
    act = f"{back.by.id}:{back.entry.at.isoformat()}"
    key = f"taken-back:{act}:{to.id}:{back.now.isoformat()}"
    enqueue(back.session, news(back, now_is), to=to.slack_id, key=key, now=back.now)
