"""How csbot answers in the moment: in the response itself, at a form's field, or to one person."""

import json
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from csbot import clock
from csbot.account_channels.queries import is_neutral
from csbot.errors import Forbidden, Refused
from csbot.outbox.answering import SHARED
from csbot.outbox.places import place
from csbot.outbox.queue import Outgoing, Priority, enqueue, enqueue_many, enqueue_private
from csbot.slack.gateway import SlackFailure
from csbot.team import whom_to_ask
from csbot.wiring import Wiring
from csbot.words import plain
from handlers import read
from handlers.ask import Answer
from handlers.commands import wants_sharing
from messages.blocks import Option, option
from messages.form import Form, render_form
from messages.home_answer import SHOWS, HomeAnswer
from messages.keeping import offered
from messages.message import Message
from messages.render import render
from messages.said import Fault, NotDone, Said
from messages.sharing import FOR_THE_ASKER, leading_on

TOO_SLOW = "That took too long for Slack to open the form. Please try once more."
LATE = {
    "expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired",
    "trigger_exchanged", "not_found",
}  # fmt: skip
STACK_FULL = "push_limit_reached"
UNSURE = (
    "I cannot tell whether this channel is shared with another organisation, so only you see this."
)
UNINVITED = (
    "I am not in this channel, so only you see this. Type `/invite @csbot` here, then ask again."
)
ANSWERED = "Everybody here can read the answer."


def open_form(wiring: Wiring, body: dict[str, Any], form: Form) -> SlackFailure | None:
    """Open or stack a form; returns why Slack would not have it (any more).

    One that shows itself anew stays where it is, and so does what would be a fourth on the others.
    """
    view = _remembering(render_form(form), body)
    below = body.get("view") or {}
    on_top = below.get("type") == "modal"
    try:
        if not (on_top and _again(below, form)):
            wiring.slack_now.open_view(str(body.get("trigger_id") or ""), view, push=on_top)
            return None
    except SlackFailure as failure:
        if failure.code != STACK_FULL:
            return failure
    try:
        wiring.slack_now.update_view(str(below["id"]), view)
    except SlackFailure as failure:
        return failure
    return None


def _again(below: dict[str, Any], form: Form) -> bool:
    """Whether it is another page of what is open, or the same after a press in it."""
    if below.get("callback_id") != form.view:
        return False
    return form.turns or (SHOWS in (said := form.remember()) and read.shows(below) == said[SHOWS])


def to_command(wiring: Wiring, body: dict[str, Any], answer: Answer) -> str | dict[str, Any]:
    if answer is None or isinstance(answer, Form):
        return ""
    content, public = _for_whom(wiring, body, answer)
    if public:
        _to_everybody(wiring, body, answer)
        return ""
    return {"response_type": "ephemeral", **content}


def to_press(wiring: Wiring, body: dict[str, Any], answer: Message) -> None:
    """To the presser alone, or to everybody if that is what their command asked for."""
    over = in_place(body, answer)
    if isinstance(over, Form) and open_form(wiring, body, over) is None:
        return
    if body.get("view"):
        after_form(wiring, body, answer)
        return
    content, public = _for_whom(wiring, body, answer)
    if not public:
        _privately(wiring, body, answer, content)
        return
    _to_everybody(wiring, body, answer)
    privately(wiring, body, Said(sentence=ANSWERED))


def _for_whom(wiring: Wiring, body: dict[str, Any], answer: Message) -> tuple[dict[str, Any], bool]:
    """What to show, and whether to everybody in the conversation."""
    content = render(answer)
    if not wants_sharing(body):
        return offered(content, answer.question()), False
    if isinstance(answer, FOR_THE_ASKER):
        return leading_on(content), False
    refusal = _why_not_share(wiring, read.channel(body) or "")
    if refusal is None:
        return content, True
    content["blocks"].append(render(Said(sentence=refusal))["blocks"][0])
    return offered(content, answer.question()), False


def in_place(body: dict[str, Any], answer: Answer) -> Answer:
    """Home is no conversation: what is said there is shown over it."""
    if isinstance(answer, Message) and read.at_home(body):
        return HomeAnswer(message=answer)
    return answer


def to_submission(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Form):
        view = _remembering(render_form(answer), body)
        return {"response_action": "update", "view": view}
    return {"response_action": "clear"}


