"""Onboarding: where an account stands, what is ticked off, and on to the next stage."""

import re
from typing import Any

from csbot.access import May, require
from csbot.accounts.lookup import Found, take_account
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import queries, rules, service
from csbot.onboarding.card import card
from csbot.onboarding.rules import NeedsReason, NotBegun, NotReady, Progress
from csbot.onboarding.service import Advanced
from csbot.onboarding.stages import track
from csbot.words import number
from handlers import fields
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
from messages.onboarding import (
    Choice,
    StageCriteriaForm,
    StageFinished,
    StageNone,
    StageOverrideForm,
    StageShown,
)

NEXT = re.compile(r"(?:next|advance)(?:\s+because:?\s+(?P<why>.+))?", re.IGNORECASE | re.DOTALL)


@on_command("stage")
def stage(ask: Command) -> Answer:
    if not ask.text:
        return AccountPickForm(command="stage")
    found = take_account(ask.session, ask.text, person=ask.person)
    asked = found.rest.strip()
    if not asked:
        return _card(ask, found.account, wrote=found.guessed)
    if asked.casefold() == "start":
        return _start(ask, found.account.id)
    if wanted := NEXT.fullmatch(asked):
        return _advance(ask, found.account.id, why=wanted["why"], wrote=found.guessed)
    return _to_stage(ask, found, asked)


@on_press(Action.STAGE_ADVANCE)
def advanced(ask: Press) -> Answer:
    account_id, key = _pressed(ask)
    return _advance(ask, account_id, shown=key) if key else _start(ask, account_id)


@on_press(Action.STAGE_TICK)
def tick(ask: Press) -> Answer:
    require(ask.person, May.ADVANCE)
    account, progress = _still(ask)
    stage, seen = progress.stage, progress.seen
    return StageCriteriaForm(
        account_id=account.id,
        account=account.name,
        key=stage.key,
        stage=stage.name,
        criteria=[Choice(item.key, item.text) for item in stage.criteria if item.key not in seen],
        ticked=sorted(progress.met - seen),
        seen=[item.text for item in stage.criteria if item.key in seen],
    )


@on_press(Action.STAGE_OVERRIDE)
def override(ask: Press) -> Answer:
    require(ask.person, May.OVERRIDE)
    account, progress = _still(ask)
    return _override_form(account, progress, to=None)


@on_submit(View.STAGE_CRITERIA)
def ticked(ask: Submission) -> Answer:
    account, _ = service.tick(
        ask.session,
        account_id=ask.number("account_id"),
        stage=str(ask.remembered.get("stage")),
        ticked=fields.ticked(ask, "criteria"),
        by=ask.person,
        now=ask.now,
    )
    return _card(ask, account)


@on_submit(View.STAGE_OVERRIDE)
def overridden(ask: Submission) -> Answer:
    return _moved(
        ask,
        service.advance(
            ask.session,
            account_id=ask.number("account_id"),
            shown=str(ask.remembered.get("stage")),
            to=ask.text("to"),
            override_reason=ask.text("reason"),
            by=ask.person,
            now=ask.now,
            settings=ask.settings,
        ),
    )


def _start(ask: Ask, account_id: int) -> Answer:
    account = service.start(
        ask.session, account_id=account_id, by=ask.person, now=ask.now, settings=ask.settings
    )
    return _card(ask, account, entered=True)


def _advance(
    ask: Ask,
    account_id: int,
    *,
    shown: str | None = None,
    why: str | None = None,
    wrote: str | None = None,
) -> Answer:
    try:
        done = service.advance(
            ask.session, account_id=account_id, shown=shown, override_reason=why,
            by=ask.person, now=ask.now, settings=ask.settings,
        )  # fmt: skip
    except (NotReady, NotBegun) as held:
        account = account_by_id(ask.session, held.account_id)
        return _card(ask, account, held=True, wrote=wrote)
    return _moved(ask, done, wrote=wrote)


def _to_stage(ask: Ask, found: Found, name: str) -> Answer:
    """A stage by its name: the next one is entered, any other wants a reason first."""
    wanted = rules.called(found.account.process, name)
    try:
        done = service.advance(
            ask.session, account_id=found.account.id, to=wanted.key,
            by=ask.person, now=ask.now, settings=ask.settings,
        )  # fmt: skip
    except (NotReady, NotBegun):
        return _card(ask, found.account, held=True, wrote=found.guessed)
    except NeedsReason as needed:
        return _override_form(found.account, needed.progress, to=needed.to)
    return _moved(ask, done, wrote=found.guessed)


def _moved(ask: Ask, done: Advanced, *, wrote: str | None = None) -> Answer:
    if done.after is not None:
        return _card(ask, done.account, entered=True, wrote=wrote)
    return StageFinished(
        account=done.account.name, stage=done.before.name, lifecycle=done.account.lifecycle_stage
    )


def _card(ask: Ask, account: Account, **more: Any) -> StageShown | StageNone:
    return card(ask.session, account, by=ask.person, now=ask.now, **more)


def _override_form(account: Account, progress: Progress, *, to: str | None) -> StageOverrideForm:
    stage = progress.stage
    following = rules.target(process=account.process, stage=stage, to=None)
    others = [Choice(one.key, one.name) for one in track(account.process) if one.key != stage.key]
    return StageOverrideForm(
        account_id=account.id,
        account=account.name,
        key=stage.key,
        stage=stage.name,
        open=[item.text for item in progress.open],
        stages=[*others, Choice(rules.END, "The end of onboarding")],
        to=to or (following.key if following else rules.END),
    )


def _pressed(ask: Press) -> tuple[int, str]:
    """The account and the stage that a button was shown for, which is empty before the first."""
    account, found, key = ask.value.partition(":")
    account_id = number(account)
    if not found or account_id is None:
        raise Refused(STALE)
    return account_id, key


def _still(ask: Press) -> tuple[Account, Progress]:
    """The account, if it still is in the stage that the button was shown for."""
    account_id, key = _pressed(ask)
    account = account_by_id(ask.session, account_id)
    return account, queries.underway(ask.session, account, shown=key)
