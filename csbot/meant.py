"""Which of the known names is meant by one that is nearly it."""

from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

SLIP, LAST = 0.7, 0.99  # how alike is a slip, and what only the last part counts
LONGEST = 100  # of what somebody has written; comparing takes its square


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` where something known is close, else nothing.

    A slip of the fingers comes before a shared beginning: `exti` is `exit`. What is less than half
    as long is like nearly anything: `nonexistent` is no `list`.
    """
    names = list(known)
    meant = slip_of(word, names)
    if meant is None:
        found = process.extractOne(
            word, [name for name in names if 2 * len(name) >= len(word)], score_cutoff=65
        )
        meant = found[0] if found else None
    return f", did you mean `{meant}`?" if meant else ""


def slip_of(word: str, names: Sequence[str]) -> str | None:
    """The name that a word is but for a slip of the fingers."""
    meant = max(names, key=lambda name: _likeness(word, name), default=None)
    return meant if meant is not None and _likeness(word, meant) >= SLIP else None


def _likeness(word: str, name: str) -> float:
    """From 0 to 1; a word without a dot is compared with the last part of a name, too: `ARR`."""
    word, name = word[:LONGEST].casefold(), name.casefold()
    whole = DamerauLevenshtein.normalized_similarity(word, name)
    if "." in word:
        return whole
    return max(
        whole, LAST * DamerauLevenshtein.normalized_similarity(word, name.rpartition(".")[2])
    )
