"""Wootric, as JSON or as a form: `created` or `updated`, of a `response` or of a `decline`."""

from csbot.accounts.hints import Hints
from csbot.feedback.rules import COMMENT_MAX
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_number, need_text, text
from csbot.surveys.answer import Answer, Told, address, hints, on_our_scale

MODES = {"nps": ("nps", "0-10"), "csat": ("csat", "1-5"), "ces": ("csat", "1-7")}


def identify(body: Body) -> tuple[str, str]:
    """There are no event ids: the answer and its time say which one it is."""
    what = "decline" if found(body, "decline") and not found(body, "response") else "response"
    event = need_text(body, "event_name")
    id = need_text(body, f"{what}.id", longest=200)
    return f"{what}:{event}:{id}:{need_text(body, f'{what}.updated_at')}", f"{what}.{event}"


def read(body: Body) -> Told:
    """A decline is no answer, least of all a zero."""
    if found(body, "response") is None or found(body, "response.score") is None:
        return None
    mode = (text(body, "survey_mode") or "nps").lower()
    if mode not in MODES:
        raise Unreadable("survey_mode", f"must be one of {', '.join(MODES)}")
    kind, scale = MODES[mode]
    score = need_number(body, "response.score")
    email = address(body, "response.email")
    at = instant(body, "response.created_at")
    return Answer(
        external_id=need_text(body, "response.id", longest=200),
        kind=kind,
        score=on_our_scale(score, kind=kind, scale=scale, field="response.score"),
        comment=text(body, "response.text", longest=COMMENT_MAX),
        email=email,
        account=_account(body, email),
        at=at,
        as_of=instant(body, "response.updated_at") or at,
    )


def _account(body: Body, email: str | None) -> Hints:
    told = hints(found(body, "response.end_user_properties"), email=email)
    own = text(body, "response.external_id", longest=200)
    return Hints((*told.ids, own), told.emails, told.domains, told.names)
