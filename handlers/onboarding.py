"""Onboarding: where an account stands, what is ticked off, and on to the next stage."""

import re
from collections.abc import Callable
from typing import Any

from csbot.access import May, require
from csbot.accounts.former import ask_if_left
from csbot.accounts.lookup import Found
from csbot.accounts.model import Account
from csbot.accounts.possible import take_account_or_tell
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import rules, service, tracks
from csbot.onboarding.card import card
from csbot.onboarding.handing import NeedsNote
from csbot.onboarding.rules import NeedsReason, NotBegun, NotReady
from csbot.onboarding.service import Advanced
from csbot.words import first_word
from handlers import fields, onboarding_forms, onboarding_list
from handlers.ask import (
    STALE,
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    on_command,
    on_press,
    on_submit,
)
from messages.answers import AccountPickForm
from messages.ids import Action, View
from messages.onboarding import StageFinished, StageNone, StageShown

NEXT = re.compile(r"(?:next|advance)(?:\s+because:?\s+(?P<why>.+))?", re.IGNORECASE | re.DOTALL)
POSSIBLE = (
    "Write `/cs onboarding` alone for the list, also of a person, a segment, a stage, `late` or "
    "`everybody`; with `gantt` or `value` for all, or with the name of an account and, after it, "
    f"{rules.POSSIBLE} or a stage."
)
WORDS: dict[str, Callable[[Ask, Account], Answer]] = {
    "people": onboarding_forms.people,
    "requirements": onboarding_forms.requirements,
    "intro": onboarding_forms.introduction,
    "introduction": onboarding_forms.introduction,
    "gantt": onboarding_list.gantt_answer,
    "chart": onboarding_list.gantt_answer,
}
LEADS = re.compile(rf"(?:{'|'.join(WORDS)}|value|start|next|advance)\s+", re.IGNORECASE)


@on_command("onboarding")
def onboarding(ask: Command) -> Answer:
    """Of many, where the text says which; else of the account that it begins with."""
    listed = onboarding_list.answer(ask)
    return stage(ask) if listed is None else listed


@on_command("stage")
def stage(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="stage")
    found = take_account_or_tell(
        ask.session, ask.text, person=ask.person, possible=POSSIBLE, leads=LEADS
    )
    asked = found.rest.strip()
    word, rest = first_word(asked)
    if not asked:
        return _card(ask, found.account, wrote=found.guessed)
    if asked.casefold() in WORDS:
        return WORDS[asked.casefold()](ask, found.account)
    ask_if_left(ask.session, found)
    if word.casefold() == "value":
        return onboarding_list.value_answer(ask, found.account, rest)
    if word.casefold() == "track":
        return _track(ask, found.account.id, rest)
    if asked.casefold() == "start":
        return _start(ask, found.account.id)
    if wanted := NEXT.fullmatch(asked):
        return _advance(ask, found.account.id, why=wanted["why"], wrote=found.guessed)
    return _to_stage(ask, found, asked)


@on_press(Action.STAGE_ADVANCE)
def advanced(ask: Press) -> Answer:
    account_id, key = onboarding_forms.pressed(ask.value)
    return _advance(ask, account_id, shown=key) if key else _start(ask, account_id)


@on_press(Action.STAGE_SHOW)
def show(ask: Press) -> Answer:
    return _card(ask, account_by_id(ask.session, *ask.numbers(1)))


@on_press(Action.STAGE_TICK)
def tick(ask: Press) -> Answer:
    return onboarding_forms.criteria(ask, ask.value)


@on_press(Action.STAGE_OVERRIDE)
def override(ask: Press) -> Answer:
    return onboarding_forms.override(ask, ask.value)


@on_press(Action.STAGE_REQUIREMENTS)
def ask_requirements(ask: Press) -> Answer:
    return onboarding_forms.requirements(ask, account_by_id(ask.session, *ask.numbers(1)))


@on_press(Action.STAGE_INTRODUCE)
def introduce(ask: Press) -> Answer:
    return onboarding_forms.introduction(ask, account_by_id(ask.session, *ask.numbers(1)))


