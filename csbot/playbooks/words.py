"""What a playbook does, in words: for its picture, its page and its messages."""

import re
from collections.abc import Callable
from typing import Any

from csbot.conditions.words import in_words
from csbot.playbooks.definition import Definition, Limit, Recheck, Step, Trigger
from messages.text import plural

ROLES = {
    "owner": "Account owner",
    "csm": "CSM",
    "manager": "Manager",
    "admin": "Admin",
    "csbot": "csbot",
    "customer": "Customer",
}
AUDIENCE = {
    "contact": "the contact",
    "champion": "the champion",
    "decision_maker": "the decision maker",
    "billing": "the billing contact",
    "everybody": "everybody",
}
PLACES = {
    "account_channel": "the account's channel",
    "wins": "the channel of wins",
    "alerts": "the channel of alerts",
    "owner": "the owner",
    "manager": "the manager",
}
VARIABLE = re.compile(r"\{\{([^|{}]*)(?:\|[^{}]*)?\}\}")
TEST = re.compile(r"\{%.*?%\}", re.DOTALL)  # what a template asks, around words


def named(spec: Any, *names: str) -> str:
    """The first of these words that a step has, or the name of its template."""
    found = next((getattr(spec, name) for name in names if getattr(spec, name, None)), None)
    return str(found) if found else f"template {spec.template}"


DOES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "alert": ("Alert, {.severity}", lambda spec: named(spec, "title")),
    "notify": ("Tell {place}", lambda spec: spec.text),
    "email": ("E-mail to {audience}", lambda spec: named(spec, "subject")),
    "sms": ("SMS to {audience}", lambda spec: named(spec, "text")),
    "task": ("Task, due in {.due}", lambda spec: spec.title),
    "meeting": ("Plan a meeting within {.due}", lambda spec: spec.title),
    "debrief": ("Ask the {}", lambda spec: "how the meeting went"),
    "tag": ("Tag", lambda spec: _tags(spec)),
    "pipeline": ("Pipeline {.name}", lambda spec: spec.stage),
    "score": ("Score {.points:+d}", lambda spec: spec.reason),
    "field": ("Set", lambda spec: ", ".join(f"{k} to {v}" for k, v in spec.set.items())),
    "onboarding": ("Begin onboarding", lambda spec: "the first stage of its track"),
    "wait": ("Wait", lambda spec: _wait(spec)),
    "branch": ("Decide", lambda spec: ""),
    "escalate": ("Escalate to the manager", lambda spec: spec.why),
    "start": ("Start another playbook", lambda spec: spec),
    "stop": ("Stop another playbook", lambda spec: spec),
}


def heading(step: Step) -> str:
    place = PLACES.get(getattr(step.spec, "to", ""), "")
    audience = AUDIENCE.get(getattr(step.spec, "to", ""), "")
    return DOES[step.kind][0].format(step.spec, place=place, audience=audience)


def detail(step: Step) -> str:
    """With the names of what stands in its words for each customer."""
    said = TEST.sub("", DOES[step.kind][1](step.spec))
    return VARIABLE.sub(lambda found: f"[{found[1].strip()}]", said)


def _tags(spec: Any) -> str:
    said = [f"add “{tag}”" for tag in spec.add] + [f"remove “{tag}”" for tag in spec.remove]
    return ", ".join(said)


def _wait(spec: Any) -> str:
    if spec.for_ is not None:
        return f"for {spec.for_}"
    return f"until {in_words(spec.until)}, at most {spec.at_most}"


def starts(trigger: Trigger) -> str:
    """When it starts, without a full stop."""
    said = f" ({_parameters(trigger.parameters)})" if trigger.parameters else ""
    if trigger.event:
        return f"when {trigger.event} happens{said}"
    if trigger.detector:
        return f"when {trigger.detector} becomes true{said}"
    if trigger.by_hand:
        return "when somebody starts it by hand"
    entering = trigger.entering is not None
    condition = trigger.entering if trigger.entering is not None else trigger.leaving
    return f"when an account {'begins' if entering else 'ceases'} to fulfil: " + in_words(
        condition or {}
    )


def _parameters(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_listed(value)}" for name, value in parameters.items())


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def how_often(enrol: str | Limit | Recheck) -> str:
    if isinstance(enrol, Limit):
        per = f" in {enrol.per}" if enrol.per else ""
        return f"at most {plural(enrol.at_most, 'time')}{per} for one account and cause"
    if isinstance(enrol, Recheck):
        return f"anew every {enrol.recheck} while its cause holds"
    return "once for an account and cause" if enrol == "once" else "each time its cause comes"


def ends(definition: Definition) -> str:
    """What ends a run before its last step, or nothing."""
    said = [in_words(definition.exit)] if definition.exit else []
    trigger = definition.trigger
    lasts = trigger.detector is not None or trigger.entering is not None  # other causes are moments
    said += ["its cause goes away"] if definition.exit_with_cause and lasts else []
    return ", or ".join(said)
