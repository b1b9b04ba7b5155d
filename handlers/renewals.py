"""Renewals: the list with its pages and filters, and the form that changes one."""

from csbot.access import May, allows
from csbot.renewals import queries, service
from csbot.renewals.filters import from_code
from csbot.renewals.overview import KEEP, keep, overview, saved
from handlers import fields
from handlers.ask import Answer, Command, Press, Submission, on_command, on_press, on_submit
from messages.ids import Action, View
from messages.renewal_change import RenewalForm
from messages.renewals import RenewalsForbidden
from messages.text import Money


@on_command("renewals")
def renewals(ask: Command) -> Answer:
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return RenewalsForbidden()
    chosen = queries.asked_for(ask.session, ask.text, person=ask.person)
    return overview(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.RENEWALS_PAGE)
@on_press(Action.RENEWALS_BACK)
def turned(ask: Press) -> Answer:
    """Another page or another view: the button carries the whole choice, however old it is."""
    if not allows(ask.person.role, May.SEE_RENEWALS):
        return RenewalsForbidden()
    chosen = from_code(ask.value)
    return overview(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.RENEWALS_MORE)
def more(ask: Press) -> Answer:
    """Another view, or the same one to keep."""
    code = ask.value.removeprefix(KEEP)
    if code == ask.value or not allows(ask.person.role, May.SEE_RENEWALS):
        return turned(ask)
    chosen = from_code(code)
    return keep(ask.session, chosen, person=ask.person, settings=ask.settings, now=ask.now)


@on_press(Action.RENEWAL_CHANGE)
def change(ask: Press) -> Answer:
    if not allows(ask.person.role, May.FORECAST):
        return RenewalsForbidden()
    [renewal_id] = ask.numbers(1)
    renewal, account = service.open_renewal(ask.session, renewal_id, by=ask.person)
    return RenewalForm(
        renewal_id=renewal.id,
        account=account.name,
        due=Money(renewal.amount_due, renewal.currency),
        due_on=renewal.due_on,
        category=renewal.category,
        next_step=renewal.next_step,
        next_step_on=renewal.next_step_on,
    )


@on_submit(View.RENEWAL)
def submitted(ask: Submission) -> Answer:
    return saved(
        service.change(
            ask.session,
            renewal_id=ask.number("renewal_id"),
            category=ask.text("category"),
            seen=ask.remembered.get("seen"),
            reason=fields.optional(ask, "reason"),
            next_step=fields.optional(ask, "next_step"),
            next_step_on=fields.day(ask, "next_step_on"),
            settings=ask.settings,
            by=ask.person,
            now=ask.now,
        )
    )
