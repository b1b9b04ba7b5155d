"""All onboardings: the list with its pages and filters, the Gantt chart, and first value."""

from csbot.access import May, require
from csbot.accounts.choosing import Unread
from csbot.accounts.lookup import WhichAccount, take_account
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.kept.service import keep
from csbot.onboarding import first_value, gantt_file, value_report
from csbot.onboarding.filters import from_code
from csbot.onboarding.overview import GANTT, KEEP, asked_for, overview
from csbot.words import first_word, unquoted
from handlers.ask import Answer, Ask, Command, Press, on_press
from messages.ids import Action
from messages.said import Said


def answer(ask: Command) -> Answer:
    """The list, or the chart or the report of many; None where the text may name an account."""
    verb, rest = first_word(ask.text)
    if of_many := OF_MANY.get(verb.casefold()):
        return of_many(ask, rest)
    try:
        return list_answer(ask)
    except Unread as refusal:
        if refusal.understood and not _names_account(ask):
            raise
        return None


def _names_account(ask: Command) -> bool:
    try:
        return bool(take_account(ask.session, ask.text, person=ask.person))
    except WhichAccount:
        return True
    except Refused:
        return False


def list_answer(ask: Command) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    chosen = asked_for(ask.session, ask.text, person=ask.person)
    return overview(ask.session, chosen, person=ask.person, now=ask.now)


def gantt_answer(ask: Ask, account: Account) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    return gantt_file.ask_one(ask.session, account, by=ask.person, now=ask.now)


def value_answer(ask: Ask, account: Account, text: str) -> Answer:
    """Record it in one's own words, or with none tell how it stands."""
    require(ask.person, May.SEE_ACCOUNTS)
    aims = ask.settings.config.first_value
    if text.strip():
        account = first_value.reach(
            ask.session, account_id=account.id, what=unquoted(text.strip()), by=ask.person,
            now=ask.now,
        )  # fmt: skip
    stands = value_report.in_words(account, settings=aims, now=ask.now)
    return Said(sentence=f"First value of {account.name}: {stands}.")


def _gantt_of_many(ask: Ask, text: str) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    try:
        chosen = asked_for(ask.session, text, person=ask.person)
    except Unread as refusal:
        return gantt_answer(ask, _one(ask, text, refusal))
    return gantt_file.ask_all(ask.session, chosen, by=ask.person, now=ask.now)


def _report(ask: Ask, text: str) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    try:
        chosen = asked_for(ask.session, text or "everybody", person=ask.person)
    except Unread as refusal:
        return value_answer(ask, _one(ask, text, refusal), "")
    aims = ask.settings.config.first_value
    return value_report.report(ask.session, chosen, settings=aims, now=ask.now)


def _one(ask: Ask, text: str, refusal: Unread) -> Account:
    """What is no choice of many may be the name of one; else the refusal that says so."""
    try:
        found = take_account(ask.session, text, person=ask.person)
    except WhichAccount:
        raise
    except Refused:
        raise refusal from None
    if found.rest:
        raise refusal
    return found.account


def _done(ask: Ask, text: str) -> Answer:
    raise Refused(
        "I list who is in onboarding now. How soon accounts had first value stands in "
        "`/cs onboarding value`, and when one was done in `/cs timeline` with its name."
    )


OF_MANY = {
    "done": _done,
    "finished": _done,
    "completed": _done,
    "gantt": _gantt_of_many,
    "chart": _gantt_of_many,
    "value": _report,
}


@on_press(Action.ONBOARDING_PAGE)
@on_press(Action.ONBOARDING_BACK)
def turned(ask: Press) -> Answer:
    """Another page or another list: the button carries the whole choice, however old it is."""
    require(ask.person, May.SEE_ACCOUNTS)
    return overview(ask.session, from_code(ask.value), person=ask.person, now=ask.now)


@on_press(Action.ONBOARDING_MORE)
def more(ask: Press) -> Answer:
    """Another list, the same one to keep, or its chart."""
    require(ask.person, May.SEE_ACCOUNTS)
    if (code := ask.value.removeprefix(KEEP)) != ask.value:
        question = f"onboarding:{from_code(code).code()}"
        return keep(ask.session, question, person=ask.person, settings=ask.settings, now=ask.now)
    if (code := ask.value.removeprefix(GANTT)) != ask.value:
        return gantt_file.ask_all(ask.session, from_code(code), by=ask.person, now=ask.now)
    return turned(ask)
