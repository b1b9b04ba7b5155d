"""Cursors: opaque, tied to the call that made them, refused once they no longer fit."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from csbot.workspace.model import Json
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.web_api.call import Call

Row = TypeVar("Row")


def page(
    call: Call, rows: Sequence[Row], key: Callable[[Row], str], limit: int, *bound_to: str
) -> tuple[list[Row], str]:
    """The rows of this page and the next cursor ("" at the end).

    `rows` come in a fixed order; the cursor names the first row of the next page and the
    arguments it belongs to, so a changed filter or a vanished row is `invalid_cursor`.
    """
    start = _start(call, rows, key, bound_to)
    chunk = list(rows[start : start + limit])
    rest = rows[start + limit :]
    return chunk, _encode(call.method, bound_to, key(rest[0])) if rest else ""


def next_cursor(cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": cursor}}


def _start(
    call: Call, rows: Sequence[Row], key: Callable[[Row], str], bound_to: tuple[str, ...]
) -> int:
    cursor = call.text("cursor")
    if not cursor:
        return 0
    for index, row in enumerate(rows):
        if _encode(call.method, bound_to, key(row)) == cursor:
            return index
    _decodable(cursor)
    raise SlackRefusal("invalid_cursor")


def _encode(method: str, bound_to: tuple[str, ...], key: str) -> str:
    return base64.b64encode("|".join((method, *bound_to, key)).encode()).decode()


def _decodable(cursor: str) -> None:
    try:
        base64.b64decode(cursor, validate=True)
    except binascii.Error:
        raise SlackRefusal("invalid_cursor") from None
