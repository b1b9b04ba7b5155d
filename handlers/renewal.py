"""One renewal: its card, what somebody decides of it, and how it ends."""

from decimal import Decimal
from functools import partial
from typing import Any

from csbot.access import May, allows
from csbot.accounts.former import take_to_change
from csbot.accounts.lookup import Found
from csbot.renewals import card, reading, service
from csbot.renewals.reading import LEADS, Unread, read_line
from csbot.renewals.saying import Speaker, follow
from csbot.team.rules import local_date
from handlers import fields
from handlers.ask import Answer, Command, Press, Submission, on_command, on_press, on_submit
from messages.answers import NotQuite
from messages.ids import Action, View
from messages.renewals import RenewalsForbidden


@on_command("renewal")
def renewal(ask: Command) -> Answer:
    if not allows(ask.person.role, May.FORECAST):
        return RenewalsForbidden()
    found = take_to_change(ask.session, ask.text, person=ask.person, leads=LEADS)
    if not found.rest:
        return _card(ask, found)
    by = Speaker(
        session=ask.session, found=found, person=ask.person, settings=ask.settings, now=ask.now
    )
    try:
        return follow(read_line(found.rest, today=local_date(ask.person, ask.now)), by)
    except Unread as unread:
        return _unread(found, unread)


def _card(ask: Command, found: Found) -> Answer:
    held = service.of_account(ask.session, found.account, by=ask.person, now=ask.now)
    return card.card(
        ask.session, held, found.account, person=ask.person, wrote=found.guessed, now=ask.now
    )


def _unread(found: Found, unread: Unread) -> NotQuite:
    return NotQuite(
        reason=unread.reason, understood=f"the renewal of {found.account.name}", form="renewal",
        account_id=found.account.id, text=found.rest,
    )  # fmt: skip


@on_press(Action.RENEWAL_CHANGE)
def change(ask: Press) -> Answer:
    if not allows(ask.person.role, May.FORECAST):
        return RenewalsForbidden()
    held, account = service.open_renewal(ask.session, ask.numbers(1)[0], by=ask.person)
    return card.change_form(held, account)


@on_press(Action.RENEWAL_WON)
def won(ask: Press) -> Answer:
    if not allows(ask.person.role, May.CLOSE):
        return RenewalsForbidden()
    held, account = service.open_renewal(ask.session, ask.numbers(1)[0], by=ask.person)
    return card.won_form(held, account)


@on_press(Action.RENEWAL_LOST)
def lost(ask: Press) -> Answer:
    if not allows(ask.person.role, May.CHURN):
        return RenewalsForbidden()
    held, account = service.open_renewal(ask.session, ask.numbers(1)[0], by=ask.person)
    return card.lost_form(held, account, person=ask.person, evidence=None, now=ask.now)


@on_submit(View.RENEWAL)
def submitted(ask: Submission) -> Answer:
    id = ask.number("renewal_id")
    return card.saved(
        service.change(
            ask.session,
            renewal_id=id,
            told=_told(ask, id),
            seen=ask.remembered.get("seen"),
            mark=ask.remembered.get("mark"),
            reason=fields.optional(ask, "reason"),
            settings=ask.settings,
            by=ask.person,
            now=ask.now,
        )
    )


def _told(ask: Submission, renewal_id: int) -> dict[str, Any]:
    """What the form holds; a form of before these inputs leaves their columns as they are."""
    told: dict[str, Any] = {
        "category": ask.text("category"),
        "next_step": fields.optional(ask, "next_step"),
        "next_step_on": fields.day(ask, "next_step_on"),
    }
    if "mark" not in ask.remembered:
        return told
    held, _ = service.open_renewal(ask.session, renewal_id, by=ask.person)
    written = fields.optional(ask, "forecast_amount")
    money = partial(reading.money, currency=held.currency, field="forecast_amount")
    amount = ask.read(lambda: money(written) if written else None, None)
    offer = ask.read(lambda: reading.offer(fields.optional(ask, "offer")), dict[str, Any]())
    return told | {"forecast_amount": amount} | offer


@on_submit(View.RENEWAL_WON)
def closed(ask: Submission) -> Answer:
    id, text = ask.number("renewal_id"), ask.text("final_amount")
    held, _ = service.open_renewal(ask.session, id, by=ask.person)
    money = partial(reading.money, text, currency=held.currency, field="final_amount")
    done = service.close_won(
        ask.session, renewal_id=id, final_amount=ask.read(money, Decimal(1)),
        final_months=fields.whole(ask, "final_months", "A whole number of months.", most=999),
        settings=ask.settings, by=ask.person, now=ask.now,
    )  # fmt: skip
    return card.won(done)
