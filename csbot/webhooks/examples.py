"""One delivery of each source, ready to be sent: for /docs and for who has just made a key."""

import json
from typing import Any

TRACK = {"userId": "ann@acme.example", "event": "Report Created"}
IN_PLAIN_FORM: dict[str, dict[str, Any]] = {
    "surveys": {
        "id": "answer-1",
        "kind": "nps",
        "score": 9,
        "comment": "Does what it says",
        "email": "ann@acme.example",
        "at": "2026-01-31T09:00:00Z",
    },
    "tickets": {
        "id": "77",
        "status": "open",
        "priority": "urgent",
        "subject": "Exports hang",
        "email": "ann@acme.example",
        "at": "2026-01-31T09:00:00Z",
    },
    "meetings": {
        "id": "review-1",
        "title": "Quarterly review",
        "starts_at": "2026-02-28T09:00:00Z",
        "duration_minutes": 45,
        "attendees": ["ann@acme.example"],
        "organizer": "dana@yours.example",
    },
    "generic": {
        "type": "invoice.disputed",
        "timestamp": "2026-01-31T09:00:00Z",
        "data": {"account": "acme.example", "title": "Invoice disputed", "text": "by the buyer"},
    },
}


def command(source: str, key: str, address: str) -> str:
    """A curl line that brings an example of `source` in."""
    path = "/v1/track" if source == "usage" else f"/webhooks/{source}"
    body = json.dumps(TRACK if source == "usage" else IN_PLAIN_FORM[source])
    return (
        f"  curl -u {key}: -H 'Content-Type: application/json' \\\n    -d '{body}' {address}{path}"
    )
