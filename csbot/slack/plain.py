"""What people wrote in Slack as they see it there: names and links instead of Slack's tokens."""

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_NAMED = re.compile(r"<[@#]([A-Z0-9_]+)[|>]", re.ASCII)
_NO_LABEL = re.compile(r"[<>|]")
_UNKNOWN = {"@": "@somebody", "#": "#channel", "!": "@group"}
_SIGNS = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def mentioned(text: str) -> set[str]:
    """The Slack ids of people and channels in it."""
    return set(_NAMED.findall(text))


def labelled(text: str, names: Mapping[str, str]) -> str:
    """The same tokens, with these names by their ids; the label of a channel may be private."""

    def with_name(token: re.Match[str]) -> str:
        sign, what, label = token.groups()
        if sign not in ("@", "#"):
            return token.group()
        name = names.get(what, "" if sign == "#" else label or "")
        return f"<{sign}{what}|{_NO_LABEL.sub('', name)}>"

    return _TOKEN.sub(with_name, text)


def plainly(text: str, names: Mapping[str, str]) -> str:
    """`names` are of people and channels by their Slack ids; an id says nothing to anybody."""

    def spelt(token: re.Match[str]) -> str:
        sign, what, label = token.groups()
        if sign == "!":
            return _called(what, label)
        if sign:
            name = names.get(what, label)
            return f"{sign}{name.removeprefix(sign)}" if name else _UNKNOWN[sign]
        address = what.removeprefix("mailto:")
        return address if label in (None, "", what, address) else f"{label} ({address})"

    return unescaped(_TOKEN.sub(spelt, text))


def unescaped(text: str) -> str:
    """With the three signs that Slack escapes, as somebody typed them."""
    for entity, sign in _SIGNS:
        text = text.replace(entity, sign)
    return text


def _called(what: str, label: str | None) -> str:
    """Groups of people, everybody here, and moments of which the label is the text."""
    if what.startswith("date^"):
        return label or ""
    named = label or ("" if "^" in what else what)
    return f"@{named.removeprefix('@')}" if named else _UNKNOWN["!"]


def written(message: Mapping[str, Any]) -> str:
    """A message's text, else that of its blocks, else the names of its files."""
    if text := str(message.get("text") or "").strip():
        return text
    if parts := [*_texts(message.get("blocks")), *_texts(message.get("attachments"))]:
        return "\n".join(parts)
    files = message.get("files") or []
    return "\n".join(str(file.get("title") or file.get("name") or "") for file in files).strip()


def _texts(node: Any) -> list[str]:
    """Of sections, rich text and old attachments, in reading order."""
    if isinstance(node, list):
        return [text for child in node for text in _texts(child)]
    if not isinstance(node, dict):
        return []
    own = [node[name] for name in ("text", "fallback") if isinstance(node.get(name), str)]
    inner = [_texts(node.get(name)) for name in ("text", "elements", "fields", "blocks")]
    return [*own[:1], *[text for texts in inner for text in texts]]
