"""Was it useful?: what people say of alerts, and of the playbooks that raise them."""

from csbot.alerts import doubts, verdicts
from handlers import fields
from handlers.ask import Answer, Press, Submission, on_press, on_submit
from messages.alert_why import DIGEST
from messages.ids import Action, View
from messages.said import Said


@on_submit(View.WHY)
def judged(ask: Submission) -> Answer:
    told = verdicts.answer(
        ask.session,
        alert_id=ask.number("alert_id"),
        verdict=ask.text("verdict"),
        note=fields.optional(ask, "note"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
        digest_only=DIGEST in fields.ticked(ask, "less"),
        until=fields.day(ask, "until"),
        threshold=fields.optional(ask, "threshold"),
    )
    return Said(sentence=told)


@on_press(Action.PLAYBOOK_OFF)
def switch_off(ask: Press) -> Answer:
    doubts.switch_off(ask.session, name=ask.value, by=ask.person, now=ask.now)
    return None


@on_press(Action.PLAYBOOK_KEEP)
def keep_on(ask: Press) -> Answer:
    doubts.keep_on(ask.session, name=ask.value, by=ask.person, now=ask.now)
    return None
