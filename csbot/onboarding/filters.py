"""Which onboardings somebody asked for: read from their words, and carried by buttons. Pure."""

import re
from dataclasses import dataclass, replace
from functools import cache

from csbot.accounts.choosing import Found, Vocabulary, owners_and_segments, plain, understand
from csbot.errors import Refused
from csbot.onboarding.stages import Stage, tracks

PAGES_MAX, STAGES_MAX = 9_999, 4
MOST = {"late": 1, "everybody": 1, "process": 1, "stages": 2}
OLD = "This button is from an older version of the list. Write `/cs onboarding` again."
_FILLERS = {
    "for",
    "of",
    "in",
    "and",
    "the",
    "only",
    "accounts",
    "stage",
    "is",
    "are",
    "who",
    "list",
}
_LATE = {"late", "overdue", "behind", "only late"}
_EVERYBODY = {"all", "everybody", "everyone", "team", "whole team"}
_TRACK = re.compile(r"(.+?)(?: track| process)?")


@dataclass(frozen=True)
class Filters:
    """`stages` are like e3, the third of the enterprise track; `segments` are `segment_key`s.

    `everybody` was asked for in so many words: else a CSM sees her own.
    """

    owners: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    process: str = ""
    stages: tuple[str, ...] = ()
    late: bool = False
    everybody: bool = False
    page: int = 1

    def code(self) -> str:
        """The whole choice in at most 75 characters, as an option's value may be."""
        marks = ("l" if self.late else "") + ("a" if self.everybody else "")
        listed = (self.stages, map(str, self.owners), self.segments)
        return "|".join((marks, str(self.page), self.process[:1], *map(".".join, listed)))

    def turned(self, by: int) -> "Filters":
        return replace(self, page=min(max(1, self.page + by), PAGES_MAX))


def from_code(code: str) -> Filters:
    """The filters that a button carries; Refused when it is none of ours."""
    parts = code.split("|")
    if len(parts) != 6 or not _sound(*parts):
        raise Refused(OLD)
    marks, page, letter, places, owners, segments = parts
    return Filters(
        owners=tuple(int(one) for one in owners.split(".") if one),
        segments=tuple(one for one in segments.split(".") if one),
        process=letters().get(letter, ""),
        stages=tuple(one for one in places.split(".") if one),
        late="l" in marks,
        everybody="a" in marks,
        page=int(page),
    )


def _sound(marks: str, page: str, letter: str, places: str, owners: str, segments: str) -> bool:
    return (
        marks in ("", "l", "a", "la")
        and re.fullmatch("[1-9][0-9]{0,3}", page) is not None
        and (not letter or letter in letters())
        and all(one in stages() for one in places.split(".") if one)
        and places.count(".") < STAGES_MAX
        and re.fullmatch(r"([0-9]{1,8}(\.[0-9]{1,8}){0,2})?", owners) is not None
        and re.fullmatch(r"([0-9a-f]{6}(\.[0-9a-f]{6}){0,2})?", segments) is not None
    )


@cache
def letters() -> dict[str, str]:
    return {name[0]: name for name in tracks()}


@cache
def stages() -> dict[str, tuple[str, Stage]]:
    """Every stage of every track with the name of the track."""
    return {
        f"{name[0]}{stage.number}": (name, stage)
        for name, listed in tracks().items()
        for stage in listed
    }


def read(text: str, words: Vocabulary) -> Filters:
    """The filters in `text`, in any order; Refused with what was understood and is expected."""
    reading = understand(
        text,
        lambda phrase: _meaning(phrase, words),
        most=MOST,
        fillers=_FILLERS,
        longest=6,
        expected=f"{owners_and_segments(words)}, a stage (`first onboarding meeting`), `late`, "
        f"`everybody` or a track ({', '.join(tracks())})",
    )
    parts = reading.parts("late", "everybody", "process")
    codes = [code for group in reading.found.get("stages", ()) for code in str(group).split(".")]
    parts |= {"stages": tuple(dict.fromkeys(codes))[:STAGES_MAX]}
    parts |= {name: name in parts for name in ("late", "everybody")}
    return Filters(**parts)  # type: ignore[arg-type]


def _meaning(phrase: str, words: Vocabulary) -> Found | None:
    said = plain(phrase)
    if said in _LATE:
        return "late", "late"
    if said in _EVERYBODY:
        return "everybody", "all"
    meant = words.meaning(phrase)
    if meant is None and (found := _TRACK.fullmatch(said)) and found.group(1) in tracks():
        return "process", found.group(1)
    if meant is None and (codes := _stages(said)):
        return "stages", ".".join(codes)
    return meant


def _stages(said: str) -> list[str]:
    """Of each track the one with this name, else those whose name begins so."""
    found = []
    for track in tracks():
        here = {
            code: plain(stage.name) for code, (name, stage) in stages().items() if name == track
        }
        exact = [code for code, name in here.items() if said == name]
        begun = [code for code, name in here.items() if len(said) > 2 and name.startswith(said)]
        found += exact or begun
    return found[:STAGES_MAX]


def in_words(filters: Filters, people_and_segments: list[str]) -> str:
    """The choice as people read it, without the page."""
    names = [stages()[code][1].name for code in filters.stages]
    parts = [*people_and_segments, *dict.fromkeys(names)]
    parts += [f"{filters.process} track"] if filters.process else []
    parts += ["only late"] if filters.late else []
    return ", ".join(parts)
