"""Makes the files that people asked for and sends each as a direct message, once.

It is noted as sent before it is on its way: after an unknown end a person asks again, instead of
finding it twice. Files carry no mark of ours by which one could be looked for.
"""

import logging
from datetime import datetime

from csbot.access import require
from csbot.db.engine import reading
from csbot.errors import Refused
from csbot.files.asking import SOURCE
from csbot.files.file import Made, Wish
from csbot.files.kinds import KINDS
from csbot.inbox import asked
from csbot.inbox.asked import TRIES, Taken
from csbot.outbox.queue import enqueue
from csbot.slack.gateway import SlackFailure
from csbot.team import whom_to_ask
from csbot.wiring import Wiring
from messages.files import FileFailed
from messages.message import Message
from messages.said import Said

log = logging.getLogger(__name__)


def send_all(wiring: Wiring, *, now: datetime) -> int:
    """How many went."""
    return sum(_send(wiring, id, now) for id in asked.waiting(wiring.sessions, SOURCE))


def _send(wiring: Wiring, id: int, now: datetime) -> bool:
    with wiring.sessions.begin() as session:
        taken = asked.take(session, id, now=now)
    if taken is None:
        return False
    made = _given_up(taken) if taken.tries > TRIES else _made(wiring, taken, now)
    with wiring.sessions.begin() as session:
        if not asked.finish(session, id):
            return False
        who = asked.asker(session, taken)
        to = str(who.slack_id) if who else None
        if to and isinstance(made, Message):
            enqueue(session, made, to=to, key=f"file:{id}", now=now)
    return _uploaded(wiring, made, to, id, now) if to and isinstance(made, Made) else False


def _made(wiring: Wiring, taken: Taken, now: datetime) -> Made | Message | None:
    """Reads past SQLite's one writer, who has others to serve meanwhile."""
    kind = KINDS.get(taken.kind)
    with reading(wiring.engine) as session:
        who = asked.asker(session, taken)
        if kind is None or who is None:
            return None
        args = {name: value for name, value in taken.told.items() if name != "by"}
        wish = Wish(session=session, settings=wiring.settings, args=args, person=who, now=now)
        try:
            require(who, kind.may)
            return kind.make(wish)
        except Refused as refusal:
            return Said(sentence=whom_to_ask.said(session, refusal))


def _uploaded(wiring: Wiring, made: Made, to: str, id: int, now: datetime) -> bool:
    try:
        wiring.slack.upload(wiring.slack.open_direct(to), made.file, comment=made.comment)
    except SlackFailure as failure:
        with wiring.sessions.begin() as session:
            asked.failed(session, id, failure.code)
            told = FileFailed(title=made.file.title, code=failure.code)
            enqueue(session, told, to=to, key=f"file:{id}", now=now)
        return False
    return True


def _called(taken: Taken) -> str:
    kind = KINDS.get(taken.kind)
    return kind.what if kind else "file"


def _given_up(taken: Taken) -> FileFailed:
    log.error("a file could not be made", extra={"kind": taken.kind, "inbox_id": taken.id})
    return FileFailed(title=_called(taken), code=None)
