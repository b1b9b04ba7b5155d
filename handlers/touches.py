"""Messages to customers: whether they go out, and in which words."""

from csbot.errors import Refused
from csbot.touches import choosing, deciding
from handlers import fields
from handlers.ask import Answer, Press, Submission, Suggest, on_press, on_submit, on_suggest
from messages.blocks import Option
from messages.ids import Action, View


@on_press(Action.TOUCH_SEND)
def send(ask: Press) -> Answer:
    id, version = ask.numbers(2)
    deciding.approve(
        ask.session,
        approval_id=id,
        version=version,
        ticked=_ticked(ask, id, version),
        by=ask.person,
        settings=ask.settings,
        now=ask.now,
    )
    return None


@on_press(Action.TOUCH_SKIP)
def skip(ask: Press) -> Answer:
    id, version = ask.numbers(2)
    deciding.skip(
        ask.session, approval_id=id, version=version, by=ask.person, settings=ask.settings,
        now=ask.now,
    )  # fmt: skip
    return None


@on_press(Action.TOUCH_TICK)
def tick(ask: Press) -> Answer:
    id, version = ask.numbers(2)
    deciding.tick(
        ask.session, approval_id=id, version=version, ticked=_ticked(ask, id, version),
        by=ask.person, now=ask.now,
    )  # fmt: skip
    return None


@on_press(Action.TOUCH_SHOW_ALL)
def show_all(ask: Press) -> Answer:
    id, _ = ask.numbers(2)
    return deciding.everyone(ask.session, approval_id=id, by=ask.person, now=ask.now)


@on_press(Action.TOUCH_EDIT)
def edit(ask: Press) -> Answer:
    id, version = ask.numbers(2)
    return deciding.edit_form(
        ask.session, approval_id=id, version=version, ticked=_ticked(ask, id, version),
        by=ask.person, now=ask.now,
    )  # fmt: skip


def _ticked(ask: Press, id: int, version: int) -> list[str] | None:
    """The ticks of that message, which Slack sends with every press in it."""
    return ask.values.get(f"touches:{id}:{version}")


@on_suggest(Action.TOUCH_SELECT)
def choices(ask: Suggest) -> list[Option]:
    approval = ask.remembered.get("approval_id")
    if type(approval) is not int:
        raise Refused(fields.OLD)
    found = choosing.drafts(ask.session, approval, ask.typed, by=ask.person, now=ask.now)
    return [Option(name, str(id)) for id, name in found]


@on_submit(View.TOUCH_PICK)
def picked(ask: Submission) -> Answer:
    return deciding.pick(
        ask.session,
        approval_id=ask.number("approval_id"),
        version=ask.number("version"),
        touch_id=fields.found(ask, "touch", "Choose one."),
        by=ask.person,
        now=ask.now,
    )


@on_submit(View.TOUCH_EDIT)
def edited(ask: Submission) -> Answer:
    deciding.edit(
        ask.session,
        approval_id=ask.number("approval_id"),
        version=ask.number("version"),
        touch_id=fields.remembered_id(ask, "touch_id"),
        subject=fields.optional(ask, "subject"),
        body=ask.text("body"),
        by=ask.person,
        settings=ask.settings,
        now=ask.now,
    )
    return None
