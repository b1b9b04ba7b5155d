"""How stages.toml is read: all that is wrong in it is said at once, with the place."""

import tomllib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from csbot.conditions.grammar import Unfit, parse, tests
from csbot.misfit import told
from csbot.onboarding.stages import Criterion, Role, Shows, Stage

TICKED_MAX = 10  # boxes in one list, for Slack
Key = Annotated[
    str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=40, examples=["first-use"])
]
Text = Annotated[str, Field(min_length=1, max_length=72)]


class WrongStages(Exception):
    """Every mistake, one readable line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(f"stages.toml: {problem}" for problem in problems))
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Item(_Part):
    key: Key
    text: Text

    def made(self) -> Criterion:
        return Criterion(self.key, self.text)


class _Criterion(_Item):
    meeting: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    touch: Literal[True, "call", "email", "meeting", "chat", "other"] | None = None
    event: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    requirements: Literal[True] | None = None
    when: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way_to_see_it(self) -> Self:
        said = [name for name in Shows if getattr(self, name, None) is not None]
        if len(said) != 1:
            has = ", ".join(said) or "none"
            raise ValueError(f"needs one of meeting, touch, event, requirements, when; has {has}")
        if self.when is not None:
            _check(self.when)
        return self

    def made(self) -> Criterion:
        shows = next(name for name in Shows if getattr(self, name, None) is not None)
        what = getattr(self, shows)
        return Criterion(self.key, self.text, shows, parse(what) if shows == Shows.WHEN else what)


class _Stage(_Part):
    key: Key
    name: Text
    goal: Annotated[str, Field(min_length=1, max_length=200)]
    owner: Annotated[Role, Field(strict=False)]
    days: Annotated[int, Field(ge=1, le=365)]
    entry: list[_Criterion] = []
    checklist: list[_Item] = []
    exit: list[_Criterion] = []

    @model_validator(mode="after")
    def _can_be_left(self) -> Self:
        leave = [*self.checklist, *self.exit]
        if not leave:
            raise ValueError(
                "has neither a checklist nor exit criteria: nothing says that it is over"
            )
        if len(leave) > TICKED_MAX:
            raise ValueError(f"has more than {TICKED_MAX} things to do; make two stages of it")
        _once([item.key for item in leave])
        _once([item.key for item in self.entry])
        return self

    def made(self, number: int) -> Stage:
        return Stage(
            key=self.key, name=self.name, goal=self.goal, owner=self.owner, days=self.days,
            criteria=tuple(item.made() for item in (*self.checklist, *self.exit)),
            entry=tuple(item.made() for item in self.entry), number=number,
        )  # fmt: skip


def _in_order(stages: list[_Stage]) -> list[_Stage]:
    _once([stage.key for stage in stages])
    if stages[0].entry:
        raise ValueError("the first stage has entry criteria, but it is just entered")
    return stages


Track = Annotated[list[_Stage], Field(min_length=1), AfterValidator(_in_order)]


class _Tracks(_Part):
    transactional: Track
    enterprise: Track


def read(text: str) -> dict[str, tuple[Stage, ...]]:
    """Raises WrongStages."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongStages([f"cannot be read: {error}"]) from None
    try:
        made = _Tracks.model_validate(raw)
    except ValidationError as error:
        raise WrongStages(list(_told(error, raw))) from None
    return {
        name: tuple(stage.made(number) for number, stage in enumerate(stages, 1))
        for name, stages in made
    }


def _check(condition: dict[str, Any]) -> None:
    try:
        asked = tests(parse(condition))
    except Unfit as unfit:
        raise ValueError(f"when: {'.'.join(map(str, unfit.path))}: {unfit.reason}") from None
    if other := [one.field for one in asked if not one.field.startswith(("account.", "custom."))]:
        raise ValueError(f"{other[0]} is not a field of the account")


def _once(keys: list[str]) -> None:
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"has {', '.join(twice)} twice")


def _told(error: ValidationError, raw: dict[str, Any]) -> Iterator[str]:
    for item in error.errors(include_url=False):
        where = ", ".join(_place(item["loc"], raw))
        yield f"{where}: {told(item, _Tracks)}" if where else told(item, _Tracks)


def _place(loc: tuple[int | str, ...], raw: Any) -> Iterator[str]:
    """What is in a list is called by its key, where it has one, else by its number."""
    for step in loc:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            raw = None
        key = raw.get("key") if isinstance(raw, dict) else None
        yield str(key or (f"number {step + 1}" if isinstance(step, int) else step))
