"""A channel follows an account: linked, shown, and ended, in the channel itself or by its name."""

import re

from csbot.access import May, require
from csbot.account_channels import service
from csbot.account_channels.asking import place
from csbot.account_channels.model import AccountChannel
from csbot.account_channels.queries import own_channel
from csbot.account_channels.words import followed_words, standing, unfollowed_words
from csbot.accounts.lookup import take_account
from csbot.errors import Refused
from csbot.slack.model import Channel
from csbot.words import said
from handlers import fields
from handlers.ask import Answer, Command, Press, Submission, on_command, on_press, on_submit
from messages.account_channels import FollowForm
from messages.ids import Action, View
from messages.said import Said

IN = re.compile(r"in\s+<#([CG][A-Z0-9_]{1,40})(?:\|[^>]*)?>", re.IGNORECASE)
PLAIN = re.compile(r"in\s+#\S+", re.IGNORECASE)
UNLINKED = (
    "Slack did not make a channel of that. Type `#` and choose it from the list, or type the "
    "command in the channel itself."
)
NO_CHANNEL = "Type `/cs follow` with the account's name in the channel that is to follow it."


@on_command("follow")
def follow(ask: Command) -> Answer:
    if not ask.text:
        return _shown(ask)
    require(ask.person, May.FOLLOW)
    found = take_account(ask.session, ask.text, person=ask.person)
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
    ask.read(lambda: service.check(there, asked_in=None), None)
    account, how = service.follow(
        ask.session, channel=there, asked_in=None, account_id=wanted, by=ask.person,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip
    own = own_channel(ask.session, account.id)
    return Said(sentence=followed_words(account, there, own, how=how, here=False))


def _where(ask: Command, rest: str) -> str:
    elsewhere = IN.fullmatch(rest.strip())
    if rest.strip() and elsewhere is None:
        raise Refused(_unread(rest, "After the account I know `in` and a channel."))
    channel = elsewhere.group(1) if elsewhere else ask.channel
    if channel is None or channel.startswith("D"):
        raise Refused(NO_CHANNEL)
    return channel


def _unread(text: str, known: str) -> str:
    return UNLINKED if PLAIN.fullmatch(text.strip()) else f"{known} I did not read {said(text)}."


def _shown(ask: Command) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    link = ask.session.get(AccountChannel, ask.channel) if ask.channel else None
    return Said(sentence=standing(ask.session, link) if link else NO_CHANNEL)


@on_command("unfollow")
def unfollow(ask: Command) -> Answer:
    where = _elsewhere(ask) if ask.text else ask.channel
    account = service.unfollow(
        ask.session, channel_id=where, asked_in=ask.channel, by=ask.person,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip
    known = ask.session.get(Channel, where)
    return Said(sentence=unfollowed_words(account, known, here=where == ask.channel))


def _elsewhere(ask: Command) -> str:
    named = IN.fullmatch(ask.text.strip())
    if named is None:
        raise Refused(_unread(ask.text, "I know `in` and a channel here."))
    return named.group(1)
