"""What runs have brought about in the team, taken back with whatever began them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.notices import admins
from csbot.outbox.queue import Rewrite, enqueue_updates_many, withdraw
from csbot.playbooks.model import PlaybookRun, PlaybookStep
from csbot.tasks.cancelling import cancel
from csbot.tasks.model import Task
from messages.message import Message

Taken = Row[*tuple[Any, ...]]


def cancel_tasks(scope: Scope, run_ids: Collection[int], because: str) -> None:
    """Open tasks that these runs gave somebody, as the log of their steps has them."""
    steps = _steps(scope, run_ids, "task")
    if not steps:
        return
    given = {(step.account_id, step.at) for step in steps}
    those = or_(*(and_(Task.account_id == id, Task.created_at == at) for id, at in given))
    query = select(Task).where(those, Task.created_by_id.is_(None), Task.done_at.is_(None))
    open_ones = scope.session.scalars(query).all()
    ids = [task.id for task in open_ones if any(_gave(step, task) for step in steps)]
    if ids:
        cancel(
            scope.session, among(scope.session, Task.id, ids), because=because, now=scope.now
        )  # fmt: skip


def _gave(step: Taken, task: Task) -> bool:
    """A step's note ends with the task's title and day."""
    words = f": {task.title}, due {task.due_on.isoformat()}"
    same = (step.account_id, step.at) == (task.account_id, task.created_at)
    return same and (step.note or "").endswith(words)


def rewrite_notes(scope: Scope, run_ids: Collection[int], message: Message) -> None:
    """Notes to channels and people say `message` instead; what nobody has got is never sent."""
    told = [
        f"run:{step.run_id}:{step.step}"
        for step in _steps(scope, run_ids, "notify")
        if step.outcome == "done"
    ]
    if not told:
        return
    others = admins(scope.session, scope.settings)
    keys = [*told, *(f"{key}:{to}" for key in told for to in others)]
    withdraw(scope.session, keys)
    there = select(OutgoingMessage.key).where(OutgoingMessage.key.in_(keys))
    rewrites = [Rewrite(key, message) for key in scope.session.scalars(there)]
    enqueue_updates_many(scope.session, rewrites, now=scope.now)


def _steps(scope: Scope, run_ids: Collection[int], kind: str) -> Sequence[Taken]:
    return scope.session.execute(
        select(
            PlaybookStep.run_id, PlaybookStep.step, PlaybookStep.at, PlaybookStep.note,
            PlaybookStep.outcome, PlaybookRun.account_id,
        )
        .join(PlaybookRun, PlaybookRun.id == PlaybookStep.run_id)
        .where(among(scope.session, PlaybookStep.run_id, run_ids), PlaybookStep.kind == kind)
    ).all()  # fmt: skip
