"""Why This?, and whether it was of use."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from messages.alert_card import WORDS, AlertCard, one_line, sentence
from messages.alerts import AlertInactive
from messages.blocks import Block, Option, fields, section
from messages.form import Form
from messages.ids import View
from messages.inputs import checkbox_input, date_input, select_input, text_input
from messages.text import Money, Mrkdwn, clip, day, escape, listed, plural, short_money

VERDICTS = {
    "useful": "Yes, it was useful",
    "wrong": "No, it was wrong",
    "known": "No, I knew already",
    "early": "No, it came too early",
    "late": "No, it came too late",
    "not_mine": "No, it is not mine",
}
DIGEST = "digest"
ENDED = {
    "back": "came back", "some_back": "some came back", "left": "the customer left",
    "limit": "the limit changed", "early": "it had time", "near": "a newer message had it",
    "no_show": "nobody came", "planned": "got a next step", "owned": "got an owner",
    "off": "the playbook was switched off", "outside": "the playbook's filter left it out",
    "muted": "somebody wanted no more of it", "exited": "the playbook ended",
    "stopped": "the playbook was stopped", "unknown": "not known any more", "": "closed",
}  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """A threshold that had a say; `where` it is set, unless it was left as it comes."""

    name: str
    value: int
    where: str | None


@dataclass(frozen=True)
class Origin:
    """Whose rule it is. Of csbot's library unless the file is the team's `own`.

    Without a `version` the files have not been read in yet.
    """

    name: str
    own: bool
    version: str | None = None
    seen_on: date | None = None
    on_since: date | None = None
    switched_by: str | None = None
    owners: tuple[str, ...] = ()
    only: str = ""


@dataclass(frozen=True)
class Past:
    """What became of its like at the account in 90 days; how each closed, and how many did so."""

    fired: int
    acted: int
    endings: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Answered:
    """What the reader has said and chosen before."""

    verdict: str | None = None
    note: str = ""
    digest_only: bool = False
    until: date | None = None


@dataclass(frozen=True)
class Wish:
    """A parameter of the playbook that can be wished to be another, and what it is now."""

    parameter: str
    now: int


@dataclass(frozen=True, kw_only=True)
class WhyThis(Form):
    """`route` says why it went to `channel`."""

    view = View.WHY
    title = "Why This Alert"
    submit = "Send Answer"

    card: AlertCard
    alert_id: int
    origin: Origin
    limits: tuple[Limit, ...]
    high_arr: Money
    low_health: int
    channel: str
    route: str
    past: Past
    answered: Answered = Answered()
    wish: Wish | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            card=AlertInactive.example(),
            alert_id=7,
            origin=Origin("inactive-users", False, "3f2a9c1", date(2026, 11, 2),
                          date(2026, 11, 2), None, ("Priya Shah",)),
            limits=(Limit("thresholds.inactive_days", 7, None),),
            high_arr=Money(Decimal(50_000)),
            low_health=50,
            channel="#cs-alerts",
            route="the alerts channel, since neither the account nor its segment has one",
            past=Past(3, 2, (("back", 2),)),
            wish=Wish("days", 7),
        )  # fmt: skip

    def blocks(self) -> list[Block]:
        rows = {
            "What is true": self.card.rule(),
            "Limit": Mrkdwn("; ".join(map(_limit, self.limits)) or "none, it is built in"),
            "How urgent": f"{WORDS[self.card.severity]}. {self._stakes()}",
            "Why here": f"{self.channel}: {self.route}.",
            "How often": f"{plural(self.past.fired, 'time')} here in 90 days, this one included",
            "What followed": _followed(self.past),
            "Playbook": _origin(self.card.playbook, self.origin),
            "Who set it": _setter(self.origin),
        }
        if self.origin.only:
            rows["Only where"] = self.origin.only
        said = [f"*{title}*\n{_escaped(text, 600)}" for title, text in rows.items()]
        return [
            section(Mrkdwn(f"*{sentence(self.card)}*")),
            fields(said),
            *self._questions(),
        ]

    def _questions(self) -> list[Block]:
        verdicts = [Option(label, verdict) for verdict, label in VERDICTS.items()]
        only = Option("Only in my digest", DIGEST, "This playbook, for me; critical ones reach me")
        name = clip(one_line(self.card.account), 60)
        had = self.answered
        asked = [
            select_input("verdict", "Was it useful?", verdicts, initial=had.verdict),
            text_input("note", "In a few words", initial=had.note, optional=True, most=300),
            checkbox_input("less", "Less of it", [only], ticked=[DIGEST] * had.digest_only),
            date_input("until", f"Not for {name} until", initial=had.until, optional=True),
        ]
        if self.wish:
            asked.append(
                text_input(
                    "threshold", f"Another threshold, in {self.wish.parameter}", optional=True,
                    placeholder=f"It is {self.wish.now} now", most=5,
                    hint="Whoever answers for it reads this, with what it would have hidden.",
                )
            )  # fmt: skip
        return asked

    def remember(self) -> dict[str, Any]:
        return {"alert_id": self.alert_id}

    def _stakes(self) -> str:
        arr, health = self.card.arr, self.card.health
        high = arr is not None and arr.amount >= self.high_arr.amount
        limit = short_money(Money(self.high_arr.amount, arr.currency)) if arr else ""
        words = (
            [f"ARR {short_money(arr)} is {'at or over' if high else 'under'} {limit}"]
            if arr
            else []
        )
        if health is not None:
            where = "under" if health < self.low_health else "at or over"
            words.append(f"health {health} is {where} {self.low_health}")
        line = "; ".join(words) or "neither ARR nor health are known"
        return f"{line[0].upper()}{line[1:]}."


def _escaped(text: str, limit: int) -> Mrkdwn:
    """Cut and escaped, except the settings, whose keys are our own code."""
    return text if isinstance(text, Mrkdwn) else escape(clip(one_line(text), limit))


def _limit(limit: Limit) -> str:
    where = f"set in {limit.where}" if limit.where else "the default"
    return f"`{limit.name}` = {limit.value}, {where}"


def _followed(past: Past) -> str:
    left = past.fired - sum(count for _, count in past.endings)
    words = [f"{left} open"] if left else []
    words += [f"{count} {ENDED.get(how, how.replace('_', ' '))}" for how, count in past.endings]
    acted = f"Somebody acted within a day on {past.acted} of {past.fired}"
    return f"{acted}; {', '.join(words)}" if words else acted


def _origin(title: str, origin: Origin) -> Mrkdwn:
    where = "your own file" if origin.own else "csbot's library"
    version = f", version {origin.version}" if origin.version else ""
    seen = f" of {day(origin.seen_on)}" if origin.seen_on else ""
    name = escape(clip(origin.name, 60))
    return Mrkdwn(f"“{escape(clip(one_line(title), 100))}”, `{name}.yaml`, {where}{version}{seen}")


def _setter(origin: Origin) -> str:
    people = listed([clip(one_line(name), 40) for name in origin.owners])
    words = f"{people or 'Nobody'} answers for it" if len(origin.owners) < 2 else f"{people} answer"
    by = f", switched by {clip(one_line(origin.switched_by), 40)}" if origin.switched_by else ""
    since = f"; on since {day(origin.on_since)}" if origin.on_since else ""
    return f"{words}{since}{by}"
