"""A survey in csbot's own form, and any other by mapping: our names for what stands elsewhere."""

from collections.abc import Mapping

from csbot.accounts.hints import Hints
from csbot.feedback.rules import COMMENT_MAX, SCALES
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body
from csbot.inbox.fingerprint import as_it_stands, fingerprint
from csbot.inbox.mapping import Mapped
from csbot.surveys.answer import Answer, Told, email_of, kind_for, kind_of, on_our_scale

NAMES = (
    "event", "id", "kind", "score", "scale", "comment", "email", "account", "domain", "company",
    "at", "updated_at",
)  # fmt: skip
OWN = {name: name for name in NAMES}
EFFORT = "1-7"  # how the customer effort score is asked, unless the scale says otherwise


def identify(body: Body, *, fields: Mapping[str, str] = OWN) -> tuple[str, str]:
    """Without a version two bodies may be alike and still be two answers: 3, then 9, then 3."""
    told = Mapped(body, fields)
    own = fingerprint(body) if told.instant("updated_at") else as_it_stands(body)
    return told.text("event", longest=200) or own, "survey"


def read(
    body: Body,
    *,
    fields: Mapping[str, str] = OWN,
    values: Mapping[str, Mapping[str, str]] | None = None,
    scale: str = "",
) -> Told:
    """Without a kind, scales that reach ten are NPS and others CSAT."""
    told = Mapped(body, fields, values or {})
    told.refuse_no_times("at", "updated_at")
    email = email_of(told.text("email"))
    account = told.text("account", longest=200)
    kind, score = _scored(told, scale)
    return Answer(
        external_id=told.need_text("id", longest=200),
        kind=kind,
        score=score,
        comment=told.text("comment", longest=COMMENT_MAX),
        email=email,
        account=Hints(
            ids=(account,),
            emails=(email,),
            domains=(told.text("domain", longest=200), account),
            names=(told.text("company", longest=200), account),
        ),
        at=told.instant("at"),
        # When an answer was given does not say which version of it this is: then arrival does.
        as_of=told.instant("updated_at"),
    )


def _scored(told: Mapped, scale: str) -> tuple[str, int | None]:
    named = told.text("kind", longest=40)
    offered = told.text("scale", longest=40) or scale
    if not (named or offered):
        raise Unreadable(told.place("kind"), "must be nps, csat, happiness or ces")
    kind = kind_of(named, field=told.place("kind")) if named else kind_for(offered)
    if "score" not in told:
        return kind, None
    score = told.number("score")
    if score is None:
        raise Unreadable(told.place("score"), "must be a number")
    usual = EFFORT if (named or "").lower() == "ces" else "{}-{}".format(*SCALES[kind])
    return kind, on_our_scale(score, kind=kind, scale=offered or usual, field=told.place("score"))
