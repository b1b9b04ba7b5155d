"""Deliveries in the shapes of Calendly and Cal.com, with values of our own."""

from typing import Any

ANN = "ann@acme.example"
API = "https://api.calendly.com"
FIRST, SECOND = "2026-11-25T10:00:00.000000Z", "2026-11-27T14:00:00.000000Z"


def calendly(
    kind: str = "invitee.created",
    *,
    event: str = "EV1",
    invitee: str = "IN1",
    start: str = FIRST,
    at: str = "2026-11-22T09:00:01.000000Z",
    email: str = ANN,
    **payload: Any,
) -> dict[str, Any]:
    """One invitee of one event; `payload` overrides fields of it."""
    start_hour = int(start[11:13])
    scheduled = {
        "uri": f"{API}/scheduled_events/{event}",
        "name": "Success session",
        "status": "active",
        "start_time": start,
        "end_time": f"{start[:11]}{start_hour:02}:45:00.000000Z",
        "location": {"type": "zoom", "join_url": "https://zoom.us/j/1"},
        "event_memberships": [
            {"user": f"{API}/users/U1", "user_email": "dana@vendor.example", "user_name": "Dana"}
        ],
        "event_guests": [{"email": "max@acme.example", "created_at": at}],
        "calendar_event": {"kind": "google", "external_id": f"google{event}"},
    }
    return {
        "created_at": at,
        "created_by": f"{API}/users/U1",
        "event": kind,
        "payload": {
            "uri": f"{API}/scheduled_events/{event}/invitees/{invitee}",
            "email": email,
            "name": "Ann Lee",
            "first_name": None,
            "status": "active",
            "rescheduled": False,
            "old_invitee": None,
            "new_invitee": None,
            "no_show": None,
            "questions_and_answers": [
                {"answer": "Reporting, and our renewal", "position": 0, "question": "What about?"}
            ],
            "tracking": {"utm_content": None, "salesforce_uuid": None},
            "scheduled_event": scheduled,
            **payload,
        },
    }


def uri(event: str, invitee: str) -> str:
    return f"{API}/scheduled_events/{event}/invitees/{invitee}"


def calendly_move(at: str = "2026-11-22T10:00:00.000000Z") -> list[dict[str, Any]]:
    """The two halves of one move from EV1 to EV2."""
    gone = calendly(
        "invitee.canceled", at=at, rescheduled=True, new_invitee=uri("EV2", "IN2"),
        cancellation={"canceler_type": "invitee", "canceled_by": "Ann Lee", "reason": "clash"},
    )  # fmt: skip
    come = calendly(event="EV2", invitee="IN2", start=SECOND, at=at, old_invitee=uri("EV1", "IN1"))
    return [gone, come]


def calendly_cancelled(by: str = "invitee", **more: Any) -> dict[str, Any]:
    cancellation = {"canceler_type": by, "canceled_by": "Somebody", "reason": "no time"}
    fields = {"at": "2026-11-23T08:00:00.000000Z", "cancellation": cancellation} | more
    return calendly("invitee.canceled", **fields)


def calendly_of_2023() -> dict[str, Any]:
    """The time stands behind an address that asks for a token."""
    body = calendly()
    del body["payload"]["scheduled_event"]
    body["payload"]["event"] = f"{API}/scheduled_events/EV1"
    return body


def calcom(
    trigger: str = "BOOKING_CREATED",
    *,
    uid: str = "uid1",
    start: str = "2026-11-25T10:00:00Z",
    at: str = "2026-11-22T09:00:00.000Z",
    **payload: Any,
) -> dict[str, Any]:
    return {
        "triggerEvent": trigger,
        "createdAt": at,
        "payload": {
            "title": "Success session between Dana Reyes and Ann Lee",
            "startTime": start,
            "endTime": start.replace(":00:00", ":30:00"),
            "length": 30,
            "additionalNotes": "Reporting",
            "description": "",
            "organizer": {"name": "Dana Reyes", "email": "dana@vendor.example"},
            "attendees": [
                {"name": "Ann Lee", "email": ANN},
                {"name": "", "email": "max@acme.example"},
            ],
            "responses": {"guests": {"label": "guests", "value": ["max@acme.example"]}},
            "location": "integrations:daily",
            "uid": uid,
            "iCalUID": "uid1@cal.example.com",
            "status": "ACCEPTED",
            **payload,
        },
    }


def calcom_moved() -> dict[str, Any]:
    body = calcom(
        "BOOKING_RESCHEDULED", uid="uid2", start="2026-11-27T14:00:00Z",
        at="2026-11-22T10:00:00.000Z", rescheduleUid="uid1", rescheduleId=200,
    )  # fmt: skip
    del body["payload"]["iCalUID"]
    return body


def calcom_cancelled(uid: str = "uid2", **more: Any) -> dict[str, Any]:
    told = {"status": "CANCELLED", "cancellationReason": "No longer needed"} | more
    at, start = "2026-11-22T11:00:00.000Z", "2026-11-27T14:00:00+00:00"
    return calcom("BOOKING_CANCELLED", uid=uid, start=start, at=at, **told)


def calcom_no_show(missed: bool, at: str = "2026-11-25T10:20:00.000Z") -> dict[str, Any]:
    attendees = [{"email": ANN, "noShow": missed}]
    told = {"message": "marked", "attendees": attendees, "bookingUid": "uid1", "bookingId": 200}
    return {"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "createdAt": at, "payload": told}


def calcom_ended() -> dict[str, Any]:
    """Without the wrapper, and with the booking's own time in createdAt."""
    body = calcom("MEETING_ENDED")
    return {**body["payload"], "triggerEvent": "MEETING_ENDED", "createdAt": body["createdAt"]}