def after_form(wiring: Wiring, body: dict[str, Any], answer: Message) -> None:
    """To the submitter alone, or to everybody who may read it where it was asked for that."""
    shared = wants_sharing(body) and not isinstance(answer, FOR_THE_ASKER)
    if read.channel(body) and shared:
        _to_everybody(wiring, body, answer)
    else:
        privately(wiring, body, answer)


def _to_everybody(wiring: Wiring, body: dict[str, Any], answer: Message) -> None:
    """As a message of csbot's own: it is taken out when others come to read along there.

    Refused: Slack's own way to answer, of which nobody learns where it stands.
    """
    where, thread = read.channel(body) or "", read.thread(body)
    item = Outgoing(
        answer, to=where, key=f"answer:{read.request_id(body)}", priority=Priority.URGENT,
        thread=place(where, thread) if thread else None, asked_by=read.who(body).slack_id,
    )  # fmt: skip
    with wiring.sessions.begin() as session:
        enqueue_many(session, [item], now=clock.now())


def to_suggestion(options: list[Option]) -> dict[str, Any]:
    return {"options": [option(item) for item in options]}


def in_full(wiring: Wiring, refusal: Refused) -> Refused:
    """With the admins to turn to, where somebody else may do it; never a reason to fail."""
    if not isinstance(refusal, Forbidden):
        return refusal
    try:
        with wiring.sessions() as session:
            return Refused(whom_to_ask.said(session, refusal), field=refusal.field)
    except SQLAlchemyError:
        return refusal


def at_field(body: dict[str, Any], refusal: Refused) -> dict[str, str]:
    """With whatever else is still blank, so that nobody mends one field to hear of the next."""
    inputs = [b for b in body["view"].get("blocks", []) if b.get("type") == "input"]
    names = [str(b["block_id"]) for b in inputs]
    known = {one.field: plain(one.reason)[:290] for one in refusal.all if one.field in names}
    needed = {str(b["block_id"]) for b in inputs if not b.get("optional")}
    blank = read.blanks(body["view"]) & needed if known else set()
    errors = {name: "Please fill this in." for name in names if name in blank} | known
    return errors or {(names or ["form"])[0]: plain(refusal.reason)[:290]}


def privately(wiring: Wiring, body: dict[str, Any], message: Message) -> None:
    """Show it to the presser alone: in place where they pressed, else through the outbox."""
    _privately(wiring, body, message, offered(render(message), message.question()))


def _privately(
    wiring: Wiring, body: dict[str, Any], message: Message, content: dict[str, Any]
) -> None:
    over = not isinstance(message, NotDone | Fault)  # what was pressed can be pressed again
    replace = over and bool((body.get("container") or {}).get("is_ephemeral"))
    try:
        url, thread = body.get("response_url") or "", read.thread(body)
        wiring.slack_now.respond(url, content, replace=replace, thread_ts=thread)
    except SlackFailure:
        _through_outbox(wiring, body, message)


def _through_outbox(wiring: Wiring, body: dict[str, Any], message: Message) -> None:
    now, person, where = clock.now(), read.who(body).slack_id, read.channel(body)
    key, thread = f"answer:{read.request_id(body)}", read.thread(body)
    at = place(where, thread) if where and thread else None
    with wiring.sessions.begin() as session:
        if where and not read.is_between_us(body):
            enqueue_private(
                session, message, channel=where, person=person, key=key, now=now, thread=at
            )
        else:
            enqueue(session, message, to=where or person, key=key, now=now, thread=at)


def _why_not_share(wiring: Wiring, channel: str) -> str | None:
    """Customers' data never goes where another organisation reads along."""
    allowed = wiring.settings.config.channels.shared_allowed
    try:
        known = wiring.slack_now.channel(channel)
    except SlackFailure:
        return UNSURE
    with wiring.sessions() as session:
        outside = known.is_ext_shared or is_neutral(session, channel)
    if outside and not {known.id, known.name, f"#{known.name}"} & set(allowed):
        return SHARED
    return None if known.is_member else UNINVITED


def _remembering(view: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The same view, with where it was opened, so that its answer is shown there."""
    where = read.channel(body)
    state = json.loads(view["private_metadata"]) | ({read.CHANNEL: where} if where else {})
    state |= {read.HOME: True} if read.at_home(body) else {}
    if wants_sharing(body):
        state |= {read.SHARED: True, read.THREAD: read.thread(body)}
    return view | {"private_metadata": json.dumps(state, ensure_ascii=False)}
