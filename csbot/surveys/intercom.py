"""Intercom: the rating of a conversation, 1 to 5, and whose conversation it was."""

from typing import Any

from csbot.accounts.hints import Hints
from csbot.feedback.rules import COMMENT_MAX
from csbot.inbox.fields import Body, found, instant, need_number, need_text, text
from csbot.inbox.fingerprint import fingerprint
from csbot.surveys.answer import Answer, Told, address, on_our_scale

ITEM = "data.item"
CUSTOMERS = ("user", "lead", "contact")
RATED = "conversation_rating"
USERS = ("contacts.contacts.0.external_id", "user.user_id")


def identify(body: Body) -> tuple[str, str]:
    return text(body, "id", longest=200) or fingerprint(body), need_text(body, "topic")


def read(body: Body) -> Told:
    """The remark may come in a later event than the number."""
    item = found(body, ITEM)
    rated = found(item, f"{RATED}.rating")
    if not str(text(body, "topic")).startswith("conversation.rating.") or rated is None:
        return None
    field = f"{RATED}.rating"
    email = customer(item)
    # Its created_at is when the customer was asked.
    at = instant(item, f"{RATED}.updated_at") or instant(item, "updated_at")
    score = need_number(item, field)
    return Answer(
        external_id=need_text(item, "id", longest=200),
        kind="csat",
        score=on_our_scale(score, kind="csat", scale="1-5", field=f"{ITEM}.{field}"),
        comment=text(item, f"{RATED}.remark", longest=COMMENT_MAX),
        email=email,
        account=account(item, email),
        at=at,
        as_of=instant(item, "updated_at") or at,
    )


def customer(item: Any) -> str | None:
    """Their address; it stands in other places in each version of Intercom's API."""
    places = ["contacts.contacts.0.email", "user.email"]
    for author in ("source.author", "conversation_message.author"):
        if text(item, f"{author}.type") in CUSTOMERS:
            places.append(f"{author}.email")
    places += USERS  # a product's ids often are addresses
    return next(filter(None, (address(item, place) for place in places)), None)


def account(item: Any, email: str | None) -> Hints:
    """`users` are their ids in the product: often all that Intercom says."""
    ids = (text(item, "company_id", longest=200), text(item, "company.company_id", longest=200))
    users = tuple(text(item, place, longest=200) for place in USERS)
    return Hints(ids=ids, emails=(email,), users=users)
