"""What /docs says of every address: the answers, and how one shows who one is."""

from typing import Any

_ERROR = {
    "type": "object",
    "required": ["error", "field", "mend"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong, in two words"},
        "field": {"type": "string", "description": "The part of the request that does not fit"},
        "mend": {"type": "string", "description": "What to do about it"},
    },
}


def answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    status: answer(description, _ERROR)
    for status, description in {
        400: "Not JSON, or not of the right kind",
        401: "No key, a revoked one, one of another source, or a wrong signature",
        404: "There is no such source or sender",
        408: "The body took too long",
        413: "Too large",
        415: "An encoding other than gzip",
        422: "A field does not fit; it was kept, see `csbot inbox list`",
        429: "Too fast: Retry-After says when",
        503: "The database is away, nothing was stored: Retry-After says when",
    }.items()
}

SECURITY = {
    "key": {"type": "http", "scheme": "basic", "description": "A key of `csbot keys` as the user"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "The sender's own signature, in the sender's own header",
    },
}
