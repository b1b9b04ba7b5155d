"""Typeform's `form_response`: the score is an answer among others, the account a hidden field.

The payload mostly does not say which numbers a question offers. Where the form does not either,
`scale` of `[senders.typeform]` does; its `fields` may name questions and hidden fields.
"""

from collections.abc import Mapping
from typing import Any

from csbot.feedback.rules import COMMENT_MAX
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, found, instant, need_text, number, text
from csbot.surveys.answer import Answer, Told, address, hints, kind_for, on_our_scale

RESPONSE = "form_response"
SCORES = ("nps", "opinion_scale", "rating")  # the surest first
WORDS = ("long_text", "short_text")
UNTOLD = (
    "Typeform does not say which numbers this question offers: write it into csbot.toml under"
    ' [senders.typeform], like scale = "1-5", then run: csbot inbox retry'
)


def identify(body: Body) -> tuple[str, str]:
    event = need_text(body, "event_type")
    return f"{event}:{need_text(body, f'{RESPONSE}.token', longest=200)}", event


def read(body: Body, *, fields: Mapping[str, str] | None = None, scale: str = "") -> Told:
    """None where nobody was asked for a score, or nobody gave one."""
    wanted = fields or {}
    answers = _answers(body)
    scored = _chosen(answers, wanted.get("score"), SCORES)
    if text(body, "event_type") != RESPONSE or scored is None:
        return None
    score = number(scored, "number")
    if score is None:
        return None
    offered = scale or _offered(body, scored)
    kind = kind_for(offered)
    words = _chosen(answers, wanted.get("comment"), WORDS)
    email = _email(body, answers)
    at = instant(body, f"{RESPONSE}.submitted_at")
    return Answer(
        external_id=need_text(body, f"{RESPONSE}.token", longest=200),
        kind=kind,
        score=on_our_scale(score, kind=kind, scale=offered, field=f"{RESPONSE}.answers"),
        comment=text(words, "text", longest=COMMENT_MAX),
        email=email,
        account=hints(_hidden(body, wanted), email=email),
        at=at,
        as_of=at,
    )


def _answers(body: Body) -> list[Any]:
    told = found(body, f"{RESPONSE}.answers")
    return told if isinstance(told, list) else []


def _chosen(answers: list[Any], named: str | None, types: tuple[str, ...]) -> Any:
    """The answer to the question of this `ref` or id, else the first of the surest type."""
    if named:
        fits = [a for a in answers if named in (text(a, "field.ref"), text(a, "field.id"))]
    else:
        fits = [a for type in types for a in answers if text(a, "field.type") == type]
    return fits[0] if fits else None


def _offered(body: Body, scored: Any) -> str:
    """The scale, as far as the question tells it."""
    type, question = text(scored, "field.type"), _question(body, scored)
    first = 1 if type == "rating" or found(question, "properties.start_at_one") is True else 0
    if type == "nps":
        return "0-10"
    if steps := number(question, "properties.steps"):
        return f"{first}-{int(steps) - 1 + first}"
    about = [
        text(question, "title"),
        text(question, "ref"),
        text(body, f"{RESPONSE}.definition.title"),
    ]
    said = " ".join(filter(None, about)).lower()
    if type == "opinion_scale" and ("recommend" in said or "nps" in said):
        return "0-10"
    raise Unreadable("scale", UNTOLD)


def _question(body: Body, answer: Any) -> Any:
    questions = found(body, f"{RESPONSE}.definition.fields")
    id = text(answer, "field.id")
    some = questions if isinstance(questions, list) else []
    return next((one for one in some if id and text(one, "id") == id), None)


def _email(body: Body, answers: list[Any]) -> str | None:
    written = (address(answer, "email") for answer in answers)
    return address(body, f"{RESPONSE}.hidden.email") or next(filter(None, written), None)


def _hidden(body: Body, wanted: Mapping[str, str]) -> Mapping[str, Any]:
    told = found(body, f"{RESPONSE}.hidden")
    hidden = dict(told) if isinstance(told, Mapping) else {}
    own = wanted.get("account")
    return hidden | {"account": hidden[own]} if own in hidden else hidden
