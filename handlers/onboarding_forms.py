"""The forms of onboarding: opened filled in with what is known, and what becomes of them."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.onboarding import introduction as introducing
from csbot.onboarding import people as naming
from csbot.onboarding import queries, rules
from csbot.onboarding import requirements as asking
from csbot.onboarding.handing import NeedsNote
from csbot.onboarding.rules import Progress
from csbot.onboarding.stages import Role, track
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.words import number
from handlers import fields
from handlers.ask import STALE, Answer, Ask, Submission, on_submit
from messages.ids import View
from messages.onboarding_forms import Choice, StageCriteriaForm, StageOverrideForm
from messages.onboarding_handing import StageHandoverForm
from messages.onboarding_people import ROLES, PeopleForm, PeopleNamed
from messages.onboarding_requirements import RequirementsForm, RequirementsKept, Wanted


def pressed(value: str) -> tuple[int, str]:
    """The account and the stage that a button was shown for, which is empty before the first."""
    account, found, key = value.partition(":")
    account_id = number(account)
    if not found or account_id is None:
        raise Refused(STALE)
    return account_id, key


def criteria(ask: Ask, value: str) -> StageCriteriaForm:
    require(ask.person, May.ADVANCE)
    account, progress = _still(ask, value)
    stage, seen = progress.stage, progress.seen
    by_hand = [item for item in stage.criteria if item.by_hand and item.key not in seen]
    return StageCriteriaForm(
        account_id=account.id,
        account=account.name,
        key=stage.key,
        stage=stage.name,
        criteria=[Choice(item.key, item.text) for item in by_hand],
        ticked=sorted(progress.ticked),
        seen=[item.text for item in stage.criteria if item.key in seen],
    )


def override(ask: Ask, value: str) -> StageOverrideForm:
    require(ask.person, May.OVERRIDE)
    account, progress = _still(ask, value)
    return override_form(account, progress, to=None)


def override_form(account: Account, progress: Progress, *, to: str | None) -> StageOverrideForm:
    stage = progress.stage
    others = [Choice(one.key, one.name) for one in track(account.process) if one.key != stage.key]
    return StageOverrideForm(
        account_id=account.id,
        account=account.name,
        key=stage.key,
        stage=stage.name,
        open=[item.text for item in (*progress.open, *progress.barred)],
        stages=[*others, Choice(rules.END, "The end of onboarding")],
        to=to or (progress.following.key if progress.following else rules.END),
    )


def handover_form(
    session: Session, needed: NeedsNote, *, to: str | None, reason: str | None
) -> StageHandoverForm:
    account, handing = needed.account, needed.handing
    owner = session.get(TeamMember, account.owner_id) if account.owner_id else None
    return StageHandoverForm(
        account_id=account.id,
        account=account.name,
        key=needed.leaves.key,
        following=handing.into.name,
        role=handing.into.owner,
        heir=person(handing.to),
        heir_id=handing.to.id,
        owner=person(owner) if owner else None,
        note=needed.note,
        to=to,
        reason=reason,
    )


def people(ask: Ask, account: Account) -> PeopleForm:
    require(ask.person, May.EDIT_ACCOUNTS)
    named = naming.own(ask.session, account.id)
    usual = naming.usual(ask.session, ask.settings)
    return PeopleForm(
        account_id=account.id,
        account=account.name,
        named={role: person(member) for role, member in named.items()},
        usual={role: person(member) for role, member in usual.items()},
    )


@on_submit(View.PEOPLE)
def people_named(ask: Submission) -> Answer:
    account = naming.name(
        ask.session,
        account_id=ask.number("account_id"),
        people={role: fields.maybe_member(ask, role) for role in Role},
        by=ask.person,
        now=ask.now,
    )
    named = naming.of(ask.session, account, settings=ask.settings)
    people = [(ROLES[role], person(named[role]) if role in named else None) for role in Role]
    return PeopleNamed(account_id=account.id, account=account.name, people=people)


def requirements(ask: Ask, account: Account) -> RequirementsForm:
    require(ask.person, May.EDIT_ACCOUNTS)
    wanted = asking.of(ask.session, account.id) or Wanted()
    return RequirementsForm(account_id=account.id, account=account.name, wanted=wanted)


@on_submit(View.REQUIREMENTS)
def requirements_written(ask: Submission) -> Answer:
    said = {name: fields.optional(ask, name) for name in ("used_before", "success")}
    said |= {name: ask.text(name) for name in ("why_bought", "intended_use")}
    wanted = Wanted(**said)
    account = asking.save(
        ask.session,
        account_id=ask.number("account_id"),
        wanted=wanted,
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return RequirementsKept(account_id=account.id, account=account.name, wanted=wanted)


def introduction(ask: Ask, account: Account) -> Answer:
    require(ask.person, May.EDIT_ACCOUNTS)
    return introducing.written(ask.session, account, by=ask.person, settings=ask.settings)


def _of(opens: Callable[[Ask, Account], Answer]) -> Callable[[Ask, str], Answer]:
    """The form of an account whose number a menu's choice has."""

    def answer(ask: Ask, value: str) -> Answer:
        account_id = number(value)
        if account_id is None:
            raise Refused(STALE)
        return opens(ask, account_by_id(ask.session, account_id))

    return answer


CHOICES: dict[str, Callable[[Ask, str], Answer]] = {
    "people": _of(people),
    "requirements": _of(requirements),
    "introduce": _of(introduction),
    "override": override,
    "tick": criteria,
}


def _still(ask: Ask, value: str) -> tuple[Account, Progress]:
    """The account, if it still is in the stage that the button was shown for."""
    account_id, key = pressed(value)
    account = account_by_id(ask.session, account_id)
    return account, queries.underway(ask.session, account, shown=key, now=ask.now)
