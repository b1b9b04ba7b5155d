"""Handing over everything of one person: a form, a preview of what moves, the act."""

from csbot.access import May, require
from csbot.accounts import taking_over
from csbot.find import member_by_id
from csbot.team.model import TeamMember
from handlers import fields
from handlers.ask import Answer, Press, Submission, on_press, on_submit
from messages.home_handover import HandOverForm, HandOverPreview
from messages.ids import Action, View


@on_press(Action.HOME_HAND_OVER)
def hand_over(ask: Press) -> Answer:
    require(ask.person, May.ASSIGN_ANY)
    [id] = ask.numbers(1)
    former = member_by_id(ask.session, id) if id else None
    return HandOverForm(former_id=id, former=former.name if former else None)


@on_submit(View.HAND_OVER_ALL)
def previewed(ask: Submission) -> Answer:
    require(ask.person, May.ASSIGN_ANY)
    former, to = _former(ask), fields.member(ask, "person")
    lot = taking_over.preview(ask.session, former=former, to=to, by=ask.person)
    return HandOverPreview(
        former_id=former.id, former=former.name, to_id=to.id, to=to.name, moving=lot.moving,
        seen=lot.seen,
    )  # fmt: skip


def _former(ask: Submission) -> TeamMember:
    """Whose button it was; else chosen in the form."""
    if ask.remembered.get("former_id") == 0:
        return fields.member(ask, "former")
    return member_by_id(ask.session, ask.number("former_id"))


@on_submit(View.HAND_OVER_PREVIEW)
def handed(ask: Submission) -> Answer:
    require(ask.person, May.ASSIGN_ANY)
    former = member_by_id(ask.session, ask.number("former_id"))
    to = member_by_id(ask.session, ask.number("to_id"))
    why = fields.optional(ask, "why")
    lot = taking_over.take_over(
        ask.session, former=former, to=to, seen=str(ask.remembered.get("seen")), why=why,
        by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return taking_over.given_away(lot, former=former, to=to, by=ask.person, why=why)
