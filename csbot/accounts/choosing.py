"""Which accounts somebody asked a list for: whose, in which segments, and what else it knows.

Read from their words in any order; a segment is carried by buttons as its `segment_key`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2s

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.team.model import TeamMember
from csbot.team.queries import active, named
from csbot.words import normalise, said
from messages.text import Mrkdwn, escape, listed

MOST = {"owners": 3, "segments": 3}
_TOKEN = re.compile(r'"([^"]*)"|<[@!][^>]*>|[^\s,]+')
Found = tuple[str, str | int]


class Unread(Refused):
    """Words that mean nothing; `understood` has those that do."""

    def __init__(self, reason: str, understood: Sequence[str]) -> None:
        super().__init__(reason)
        self.understood = understood


class Vocabulary:
    """The people by how they are written, in lower case; `whom` finds whoever is mentioned."""

    def __init__(
        self, names: Iterable[str], people: Mapping[str, int], whom: Callable[[str], int]
    ) -> None:
        self.names, self.whom = sorted(names), whom
        self.segments = {plain(name): segment_key(name) for name in self.names}
        self.people = {plain(name): id for name, id in people.items()}

    def meaning(self, phrase: str) -> Found | None:
        """A segment or an owner."""
        said = plain(phrase)
        if said in self.segments:
            return "segments", self.segments[said]
        if said in self.people:
            return "owners", self.people[said]
        if re.fullmatch(r"@\S+|<@[^>]*>", phrase):
            return "owners", self.whom(phrase)
        return None


class Reading:
    """What has been understood so far; `most` is how many of a kind there may be."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self.most = {**MOST, **most}
        self.found: dict[str, list[str | int]] = {}
        self.said: list[str] = []
        self.unread: list[str] = []

    def note(self, kind: str, value: str | int, words: str) -> None:
        held = self.found.setdefault(kind, [])
        if value in held:
            return
        if len(held) == self.most[kind]:
            raise Refused(_too_many(kind, words, self.most[kind]))
        held.append(value)
        self.said.append(words)

    def parts(self, *single: str) -> dict[str, object]:
        """As keywords: tuples, but for kinds of which there is one."""
        many = {kind: tuple(held) for kind, held in self.found.items() if kind not in single}
        return many | {kind: self.found[kind][0] for kind in single if kind in self.found}


def understand(
    text: str,
    meaning: Callable[[str], Found | None],
    *,
    most: Mapping[str, int],
    fillers: Collection[str],
    expected: str,
    longest: int = 3,
) -> Reading:
    """Unread, which tells what was understood and what is `expected`, when a word means nothing.

    A name has at most `longest` words.
    """
    reading = Reading(most)
    tokens = [m.group(1) or m.group() for m in _TOKEN.finditer(normalise(text))]
    while tokens:
        tokens = tokens[_take(tokens[:longest], meaning, reading, fillers) :]
    if reading.unread:
        raise Unread(_unreadable(reading, expected), reading.said)
    return reading


def _take(
    tokens: Sequence[str],
    meaning: Callable[[str], Found | None],
    reading: Reading,
    fillers: Collection[str],
) -> int:
    """Understand the longest beginning of `tokens`; returns how many it took."""
    for size in range(len(tokens), 0, -1):
        phrase = " ".join(tokens[:size])
        if meant := meaning(phrase):
            reading.note(*meant, phrase)
            return size
    if plain(tokens[0]) not in fillers:
        reading.unread.append(tokens[0])
    return 1


def plain(text: str) -> str:
    """As compared: lower case, one blank for blanks and for hyphens between words."""
    return " ".join(re.sub(r"(?<=\w)-(?=\w)", " ", text.casefold()).split())


def segment_key(name: str) -> str:
    """Short enough for a button, whatever a customer's export calls its segments."""
    return blake2s(plain(name).encode(), digest_size=3).hexdigest()


def owners_and_segments(words: Vocabulary) -> str:
    """What may be written of them, for a refusal."""
    segments = listed([str(escape(name)) for name in words.names], 4) or "enterprise"
    return f"an owner (`@dana`, `me`), a segment ({segments})"


def _too_many(kind: str, words: str, most: int) -> Mrkdwn:
    if most == 1:
        return Mrkdwn(f"{said(words)} is a second {kind}. Give one.")
    return Mrkdwn(f"{said(words)} is one too many. Give at most {most} {kind}.")


def _unreadable(reading: Reading, expected: str) -> Mrkdwn:
    understood = listed([str(said(one)) for one in reading.said], 6)
    kept = f" I understood: {understood}." if understood else ""
    odd = listed([str(said(one)) for one in reading.unread])
    return Mrkdwn(f"I can't read {odd}.{kept} I expect, in any order: {expected}.")


def vocabulary(session: Session, person: TeamMember) -> Vocabulary:
    """The names that `person` may write: of everybody active, and of all segments."""
    people = {"me": person.id, "mine": person.id}
    for one in active(session):
        handle = one.email.split("@")[0]
        for name in (one.name, one.name.split()[0] if one.name.split() else "", handle, one.email):
            people.setdefault(name.casefold(), one.id)
    return Vocabulary(segments(session), people, lambda mention: named(session, mention).id)


def segments(session: Session) -> list[str]:
    return sorted(name for name in session.scalars(_segments()) if name)


@cache
def _segments() -> Select[str | None]:
    """From one to the next by the index: accounts are many, segments few."""
    one = select(func.min(Account.segment).label("name")).cte("one", recursive=True)
    after = select(func.min(Account.segment)).where(Account.segment > one.c.name)
    both = one.union_all(select(after.scalar_subquery()).where(one.c.name.is_not(None)))
    return select(both.c.name).where(both.c.name.is_not(None))


def within(
    owners: Collection[int], keys: Collection[str], names: Sequence[str]
) -> list[ColumnElement[bool]]:
    """Accounts of these people and in these segments, where any are named; `names` are all."""
    wanted: list[ColumnElement[bool]] = []
    if owners:
        wanted.append(Account.owner_id.in_(owners))
    if keys:
        wanted.append(Account.segment.in_([name for name in names if segment_key(name) in keys]))
    return wanted


def named_in_words(
    session: Session, owners: Iterable[int], keys: Iterable[str], names: Iterable[str]
) -> list[str]:
    """The same choice as people read it."""
    people = [session.get(TeamMember, owner) for owner in owners]
    known = {segment_key(name): name for name in names}
    return [one.name if one else "somebody who left" for one in people] + [
        known.get(key, "an unknown segment") for key in keys
    ]
