"""Slack's own menus: a message kept as a check-in, a task or a link; a check-in from anywhere."""

import re
from typing import Any

from csbot import capturing
from csbot.access import May, require
from csbot.accounts.guessing import guess
from csbot.capturing import Kept
from csbot.errors import Refused
from csbot.slack.plain import plainly, written
from csbot.team.model import TeamMember
from csbot.team.queries import person
from handlers import fields
from handlers.ask import Answer, Ask, Shortcut, Submission, on_shortcut, on_submit
from messages import ids
from messages.captures import (
    CheckInOfMessage,
    LinkOfMessage,
    MessageKept,
    Quote,
    TaskOfMessage,
)
from messages.checkins import CheckInForm
from messages.ids import View
from messages.text import clean

NO_WORDS = "That message has no words to keep."
TITLE_MAX = 300
_TS = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


@on_shortcut(ids.Shortcut.CHECKIN)
def check_in(ask: Shortcut) -> Answer:
    require(ask.person, May.LOG)
    return CheckInForm()


@on_shortcut(ids.Shortcut.MESSAGE_CHECKIN)
def checkin_form(ask: Shortcut) -> Answer:
    require(ask.person, May.LOG)
    quote = _quote(ask)
    return CheckInOfMessage(quote=quote, note=quote.text, **_guessed(ask, quote))


@on_shortcut(ids.Shortcut.MESSAGE_TASK)
def task_form(ask: Shortcut) -> Answer:
    require(ask.person, May.TASKS)
    quote = _quote(ask)
    title = " ".join(quote.text.split())[:TITLE_MAX]
    me = ask.person.slack_id
    return TaskOfMessage(quote=quote, what=title, assignee=me, **_guessed(ask, quote))


@on_shortcut(ids.Shortcut.MESSAGE_LINK)
def link_form(ask: Shortcut) -> Answer:
    require(ask.person, May.LOG)
    quote = _quote(ask)
    return LinkOfMessage(quote=quote, **_guessed(ask, quote))


@on_submit(View.MESSAGE_CHECKIN)
def log(ask: Submission) -> Answer:
    kept = capturing.as_checkin(
        ask.session, _kept_quote(ask), account_id=_account(ask), note=ask.text("note"),
        channel=ask.text("how"), sentiment=fields.optional(ask, "sentiment"),
        next_step=fields.optional(ask, "next_step"), next_step_on=fields.day(ask, "next_step_on"),
        by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return _answer(ask, kept)


@on_submit(View.MESSAGE_TASK)
def add_task(ask: Submission) -> Answer:
    kept = capturing.as_task(
        ask.session, _kept_quote(ask), account_id=_account(ask), title=ask.text("title"),
        due_on=fields.needed_day(ask, "due_on"), priority=ask.text("priority"),
        assignee=fields.member(ask, "assignee"), by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return _answer(ask, kept)


@on_submit(View.MESSAGE_LINK)
def link(ask: Submission) -> Answer:
    quote, account = _kept_quote(ask), _account(ask)
    kept = capturing.link(ask.session, quote, account_id=account, by=ask.person, now=ask.now)
    return _answer(ask, kept)


def _quote(ask: Shortcut) -> Quote:
    """What the message says, as people read it; Refused where there is nothing to keep."""
    message, where = ask.message or {}, ask.channel
    text, ts = written(message), str(message.get("ts") or "")
    said = clean(plainly(text, ask.names)).strip()
    if not (said and where and _TS.fullmatch(ts)):
        raise Refused(NO_WORDS)
    author = str(message.get("user") or "") or None
    return Quote(
        text=said,
        author=ask.author,
        author_id=author,
        channel=where,
        ts=ts,
        link=ask.link,
        ours=ask.ours,
    )


def _guessed(ask: Shortcut, quote: Quote) -> dict[str, Any]:
    found = guess(ask.session, channel=ask.channel, room=ask.room, text=quote.text)
    return {"account_id": found.id, "account": found.name} if found else {}


def _kept_quote(ask: Submission) -> Quote:
    """As the form remembers it."""
    told = ask.remembered.get("quote")
    try:
        quote = Quote(**told) if isinstance(told, dict) else None
    except TypeError:
        quote = None
    if quote is None or not _is_ours(quote):
        raise Refused(fields.OLD)
    return quote


def _is_ours(quote: Quote) -> bool:
    words = (quote.text, quote.author, quote.channel, quote.ts)
    links = (quote.author_id, quote.link)
    return (
        all(isinstance(word, str) for word in words)
        and all(isinstance(link, str | None) for link in links)
        and isinstance(quote.ours, bool)
        and _TS.fullmatch(quote.ts) is not None
    )


def _account(ask: Submission) -> int:
    """What was guessed stands in the menu, for the person to change."""
    return fields.found(ask, "account", "Choose an account.")


def _answer(ask: Ask, kept: Kept) -> MessageKept:
    capture, account, task = kept.capture, kept.account, kept.task
    other = kept.assignee if kept.assignee and kept.assignee.id != ask.person.id else None
    return MessageKept(
        kind=capture.kind, account_id=account.id, account=account.name, author=capture.said_by,
        text=capture.text, task_id=task.id if task else None, title=task.title if task else "",
        due_on=task.due_on if task else None, assignee=person(other) if other else None,
        before=_who(ask, kept) if kept.again else None,
        before_at=capture.at if kept.again else None,
    )  # fmt: skip


def _who(ask: Ask, kept: Kept) -> str:
    if kept.capture.by_id == ask.person.id:
        return "You"
    by: TeamMember | None = ask.session.get(TeamMember, kept.capture.by_id or 0)
    return by.name if by else "Somebody"
