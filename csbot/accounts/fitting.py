"""Names beside what somebody wrote: how much of it fits. Pure."""

from collections.abc import Callable
from typing import NamedTuple


class Named(NamedTuple):
    """As little of an account as a comparison needs."""

    id: int
    name: str
    key: str
    domain: str | None
    external_id: str | None
    owner_id: int | None


class Head(NamedTuple):
    """The first words of a text, read as a name, and what follows."""

    written: str
    key: str
    rest: str


def longest(
    heads: list[Head], rows: list[Named], fits: Callable[[Named, str], bool]
) -> tuple[Head, list[Named]] | None:
    for head in heads:
        if matching := [row for row in rows if fits(row, head.key)]:
            return head, matching
    return None


def is_exactly(row: Named, key: str) -> bool:
    return key in (row.key, (row.domain or "").lower(), (row.external_id or "").casefold())


def begins_with_words(row: Named, key: str) -> bool:
    return f"{row.key} ".startswith(f"{key} ") or is_exactly(row, key)


def begins(row: Named, key: str) -> bool:
    return row.key.startswith(key) or (row.domain or "").lower().startswith(key)


def in_whole_words(row: Named, key: str) -> bool:
    """Nobody needs to be told that "acme" was taken for Acme Corp."""
    return f" {key} " in f" {row.key} " or is_exactly(row, key) or label(row).lower() == key


def label(row: Named) -> str:
    return (row.domain or "").split(".")[0]
