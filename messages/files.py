"""A file that somebody asked for: on its way, or not."""

from dataclasses import dataclass
from typing import Self

from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class FileAsked(Message):
    """`title` names the file amid a sentence; `again`: the same was asked for a moment ago."""

    name = "file_asked"

    title: str
    again: bool = False

    @classmethod
    def example(cls) -> Self:
        return cls(title="list of renewals until 19 Feb")


@dataclass(frozen=True, kw_only=True)
class FileFailed(Message):
    """`code` is Slack's word for why it did not take it; None where it could not be made."""

    name = "file_failed"

    title: str
    code: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(title="Users who stay away", code="missing_scope")
