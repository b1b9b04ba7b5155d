"""A renewal as people write it on one line: category, amount, why, what is next; or its end."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from csbot.checkins.reading import split_next
from csbot.errors import Refused
from csbot.imports.amounts import MOST, Mark, read_amount
from csbot.imports.errors import BadCell, shorten
from csbot.renewals.rules import LABELS, MONTHS_MAX, Category
from csbot.undated import split_wrong, why_no_date, why_undated
from csbot.words import said, unquoted
from messages.text import Mrkdwn, escape, plural

_WHY = re.compile(r"(?:^|[\s,;.])+(?:because(?: of)?|reason:|why:)(?:\s+|$)", re.IGNORECASE)
_CATEGORY = re.compile(
    r"(?:category:?\s+)?(commit(?:ted)?|probable|best[ _-]case|at[ _-]risk)(?=[\s,;.]|$)",
    re.IGNORECASE,
)
LEADS = re.compile(rf"(?:{_CATEGORY.pattern}|(?:won|lost|reopen))\s+", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:amount|forecast)(?: of)?:?\s+(.+)", re.IGNORECASE)
_OUTCOME = re.compile(r"(won|lost|reopen)(?=[\s,;.:]|$)", re.IGNORECASE)
# A comma between digits is a mark of theirs: 1,5m is a million and a half, not five months.
_TERM = re.compile(
    r"(?:^|\s|(?<!\d)[,;])(?:for )?(\d{1,4}) ?(m(?:onths?)?|y(?:ears?)?)$", re.IGNORECASE
)
_SCALED = re.compile(r"(.*\d) ?(k|m|thousand|million)\b(.*)", re.IGNORECASE)
_THOUSANDS = re.compile(r"\D*\d{1,3}([.,])\d{3}\D*", re.ASCII)
SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
NO_STEP = {"none", "nothing", "no next step", "-"}
FILLERS = {"", "as", "is", "to", "set to", "now"}
EXPECTED = "`at risk because the budget was cut next: call Max by friday`"


class Unread(Refused):
    """A line, or a part of it, that makes no sense."""


@dataclass(frozen=True)
class Line:
    """`told` are the columns that were named; `amount` is as written, behind won or amount.

    `unread` says what of it was meant for a date and is none.
    """

    outcome: str | None = None
    amount: str = ""
    months: int | None = None
    why: str | None = None
    told: dict[str, Any] = field(default_factory=dict)
    unread: str = ""

    @property
    def weighs(self) -> bool:
        """Whether it closes a renewal, or says what is to be counted on."""
        return bool(self.outcome or self.amount or "category" in self.told)


def read_line(text: str, *, today: date) -> Line:
    """What `text` asks for; Unread with what was expected where a word makes no sense."""
    plan, step, step_on = split_next(text, today=today)
    step, unread = _without_wrong(step, step_on)
    told: dict[str, Any] = {"next_step": step, "next_step_on": step_on} if step else {}
    if step and step.strip(" .").casefold() in NO_STEP:
        told = {"next_step": None, "next_step_on": None}
    plan, why = _why(plan)
    if outcome := _OUTCOME.match(plan):
        rest, months = _term(plan[outcome.end() :].strip(" ,;.:"))
        return Line(outcome[1].lower(), rest, months, why)
    if category := _CATEGORY.match(plan):
        told["category"] = _category(category[1])
        plan = plan[category.end() :]
    rest = plan.strip(" ,;.")
    amount = _AMOUNT.fullmatch(rest)
    if amount is None and rest.casefold() not in FILLERS:
        raise Unread(_unreadable(rest, told))
    return Line(amount=amount[1] if amount else "", why=why, told=told, unread=unread)


def money(text: str, *, currency: str, field: str | None = None) -> Decimal:
    """An amount in `currency` as people type it: 52k, $52,000.00, 52.000,00 €; at least 0.01.

    Three digits behind the only comma are thousands, as csbot writes them; behind the only dot
    they are thousands to some and a fraction to others, so that is asked.
    """
    written = text.strip()
    scaled = _SCALED.fullmatch(written)
    plain = f"{scaled[1]}{scaled[3]}" if scaled else written
    grouped = _THOUSANDS.fullmatch(plain)
    try:
        if grouped and (scaled or grouped[1] == "."):
            raise BadCell(f"“{written}” can be read two ways; write it in full, like 52000.")
        read = read_amount(plain, Mark.DOT if grouped else None)
    except BadCell as cell:
        mend = cell.mend.replace(f"“{shorten(plain)}”", f"“{shorten(written)}”")
        raise Refused(mend, field=field) from None
    if read.currencies and currency not in read.currencies:
        raise Refused(
            f"This renewal is in {currency}. Write the amount in {currency}.", field=field
        )
    value = read.value * SCALES[scaled[2].lower()] if scaled else read.value
    if not 0 < value < MOST:
        raise Refused("The amount must be more than nothing, and a believable one.", field=field)
    return value


def offer(text: str | None) -> dict[str, Any]:
    """An incentive and the months behind it, as the columns that they are: 10 % off, 24 months."""
    incentive, months = _term((text or "").strip(), field="offer")
    return {"incentive": incentive or None, "offered_months": months}


def written_offer(incentive: str | None, months: int | None) -> str:
    """The two as `offer` reads them."""
    return ", ".join(
        [incentive or ""] * bool(incentive) + [plural(months or 0, "month")] * bool(months)
    )


def written_amount(amount: Decimal | None) -> str:
    """As `money` reads it: 52000 or 52000.50."""
    return "" if amount is None else f"{amount:.2f}".removesuffix(".00")


def _without_wrong(step: str | None, step_on: date | None) -> tuple[str | None, str]:
    """The step without what was meant for its date and is none; and why that is none."""
    wrong = split_wrong(step) if step and not step_on else None
    if wrong is None:
        return step, "" if step_on else why_undated(step or "") or ""
    before, day = wrong
    return before, why_no_date(day) or f"I can't read the date {said(day)}. Choose it, please."


def _why(text: str) -> tuple[str, str | None]:
    found = _WHY.search(text)
    if found is None:
        return text, None
    return text[: found.start()], unquoted(text[found.end() :].strip(" ,;")) or None


def _category(word: str) -> Category:
    plain = word.lower().replace("committed", "commit")
    return Category(re.sub("[ -]", "_", plain))


def _term(text: str, *, field: str | None = None) -> tuple[str, int | None]:
    """What stands before a term at the end, and its months."""
    found = _TERM.search(text)
    if found is None:
        return text, None
    months = int(found[1]) * (12 if found[2].lower().startswith("y") else 1)
    if not 1 <= months <= MONTHS_MAX:
        raise Unread(f"A contract is 1 to {plural(MONTHS_MAX, 'month')} long.", field=field)
    return text[: found.start()].strip(" ,;"), months


def _unreadable(rest: str, told: dict[str, Any]) -> Mrkdwn:
    understood = [LABELS[told["category"]]] if "category" in told else []
    understood += (
        [f"next step {escape(told['next_step'] or 'none')}"] if "next_step" in told else []
    )
    kept = f" I understood: {', '.join(understood)}." if understood else ""
    return Mrkdwn(f"I can't read {said(rest)}.{kept} Try {EXPECTED}, or `won 52,000 24 months`.")
