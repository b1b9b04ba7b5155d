"""What /docs says of the tracking API."""

from typing import Any

from csbot.usage.reading import TYPES
from handlers.described import ANSWERS, answer

_ID: dict[str, Any] = {"type": ["string", "integer", "null"]}
_TIME: dict[str, Any] = {"type": ["string", "null"], "examples": ["2026-11-23T09:00:00.000Z"]}
_MAP: dict[str, Any] = {"type": ["object", "null"]}
_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": list(TYPES)},
        "messageId": {**_ID, "description": "Its repetitions are the same event"},
        "userId": {**_ID, "description": "Who; this or anonymousId"},
        "anonymousId": _ID,
        "event": {"type": "string", "description": "What was done; of track"},
        "name": {"type": ["string", "null"], "description": "Of page and screen"},
        "groupId": {**_ID, "description": "The company; of group"},
        "previousId": {**_ID, "description": "Of alias"},
        "traits": {**_MAP, "description": "Of identify (email, name) and group (name, domain)"},
        "properties": {**_MAP, "description": "feature and duration (seconds) are understood"},
        "context": {**_MAP, "description": "groupId in it is the company of this event"},
        "timestamp": _TIME,
        "originalTimestamp": _TIME,
        "sentAt": _TIME,
        "writeKey": {"type": "string"},
    },
}
_BATCH: dict[str, Any] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "maxItems": 2500, "items": {"type": "object"}},
        "context": _MAP,
        "sentAt": _TIME,
        "writeKey": {"type": "string"},
    },
}
_NEEDS = {"track": "event", "group": "groupId", "alias": "previousId"}
_MISFIT = {
    "type": "object",
    "required": ["index", "field", "mend"],
    "properties": {
        "index": {"type": "integer"}, "field": {"type": "string"}, "mend": {"type": "string"},
    },
}  # fmt: skip
_TAKEN = answer(
    "Committed. Events that do not fit are listed, and kept: `csbot inbox list`",
    {
        "type": "object",
        "required": ["success"],
        "properties": {
            "success": {"type": "boolean"},
            "rejected": {"type": "array", "items": _MISFIT},
        },
    },
)
_WHO = {"userId": "user-1"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "identify": _WHO | {"traits": {"email": "ann@quietwater.example", "name": "Ann Lee"}},
    "track": _WHO | {"event": "Report Exported", "properties": {"duration": 90}},
    "group": _WHO | {"groupId": "q-1", "traits": {"name": "Quietwater", "plan": "Growth"}},
    "page": _WHO | {"name": "Shipments"},
    "screen": _WHO | {"name": "Shipments"},
    "alias": _WHO | {"previousId": "visitor-9"},
}


def described(name: str) -> dict[str, Any]:
    """For an address of the API: `name` is its last part."""
    answers = {key: said for key, said in ANSWERS.items() if key not in (404, 422)}
    body = {"required": True, "content": {"application/json": _content(name)}}
    return {
        "summary": f"Product usage: {name}",
        "responses": {200: _TAKEN, **answers},
        "openapi_extra": {"requestBody": body, "security": [{"key": []}]},
    }


def _content(name: str) -> dict[str, Any]:
    if name not in TYPES:
        events = [{"type": kind, **event} for kind, event in _EXAMPLES.items()]
        return {"schema": _BATCH, "example": {"batch": events}}
    needed = [_NEEDS[name]] if name in _NEEDS else []
    return {"schema": {**_EVENT, "required": needed}, "example": _EXAMPLES[name]}
