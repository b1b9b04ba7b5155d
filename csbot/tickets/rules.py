"""What a ticket's events make of it, in whichever order they come. Pure.

Each thing that was said is kept with the sender's time of saying it; the newest counts. Statuses
are all kept, since the moment of solving is the first of the last ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from csbot.accounts.hints import Hints
from csbot.accounts.matching import Placed

STATUSES = ("open", "pending", "solved", "closed")
DONE = ("solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
PRESSING = ("high", "urgent")
HISTORY = 100
SUBJECT_MAX, URL_MAX = 300, 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Told = Mapping[str, Any]

# As senders spell them, in the languages that Zendesk translates them to most.
STATUS_WORDS = {
    **dict.fromkeys(("new", "open", "opened", "reopened", "submitted", "todo", "neu"), "open"),
    **dict.fromkeys(("in_progress", "offen", "nouveau", "ouvert", "nuevo", "abierto"), "open"),
    **dict.fromkeys(("novo", "aberto", "nieuw"), "open"),
    **dict.fromkeys(("pending", "hold", "on_hold", "snoozed", "waiting"), "pending"),
    **dict.fromkeys(("waiting_on_customer", "waiting_on_third_party", "wartend"), "pending"),
    **dict.fromkeys(("en_attente", "pendiente", "pendente", "in_behandeling"), "pending"),
    **dict.fromkeys(("solved", "resolved", "done", "gelöst", "résolu", "resuelto"), "solved"),
    **dict.fromkeys(("resolvido", "opgelost"), "solved"),
    **dict.fromkeys(("closed", "deleted", "archived", "scrubbed", "geschlossen"), "closed"),
    **dict.fromkeys(("fermé", "clos", "clôturé", "cerrado", "fechado", "gesloten"), "closed"),
}
PRIORITY_WORDS = {
    **dict.fromkeys(("low", "lowest", "minor", "trivial", "p4", "niedrig", "basse"), "low"),
    **dict.fromkeys(("baja", "baixa", "laag"), "low"),
    **dict.fromkeys(("normal", "medium", "moderate", "p3", "not_priority", "mittel"), "normal"),
    **dict.fromkeys(("normale", "normaal", "media", "média"), "normal"),
    **dict.fromkeys(("high", "major", "p2", "priority", "hoch", "haute", "alta", "hoog"), "high"),
    **dict.fromkeys(("urgent", "critical", "highest", "blocker", "p1", "dringend"), "urgent"),
    **dict.fromkeys(("urgente",), "urgent"),
}


@dataclass(frozen=True)
class News:
    """What one event says of a ticket, None where it says nothing; `at` is the sender's time.

    `answered_at` is a public answer of a person of ours, `said_at` a word of the customer's.
    """

    external_id: str
    account: Hints
    at: datetime | None
    status: str | None = None
    priority: str | None = None
    subject: str | None = None
    url: str | None = None
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    said_at: datetime | None = None
    sentiment: int | None = None


@dataclass(frozen=True)
class State:
    """The columns of a ticket that follow from what was told."""

    status: str
    priority: str | None
    subject: str
    url: str | None
    sentiment: int | None
    opened_at: datetime
    first_response_at: datetime | None
    solved_at: datetime | None
    said_at: datetime | None
    as_of: datetime


def status_of(word: str | None) -> str | None:
    return STATUS_WORDS.get(_key(word))


def priority_of(word: str | None) -> str | None:
    return PRIORITY_WORDS.get(_key(word))


def _key(word: str | None) -> str:
    return "_".join((word or "").strip().lower().replace("-", " ").split())


def merged(told: Told, news: News, *, now: datetime) -> dict[str, Any]:
    """`told` with this event added; adding it again, or another one first, makes no difference.

    No time counts as later than now: a wrong clock of the sender's must not outlast what follows.
    """

    def micros(moment: datetime) -> int:
        return _micros(min(moment, now))

    at = micros(news.at or now)
    result = {**told, "first": _least(told, "first", at), "last": max(at, told.get("last", at))}
    for name, value in (
        ("priority", news.priority),
        ("subject", news.subject),
        ("url", news.url),
        ("sentiment", news.sentiment),
    ):
        if value is not None:
            said_at = micros(news.said_at) if name == "sentiment" and news.said_at else at
            result[name] = max([said_at, value], told.get(name, [said_at, value]))
    for name, moment in (("opened", news.opened_at), ("answered", news.answered_at)):
        if moment is not None:
            result[name] = _least(told, name, micros(moment))
    if news.said_at is not None:
        result["said"] = max(micros(news.said_at), told.get("said", 0))
    if news.status is not None:
        result["statuses"] = _ordered([*told.get("statuses", ()), [at, news.status]])
    return result


def with_place(told: Told, news: News, placed: Placed, *, now: datetime) -> dict[str, Any]:
    """Of the accounts that a ticket was placed at the surest one counts, then the newest."""
    sign = [placed.sureness, _micros(min(news.at or now, now)), placed.account_id]
    return {**told, "placed": max(sign, told.get("placed", sign))}


def state(told: Told) -> State:
    statuses = told.get("statuses") or [[told["first"], "open"]]
    return State(
        status=statuses[-1][1],
        priority=_newest(told, "priority"),
        subject=_newest(told, "subject") or "",
        url=_newest(told, "url"),
        sentiment=_newest(told, "sentiment"),
        opened_at=_moment(told.get("opened", told["first"])),
        first_response_at=_moment_of(told, "answered"),
        solved_at=_solved_at(statuses),
        said_at=_moment_of(told, "said") or _judged_at(told),
        as_of=_moment(told["last"]),
    )


def _ordered(statuses: Iterable[list[Any]]) -> list[list[Any]]:
    """Of two at one moment the one that is further on is the later one."""
    once = {(at, STATUSES.index(status)) for at, status in statuses}
    return [[at, STATUSES[rank]] for at, rank in sorted(once)[-HISTORY:]]


def _solved_at(statuses: list[list[Any]]) -> datetime | None:
    found = None
    for at, status in reversed(statuses):
        if status not in DONE:
            break
        found = _moment(at)
    return found


def _least(told: Told, name: str, value: int) -> int:
    return min(value, int(told.get(name, value)))


def _newest(told: Told, name: str) -> Any:
    return told[name][1] if name in told else None


def _judged_at(told: Told) -> datetime | None:
    return _moment(told["sentiment"][0]) if "sentiment" in told else None


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * MICROSECOND


def _moment_of(told: Told, name: str) -> datetime | None:
    return _moment(told[name]) if name in told else None
