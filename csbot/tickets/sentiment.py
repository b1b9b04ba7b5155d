"""The mood of a customer's words, by a lexicon (VADER). English only: others are not judged."""

import re
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vader import SentimentIntensityAnalyzer

LONGEST = 4_000
ENGLISH_FROM = 0.12  # this part of the words, of those that nearly every English sentence has
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
# Common in English, and no words of its neighbours: neither "so", "was" nor "no".
_COMMON = """
about after again all and any anybody anyone are aren't because been before but can't cannot
could couldn't did didn't does doesn't doing don't down each every everyone everything from get
getting give great has hasn't have haven't having hello help here how i'd i'll i'm i've if into
isn't it it's its just keep know let's like love make me more much need never nobody not nothing
now only other our out please really same she should since some something still thank thanks
that that's the their them then there these they this those time too try trying us using very
wasn't we'll we're we've were what what's when where which while who whole why with without
won't work working works would wouldn't yet you you're your
"""
ENGLISH = frozenset(_COMMON.split())
# Courtesies say nothing of the mood, the usual matter of a ticket little; some words of our trade
# are missing from a lexicon that was made for social media.
TRADE = {
    **dict.fromkeys(("please", "help", "support", "dear", "hello", "hi", "share", "like"), 0.0),
    **dict.fromkeys(("problem", "problems", "error", "errors", "urgent", "issue"), -0.5),
    **dict.fromkeys(("slow", "refund", "downtime", "bug", "bugs", "buggy"), -1.0),
    **dict.fromkeys(("broken", "crash", "crashes", "crashed", "outage", "waiting"), -1.5),
    **dict.fromkeys(("unusable", "unacceptable", "ridiculous", "fed"), -2.5),
    **dict.fromkeys(("works", "working", "fixed", "resolved"), 1.2),
}


def sentiment_of(words: str) -> int | None:
    """-100 (angry) to 100 (delighted), the mean of the sentences that show any."""
    words = words[:LONGEST]
    if not is_english(words):
        return None
    judged = (_analyzer().polarity_scores(part)["compound"] for part in _SENTENCE.split(words))
    moods = [mood for mood in judged if mood]
    return round(100 * fmean(moods)) if moods else 0


def is_english(text: str) -> bool:
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    known = sum(word in ENGLISH for word in words)
    return known > 0 and known >= ENGLISH_FROM * len(words)


@cache
def _analyzer() -> "SentimentIntensityAnalyzer":
    from vader import SentimentIntensityAnalyzer  # a tenth of a second that most commands need not

    return SentimentIntensityAnalyzer(extra_lexicon=TRADE)
