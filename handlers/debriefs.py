"""How a meeting went: the answers to the question that its end asks."""

from csbot.meetings import debriefs
from handlers import fields
from handlers.ask import Answer, Press, Submission, on_press, on_submit
from messages.ids import Action, View


@on_press(Action.DEBRIEF_HAPPENED)
def happened(ask: Press) -> Answer:
    return debriefs.form(ask.session, meeting_id=ask.numbers(1)[0], by=ask.person, now=ask.now)


@on_press(Action.DEBRIEF_NO_SHOW)
def no_show(ask: Press) -> Answer:
    debriefs.no_show(
        ask.session, meeting_id=ask.numbers(1)[0], by=ask.person, now=ask.now,
        settings=ask.settings,
    )  # fmt: skip
    return None


@on_press(Action.DEBRIEF_MOVED)
def moved(ask: Press) -> Answer:
    id = ask.numbers(1)[0]
    return debriefs.moved_form(ask.session, meeting_id=id, by=ask.person, now=ask.now)


@on_submit(View.DEBRIEF)
def logged(ask: Submission) -> Answer:
    debriefs.happened(
        ask.session,
        meeting_id=ask.number("meeting_id"),
        sentiment=ask.text("sentiment"),
        note=ask.text("note"),
        next_step=fields.optional(ask, "next_step"),
        next_step_on=fields.needed_day(ask, "next_step_on"),
        by=ask.person,
        now=ask.now,
        settings=ask.settings,
    )
    return None


@on_submit(View.DEBRIEF_MOVED)
def submitted(ask: Submission) -> Answer:
    debriefs.moved(
        ask.session, meeting_id=ask.number("meeting_id"), by=ask.person, now=ask.now,
        starts_at=fields.moment(ask, "starts_at"), settings=ask.settings,
    )  # fmt: skip
    return None
