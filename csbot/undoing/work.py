"""The way back of what people note: tasks, check-ins, feedback, meetings."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from csbot.accounts.model import AccountPipeline, AccountTag
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.db.base import Base
from csbot.feedback import happiness
from csbot.feedback.model import Feedback
from csbot.feedback.rules import ALL_LEVELS, PIPELINE
from csbot.meetings import debriefing
from csbot.meetings.model import Meeting
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import enqueue_update, withdraw
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.tasks.service import given, given_key
from csbot.team.model import TeamMember
from csbot.undoing.telling import news, tell
from csbot.undoing.way import Back, Change, put_back, same
from messages.text import near_day


def task_added(back: Back) -> str:
    task = back.row(Task)
    left = {"title": task.title, "due_on": task.due_on.isoformat(), "priority": task.priority,
            "assignee_id": task.assignee_id}  # fmt: skip
    same(left | {"done": None}, back.after | {"done": task.done_at})
    _tell_assignee(back, task)
    back.session.delete(task)
    back.session.flush()
    return "The task is gone."


def _tell_assignee(back: Back, task: Task) -> None:
    """Nothing where the message has not gone out; else it says so, and they hear of it once."""
    session, key = back.session, given_key(task)
    withdraw(session, [key])
    sent = session.scalar(select(OutgoingMessage.id).where(OutgoingMessage.key == key))
    who = session.get(TeamMember, task.assignee_id) if task.assignee_id else None
    if sent is None:
        return
    now_is = "You need not do it."
    enqueue_update(session, news(back, back.by, now_is), target=key, now=back.now)
    tell(back, who, now_is)


def task_finished(back: Back) -> str:
    task = back.row(Task)
    same((task.done_by_id, task.done_at), (back.by.id, back.entry.at))
    task.done_at = task.done_by_id = None
    back.session.flush()
    giver = back.session.get(TeamMember, task.created_by_id) if task.created_by_id else None
    message = given(task, back.account(), giver, done_by=None)
    enqueue_update(back.session, message, target=given_key(task), now=back.now)
    return "The task is open again."


def task_postponed(back: Back) -> str:
    task = back.row(Task)
    put_back(back, task)
    return f"It is due {near_day(task.due_on, back.now)} again."


def checkin_logged(back: Back) -> str:
    checkin = back.row(CheckIn)
    _as_left(back, checkin)
    back.session.delete(checkin)
    back.session.flush()
    return "The check-in is gone."


def message_kept(back: Back) -> str:
    back.session.delete(back.row(Capture))
    back.session.flush()
    return "The message is linked to the account no more: its words are out of the timeline."


def feedback_answered(back: Back) -> str:
    feedback = back.row(Feedback)
    same((feedback.answered_by_id, feedback.answered_at), (back.by.id, back.entry.at))
    feedback.answered_at = feedback.answered_by_id = None
    return "The feedback waits for an answer again."


def feedback_recorded(back: Back) -> str:
    """The account is as happy as the newest of the rest says, or was never asked."""
    session, feedback = back.session, back.row(Feedback)
    same((feedback.score, feedback.answered_at), (back.after["score"], None))
    id = feedback.account_id
    session.delete(feedback)
    session.flush()
    rest = happiness.newest(session, [id])
    happiness.show(session, rest)
    if not rest:
        tags = AccountTag.account_id == id, AccountTag.tag.in_(ALL_LEVELS)
        stage = AccountPipeline.account_id == id, AccountPipeline.pipeline == PIPELINE
        session.execute(delete(AccountTag).where(*tags))
        session.execute(delete(AccountPipeline).where(*stage))
    return "The feedback is gone."


def next_step(back: Back) -> str:
    """A check-in writes it only on a renewal that has none."""
    renewal = back.row(Renewal)
    same(renewal.next_step, back.after.get("next_step"))
    renewal.next_step = renewal.next_step_on = None
    return "The renewal has no next step again."


def meeting_added(back: Back) -> str:
    meeting = back.row(Meeting)
    left = (meeting.title, meeting.starts_at, meeting.outcome)
    same(left, (back.after["title"], datetime.fromisoformat(back.after["starts_at"]), None))
    back.session.delete(meeting)
    back.session.flush()
    return "The meeting is gone."


def meeting_outcome(back: Change) -> str:
    meeting = back.row(Meeting)
    put_back(back, meeting)
    debriefing.ask_anew(back.session, meeting.id, at=back.entry.at, now=back.now)
    outcome = (meeting.outcome or "").replace("_", " ")
    return f"The meeting is noted as {outcome} again." if outcome else "The meeting is open again."


def meeting_moved(back: Back) -> str:
    meeting = back.row(Meeting)
    put_back(back, meeting)
    debriefing.ask_anew(back.session, meeting.id, at=back.entry.at, now=back.now)
    return "The meeting is at its former time again."


def _as_left(back: Back, row: Base) -> None:
    columns = type(row).__table__.c
    left: dict[str, Any] = {name: value for name, value in back.after.items() if name in columns}
    same({name: getattr(row, name) for name in left}, left)