@on_press(Action.STAGE_MORE)
def more(ask: Press) -> Answer:
    """The value is what to do, and what its button would have had."""
    what, _, value = ask.value.partition(":")
    if what not in onboarding_forms.CHOICES:
        raise Refused(STALE)
    return onboarding_forms.CHOICES[what](ask, value)


@on_submit(View.STAGE_CRITERIA)
def ticked(ask: Submission) -> Answer:
    account, _ = service.tick(
        ask.session,
        account_id=ask.number("account_id"),
        stage=str(ask.remembered.get("stage")),
        ticked=fields.ticked(ask, "criteria"),
        shown=ask.remembered.get("ticked"),
        by=ask.person,
        now=ask.now,
    )
    return _card(ask, account)


@on_submit(View.STAGE_OVERRIDE)
def overridden(ask: Submission) -> Answer:
    return _advance(
        ask,
        ask.number("account_id"),
        shown=str(ask.remembered.get("stage")),
        to=ask.text("to"),
        why=ask.text("reason"),
    )


@on_submit(View.STAGE_HANDOVER)
def handed_over(ask: Submission) -> Answer:
    chosen = {name: ask.remembered.get(name) for name in ("to", "reason")}
    if not all(value is None or isinstance(value, str) for value in chosen.values()):
        raise Refused(fields.OLD)
    return _advance(
        ask,
        ask.number("account_id"),
        shown=str(ask.remembered.get("stage")),
        to=chosen["to"],
        why=chosen["reason"],
        note=fields.optional(ask, "note") or "",
        heir=fields.remembered_id(ask, "heir"),
    )


def _start(ask: Ask, account_id: int) -> Answer:
    account = service.start(
        ask.session, account_id=account_id, by=ask.person, now=ask.now, settings=ask.settings
    )
    return _card(ask, account, entered=True)


def _track(ask: Ask, account_id: int, text: str) -> Answer:
    process, why = tracks.read(text)
    account = tracks.choose(
        ask.session, account_id=account_id, process=process, why=why, by=ask.person, now=ask.now,
        settings=ask.settings,
    )  # fmt: skip
    return _card(ask, account, entered=True)


def _advance(
    ask: Ask,
    account_id: int,
    *,
    shown: str | None = None,
    to: str | None = None,
    why: str | None = None,
    note: str | None = None,
    heir: int | None = None,
    wrote: str | None = None,
) -> Answer:
    """Answered by what is still missing: criteria, a reason or a note."""
    try:
        done = service.advance(
            ask.session, account_id=account_id, shown=shown, to=to, override_reason=why, note=note,
            heir=heir, by=ask.person, now=ask.now, settings=ask.settings,
        )  # fmt: skip
    except (NotReady, NotBegun) as held:
        return _card(ask, account_by_id(ask.session, held.account_id), held=True, wrote=wrote)
    except NeedsReason as needed:
        account = account_by_id(ask.session, needed.account_id)
        return onboarding_forms.override_form(account, needed.progress, to=needed.to)
    except NeedsNote as needed_note:
        return onboarding_forms.handover_form(ask.session, needed_note, to=to, reason=why)
    return _moved(ask, done, wrote=wrote)


def _to_stage(ask: Ask, found: Found, name: str) -> Answer:
    """A stage by its name: the next one is entered, any other wants a reason first."""
    require(ask.person, May.ADVANCE)
    wanted = rules.called(found.account.process, name)
    return _advance(ask, found.account.id, to=wanted.key, wrote=found.guessed)


def _moved(ask: Ask, done: Advanced, *, wrote: str | None = None) -> Answer:
    if done.after is not None:
        return _card(ask, done.account, entered=True, wrote=wrote)
    return StageFinished(
        account=done.account.name, stage=done.before.name, lifecycle=done.account.lifecycle_stage
    )


def _card(ask: Ask, account: Account, **more: Any) -> StageShown | StageNone:
    return card(ask.session, account, by=ask.person, settings=ask.settings, now=ask.now, **more)
