"""Who a posted text would really ping, and where its links lead."""

import re
from collections.abc import Iterator
from typing import Any

_LIVE = re.compile(
    r"<!(?:channel|here|everyone)(?:\|[^>]*)?>|<!subteam\^[^>]+>|<@[UW][^>]+>|<(?:https?|mailto):[^>]+>"
)
_BARE = re.compile(r"(?<![\w<!@])@(?:channel|here|everyone)\b")
_MASS = re.compile(r"<!(?:channel|here|everyone)")


def found_in(text: str, *, linkify: bool = False) -> list[str]:
    """Every live mention, mass ping and link of mrkdwn; with `linkify` also a bare @here."""
    found = _LIVE.findall(text)
    return found + (_BARE.findall(text) if linkify else [])


def of_message(text: str, blocks: list[dict[str, Any]], *, linkify: bool = False) -> list[str]:
    """Without doubles; the fallback text counts too, phones show it."""
    found = found_in(text, linkify=linkify)
    for piece in _mrkdwn(blocks):
        found += found_in(piece)
    return list(dict.fromkeys(found + list(_rich_pings(blocks))))


def is_mass(ping: str) -> bool:
    return bool(_MASS.match(ping)) or ping.startswith("@")


def _mrkdwn(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") in ("mrkdwn", "markdown") and isinstance(node.get("text"), str):
            yield node["text"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _mrkdwn(child)


def _rich_pings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from _rich_ping(node)
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _rich_pings(child)


def _rich_ping(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind == "broadcast":
        yield f"<!{node.get('range')}>"
    elif kind == "user" and "user_id" in node:
        yield f"<@{node['user_id']}>"
    elif kind == "link":
        yield f"<{node.get('url')}>"
