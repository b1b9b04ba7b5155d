"""What a replay cannot know of the past, said where the playbook asks for it."""

from collections.abc import Iterator

from csbot.conditions.grammar import tests
from csbot.playbooks.definition import Definition
from csbot.playbooks.reach import subject_of
from csbot.playbooks.simulate.replay import conditions

TODAY = "`{}` is read as of today, its history is not kept, and the playbook turns on it"
NOT_KEPT = {
    "account.process", "account.onboarding_for", "account.owned", "contact.opted_out",
    "contact.phone", "contact.title", "meeting.title", "ticket.priority",
    "ticket.sentiment",
}  # fmt: skip
LOGINS = (
    "logins are known by the day: one counts once its day is over (UTC), one that was told of "
    "late once it came, as long as its event is kept; a last login that only a file told counts "
    "from the first file read after it; which user of the product is which contact is read as of "
    "today"
)
USAGE = "what was done with the product on a day is read as counted today"
PEOPLE = "who works here is read as of today, its history is not kept, and the trigger turns on it"
BILLING = "an invoice that was paid is known from its last event on, one that failed from each"
MEETINGS = "meetings are looked at once an hour, and each calendar counts as read just then"
ANSWERS = "answers to SMS are not replayed: a customer who gave no other counts as silent"
SIGNALS = "what the data said of a renewal is known since it last changed, and not before"
BY_HAND = "it is started by hand: nothing of the past starts it"
NAMED = {
    "account.unowned": PEOPLE,
    "renewal.disagreement": SIGNALS,
    "renewal.signal": SIGNALS,
}
LOGS_IN = ("contact.inactive", "contact.quiet", "login.", "customer.silent")


def of(definition: Definition) -> Iterator[str]:
    trigger = definition.trigger.event or definition.trigger.detector or ""
    asked = {test.field for condition in conditions(definition) for test in tests(condition)}
    if trigger.startswith(LOGS_IN) or any("login" in f for f in asked):
        yield LOGINS
    if trigger.startswith("feature.") or any("usage" in f or "features" in f for f in asked):
        yield USAGE
    yield from dict.fromkeys(NAMED[name] for name in sorted({trigger, *asked} & set(NAMED)))
    if trigger == "customer.silent" or any("answer" in f for f in asked):
        yield ANSWERS
    if trigger.startswith("payment.") or "account.unpaid" in asked:
        yield BILLING
    if subject_of(definition) == "meeting" and definition.trigger.detector:
        yield MEETINGS
    if definition.trigger.by_hand:
        yield BY_HAND
    yield from (TODAY.format(name) for name in sorted(asked & NOT_KEPT))
