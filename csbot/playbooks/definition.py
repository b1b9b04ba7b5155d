"""What a playbook file may say. The JSON Schema for editors is made from these models."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from csbot.playbooks.durations import Duration, Span
from csbot.playbooks.parts import Line, Part, Raci, Words, one_of

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
Role = Literal["owner", "csm", "manager", "admin", "csbot"]
ConditionData = Annotated[
    dict[str, Any], Field(description="A condition, as in docs/playbooks.md, “Conditions”")
]


class Trigger(Part):
    """What starts it: exactly one of event, detector, entering, leaving and by_hand."""

    event: str | None = None
    detector: str | None = None
    entering: ConditionData | None = None
    leaving: ConditionData | None = None
    by_hand: Literal[True] | None = None
    parameters: dict[str, Any] = Field(default={}, alias="with")

    @model_validator(mode="after")
    def _one(self) -> Self:
        kinds = [self.event, self.detector, self.entering, self.leaving, self.by_hand]
        if sum(kind is not None for kind in kinds) != 1:
            raise PydanticCustomError(
                "trigger", "needs exactly one of event, detector, entering, leaving, by_hand"
            )
        return self


class Limit(Part):
    """At most so many runs for one account and cause; `per` a time, or ever."""

    at_most: Annotated[int, Field(ge=1, le=1000)]
    per: Span | None = None


class Recheck(Part):
    """Starts anew after this time while its cause still holds."""

    recheck: Span


class Goal(Part):
    """What it is for: reached when the condition holds within the time since the start."""

    condition: ConditionData
    within: Span


class AlertStep(Part):
    """`template` is a card of csbot's for a detector; or words of the file's own."""

    template: str | None = None
    severity: Literal["critical", "soon", "info"] = "soon"
    title: Line | None = None
    why: Words | None = None
    next: Words | None = None

    _words = model_validator(mode="after")(lambda self: one_of(self, "template", "title"))


class NotifyStep(Part):
    """A message to the team that asks for nothing."""

    to: Literal["account_channel", "wins", "alerts", "owner", "manager"] = "account_channel"
    text: Words


class Tone(Part):
    """Other words for accounts of one health status."""

    subject: Line | None = None
    text: Words


Audience = Literal["contact", "champion", "decision_maker", "billing", "everybody"]
Status = Literal["Thriving", "Healthy", "Steady", "Struggling"]


class EmailStep(Part):
    """One e-mail to each of `to`, in the name of the account's owner, who gets the replies.

    A `service` is about what they arranged, paid or asked for: the weekly limit leaves it alone.
    """

    to: Audience = "contact"
    subject: Line | None = None
    template: str | None = None
    text: Words | None = None
    tones: dict[Status, Tone] = Field(default={})
    calendar_file: bool = False
    service: bool = False
    expires: Span = Field(default=Duration.of("5 working days"))

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if self.text is not None and self.subject is None:
            raise PydanticCustomError("words", "needs a `subject` beside `text`")
        return one_of(self, "template", "text")


class SmsStep(Part):
    to: Audience = "contact"
    template: str | None = None
    text: Annotated[str, Field(min_length=1, max_length=480)] | None = None
    service: bool = False
    expires: Span = Field(default=Duration.of("1 day"))

    _words = model_validator(mode="after")(lambda self: one_of(self, "template", "text"))


class TaskStep(Part):
    title: Line
    due: Span
    priority: Literal["low", "normal", "high"] = "normal"


class MeetingStep(Part):
    """A slot for a meeting with the customer, at the owner's 10:00 on the day that `due` ends."""

    title: Line
    kind: str = "meeting"
    due: Span
    duration_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    agenda: Words | None = None
    objectives: Words | None = None


class TagStep(Part):
    add: list[Line] = Field(default=[])
    remove: list[Line] = Field(default=[])


class PipelineStep(Part):
    name: Line
    stage: Line


class ScoreStep(Part):
    """`once_per` keeps the same reason from counting again: for its run, or a day, month, ever."""

    points: Annotated[int, Field(ge=-10_000, le=10_000)]
    reason: Line
    once_per: Literal["run", "month", "ever"] = "run"


class FieldStep(Part):
    """Settable: lifecycle_stage, plan, industry, segment and custom.<name>."""

    set: Annotated[dict[str, str | int | bool | None], Field(min_length=1)]


class WaitStep(Part):
    """For a time, or until a condition holds, at most so long."""

    for_: Span | None = Field(default=None, alias="for")
    until: ConditionData | None = None
    at_most: Span | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.for_ is None) == (self.until is None):
            raise PydanticCustomError("wait", "needs either `for` or `until`")
        if (self.until is None) != (self.at_most is None):
            raise PydanticCustomError("wait", "needs `at_most` beside `until`, and only there")
        return self


class Branch(Part):
    """Of several, the first whose condition holds is taken; one without `if` takes the rest."""

    if_: ConditionData | None = Field(default=None, alias="if")
    steps: list["Step"]


class OnboardingStep(Part):
    """Begins the account's onboarding, unless it is in it or has been through it."""

    start: Literal[True]


class EscalateStep(Part):
    """To the manager of whoever owns the account: the run's own alert, or a word in its place."""

    why: Words


class Step(Part):
    """Exactly one thing to do; `owner` is who answers for it, `after` the delay before it."""

    id: Annotated[str, Field(pattern=f"^{NAME.pattern}$", max_length=60)] | None = None
    owner: Role = "csbot"
    after: Span | None = None
    alert: AlertStep | None = None
    notify: NotifyStep | None = None
    email: EmailStep | None = None
    sms: SmsStep | None = None
    task: TaskStep | None = None
    meeting: MeetingStep | None = None
    debrief: Literal["organizer"] | None = None
    tag: TagStep | None = None
    pipeline: PipelineStep | None = None
    score: ScoreStep | None = None
    field: FieldStep | None = None
    onboarding: OnboardingStep | None = None
    wait: WaitStep | None = None
    branch: Annotated[list[Branch], Field(min_length=1)] | None = None
    escalate: EscalateStep | None = None
    start: str | None = None
    stop: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise PydanticCustomError("step", f"needs exactly one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def spec(self) -> Any:
        """The one thing that it does."""
        return getattr(self, self.kind)


KINDS = (
    "alert", "notify", "email", "sms", "task", "meeting", "debrief", "tag", "pipeline", "score",
    "field", "onboarding", "wait", "branch", "escalate", "start", "stop",
)  # fmt: skip
TOUCHES = ("email", "sms")


class Definition(Part):
    """A playbook file, whole."""

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$", max_length=60)]
    title: Line
    purpose: Words
    practice: list[Words] = Field(default=[], description="Best practices, for people to read")
    enabled: bool = True
    trigger: Trigger
    filter: ConditionData = Field(default={})
    entry: ConditionData = Field(default={})
    exit: ConditionData | None = None
    exit_with_cause: bool = True
    goal: Goal | None = None
    enrol: Literal["once", "always"] | Limit | Recheck = "always"
    touches: Literal["draft", "send"] = "draft"
    steps: Annotated[list[Step], Field(min_length=1)]
    raci: Raci
    process_owner: Line
    review_on: date
    success_measure: Words

    def walk(self) -> Iterator[Step]:
        """Every step, also those in branches."""
        yield from _walk(self.steps)


def _walk(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for branch in step.branch or []:
            yield from _walk(branch.steps)
