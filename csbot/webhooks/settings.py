"""`[senders.NAME]` in csbot.toml: a sender that csbot does not know by itself."""

import dataclasses
import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from csbot.section import Section
from csbot.webhooks.signatures import SCHEMES, Algorithm, Encoding, Scheme

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]  # a part of its address
DESCRIBED = {field.name for field in dataclasses.fields(Scheme)}
Path = Annotated[
    str, Field(pattern=r"^[^.]+(\.[^.]+)*$", max_length=200, examples=["answers.0.number"])
]


class SenderSettings(Section):
    """`scheme` is one that is known, or `header` and the rest describe another one.

    `fields` says where in the sender's JSON our fields stand: `{score = "answers.0.number"}`.
    Without a signature at all, the sender brings a key of `csbot keys`.
    """

    source: Literal["surveys", "tickets", "meetings"]
    fields: dict[str, Path]
    values: dict[str, dict[str, str]] = Field(default={})
    scale: str = ""
    scheme: str = ""
    header: str = ""
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"
    signed: str = "{body}"
    signature: str = "{signature}"
    separator: str = ""
    timestamp_header: str = ""
    tolerance: Annotated[int, Field(ge=0, le=86_400)] = 0

    @field_validator("scheme")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and value not in SCHEMES:
            raise ValueError(f"there is no scheme {value!r}; there are {', '.join(SCHEMES)}")
        return value

    @field_validator("signed")
    @classmethod
    def _pieces(cls, value: str) -> str:
        pieces = set(re.findall(r"\{(\w*)\}", value))
        if "body" not in pieces or not pieces <= {"body", "timestamp"}:
            raise ValueError("must hold {body}, and may hold {timestamp}")
        return value

    @field_validator("signature")
    @classmethod
    def _has_place(cls, value: str) -> str:
        if value.count("{signature}") != 1:
            raise ValueError("must hold {signature} once")
        return value

    @model_validator(mode="after")
    def _timed_whole(self) -> Self:
        timed = "{timestamp}" in self.signed
        if timed and not (self.timestamp_header or self.separator):
            raise ValueError("say where the {timestamp} stands: timestamp_header, or separator")
        if timed != bool(self.tolerance) and not self.scheme:
            raise ValueError("{timestamp} in signed and a tolerance (like 300) need each other")
        return self

    def described(self) -> Scheme | None:
        """None when nothing is signed."""
        if self.scheme:
            return SCHEMES[self.scheme]
        if not self.header:
            return None
        return Scheme(**self.model_dump(include=DESCRIBED))
