"""Accounts: looked at, handed over, judged, tagged."""

from collections.abc import Callable
from functools import partial

from csbot.access import May, require
from csbot.accounts import rules, service
from csbot.accounts.book import asked, book, book_at
from csbot.accounts.former import take_to_change
from csbot.accounts.lookup import Found, take_account
from csbot.accounts.model import Account
from csbot.accounts.rules import Health
from csbot.accounts.show import account_card, account_timeline
from csbot.accounts.suggest import suggestions
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.team.model import TeamMember
from csbot.team.queries import person, take_named
from csbot.words import first_word, number, reason, said
from handlers import commands, fields
from handlers.ask import (
    STALE,
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    Suggest,
    on_command,
    on_press,
    on_submit,
    on_suggest,
)
from messages.account_channels import FollowForm
from messages.answers import AccountPickForm
from messages.blocks import Option
from messages.checkins import CheckInForm
from messages.handover import AssignForm, OwnerChanged
from messages.health import HealthForm, HealthSet
from messages.ids import Action, View
from messages.tags import TagForm, TagsChanged
from messages.tasks import TaskForm

# The commands whose form asks for the account alone.
PICKED = ("account", "brief", "notes", "stage", "timeline")


@on_command("account")
def account(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="account")
    found = take_account(ask.session, ask.text, person=ask.person)
    return account_card(
        ask.session,
        found.account.id,
        viewer=ask.person,
        settings=ask.settings,
        now=ask.now,
        wrote=found.guessed,
    )


@on_command("timeline")
def timeline(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="timeline")
    found = take_account(ask.session, ask.text, person=ask.person)
    if found.rest:
        raise Refused(
            f"I show the newest events of {found.account.name}, however long ago: "
            f"I did not read {said(found.rest)}."
        )
    return account_timeline(
        ask.session, found.account, reader=ask.person, now=ask.now, wrote=found.guessed
    )


@on_command("my")
def my(ask: Command) -> Answer:
    owner, keys = asked(ask.session, ask.text, ask.person) if ask.text else (ask.person, [])
    return book(ask.session, owner, viewer=ask.person, now=ask.now, keys=keys)


@on_press(Action.ACCOUNT_MY)
def my_page(ask: Press) -> Answer:
    if ask.value == "me":
        return book(ask.session, ask.person, viewer=ask.person, now=ask.now)
    return book_at(ask.session, ask.value, viewer=ask.person, now=ask.now)


@on_submit(View.ACCOUNT)
def account_chosen(ask: Submission) -> Answer:
    command = ask.remembered.get("command")
    if command not in PICKED:
        raise Refused(fields.OLD)
    return commands.run(ask, command, f"#{fields.account_id(ask)}")


@on_press(Action.ACCOUNT_OPEN)
def opened(ask: Press) -> Answer:
    return _open(ask, *ask.numbers(1))


@on_press(Action.ACCOUNT_CHECKIN)
def check_in(ask: Press) -> Answer:
    return _checkin(ask, *ask.numbers(1))


@on_press(Action.ACCOUNT_TASK)
def create_task(ask: Press) -> Answer:
    return _task(ask, *ask.numbers(1))


@on_press(Action.ACCOUNT_MORE)
def more(ask: Press) -> Answer:
    """The value is what to do and the account's number."""
    what, _, rest = ask.value.partition(":")
    id = number(rest)
    if what not in CHOICES or id is None:
        raise Refused(STALE)
    return CHOICES[what](ask, id)


def _open(ask: Ask, id: int) -> Answer:
    return account_card(ask.session, id, viewer=ask.person, settings=ask.settings, now=ask.now)


def _checkin(ask: Ask, id: int) -> Answer:
    require(ask.person, May.LOG)
    chosen = account_by_id(ask.session, id)
    return CheckInForm(account_id=chosen.id, account=chosen.name)


def _task(ask: Ask, id: int) -> Answer:
    require(ask.person, May.TASKS)
    chosen = account_by_id(ask.session, id)
    return TaskForm(account_id=chosen.id, account=chosen.name, assignee=ask.person.slack_id)


def _assign_form(ask: Ask, id: int) -> AssignForm:
    require(ask.person, May.ASSIGN_OWN)
    chosen = account_by_id(ask.session, id)
    owner = ask.session.get(TeamMember, chosen.owner_id) if chosen.owner_id else None
    return AssignForm(
        account_id=chosen.id, account=chosen.name, owner=person(owner) if owner else None
    )


def _health_form(ask: Ask, id: int) -> HealthForm:
    require(ask.person, May.EDIT_ACCOUNTS)
    chosen = account_by_id(ask.session, id)
    return HealthForm(account_id=chosen.id, account=chosen.name, status=chosen.health_status)


def _tag_form(ask: Ask, id: int) -> TagForm:
    require(ask.person, May.EDIT_ACCOUNTS)
    chosen = account_by_id(ask.session, id)
    present = ", ".join(service.tags_of(ask.session, chosen.id))
    return TagForm(account_id=chosen.id, account=chosen.name, present=present)


