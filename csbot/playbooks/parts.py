"""What the parts of a playbook file are made of."""

import re
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

Words = Annotated[str, Field(min_length=1, max_length=5_000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
T = TypeVar("T")
# A head of Sales and Success is one person; a manager and a CSM are two.
SEVERAL = re.compile(r"[,;/]|\b(csm|manager|admin|owner) (and|or|&) ", re.IGNORECASE)


class Part(BaseModel):
    """Unknown keys are errors: a misspelt one would be silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Raci(Part):
    """Who does it, who answers for it (exactly one), who is asked, who is told."""

    responsible: Annotated[list[Line], Field(min_length=1)]
    accountable: Line
    consulted: list[Line] = Field(default=[])
    informed: list[Line] = Field(default=[])

    @field_validator("accountable", mode="before")
    @classmethod
    def _exactly_one(cls, value: object) -> object:
        if isinstance(value, list):
            raise PydanticCustomError("raci", "must be exactly one, not a list: one person answers")
        if isinstance(value, str) and SEVERAL.search(value):
            raise PydanticCustomError("raci", "must be exactly one: one person or role answers")
        return value


def one_of(part: T, *names: str) -> T:
    if sum(getattr(part, name) is not None for name in names) != 1:
        raise PydanticCustomError("words", f"needs exactly one of {' and '.join(names)}")
    return part
