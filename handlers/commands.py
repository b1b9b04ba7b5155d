"""What somebody typed after the slash: which command, for what; and what to do in doubt."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from csbot.access import May, allows, require
from csbot.account_channels.queries import followed
from csbot.accounts.former import WhichLeft
from csbot.accounts.guessing import named
from csbot.accounts.here import meaning
from csbot.accounts.lookup import WhichAccount, take_account
from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.errors import Forbidden, Refused
from csbot.playbooks.naming import WhichPlaybook
from csbot.renewals.filters import acts
from csbot.slack.plain import plainly, unescaped
from csbot.words import first_word, normalise, number, said
from handlers.ask import COMMANDS, STALE, Answer, Ask, Command, Press, on_press
from handlers.read import Wanted, shared_after
from messages.answers import Candidate, UnknownCommand, WhichOne
from messages.ids import Action
from messages.sharing import LEAD_ON, SHARE
from messages.text import clean

ALIASES = {
    "check-in": "checkin",
    "check": "checkin",
    "accounts": "my",
    "me": "my",
    "stages": "stage",
    "tags": "tag",
    "setting": "settings",
    "note": "notes",
    "people": "team",
    "administration": "admin",
    "playbooks": "playbook",
    "pipelines": "pipeline",
    "points": "score",
    "?": "help",
    "hello": "help",
    "hi": "help",
}
READS = {"account", "brief", "help", "my", "renewals", "timeline"}
# Commands of which all that follows is an account's name; and what others have written before it.
NAMES_ONLY = {"account", "score", "playbook", "follow"}
USUAL = ("my", "account", "checkin", "task", "renewals")  # what most people type most days
LOOKS = ("account", "timeline", "team")
NOTHING = {"task": ("", "add"), "meeting": ("", "add")} | dict.fromkeys(
    ("account", "assign", "brief", "checkin", "churn", "csat", "happiness", "health", "notes",
     "nps", "onboarding", "snooze", "stage", "tag", "timeline"), ("",),
)  # fmt: skip
LEAST, CLOSE = 3, 75  # letters that a guess needs, and how alike of 100
LONGEST = 4_000
QUESTIONS = ("who", "whose", "what", "when", "where", "which", "how", "why")
# Typed, not a part of what somebody who is mentioned calls themselves.
_SHARE = re.compile(r"(?:^|(?<=\s))(?:--|—|–)share(?=\s|$)(?![^<>]*>)", re.IGNORECASE)
_TWICE = re.compile(r"^\s*/cs(?=\s|$)", re.IGNORECASE)  # copied with its slash from an answer
_MENTION = re.compile(r"<[@#]([A-Z0-9_]+)(?:\|([^<>]*))?>", re.ASCII)
_ALONE = re.compile(r"(?<!\S)<@[^<>]*>(?!\S)")
# Who is mentioned behind these is whom they are about; else it is a word, kept by name.
ABOUT = frozenset(
    ("admin", "away", "back", "digest", "export", "follow", "meetings", "my", "onboarding",
     "renewals", "tasks", "unfollow")
)  # fmt: skip
_MAIL = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<(?=https?://)(?:[^|<>]+\|)?([^|<>]+)>")


class Parsed(NamedTuple):
    """`rest` has plain quotes and blanks, and mentions as <@U…>."""

    name: str
    rest: str
    shared: bool


def parse_command(text: str) -> Parsed:
    """The command's name, what follows it, and whether the answer is for everybody."""
    plain = clean(normalise(text[:LONGEST]))
    shared = bool(_SHARE.search(plain))
    plain = _TWICE.sub("", _SHARE.sub("", plain))
    plain = _LINK.sub(r"\1", _MAIL.sub(r"\1", plain))
    first = _MENTION.match(plain)  # a name may have blanks of its own
    name, rest = (plainly(first.group(), {}), plain[first.end() :]) if first else first_word(plain)
    name = name.casefold().lstrip("/")
    name = ALIASES.get(name, name) or "help"
    return Parsed(name, unescaped(_spelt(name, rest)), shared)


def _spelt(name: str, text: str) -> str:
    """Mentions as <@U…> where they say whom the command is about, else as the names they carry.

    In a task's words a name stands without its sign, which would make it the task of that person.
    """
    alone = {found.start() for found in _ALONE.finditer(text)}
    first = _MENTION.search(text)

    def spelt(mention: re.Match[str]) -> str:
        start, token = mention.start(), mention.group()
        if name == "task":
            return token if start in alone else plainly(token, {}).removeprefix("@")
        if name == "admin" and token[1] == "#":
            return plainly(token, {}) if mention.group(2) else mention.group(1)
        if name in ABOUT or (name == "assign" and first and start == first.start()):
            return f"{token[:2]}{mention.group(1)}>"
        return plainly(token, {})

    return _MENTION.sub(spelt, text)


def wants_sharing(body: dict[str, Any]) -> bool:
    """By the command's own flag, or that of the question or form which it led to."""
    if body.get("view"):
        return shared_after(body["view"])
    if not body.get("actions"):
        return parse_command(str(body.get("text") or "")).shared
    action = body["actions"][0]
    return action["action_id"] in LEAD_ON and str(action.get("value") or "").endswith(SHARE)


def wanted(body: dict[str, Any]) -> Wanted:
    """Who answers a slash command, and the text that is theirs."""
    text = str(body.get("text") or "")
    if len(text) > LONGEST:
        raise Refused(f"A command has at most {LONGEST:,} characters; this has {len(text):,}.")
    parsed = parse_command(text)
    fields = {"text": parsed.rest, "shared": parsed.shared}
    notes = parsed.name == "renewals" and acts(parsed.rest)[0]  # a file that is asked for
    reads = parsed.name in READS and not notes
    return Wanted(lambda ask: answer(ask, parsed.name), Command, fields, reads)