def _follow_form(ask: Ask, id: int) -> FollowForm:
    require(ask.person, May.FOLLOW)
    chosen = account_by_id(ask.session, id)
    return FollowForm(account_id=chosen.id, account=chosen.name)


CHOICES: dict[str, Callable[[Ask, int], Answer]] = {
    "open": _open,
    "checkin": _checkin,
    "task": _task,
    "assign": _assign_form,
    "health": _health_form,
    "tag": _tag_form,
    "follow": _follow_form,
    "timeline": lambda ask, id: commands.run(ask, "timeline", f"#{id}"),
    "stage": lambda ask, id: commands.run(ask, "stage", f"#{id}"),
}


@on_command("assign")
def assign(ask: Command) -> Answer:
    require(ask.person, May.ASSIGN_OWN)
    if not ask.text:
        return AssignForm()
    found = take_to_change(ask.session, ask.text, person=ask.person)
    if not found.rest:
        return _assign_form(ask, found.account.id)
    with commands.understood(found.account.name):
        to, why = _whom(ask, found.rest)
    return _assigned(ask, found, to, why or None)


def _whom(ask: Ask, text: str) -> tuple[TeamMember, str]:
    if text.casefold().removeprefix("to ").strip() in ("me", "myself"):
        return ask.person, ""
    return take_named(ask.session, text)


@on_submit(View.ASSIGN)
def assign_submitted(ask: Submission) -> Answer:
    to, why = fields.member(ask, "person"), fields.optional(ask, "why")
    ask.read(partial(service.check_owner, to), None)
    found = Found(account_by_id(ask.session, fields.account_id(ask)), "")
    return _assigned(ask, found, to, why)


def _assigned(ask: Ask, found: Found, to: TeamMember, why: str | None) -> OwnerChanged:
    same = found.account.owner_id == to.id
    changed = service.assign(
        ask.session, account_id=found.account.id, to=to, by=ask.person, now=ask.now, why=why,
        settings=ask.settings,
    )  # fmt: skip
    return OwnerChanged(
        account_id=changed.id, account=changed.name, owner=person(to),
        mine=to.id == ask.person.id, same=same, wrote=found.guessed,
    )  # fmt: skip


@on_command("health")
def health(ask: Command) -> Answer:
    require(ask.person, May.EDIT_ACCOUNTS)
    if not ask.text:
        return HealthForm()
    found = take_to_change(ask.session, ask.text, person=ask.person)
    word, why = first_word(found.rest)
    if not word:
        return _health_form(ask, found.account.id)
    with commands.understood(found.account.name):
        judged = rules.read_health(word)
    return _judged(ask, found, judged, reason(why))


@on_submit(View.HEALTH)
def health_submitted(ask: Submission) -> Answer:
    why = fields.optional(ask, "reason")
    ask.read(partial(service.checked_reason, why), None)
    status = rules.read_health(ask.text("status"))
    found = Found(account_by_id(ask.session, fields.account_id(ask)), "")
    return _judged(ask, found, status, why)


def _judged(ask: Ask, found: Found, judged: Health | int, why: str | None) -> HealthSet:
    before = found.account.health
    changed = service.set_health(
        ask.session, account_id=found.account.id, by=ask.person, now=ask.now,
        status=judged if isinstance(judged, Health) else None,
        score=None if isinstance(judged, Health) else judged,
        reason=why, settings=ask.settings,
    )  # fmt: skip
    return HealthSet(
        account_id=changed.id, account=changed.name, status=changed.health_status or "",
        score=changed.health or 0, before=before, reason=changed.health_reason,
        wrote=found.guessed,
    )  # fmt: skip


@on_command("tag")
def tag(ask: Command) -> Answer:
    require(ask.person, May.EDIT_ACCOUNTS)
    if not ask.text:
        return TagForm()
    found = take_to_change(ask.session, ask.text, person=ask.person)
    return _tagged(ask, found, found.rest) if found.rest else _tag_form(ask, found.account.id)


@on_submit(View.TAGS)
def tags_submitted(ask: Submission) -> Answer:
    text = ask.text("tags")
    ask.read(lambda: rules.check_tags(*rules.read_tags(text)), None)
    return _tagged(ask, Found(account_by_id(ask.session, fields.account_id(ask)), ""), text)


def _tagged(ask: Ask, found: Found, text: str) -> TagsChanged:
    chosen: Account = found.account
    before = service.tags_of(ask.session, chosen.id)
    add, remove = rules.read_tags(text)
    tags = service.tag(
        ask.session, account_id=chosen.id, add=add, remove=remove, by=ask.person, now=ask.now
    )
    known = {name.casefold() for name in before}
    return TagsChanged(
        account_id=chosen.id, account=chosen.name, tags=tuple(tags), changed=tags != before,
        missing=tuple(name for name in remove if name.casefold() not in known),
        wrote=found.guessed,
    )  # fmt: skip


@on_suggest(Action.ACCOUNT_SELECT)
def suggest(ask: Suggest) -> list[Option]:
    return [
        Option(name, str(id)) for id, name in suggestions(ask.session, ask.typed, person=ask.person)
    ]
