"""What a kept answer shows, put together anew for whoever kept it, as they may see it now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from csbot import administration, pipeline_board
from csbot.access import May, allows, require
from csbot.accounts.book import book_at
from csbot.accounts.model import Account
from csbot.accounts.show import account_card, account_timeline
from csbot.brief.service import brief
from csbot.churn import report as churn
from csbot.digests import service as digests
from csbot.errors import Refused
from csbot.find import account_by_id, by_id, member_by_id
from csbot.helping import help_for
from csbot.meetings.listing import meeting_list
from csbot.notes.service import note_list
from csbot.onboarding import filters as onboarding_filters
from csbot.onboarding import value_report
from csbot.onboarding.card import card as stage_card
from csbot.onboarding.overview import overview as onboarding
from csbot.playbooks import show as playbooks
from csbot.playbooks.naming import take_playbook
from csbot.points_ledger import ledger
from csbot.renewals import card as renewals
from csbot.renewals import filters as renewal_filters
from csbot.renewals.model import Renewal
from csbot.renewals.overview import overview
from csbot.renewals.telling import told
from csbot.settings import Settings
from csbot.tasks.listing import task_list
from csbot.team.listing import team_list
from csbot.team.model import TeamMember
from csbot.words import number
from messages.message import Message
from messages.onboarding_list import OnboardingList
from messages.renewals import RenewalsList
from messages.tasks import ONLY

OLD = "This button is from an older version of the message. Run the command again."


@dataclass(frozen=True)
class Look:
    """Who looks, at what: `rest` follows the kind of the question."""

    session: Session
    person: TeamMember
    settings: Settings
    now: datetime
    rest: str

    def account(self) -> Account:
        return account_by_id(self.session, number(self.rest) or 0)

    def numbers(self) -> list[int]:
        return [number(part) or 0 for part in self.rest.split(":")]


def show(
    session: Session, question: str, *, person: TeamMember, settings: Settings, now: datetime
) -> Message:
    """Refused where what it asks for is gone, or not for this person any more."""
    kind, _, rest = question.partition(":")
    if kind not in SHOWS:
        raise Refused(OLD)
    may, does = SHOWS[kind]
    require(person, may)
    return does(Look(session, person, settings, now, rest))


def _account(look: Look) -> Message:
    id = look.account().id
    return account_card(look.session, id, viewer=look.person, settings=look.settings, now=look.now)


def _book(look: Look) -> Message:
    return book_at(look.session, look.rest, viewer=look.person, now=look.now)


def _timeline(look: Look) -> Message:
    id, page = [*look.numbers(), 1][:2]
    account = account_by_id(look.session, id)
    return account_timeline(look.session, account, reader=look.person, now=look.now, page=page)


def _tasks(look: Look) -> Message:
    person, account, only, page = (*look.numbers(), 0, 0, 0)[:4]
    return task_list(
        look.session,
        of=member_by_id(look.session, person) if person else None,
        account=account_by_id(look.session, account) if account else None,
        only=ONLY[min(only, len(ONLY) - 1)],
        reader=look.person,
        now=look.now,
        page=page,
    )


def _notes(look: Look) -> Message:
    return note_list(look.session, look.account().id, reader=look.person, now=look.now)


def _team(look: Look) -> Message:
    page = look.numbers()[0]
    return team_list(look.session, reader=look.person, now=look.now, page=page)


def _meetings(look: Look) -> Message:
    given = look.numbers()
    id, page, person_id = [*given, *(0, 1, 0)[len(given) :]][:3]
    account = account_by_id(look.session, id) if id else None
    of = member_by_id(look.session, person_id) if person_id else look.person
    return meeting_list(
        look.session, account=account, of=of, reader=look.person, now=look.now, page=max(1, page)
    )


def _brief(look: Look) -> Message:
    id, _, kind = look.rest.partition(":")
    shown = brief(
        look.session, number(id) or 0, review=kind == "qbr", viewer=look.person,
        settings=look.settings, now=look.now,
    )  # fmt: skip
    return shown.lasting()


def _stage(look: Look) -> Message:
    return stage_card(
        look.session, look.account(), by=look.person, settings=look.settings, now=look.now
    )


def _renewal(look: Look) -> Message:
    gone = "I know no such renewal any more."
    held = by_id(look.session, Renewal, number(look.rest) or 0, missing=gone)
    if held.status != "open":
        raise Refused("This renewal is closed.")
    account = look.session.get_one(Account, held.account_id)
    return renewals.card(look.session, held, account, person=look.person, wrote=None, now=look.now)


def _renewals(look: Look) -> Message:
    chosen = renewal_filters.from_code(look.rest)
    shown = overview(look.session, chosen, person=look.person, settings=look.settings, now=look.now)
    if isinstance(shown, RenewalsList):
        return replace(shown, turn=replace(shown.turn, keep=False))
    return shown


def _history(look: Look) -> Message:
    chosen = renewal_filters.from_code(look.rest)
    return told(look.session, chosen, person=look.person, settings=look.settings, now=look.now)


def _onboarding(look: Look) -> Message:
    chosen = onboarding_filters.from_code(look.rest)
    shown = onboarding(look.session, chosen, person=look.person, now=look.now)
    if isinstance(shown, OnboardingList):
        return replace(shown, turn=replace(shown.turn, keep=None))
    return shown


def _values(look: Look) -> Message:
    chosen, aims = onboarding_filters.from_code(look.rest), look.settings.config.first_value
    return value_report.report(look.session, chosen, settings=aims, now=look.now)


def _digest(look: Look) -> Message:
    own = look.rest == "me"
    whose = look.person if own else member_by_id(look.session, number(look.rest) or 0)
    if whose.id != look.person.id:
        require(look.person, May.SEE_TEAM_DIGEST)
    return digests.present(
        look.session, person=whose, reader=look.person, settings=look.settings, now=look.now
    )


def _playbook(look: Look) -> Message:
    force = take_playbook(look.session, look.rest).force
    may = allows(look.person.role, May.PLAYBOOKS)
    return playbooks.card(look.session, force, may_switch=may, now=look.now)


def _admin(look: Look) -> Message:
    return administration.shown(
        look.session, look.rest, by=look.person, settings=look.settings, now=look.now
    )


def _help(look: Look) -> Message:
    about = look.rest or None
    return help_for(look.session, about, person=look.person, settings=look.settings)


def _pipeline(look: Look) -> Message:
    amounts = allows(look.person.role, May.SEE_RENEWALS)
    return pipeline_board.board(look.session, look.rest, amounts=amounts)


SHOWS: dict[str, tuple[May, Callable[[Look], Message]]] = {
    "account": (May.SEE_ACCOUNTS, _account),
    "admin": (May.SETTINGS_ALL, _admin),
    "book": (May.SEE_ACCOUNTS, _book),
    "timeline": (May.SEE_ACCOUNTS, _timeline),
    "tasks": (May.SEE_ACCOUNTS, _tasks),
    "meetings": (May.SEE_ACCOUNTS, _meetings),
    "notes": (May.SEE_ACCOUNTS, _notes),
    "team": (May.SEE_ACCOUNTS, _team),
    "brief": (May.SEE_ACCOUNTS, _brief),
    "stage": (May.SEE_ACCOUNTS, _stage),
    "score": (May.SEE_ACCOUNTS, lambda look: ledger(look.session, look.account())),
    "renewal": (May.FORECAST, _renewal),
    "renewals": (May.SEE_RENEWALS, _renewals),
    "history": (May.SEE_RENEWALS, _history),
    "onboarding": (May.SEE_ACCOUNTS, _onboarding),
    "values": (May.SEE_ACCOUNTS, _values),
    "churn": (
        May.SEE_RENEWALS,
        lambda look: churn.report(look.session, look.rest, person=look.person, now=look.now),
    ),
    "digest": (May.SEE_ACCOUNTS, _digest),
    "playbooks": (
        May.SEE_ACCOUNTS,
        lambda look: playbooks.listing(look.session, look.numbers()[0]),
    ),
    "playbook": (May.SEE_ACCOUNTS, _playbook),
    "help": (May.SETTINGS_OWN, _help),
    "pipelines": (May.SEE_ACCOUNTS, lambda look: pipeline_board.pipelines(look.session)),
    "pipeline": (May.SEE_ACCOUNTS, _pipeline),
}
