"""Deliveries of support desks, in the shapes that they document; values are made up."""

from typing import Any

ANN = "ann@acme.example"
ROBIN = "robin@vendor.example"


def zendesk(
    event: str = "status_changed", *, time: str = "2026-11-23T08:12:07.672717030Z", **detail: Any
) -> dict[str, Any]:
    """`comment` (text, is_staff, is_public) is an event's own; the rest is the ticket's detail."""
    comment = detail.pop("comment", None)
    told = {
        "actor_id": "8441",
        "assignee_id": "8442",
        "created_at": "2026-11-23T07:00:00Z",
        "description": "Exports hang, this is terrible and we are angry",
        "external_id": None,
        "id": "5158",
        "is_public": True,
        "organization_id": "a-1",
        "priority": "HIGH",
        "requester_id": "8443",
        "status": "OPEN",
        "subject": "Export hangs",
        "submitter_id": "8443",
        "tags": ["export"],
        "updated_at": time,
    }
    own: dict[str, Any] = {"meta": {"sequence": {"id": "01K", "position": 1}}}
    if comment:
        text, is_staff, is_public = comment
        own["comment"] = {
            "id": "91",
            "body": text,
            "is_public": is_public,
            "author": {"id": "8442" if is_staff else "8443", "is_staff": is_staff},
        }
    return {
        "account_id": 1,
        "detail": told | detail,
        "event": own,
        "id": f"{event}-{time}",
        "subject": "zen:ticket:5158",
        "time": time,
        "type": f"zen:event-type:ticket.{event}",
        "zendesk_event_version": "2022-11-06",
    }


def trigger(**over: Any) -> dict[str, Any]:
    return {
        "ticket_id": "5158",
        "ticket_title": "Export hangs",
        "ticket_status": "Open",
        "ticket_priority": "High",
        "ticket_url": "https://acme.zendesk.example/agent/tickets/5158",
        "requester_email": ANN,
        "organization": "Acme",
        "organization_external_id": "",
        "actor_email": ANN,
        "latest_comment": "I am very disappointed, this is the third time",
        "created_at_with_timestamp": "2026-11-23T07:00:00Z",
        "updated_at_with_timestamp": "2026-11-23T08:12:07Z",
        "tags": "enterprise export",
    } | over


def part(author: str, body: str | None, at: int, **over: Any) -> dict[str, Any]:
    signs = {name: over.pop(name) for name in ("from_ai_agent", "is_ai_answer") if name in over}
    return {
        "type": "conversation_part",
        "part_type": "comment",
        "body": body,
        "created_at": at,
        "author": {"type": author, "id": "9", "email": ""} | signs,
    } | over


def intercom(topic: str, at: int, *parts: dict[str, Any], **item: Any) -> dict[str, Any]:
    told = {
        "type": "conversation",
        "id": "2154",
        "created_at": 1795417200,
        "updated_at": at,
        "source": {
            "subject": "",
            "body": "<p>The export <b>does not</b> finish</p>",
            "author": {"type": "lead", "email": ANN},
        },
        "contacts": {"contacts": [{"type": "contact", "id": "69", "external_id": "u-9"}]},
        "open": True,
        "state": "open",
        "priority": "not_priority",
        "title": "",
        "statistics": {"first_admin_reply_at": None},
        "conversation_parts": {"conversation_parts": list(parts), "total_count": len(parts)},
    }
    return {
        "type": "notification_event",
        "topic": topic,
        "id": f"notif_{topic}_{at}",
        "created_at": at,
        "data": {"type": "notification_event_data", "item": told | item},
    }


def intercom_ticket(topic: str, at: int, category: str, **item: Any) -> dict[str, Any]:
    told = {
        "type": "ticket",
        "id": "3301",
        "ticket_id": "66",
        "ticket_attributes": {"_default_title_": "Export &amp; import", "Platforms": None},
        "ticket_state": {"type": "ticket_state", "category": category, "internal_label": "x"},
        "contacts": {"contacts": [{"id": "69", "external_id": "u-9", "email": ANN}]},
        "admin_assignee_id": "0",
        "created_at": 1795417200,
        "updated_at": at,
        "company_id": None,
        "ticket_parts": {"ticket_parts": []},
    }
    body = intercom(topic, at)
    return body | {"data": {"item": told | item}}


def ping() -> dict[str, Any]:
    item = {"type": "ping", "message": "something something interzen"}
    return {"type": "notification_event", "topic": "ping", "id": None, "data": {"item": item}}


def freshdesk(status: str = "Open", **over: Any) -> dict[str, Any]:
    told = {
        "triggered_event": "{ticket_action:created}",
        "ticket_id": "11",
        "ticket_url": "http://acme.freshdesk.example/helpdesk/tickets/11",
        "ticket_subject": "Export ☃",
        "ticket_description": "<div>It is <b>terrible</b>, nothing works.</div>",
        "ticket_status": status,
        "ticket_priority": "Medium",
        "requester_name": "Ann",
        "requester_email": ANN,
    }
    return {"freshdesk_webhook": told | over}