def answer(ask: Command, name: str) -> Answer:
    """The command's own answer, or a question where the account is in doubt."""
    refuse_near_flag(f"{name} {ask.text}")
    if ask.shared:
        require(ask.person, May.SHARE)
    handler = COMMANDS.get(name)
    if handler is None:
        whose = account_meant(ask, name)
        return answer(replace(ask, text=whose), "account") if whose else _unknown(ask, name)
    ask = (meant := _meant(ask, name))[0]
    try:
        with meaning(ask.session, meant[1], only=name in NAMES_ONLY):
            return handler(ask)
    except WhichAccount as doubt:
        return _which(ask, name, doubt)
    except WhichPlaybook as doubt:
        if not doubt.candidates:
            raise
        return _which_playbook(ask, name, doubt)


def refuse_near_flag(text: str) -> None:
    """What is nearly `--share`, where flags stand: first or last. Elsewhere it may be a note's."""
    words = text.split()
    for word in {words[0], words[-1]}:
        bare = word.lstrip("-–—").casefold()
        if bare != word.casefold() and fuzz.ratio(bare, "share") >= CLOSE:
            raise Refused(
                f"I don't know {said(word)}. Did you mean `--share`, which shows the answer to "
                "everybody here? Nothing was done."
            )


def _meant(ask: Command, name: str) -> tuple[Command, Account | None]:
    """The account of the channel, if it follows one; it is filled in where nothing is written."""
    account = followed(ask.session, ask.channel)
    before = ask.text.casefold()
    if account is None or before not in NOTHING.get(name, ()):
        return ask, account
    return replace(ask, text=f"{before} #{account.id}".strip()), account


@contextmanager
def understood(account: str) -> Iterator[None]:
    """What cannot be read behind an account's name is refused with what was understood of it."""
    try:
        yield
    except Forbidden:
        raise
    except Refused as refusal:
        raise Refused(f"{refusal.reason} I understood that it is for {account}.") from refusal


def run(ask: Ask, name: str, text: str, *, shared: bool = False) -> Answer:
    """Answer a press or a form as if its command had been typed."""
    command = Command(
        session=ask.session, settings=ask.settings, person=ask.person, now=ask.now,
        channel=ask.channel, text=text, shared=shared,
    )  # fmt: skip
    return answer(command, name)


@on_press(Action.ACCOUNT_PICK)
@on_press(Action.ACCOUNT_PICK_2)
@on_press(Action.ACCOUNT_PICK_3)
def picked(ask: Press) -> Answer:
    """The value is the command with its own words, the account's number if any, and the rest."""
    value = ask.value.removesuffix(SHARE)
    words, account, rest = (*value.split("\t", 2), "-", "-")[:3]
    name, own = first_word(words)
    if name not in COMMANDS or (account and number(account) is None):
        raise Refused(STALE)
    about = f"#{account}" if account else ""
    text = " ".join(part for part in (own, about, rest) if part)
    return run(ask, name, text, shared=value != ask.value)


def _which(ask: Command, name: str, doubt: WhichAccount) -> WhichOne:
    before = ask.text[: len(ask.text) - len(doubt.rest)] if doubt.rest else ask.text
    own = before[: max(0, before.rfind(doubt.written))].strip(" \"'")
    asked = f"{name} {own}".strip()
    return WhichOne(
        written=doubt.written,
        candidates=tuple(
            Candidate(account, f"{asked}\t{id}\t{doubt.rests.get(id, doubt.rest)}")
            for id, account in doubt.candidates
        ),
        former=isinstance(doubt, WhichLeft),
        left_on=doubt.left_on if isinstance(doubt, WhichLeft) else None,
    )


def _which_playbook(ask: Command, name: str, doubt: WhichPlaybook) -> WhichOne:
    own = ask.text[: ask.text.rfind(doubt.text)].strip()
    asked = f"{name} {own}".strip()
    found = (Candidate(title, f"{asked}\t\t{whole}") for title, whole in doubt.candidates)
    return WhichOne(written=doubt.written, candidates=tuple(found))


def account_meant(ask: Command, name: str) -> str | None:
    """What stands for an account where no command fits: all of it, or the one name in a question.

    What is no question wants something done: who only saw a card would think that it was.
    A whole name amid other words is surer than what their first ones might begin.
    """
    written, doubtful = f"{name} {ask.text}".strip(), bool(near(name))
    fits = not doubtful and len(written) >= LEAST
    try:
        found = take_account(ask.session, written, person=ask.person)
        if found.guessed is None:
            return written
        fits = fits or (doubtful and name_key(found.guessed) in found.account.name_key)
        fits = fits and not found.rest  # which would be something to be done
    except WhichAccount as doubt:
        fits = fits and not doubt.rest
    except Refused:
        fits = False
    asks = written.endswith("?") or name in QUESTIONS
    if not doubtful and asks and (amid := named(ask.session, written)):
        return f"#{amid.id}"
    return written if fits else None


def _unknown(ask: Command, name: str) -> UnknownCommand:
    meant = [f"{command} {ask.text}".strip() for command in near(name)]
    acts = allows(ask.person.role, May.LOG)
    return UnknownCommand(written=name, meant=tuple(meant), usual=USUAL if acts else LOOKS)


def near(name: str) -> list[str]:
    """The commands that this may be the beginning of, or misspelt, the likeliest first."""
    if len(name) < LEAST:
        return []
    begun = [command for command in COMMANDS if command.startswith(name)]
    alike = process.extract(name, list(COMMANDS), scorer=fuzz.ratio, score_cutoff=CLOSE)
    return list(dict.fromkeys([*begun, *(command for command, _, _ in alike)]))[:3]
