"""Messages to customers: drafted by a playbook's step, and taken back when their run ends."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.db.rows import insert_missing
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks.definition import Definition
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.model import Playbook
from csbot.settings import Settings
from csbot.touches import approval, failures, record
from csbot.touches.approval import expire_due
from csbot.touches.drafting import HOW, Channel, Draft, Drafter, Nobody, Spec, drafter
from csbot.touches.keys import outbox_key
from csbot.touches.model import Touch
from csbot.touches.release import release_due
from messages.letters import Unwritten
from messages.text import listed

__all__ = ["draft", "expire_due", "release_due", "withdraw"]
BY_ITSELF = "the playbook sends by itself"


def draft(session: Session, batch: Batch, channel: Channel, spec: Spec) -> None:
    """Write to whom the step means, once for a run and person; approval is asked for if need be.

    Each run is told what became of it; words that cannot be made fail their own run alone.
    """
    made = drafter(batch.scope, batch.definition, batch.step, channel, spec, batch.runs)
    drafts = _written(batch, made)
    if not drafts:
        return
    sends = _sends(session, batch.definition)
    asked = {} if sends else approval.ask(batch, [draft.row for draft in drafts])
    state = "approved" if sends else "draft"
    rows = [
        draft.row | {"state": state, "approval_id": asked.get(draft.row["owner_id"])}
        for draft in drafts
    ]
    insert_missing(session, Touch, rows)
    approval.show(session, asked.values(), settings=batch.settings, now=batch.now)
    _note(batch, made, drafts, "goes out to" if sends else "waits for approval, for")
    found = _touches(session, batch, [draft.run for draft in drafts])
    verb, why = ("touch.approved", BY_ITSELF) if sends else ("touch.drafted", None)
    record.note(session, verb, found, by=None, now=batch.now, why=why)


def _written(batch: Batch, made: Drafter) -> list[Draft]:
    """The drafts of all runs that have none of this step yet."""
    known = {touch.run_id for touch in _touches(batch.session, batch, batch.runs)}
    drafts: list[Draft] = []
    failed: list[tuple[Going, str]] = []
    for run in batch.runs:
        if run.id in known:
            batch.note(run, "was written before")
            continue
        try:
            drafts += made.of(run)
        except Nobody as nobody:
            batch.skip(run, f"nobody was written to: {nobody.why}")
        except Unwritten as wrong:
            failed.append((run, wrong.reason))
            batch.fail(run, f"{HOW[made.channel]} could not be written: {wrong.reason}")
    failures.tell(batch, failed)
    return drafts


def _touches(session: Session, batch: Batch, runs: Iterable[Going]) -> list[Touch]:
    theirs = among(session, Touch.run_id, [run.id for run in runs])
    query = select(Touch).where(theirs, Touch.step == batch.step).order_by(Touch.id)
    return list(session.scalars(query))


def _sends(session: Session, definition: Definition) -> bool:
    """Whether what it writes goes out unseen: a person's switch, else the file's word."""
    switched = session.scalar(select(Playbook.sends).where(Playbook.name == definition.name))
    return definition.touches == "send" if switched is None else switched


def _note(batch: Batch, drafter: Drafter, drafts: Iterable[Draft], what: str) -> None:
    names = defaultdict[int, list[str]](list)
    runs: dict[int, Going] = {}
    for made in drafts:
        runs[made.run.id] = made.run
        names[made.run.id].append(made.contact.name or made.contact.email)
    for id, run in runs.items():
        left_out = f"; {drafter.left_out[id]}" if drafter.left_out[id] else ""
        batch.note(run, f"{HOW[drafter.channel]} {what} {listed(names[id])}{left_out}")


def withdraw(
    session: Session, *, run_ids: Collection[int], why: str, settings: Settings, now: datetime
) -> None:
    """What these runs wrote and nobody has begun to send is not sent; its question says so."""
    if not run_ids:
        return
    asked = approval.lock_of_runs(session, run_ids)
    waiting = _waiting(session, run_ids)
    taken_back = _take_back(session, [touch for touch in waiting if touch.state == "queued"])
    ended = [touch for touch in waiting if touch.state != "queued" or touch.id in taken_back]
    for touch in ended:
        touch.state, touch.why = "withdrawn", why
    record.note(session, "touch.withdrawn", ended, by=None, now=now, why=why)
    approval.after_loss(session, asked, settings=settings, now=now)


def _waiting(session: Session, run_ids: Collection[int]) -> list[Touch]:
    query = (
        select(Touch)
        .where(
            among(session, Touch.run_id, run_ids),
            Touch.state.in_(("draft", "approved", "queued")),
        )
        .order_by(Touch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _take_back(session: Session, queued: list[Touch]) -> set[int]:
    """Those that wait to be sent, also again: whatever waits was surely not accepted.

    A sender locks the row, too, and looks at it again.
    """
    keys = {outbox_key(touch.id): touch.id for touch in queued}
    if not keys:
        return set()
    gone = (
        update(OutgoingMessage)
        .where(
            OutgoingMessage.key.in_(keys),
            OutgoingMessage.state == "waiting",
        )
        .values(state="superseded")
        .returning(OutgoingMessage.key)
    )
    return {keys[key] for key in session.scalars(gone)}
