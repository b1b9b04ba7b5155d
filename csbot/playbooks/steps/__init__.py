"""What each kind of step does, for all runs that are at it."""

from collections.abc import Callable

from csbot.playbooks.going import Batch
from csbot.playbooks.steps import debrief, flow, onboarding, people, state, work

EXECUTORS: dict[str, Callable[[Batch], None]] = {
    "alert": people.alert,
    "notify": people.notify,
    "escalate": people.escalate,
    "email": people.email,
    "sms": people.sms,
    "task": work.task,
    "meeting": work.meeting,
    "debrief": debrief.debrief,
    "tag": state.tag,
    "pipeline": state.pipeline,
    "score": state.score,
    "field": state.field,
    "onboarding": onboarding.begin,
    "wait": flow.wait,
    "branch": flow.branch,
    "start": flow.start,
    "stop": flow.stop,
}
