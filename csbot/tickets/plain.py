"""A ticket in csbot's own form, and any other by mapping: our names for what stands elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from csbot.accounts.hints import Hints
from csbot.accounts.matching import company_domain
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body
from csbot.inbox.fingerprint import fingerprint
from csbot.inbox.mapping import Mapped
from csbot.surveys.answer import email_of
from csbot.tickets.rules import (
    PRIORITIES,
    STATUSES,
    SUBJECT_MAX,
    URL_MAX,
    News,
    priority_of,
    status_of,
)
from csbot.tickets.sentiment import sentiment_of
from csbot.tickets.words import own_words, plain

NAMES = (
    "event", "id", "status", "priority", "subject", "url", "email", "account", "domain", "company",
    "at", "opened_at", "answered_at", "description", "comment", "author", "public", "sentiment",
)  # fmt: skip
OWN = {name: name for name in NAMES}
OURS = ("agent", "admin", "staff", "teammate")
THEIRS = ("customer", "end-user", "end user", "user", "lead", "contact", "requester")
WORDS = {"status": (status_of, STATUSES), "priority": (priority_of, PRIORITIES)}
MOODS = {
    "very positive": 80, "positive": 50, "neutral": 0, "negative": -50, "very negative": -80,
}  # fmt: skip


def identify(body: Body, *, fields: Mapping[str, str] = OWN) -> tuple[str, str]:
    """Without a time two bodies may be alike and still be two events: open, closed, open again."""
    told = Mapped(body, fields)
    own = fingerprint(body) if told.instant("at") else uuid4().hex
    return told.text("event", longest=200) or own, "ticket"


def read(
    body: Body,
    *,
    fields: Mapping[str, str] = OWN,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> News:
    """Refuses what stands in the place of a time, a status or a priority and is none."""
    told = Mapped(body, fields, values or {})
    told.refuse_no_times("at", "opened_at", "answered_at")
    for name, (known, words) in WORDS.items():
        if name in told and known(told.text(name, longest=60)) is None:
            mend = (
                f"must be {', '.join(words[:-1])} or {words[-1]}; csbot.toml can translate others"
            )
            raise Unreadable(told.place(name), mend)
    return filled_in(body, fields=fields, values=values)


def filled_in(
    body: Body,
    *,
    fields: Mapping[str, str] = OWN,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> News:
    """Of a desk's placeholders, which spell times as people do: such a one counts as untold."""
    told = Mapped(body, fields, values or {})
    email, at = email_of(told.text("email")), told.instant("at")
    account = told.text("account", longest=200)
    subject, opened_at = told.text("subject"), told.instant("opened_at")
    said_at, sentiment = _said(told, email, at, opened_at)
    return News(
        external_id=told.need_text("id", longest=200),
        account=Hints(
            ids=(account,),
            emails=(email,),
            domains=(told.text("domain", longest=200), account),
            names=(told.text("company", longest=200), account),
        ),
        at=at,
        status=status_of(told.text("status", longest=60)),
        priority=priority_of(told.text("priority", longest=60)),
        subject=one_line(subject),
        url=web_address(told.text("url")),
        opened_at=opened_at,
        answered_at=told.instant("answered_at") or _answered_at(told, email, at),
        said_at=said_at,
        sentiment=sentiment,
    )


def one_line(text: str | None) -> str | None:
    return " ".join(plain(text or "").split())[:SUBJECT_MAX] or None


def web_address(text: str | None) -> str | None:
    """A link that leads nowhere but to a page."""
    safe = text and text.startswith(("https://", "http://")) and len(text) <= URL_MAX
    return text if safe else None


def mood(told: Mapped) -> int | None:
    """As the sender judges it: -1 to 1, -100 to 100, or a word."""
    number = told.number("sentiment")
    if number is None:
        return MOODS.get((told.text("sentiment", longest=40) or "").lower())
    if not -100 <= number <= 100:
        return None
    return round(number * 100 if abs(number) <= 1 else number)


def _said(
    told: Mapped, email: str | None, at: datetime | None, opened_at: datetime | None
) -> tuple[datetime | None, int | None]:
    """When the customer said something, and how it sounds."""
    comment, description = told.text("comment"), told.text("description")
    if comment and _is_ours(told, email) is False:
        return at, _judged(told, comment)
    if description:
        return opened_at, _judged(told, description)
    return None, mood(told)


def _judged(told: Mapped, words: str) -> int | None:
    given = mood(told)
    return sentiment_of(own_words(words)) if given is None else given


def _answered_at(told: Mapped, email: str | None, at: datetime | None) -> datetime | None:
    public = "public" not in told or told.flag("public")
    answered = "comment" in told and public and _is_ours(told, email) is True
    return at if answered else None


def _is_ours(told: Mapped, email: str | None) -> bool | None:
    """Who wrote the comment: a person of ours, of the customer's, or nobody can tell."""
    author = (told.text("author", longest=200) or "").lower()
    if author in OURS:
        return True
    if author in THEIRS:
        return False
    if "@" not in author or email is None:
        return None
    return author != email and (company_domain(author) or author) != company_domain(email)
