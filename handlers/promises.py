"""By when something follows on an alert: asked for, and moved."""

from csbot.alerts import more_time
from handlers import fields
from handlers.ask import Answer, Press, Submission, on_press, on_submit
from messages.ids import Action, View


@on_press(Action.PROMISE_MORE)
def more(ask: Press) -> Answer:
    """The value is the alert's number and the promise's."""
    alert_id, promise_id = ask.numbers(2)
    return by_when(ask, alert_id, promise_id)


def by_when(ask: Press, alert_id: int, promise_id: int | None = None) -> Answer:
    return more_time.form(
        ask.session, alert_id=alert_id, promise_id=promise_id, by=ask.person,
        settings=ask.settings, now=ask.now,
    )  # fmt: skip


@on_submit(View.BY_WHEN)
def moved(ask: Submission) -> Answer:
    more_time.move(
        ask.session,
        alert_id=ask.number("alert_id"),
        promise_id=fields.remembered_id(ask, "promise_id"),
        until=fields.moment(ask, "until"),
        reason=ask.text("reason"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return None
