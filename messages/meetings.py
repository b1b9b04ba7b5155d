"""How meetings with customers read: the form, the list, and what was done."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control, Option, actions, context, section
from messages.ids import Action, View
from messages.inputs import moment_input, number_input, select_input, text_input
from messages.message import Message, Parts
from messages.pieces import pieces

KINDS = [
    Option("Meeting", "meeting"),
    Option("QBR (quarterly business review)", "QBR"),
    Option("Success session", "success session"),
    Option("Onboarding", "onboarding"),
    Option("Walkthrough", "walkthrough"),
    Option("Training", "training"),
    Option("Renewal talk", "renewal talk"),
    Option("Kick-off", "kick-off"),
]


@dataclass(frozen=True, kw_only=True)
class MeetingForm(AccountForm):
    """Adds a meeting; its time is picked in the reader's own zone."""

    view = View.MEETING
    title = "Add a Meeting"
    submit = "Add Meeting"

    kind: str = "meeting"
    what: str = ""
    starts_at: datetime | None = None
    duration_minutes: int = 30

    @classmethod
    def example(cls) -> Self:
        return cls(account_id=1, account="Acme", kind="QBR")

    def blocks(self) -> list[Block]:
        return [
            self.about(),
            select_input("kind", "Kind", KINDS, initial=self.kind),
            text_input("title", "Title", optional=True, initial=self.what, most=150),
            moment_input("starts_at", "Starts", initial=self.starts_at),
            number_input("duration", "Minutes", least=5, most=480, initial=self.duration_minutes),
            text_input("agenda", "Agenda", lines=True, optional=True),
        ]


BECAME = {
    "over": "over, not said yet how it went", "attended": "took place", "no_show": "nobody came",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MeetingToday:
    """`state` is what has become of it, None while it is to come."""

    starts_at: datetime
    account: str
    title: str
    agenda: str | None = None
    state: str | None = None

    @property
    def became(self) -> str | None:
        return BECAME.get(self.state or "")


SOON = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def outcome_buttons(meeting_id: int, *, over: bool) -> list[Control]:
    """What can be said of a meeting: before it only that it is off."""
    number = str(meeting_id)
    if not over:
        return [Button("Cancel Meeting", Action.MEETING_CANCELLED, number)]
    return [
        Button("Attended", Action.MEETING_ATTENDED, number),
        Button("No-Show", Action.MEETING_NO_SHOW, number),
        Button("Cancelled", Action.MEETING_CANCELLED, number),
    ]


@dataclass(frozen=True)
class MeetingLine:
    """`over`: its time has come, and nobody has said how it went."""

    id: int
    title: str
    kind: str
    account: str
    starts_at: datetime
    minutes: int
    over: bool


@dataclass(frozen=True, kw_only=True)
class MeetingList(Message):
    """Of one account, or all of a person's; `coming` and `over` count those left out as well.

    `whose` is who that is where they are another's than the reader's.
    """

    name = "meeting_list"

    about: str | None
    whose: str | None = None
    account_id: int = 0
    person_id: int = 0
    meetings: list[MeetingLine]
    coming: int
    over: int
    page: int = 1
    pages: int = 1

    @classmethod
    def example(cls) -> Self:
        return cls(
            about=None,
            meetings=[
                MeetingLine(7, "Onboarding", "onboarding", "Meeting Makers", SOON, 45, True),
                MeetingLine(8, "QBR", "QBR", "Acme", SOON, 60, False),
            ],
            coming=11,
            over=1,
        )

    def question(self) -> str:
        return self._of_page(self.page)

    def controls(self) -> list[Control]:
        further = self._of_page(self.page + 1)
        more = self.page < self.pages
        return [Button("Next Page", Action.ANSWER_MORE, further)] if more else []

    def _of_page(self, page: int) -> str:
        person = f":{self.person_id}" if self.person_id else ""
        return f"meetings:{self.account_id}:{page}{person}"

    def layout(self, parts: Parts) -> list[Block]:
        texts = pieces(parts.body, max(1, len(self.meetings)))
        blocks = [section(parts.summary), *(section(text) for text in texts if text)]
        blocks += [context(parts.context)] if parts.context else []
        return [*blocks, *([actions(controls)] if (controls := self.controls()) else [])]


@dataclass(frozen=True, kw_only=True)
class MeetingAdded(Message):
    """`also` is what the organiser has at the same time."""

    name = "meeting_added"

    meeting_id: int
    title: str
    account: str
    starts_at: datetime
    minutes: int
    also: str | None
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            meeting_id=7,
            title="QBR",
            account="Acme",
            starts_at=SOON,
            minutes=45,
            also="Success session with Globex",
            wrote="acmee",
        )


@dataclass(frozen=True, kw_only=True)
class MeetingAsked(Message):
    """How did it go?"""

    name = "meeting_asked"

    meeting_id: int
    title: str
    account: str
    starts_at: datetime
    over: bool

    @classmethod
    def example(cls) -> Self:
        return cls(meeting_id=7, title="QBR", account="Acme", starts_at=SOON, over=True)

    def controls(self) -> list[Control]:
        return outcome_buttons(self.meeting_id, over=self.over)


@dataclass(frozen=True, kw_only=True)
class MeetingNoted(Message):
    """`outcome` is attended, no_show or cancelled; `already`: it had that one before."""

    name = "meeting_noted"

    meeting_id: int
    title: str
    account_id: int
    account: str
    outcome: str
    note: str | None
    already: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            meeting_id=7,
            title="QBR",
            account_id=1,
            account="Acme",
            outcome="attended",
            note="They will add 20 seats",
            already=False,
        )

    def controls(self) -> list[Control]:
        if self.outcome != "attended":
            return [Button("Add Meeting…", Action.FORM_OPEN, f"meeting\t{self.account_id}\t")]
        value = f"checkin\t{self.account_id}\t{self.note or self.title}"
        return [Button("Log Check-In…", Action.FORM_OPEN, value)]


@dataclass(frozen=True, kw_only=True)
class MeetingUnclear(Message):
    """`wrong` is no time that can be read, or `why` says more; the rest is kept for the form."""

    name = "meeting_unclear"

    wrong: str
    why: str = ""
    title: str
    account_id: int
    account: str

    @classmethod
    def example(cls) -> Self:
        return cls(wrong="2026-13-41 10:00", title="QBR", account_id=1, account="Acme")

    def controls(self) -> list[Control]:
        value = f"meeting\t{self.account_id}\t{self.title}"
        return [Button("Fill In the Form", Action.FORM_OPEN, value)]
