"""What a message may contain: text, blocks, attachments, metadata."""

from dataclasses import dataclass, field
from typing import Any

from csbot.workspace.blockkit import surfaces
from csbot.workspace.model import Json
from csbot.workspace.refusal import SlackRefusal, with_messages
from csbot.workspace.web_api.call import Call

TEXT_CUT = 40_000
UPDATE_TEXT_MOST = 4_000
MARKDOWN_MOST = 12_000
BLOCK_TEXT_MOST = 13_000
HEADER_OVERHEAD = 100  # observed: a header weighs about this much more than its text
ATTACHMENTS_MOST = 100
METADATA_MOST = 8_000


@dataclass
class Content:
    """`None` means the argument was absent, which chat.update treats unlike empty."""

    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.blocks or self.attachments)


def read(call: Call, *, capped: bool = True) -> Content:
    """Reads and refuses; `capped=False` spares response_url the sum over all block text."""
    content = Content(metadata=_metadata(call))
    content.blocks = _blocks(call, capped)
    content.attachments = _attachments(call)
    content.text = _text(call, content)
    return content


def _text(call: Call, content: Content) -> str | None:
    markdown = call.args.get("markdown_text")
    plain = call.args.get("text")
    if markdown:
        if plain or content.blocks:
            raise SlackRefusal("markdown_text_conflict")
        if len(str(markdown)) > MARKDOWN_MOST:
            raise SlackRefusal("msg_too_long")
        return str(markdown)
    if plain is None:
        return None
    if content.blocks and not str(plain).strip():
        call.ws.blame("no_fallback_text", "blocks without text", call.method)
    if len(str(plain)) > TEXT_CUT:
        call.warnings.append("message_truncated")
    return str(plain)[:TEXT_CUT]


def _blocks(call: Call, capped: bool) -> list[Json] | None:
    blocks = call.structure("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    if blocks and call.args.get("text") is None:
        call.ws.blame("no_fallback_text", "blocks without text", call.method)
    report = surfaces.check_blocks(blocks, "message", call.ws)
    for line in report.warnings:
        call.ws.blame("over_smaller_limit", line, call.method)
    if report.errors:
        raise with_messages("invalid_blocks", report.lines("/blocks"))
    if capped and weight(blocks) > BLOCK_TEXT_MOST:
        raise SlackRefusal("msg_blocks_too_long")
    return blocks


def _attachments(call: Call) -> list[Json] | None:
    attachments = call.structure("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list):
        raise SlackRefusal("invalid_attachments")
    if len(attachments) > ATTACHMENTS_MOST:
        raise SlackRefusal("too_many_attachments")
    return attachments


def weight(node: Any) -> int:
    """Characters of all text in blocks, as the observed cap seems to count them."""
    if isinstance(node, list):
        return sum(weight(child) for child in node)
    if not isinstance(node, dict):
        return 0
    own = len(node["text"]) if isinstance(node.get("text"), str) else 0
    extra = HEADER_OVERHEAD if node.get("type") == "header" else 0
    return own + extra + sum(weight(child) for child in node.values())


def _metadata(call: Call) -> Json | None:
    metadata = call.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackRefusal("invalid_metadata_format")
    if not metadata and call.method == "chat.update":
        return {}
    if not _is_metadata(metadata):
        raise SlackRefusal("invalid_metadata_schema")
    if len(str(metadata["event_payload"])) > METADATA_MOST:
        raise SlackRefusal("metadata_too_large")
    return metadata


def _is_metadata(metadata: Json) -> bool:
    payload, event_type = metadata.get("event_payload"), metadata.get("event_type")
    right = isinstance(event_type, str) and event_type != "" and isinstance(payload, dict)
    if not right or set(metadata) - {"event_type", "event_payload", "entities"}:
        return False
    return all(_is_flat(value) for value in (payload or {}).values())


def _is_flat(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(inner, str | int | float | bool) for inner in value.values())
    if isinstance(value, list):
        return all(isinstance(inner, str | int | float | bool) for inner in value)
    return isinstance(value, str | int | float | bool)
