"""Delighted: `survey_response.created` once the score is clicked, `.updated` with the rest."""

from csbot.feedback.rules import COMMENT_MAX
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_number, need_text, text
from csbot.surveys.answer import Answer, OptOut, Told, address, hints, on_our_scale

# The sender's name of a survey, what it is here, and its scale.
TYPES = {
    "nps": ("nps", "0-10"),
    "csat": ("csat", "1-5"),
    "ces": ("csat", "1-5"),
    "five_star": ("csat", "1-5"),
    "smiley": ("csat", "1-5"),
    "thumbs": ("csat", "0-1"),
}


def identify(body: Body) -> tuple[str, str]:
    return need_text(body, "event_id"), need_text(body, "event_type")


def read(body: Body) -> Told:
    event = need_text(body, "event_type")
    if event == "unsubscribe.created":
        return _opt_out(body)
    return _answer(body) if event.startswith("survey_response.") else None


def _opt_out(body: Body) -> OptOut:
    email = address(body, "event_data.email")
    if email is None:
        raise Unreadable("event_data.email", "must be an e-mail address")
    return OptOut(email)


def _answer(body: Body) -> Answer:
    named = need_text(body, "event_data.survey_type").lower()
    if named not in TYPES:
        raise Unreadable("event_data.survey_type", f"must be one of {', '.join(TYPES)}")
    kind, scale = TYPES[named]
    email = address(body, "event_data.person.email")
    at = instant(body, "event_data.created_at")
    return Answer(
        external_id=need_text(body, "event_data.id", longest=200),
        kind=kind,
        score=_score(body, kind, scale),
        comment=text(body, "event_data.comment", longest=COMMENT_MAX),
        email=email,
        account=hints(found(body, "event_data.person_properties"), email=email),
        at=at,
        as_of=instant(body, "event_data.updated_at") or at,
    )


def _score(body: Body, kind: str, scale: str) -> int | None:
    field = "event_data.score"
    if found(body, field) is None:
        return None
    return on_our_scale(need_number(body, field), kind=kind, scale=scale, field=field)
