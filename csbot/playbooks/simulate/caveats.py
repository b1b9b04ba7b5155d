"""What a replay cannot know of the past, said where the playbook asks for it."""

from collections.abc import Iterator

from csbot.conditions.grammar import tests
from csbot.playbooks.definition import Definition
from csbot.playbooks.simulate.replay import conditions

TODAY = "`{}` is read as of today, its history is not kept"
NOT_KEPT = {
    "account.process", "account.customer_for", "account.contract_months", "account.onboarding_for",
    "contact.phone", "contact.title", "contact.opted_out", "ticket.sentiment", "ticket.priority",
    "meeting.title", "meeting.duration", "account.owned",
}  # fmt: skip
BY_DAY = {
    "contact.inactive", "contact.quiet", "feature.used", "feature.time", "feature.unused",
    "login.first_of_month",
}  # fmt: skip
ROLL_UPS = (
    "logins are known by the day: one counts from the end of its day (UTC), and one that was "
    "told of late from when it came, as long as its event is kept; a last login that only a file "
    "told counts from the first file read after it"
)
PEOPLE = "who works here is read as of today, its history is not kept"
BILLING = "an invoice counts as what its last event said, from then on"


def of(definition: Definition) -> Iterator[str]:
    trigger = definition.trigger.event or definition.trigger.detector or ""
    if trigger in BY_DAY:
        yield ROLL_UPS
    if trigger == "account.unowned":
        yield f"{PEOPLE}, and the trigger turns on it"
    if trigger.startswith("payment."):
        yield BILLING
    deciding = _fields(definition)
    for name in sorted(deciding & NOT_KEPT):
        yield f"{TODAY.format(name)}, and the playbook turns on it"
    if definition.trigger.by_hand:
        yield "it is started by hand, so nothing of the past starts it"


def _fields(definition: Definition) -> set[str]:
    return {test.field for condition in conditions(definition) for test in tests(condition)}
