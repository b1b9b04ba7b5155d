"""Saying that one is away, who covers, and that one is back."""

from datetime import UTC, date, datetime, time

from csbot.access import May, require
from csbot.away import queries, reading, service
from csbot.away.model import Absence
from csbot.away.show import over, shown
from csbot.errors import Refused
from csbot.find import member_by_id
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, zone
from csbot.words import said
from handlers import fields
from handlers.ask import (
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    on_command,
    on_press,
    on_submit,
)
from messages.away import AwayForm
from messages.ids import Action, View


@on_command("away")
def away(ask: Command) -> Answer:
    whom, text = reading.split_person(ask.session, ask.text)
    member = _whose(ask, whom)
    if not text:
        return _state(ask, member)
    if text.casefold().strip(" .!") in ("off", "over", "end", "cancel", "back"):
        return _back(ask, member)
    wish = reading.read(ask.session, text, today=local_date(member, ask.now))
    return _say(ask, member, wish.from_on, wish.back_on, wish.cover, keep=wish.cover is None)


@on_command("back")
def back(ask: Command) -> Answer:
    whom, text = reading.split_person(ask.session, ask.text)
    if text:
        raise Refused(f"`/cs back` says that you are back. I did not read {said(text)}.")
    return _back(ask, _whose(ask, whom))


@on_press(Action.AWAY_BACK)
def pressed_back(ask: Press) -> Answer:
    return _back(ask, *_pressed(ask))


@on_press(Action.AWAY_EDIT)
def edit(ask: Press) -> Answer:
    """The value is whose and which; or "me", on a page of one's own."""
    if ask.value == "me":
        member = _whose(ask, None)
        found = queries.coming(ask.session, member, ask.now)
        return _form(ask, member, found[0] if found else None)
    member, id = _pressed(ask)
    return _form(ask, member, service.lasting(ask.session, member, id, ask.now))


@on_submit(View.AWAY)
def saved(ask: Submission) -> Answer:
    member = _whose(ask, member_by_id(ask.session, ask.number("member_id")))
    start, end = fields.needed_day(ask, "from_on"), fields.needed_day(ask, "back_on")
    which = ask.number("absence_id") if "absence_id" in ask.remembered else None
    return _say(ask, member, start, end, fields.maybe_member(ask, "cover"), which=which)


def _whose(ask: Ask, whom: TeamMember | None) -> TeamMember:
    if whom is None or whom.id == ask.person.id:
        require(ask.person, May.SETTINGS_OWN)
        return ask.person
    require(ask.person, May.COVER_ANY)
    return whom


def _pressed(ask: Press) -> tuple[TeamMember, int]:
    member_id, absence_id = ask.numbers(2)
    return _whose(ask, member_by_id(ask.session, member_id)), absence_id


def _state(ask: Ask, member: TeamMember) -> Answer:
    found = queries.coming(ask.session, member, ask.now)
    return _shown(ask, found[0], saved=False) if found else _form(ask, member, None)


def _form(ask: Ask, member: TeamMember, known: Absence | None) -> AwayForm:
    cover = ask.session.get(TeamMember, known.cover_id) if known and known.cover_id else None
    return AwayForm(
        absence_id=known.id if known else None,
        member_id=member.id,
        who=None if member.id == ask.person.id else member.name,
        from_on=local_date(member, known.starts_at if known else ask.now),
        back_on=local_date(member, known.ends_at) if known else None,
        cover=cover.slack_id if cover else None,
    )


def _say(
    ask: Ask,
    member: TeamMember,
    start: date | None,
    end: date,
    cover: TeamMember | None,
    *,
    keep: bool = False,
    which: int | None = None,
) -> Answer:
    """From today means from now on; with `keep` whoever was to cover before does."""
    begins = ask.now if start is None else max(ask.now, _midnight(member, start))
    absence = service.say_away(
        ask.session, member=member, starts_at=begins, ends_at=_midnight(member, end), cover=cover,
        by=ask.person, now=ask.now, keep_cover=keep, absence_id=which,
    )  # fmt: skip
    return _shown(ask, absence, saved=True)


def _midnight(member: TeamMember, day: date) -> datetime:
    return datetime.combine(day, time(), zone(member)).astimezone(UTC)


def _shown(ask: Ask, absence: Absence, *, saved: bool) -> Answer:
    return shown(ask.session, absence, reader=ask.person, saved=saved, now=ask.now)


def _back(ask: Ask, member: TeamMember, which: int | None = None) -> Answer:
    """`which` was on the button; who types it means the first."""
    absence = service.say_back(
        ask.session, member=member, by=ask.person, now=ask.now, absence_id=which
    )
    return over(absence, member, reader=ask.person)
