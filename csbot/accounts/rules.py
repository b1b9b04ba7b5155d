"""What an account's facts mean: its process, its health in words, its tags. Pure."""

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from csbot.errors import Refused
from csbot.settings import Thresholds
from csbot.words import normalise, said
from messages.text import clean

HEALTH_PIPELINE = "Customer Health Status"
TAG_MAX, TAGS_MAX, REASON_MAX = 50, 50, 500
_SIGN = re.compile(r"(?:(?<=\s)|^)(?:(?P<plus>＋)|[–—−－])")  # as word processors write them
_TAG = re.compile(r'([+-]?)"([^"]*)"|([+-]?)([^\s+"-]\S*)')


class Process(StrEnum):
    TRANSACTIONAL = "transactional"
    ENTERPRISE = "enterprise"


class Health(StrEnum):
    THRIVING = "Thriving"
    HEALTHY = "Healthy"
    STEADY = "Steady"
    STRUGGLING = "Struggling"


class Band(NamedTuple):
    """Scores from `least` up; `usual` stands for a status that was given without a number."""

    status: Health
    least: int
    usual: int


BANDS = (
    Band(Health.THRIVING, 85, 90),
    Band(Health.HEALTHY, 70, 75),
    Band(Health.STEADY, 50, 60),
    Band(Health.STRUGGLING, 0, 35),
)


def name_key(name: str) -> str:
    """What names are compared by: composed, folded, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def process_for(*, segment: str | None, arr: Decimal | None, thresholds: Thresholds) -> Process:
    """Which onboarding an account gets: by its segment, or by what it pays a year."""
    named = {name.casefold() for name in thresholds.enterprise_segments}
    if (segment or "").strip().casefold() in named or (arr or 0) >= thresholds.enterprise_arr:
        return Process.ENTERPRISE
    return Process.TRANSACTIONAL


def health_of(score: int) -> Health:
    return next(band.status for band in BANDS if score >= band.least)


def score_for(status: Health, score: int | None) -> int:
    """The score that goes with a status: the present one where it fits, else the band's usual."""
    if score is not None and health_of(score) is status:
        return score
    return next(band.usual for band in BANDS if band.status is status)


def read_health(text: str) -> Health | int:
    """A status by its word, or a score from 0 to 100; Refused with the choice."""
    word = normalise(text).strip(" .,:;!").casefold()
    if re.fullmatch(r"\d{1,3}", word, re.ASCII) and int(word) <= 100:
        return int(word)
    for status in Health:
        if status.value.casefold() == word:
            return status
    raise Refused(
        f"I can't read {said(text)} as health. "
        "Write thriving, healthy, steady, struggling, or a number from 0 to 100.",
        field="status",
    )


def read_tags(text: str) -> tuple[list[str], list[str]]:
    """What to add and what to remove: `+beta -trial "+two words"`; no sign means add."""
    add: list[str] = []
    remove: list[str] = []
    plain = _SIGN.sub(lambda found: "+" if found["plus"] else "-", normalise(text))
    for sign, quoted, plain_sign, word in _TAG.findall(plain.replace(",", " ")):
        tag = " ".join(clean(quoted or word).strip("#\"'").split())
        given = sign or plain_sign
        if quoted[:1] in ("+", "-") and not sign:
            given, tag = quoted[0], tag[1:].strip()
        if tag:
            (remove if given == "-" else add).append(tag)
    return list(dict.fromkeys(add)), list(dict.fromkeys(remove))


def check_tags(add: list[str], remove: list[str]) -> None:
    for tag in (*add, *remove):
        if len(tag) > TAG_MAX:
            raise Refused(f"A tag has at most {TAG_MAX} characters: {said(tag)}.", field="tags")
    if clash := {t.casefold() for t in add} & {t.casefold() for t in remove}:
        raise Refused(f"Add or remove {said(min(clash))}? It cannot be both.", field="tags")
    if not add and not remove:
        raise Refused("Which tags? Write for example `+beta -trial`.", field="tags")
