"""What /docs says of the webhooks."""

from typing import Annotated, Any

from fastapi import Path

from csbot.webhooks.examples import IN_PLAIN_FORM
from csbot.webhooks.senders import PATHS
from handlers.described import ANSWERS, answer

Source = Annotated[
    str, Path(description="What it tells about", json_schema_extra={"enum": list(PATHS)})
]
SenderName = Annotated[str, Path(description="Who sends")]

_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object"},
            "examples": {name: {"value": body} for name, body in IN_PLAIN_FORM.items()},
        },
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
    },
}
_STORED = answer(
    "It is stored, once however often it comes",
    {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {
                "type": "string",
                "enum": ["stored", "already stored", "waiting for its account", "set aside"],
            }
        },
    },
)
DESCRIBED: dict[str, Any] = {
    "responses": {200: _STORED, **ANSWERS},
    "openapi_extra": {"requestBody": _BODY, "security": [{"key": []}, {"signature": []}]},
}
