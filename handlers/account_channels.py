"""A channel follows an account: linked, shown, and ended, in the channel itself or by its name."""

import re

from csbot.access import May, require
from csbot.account_channels import service
from csbot.account_channels.asking import known_id, place
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.queries import own_channel
from csbot.account_channels.words import followed_words, standing, unfollowed_words
from csbot.accounts.former import ask_if_left
from csbot.accounts.lookup import take_account
from csbot.errors import Refused
from csbot.slack.model import Channel
from csbot.words import said
from handlers import fields
from handlers.ask import Answer, Command, Press, Submission, on_command, on_press, on_submit
from messages.account_channels import FollowForm
from messages.ids import Action, View
from messages.said import Said

# Without an `in` a number behind # is an account's.
IN = re.compile(
    r"(?:in\s+|(?!#\d+$))(?:<#([CG][A-Z0-9_]{1,40})(?:\|[^>]*)?>|(#[^\s#@<>|,]{1,80}))",
    re.IGNORECASE,
)
FIRST = re.compile(r"(?:in\s+)?(<#[^>]*>|#(?!\d+\s)[^\s#@<>|,]{1,80})[\s:,]+(?=\S)", re.IGNORECASE)
HERE = re.compile(r"(?:in\s+)?(?:here|this(?: channel)?)", re.IGNORECASE)
KINDLY = re.compile(r"[\s,]*\b(?:please|pls|thanks|thank you)[.!]*$", re.IGNORECASE)
NO_CHANNEL = "Type `/cs follow` with the account's name in the channel that is to follow it."


@on_command("follow")
def follow(ask: Command) -> Answer:
    if not ask.text:
        return _shown(ask)
    require(ask.person, May.FOLLOW)
    if IN.fullmatch(ask.text):
        raise Refused(f"Which account? {NO_CHANNEL}")
    found = take_account(ask.session, _account_first(ask.text), person=ask.person)
    ask_if_left(ask.session, found)
    where = _where(ask, found.rest)
    there = place(ask.session, where, now=ask.now)
    account, how = service.follow(
        ask.session, channel=there, asked_in=ask.channel, account_id=found.account.id,
        by=ask.person, settings=ask.settings, now=ask.now,
    )  # fmt: skip
    own = own_channel(ask.session, account.id)
    return Said(sentence=followed_words(account, there, own, how=how, here=where == ask.channel))


@on_press(Action.HOME_FOLLOW)
def choose(ask: Press) -> Answer:
    require(ask.person, May.FOLLOW)
    return FollowForm()


@on_submit(View.FOLLOW)
def chosen(ask: Submission) -> Answer:
    require(ask.person, May.FOLLOW)
    wanted = fields.account_id(ask)
    there = place(ask.session, fields.channel(ask, "channel"), now=ask.now)
    ask.read(lambda: service.check(there, asked_in=None, settings=ask.settings), None)
    account, how = service.follow(
        ask.session, channel=there, asked_in=None, account_id=wanted, by=ask.person,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip
    own = own_channel(ask.session, account.id)
    return Said(sentence=followed_words(account, there, own, how=how, here=False))


def _account_first(text: str) -> str:
    """The channel may also be named before the account."""
    channel = FIRST.match(text)
    text = KINDLY.sub("", text) if channel else text
    return f"{text[channel.end() :]} in {channel.group(1)}" if channel else text


def _where(ask: Command, rest: str) -> str:
    rest = KINDLY.sub("", rest).strip()
    rest = "" if HERE.fullmatch(rest) else rest
    elsewhere = IN.fullmatch(rest)
    if rest and elsewhere is None:
        raise Refused(f"After the account I know `in` and a channel. I did not read {said(rest)}.")
    channel = (elsewhere.group(1) or elsewhere.group(2)) if elsewhere else ask.channel
    if channel is None or channel.startswith("D"):
        raise Refused(NO_CHANNEL)
    return channel


def _shown(ask: Command) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    link = ask.session.get(AccountChannel, ask.channel) if ask.channel else None
    return Said(sentence=standing(ask.session, link) if link else NO_CHANNEL)


@on_command("unfollow")
def unfollow(ask: Command) -> Answer:
    text = KINDLY.sub("", ask.text).strip()
    where = _left(ask, text) if text else ask.channel
    account = service.unfollow(
        ask.session, channel_id=where, asked_in=ask.channel, by=ask.person,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip
    known = ask.session.get(Channel, where)
    return Said(sentence=unfollowed_words(account, known, here=where == ask.channel))


def _left(ask: Command, text: str) -> str | None:
    """The channel that is named, or this one where what is written is the account it follows."""
    if named := IN.fullmatch(text):
        return named.group(1) or known_id(ask.session, named.group(2)) or named.group(2)
    link = ask.session.get(AccountChannel, ask.channel) if ask.channel else None
    found = take_account(ask.session, text, person=ask.person)
    if found.rest:
        raise Refused(
            f"I understood: unfollow {found.account.name}. I did not read "
            f"{said(found.rest)}: write `/cs unfollow`, or `/cs unfollow in` and a channel."
        )
    if link is None or link.account_id != found.account.id:
        raise Refused(
            f"This channel does not follow {found.account.name}. Type `/cs unfollow` in the "
            "channel that does, or `/cs unfollow in` and that channel."
        )
    return ask.channel
