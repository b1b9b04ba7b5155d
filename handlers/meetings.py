"""Meetings: added in one line or in a form, listed, and noted with how they went."""

from csbot.access import May, require
from csbot.accounts.former import take_to_change
from csbot.accounts.here import account_here
from csbot.accounts.lookup import Found, find_account
from csbot.errors import Refused
from csbot.meetings import queries, service
from csbot.meetings.listing import meeting_list
from csbot.meetings.reading import Line, Unclear, read_line, read_outcome
from csbot.meetings.service import Added, Noted
from csbot.team.queries import named
from csbot.team.rules import zone
from csbot.undated import why_no_date
from csbot.words import first_word, number
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
from messages.ids import Action, View
from messages.meetings import (
    MeetingAdded,
    MeetingAsked,
    MeetingForm,
    MeetingList,
    MeetingNoted,
    MeetingUnclear,
)

VERBS_ELSEWHERE = ("cancel", "delete", "remove", "undo", "move", "edit", "reschedule", "attended")
# Words for one's own list, which begins with what comes first.
OWN = ("me", "mine", "my", "today", "tomorrow", "this week", "next", "upcoming")
MEETING_VERBS = (
    "I can add a meeting and note how it went: `/cs meeting add acme QBR friday 3pm`, and "
    "`/cs meeting done` with its number and `attended`, `no-show` or `cancelled`."
)


@on_command("meeting")
def meeting(ask: Command) -> Answer:
    verb, rest = first_word(ask.text)
    if verb.casefold() in ("", "add"):
        require(ask.person, May.LOG)
        return _add(ask, rest)
    if verb.casefold() == "done":
        return _outcome(ask, rest) if rest else _list(ask, "")
    if verb.casefold() in VERBS_ELSEWHERE and number(rest.removeprefix("#")) is not None:
        raise Refused(MEETING_VERBS)
    return _list(ask, ask.text)


@on_command("meetings")
def meetings(ask: Command) -> Answer:
    return _list(ask, ask.text)


@on_press(Action.MEETING_ATTENDED)
def attended(ask: Press) -> Answer:
    return _note(ask, ask.numbers(1)[0], "attended", None)


@on_press(Action.MEETING_NO_SHOW)
def no_show(ask: Press) -> Answer:
    return _note(ask, ask.numbers(1)[0], "no_show", None)


@on_press(Action.MEETING_CANCELLED)
def cancelled(ask: Press) -> Answer:
    return _note(ask, ask.numbers(1)[0], "cancelled", None)


@on_submit(View.MEETING)
def submitted(ask: Submission) -> Answer:
    added = service.add_meeting(
        ask.session,
        account_id=fields.account_id(ask),
        kind=ask.text("kind"),
        title=fields.optional(ask, "title") or "",
        starts_at=fields.moment(ask, "starts_at"),
        duration_minutes=fields.whole(ask, "duration", "5 to 480 minutes.", most=480),
        agenda=fields.optional(ask, "agenda"),
        by=ask.person,
        now=ask.now,
    )
    return _added(added, None)


def _add(ask: Command, text: str) -> Answer:
    if not text:
        return MeetingForm()
    found = take_to_change(ask.session, text, person=ask.person)
    try:
        line = read_line(found.rest, now=ask.now, zone=zone(ask.person))
    except Unclear as unclear:
        return _unclear(found, unclear)
    if line.starts_at is None or not line.timed:
        return _form(found, line)
    try:
        added = service.add_meeting(
            ask.session, account_id=found.account.id, kind=line.kind, title=line.title,
            starts_at=line.starts_at, duration_minutes=line.minutes, by=ask.person, now=ask.now,
        )  # fmt: skip
    except Refused as refusal:
        if refusal.field != "starts_at":
            raise
        return _unclear(found, Unclear(wrong="", line=line), why=refusal.reason)
    return _added(added, found.guessed)


def _list(ask: Command, name: str) -> MeetingList:
    if name.casefold() in OWN:
        return meeting_list(
            ask.session, account=None, of=ask.person, reader=ask.person, now=ask.now
        )
    if name.startswith(("@", "<@")):
        of = named(ask.session, name)
        return meeting_list(ask.session, account=None, of=of, reader=ask.person, now=ask.now)
    meant = account_here(ask.session)
    account = find_account(ask.session, name, person=ask.person) if name else meant
    return meeting_list(ask.session, account=account, of=ask.person, reader=ask.person, now=ask.now)


def _outcome(ask: Command, text: str) -> Answer:
    said = read_outcome(text)
    if said.outcome is not None:
        return _note(ask, said.meeting_id, said.outcome, said.note)
    meeting, account = queries.one(ask.session, said.meeting_id)
    return MeetingAsked(
        meeting_id=meeting.id,
        title=meeting.title,
        account=account.name,
        starts_at=meeting.starts_at,
        over=meeting.starts_at <= ask.now,
    )


def _note(ask: Ask, meeting_id: int, outcome: str, note: str | None) -> MeetingNoted:
    noted = service.set_outcome(
        ask.session, meeting_id=meeting_id, outcome=outcome, notes=note,
        by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return _noted(noted, outcome)


def _noted(noted: Noted, outcome: str) -> MeetingNoted:
    return MeetingNoted(
        meeting_id=noted.meeting.id,
        title=noted.meeting.title,
        account_id=noted.account.id,
        account=noted.account.name,
        outcome=outcome,
        note=noted.meeting.notes,
        already=noted.already,
    )


def _form(found: Found, line: Line) -> MeetingForm:
    return MeetingForm(
        account_id=found.account.id,
        account=found.account.name,
        kind=line.kind,
        what=line.title,
        starts_at=line.starts_at,
        duration_minutes=line.minutes,
    )


def _unclear(found: Found, unclear: Unclear, *, why: str = "") -> MeetingUnclear:
    return MeetingUnclear(
        wrong=unclear.wrong,
        why=why or why_no_date(unclear.wrong) or "",
        title=unclear.line.title or unclear.line.kind,
        account_id=found.account.id,
        account=found.account.name,
    )


def _added(added: Added, wrote: str | None) -> MeetingAdded:
    meeting = added.meeting
    return MeetingAdded(
        meeting_id=meeting.id,
        title=meeting.title,
        account=added.account.name,
        starts_at=meeting.starts_at,
        minutes=meeting.duration_minutes,
        also=added.also,
        wrote=wrote,
    )
