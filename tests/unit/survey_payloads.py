"""Deliveries of survey senders, in the shapes that they document; values are made up."""

from typing import Any

ANN = "ann@acme.example"


def delighted(event: str = "created", *, id: str = "71", **data: Any) -> dict[str, Any]:
    told = {
        "id": id,
        "person": {"id": "88", "email": ANN, "name": "Ann Lee", "created_at": 1795420800},
        "survey_type": "nps",
        "score": 3,
        "comment": None,
        "permalink": "https://delighted.example/r/1",
        "created_at": 1795424400,
        "updated_at": 1795424400,
        "person_properties": None,
        "notes": [],
        "tags": [],
        "additional_answers": [],
    }
    return {
        "event_type": f"survey_response.{event}",
        "event_id": f"{event}-{id}-{data.get('updated_at', 1795424400)}",
        "event_data": told | data,
    }


def unsubscribed(email: str = ANN) -> dict[str, Any]:
    return {
        "event_type": "unsubscribe.created",
        "event_id": "u1",
        "event_data": {"person_id": "88", "email": email, "unsubscribed_at": 1795424400},
    }


def typeform(
    score: int | None = 6, *, type: str = "opinion_scale", title: str = "How was it?", **over: Any
) -> dict[str, Any]:
    """`hidden`, `question` (properties) and `token` override."""
    question = {"id": "q1", "ref": "the_score", "type": type, "title": title}
    answers: list[dict[str, Any]] = [
        {
            "type": "text",
            "text": "too slow",
            "field": {"id": "q2", "type": "long_text", "ref": "why"},
        },
        {"type": "email", "email": "Ann@acme.example", "field": {"id": "q3", "type": "email"}},
    ]
    if score is not None:
        field = {"id": "q1", "type": type, "ref": "the_score"}
        answers.insert(0, {"type": "number", "number": score, "field": field})
    return {
        "event_id": "01K0",
        "event_type": "form_response",
        "form_response": {
            "form_id": "f1",
            "token": over.get("token", "t1"),
            "landed_at": "2026-11-23T08:29:00Z",
            "submitted_at": "2026-11-23T08:30:00Z",
            "hidden": over.get("hidden", {"account_id": "a-1", "user_id": ""}),
            "calculated": {"score": 0},
            "definition": {
                "id": "f1",
                "title": over.get("form", "Quarterly"),
                "fields": [question | {"properties": over.get("question", {})}],
            },
            "answers": answers,
        },
    }


def wootric(event: str = "created", **data: Any) -> dict[str, Any]:
    told = {
        "id": 501,
        "email": ANN,
        "external_id": "u-9",
        "score": 3,
        "text": None,
        "end_user_properties": {"pricing_plan": "Pro", "company": "Acme"},
        "created_at": "2026-11-23T00:30:00.558-08:00",
        "updated_at": "2026-11-23T00:30:00.558-08:00",
        "excluded_from_calculations": False,
    }
    return {"response": told | data, "event_name": event, "survey_mode": "NPS"}


def wootric_form(event: str = "created", **data: Any) -> dict[str, Any]:
    """As its URL-encoded variant reads: every value a string, nothing is empty text."""
    stamp = "2026-11-23 00:30:00 -0800"
    told = {
        "id": "501", "email": ANN, "external_id": "u-9", "score": "3", "text": "",
        "end_user_properties": {"company": "Acme"}, "created_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    return {"response": told | data, "event_name": event, "survey_mode": "NPS"}


def declined() -> dict[str, Any]:
    told = {"id": 19, "email": ANN, "external_id": "u-9", "updated_at": "2026-11-23T00:40:00-08:00"}
    return {"decline": told, "event_name": "created", "survey_mode": "NPS"}


def rated(rating: int = 2, remark: str | None = None, *, at: int = 1795424400) -> dict[str, Any]:
    return {
        "type": "notification_event",
        "topic": "conversation.rating.added",
        "id": f"notif_{at}",
        "data": {
            "item": {
                "type": "conversation",
                "id": "2154",
                "updated_at": at,
                "source": {"author": {"type": "lead", "email": ""}},
                "contacts": {"contacts": [{"id": "69", "external_id": "u-9", "email": ANN}]},
                "conversation_rating": {
                    "rating": rating,
                    "remark": remark,
                    "created_at": at - 900,
                    "updated_at": at,
                },
            }
        },
    }


def surveymonkey(event: str = "response_completed") -> dict[str, Any]:
    return {
        "name": "Ours",
        "event_type": event,
        "event_id": "123",
        "object_type": "response",
        "object_id": "456",
        "event_datetime": "2026-11-23T08:56:31.182613+00:00",
        "resources": {"respondent_id": "456", "survey_id": "9"},
    }
