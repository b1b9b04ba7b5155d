"""How csbot's settings read to an admin: each value with where it comes from, and what is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from messages.blocks import Block, Button, Control, Menu, Option, actions, context, section
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import select_input, text_input
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.settable import KNOBS, SECTIONS, TO_READ, WAYS

MOST = 3_000  # characters that Slack lets people write into an input
MENU = [
    *[Option(part.title, name) for name, part in SECTIONS.items()],
    *[Option(title, name) for name, title in TO_READ.items()],
]


@dataclass(frozen=True, kw_only=True)
class Value:
    """`origin` is default, file, environment or slack; `by` and `at` say who set it here.

    `locked` is the line of csbot.toml that locks it, 0 where the line is not known.
    """

    key: str
    shown: str
    origin: str
    by: str | None = None
    at: datetime | None = None
    locked: int | None = None

    @property
    def label(self) -> str:
        return KNOBS[self.key].label

    @property
    def unit(self) -> str:
        return KNOBS[self.key].unit

    @property
    def says(self) -> str:
        return WAYS[self.shown] if KNOBS[self.key].reach else self.shown


_AT = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
_ROWS = (
    Value(key="thresholds.inactive_days", shown="9", origin="slack", by="Priya Nair", at=_AT),
    Value(key="thresholds.task_due_soon_days", shown="2", origin="default"),
    Value(key="thresholds.renewal_window_days", shown="60", origin="file", locked=12),
)


@dataclass(frozen=True, kw_only=True)
class AdminPanel(Message):
    """What there is to set and to see; `here` are the settings that were changed in Slack."""

    name = "admin_panel"

    here: tuple[Value, ...]
    silent: tuple[str, ...]
    held: int
    troubles: int

    @classmethod
    def example(cls) -> Self:
        return cls(here=_ROWS[:1], silent=("billing",), held=41, troubles=2)

    def layout(self, parts: Parts) -> list[Block]:
        return [
            section(f"{parts.summary}\n{parts.body}", beside=self._look()),
            context(parts.context),
            actions(self.controls()),
        ]

    def _look(self) -> Button | None:
        label = f"Show {TO_READ['errors'].title()}"
        return Button(label, Action.ADMIN_OPEN, "errors") if self.troubles else None

    def controls(self) -> list[Control]:
        return [Menu(Action.ADMIN_OPEN, "Open a section", MENU)]


@dataclass(frozen=True, kw_only=True)
class AdminSection(Message):
    """One section: its values and, of sources, what was heard of each; `saved` names what was.

    `unasked` are channels that Slack said nothing of just now.
    """

    name = "admin_section"

    part: str
    title: str
    about: str
    values: tuple[Value, ...]
    notes: tuple[str, ...]
    saved: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    @classmethod
    def example(cls) -> Self:
        return cls(
            part="work",
            title=SECTIONS["work"].title,
            about=SECTIONS["work"].about,
            values=_ROWS,
            notes=("usage: last heard 4 minutes ago",),
            saved=("Nobody has logged in for",),
            unasked=("#cs-alerts",),
        )

    def question(self) -> str:
        return f"admin:{self.part}"

    def layout(self, parts: Parts) -> list[Block]:
        lines = pieces(parts.body, len(self.values) + 2)
        shown = ["\n".join(lines[at : at + 3]) for at in range(0, len(self.values), 3)]
        texts = [text for text in (*shown, lines[-2]) if text.strip()]
        blocks = [section(parts.summary), *[section(text) for text in texts]]
        return [*blocks, context(parts.context), actions(self.controls())]

    def controls(self) -> list[Control]:
        here = [v for v in self.values if v.origin == "slack"]
        back = [Option(v.label, f"{self.part}|{v.key}") for v in here]
        menu = [Menu(Action.ADMIN_BACK, "Back to csbot.toml", back)] if back else []
        return [
            Button("Change Settings", Action.ADMIN_EDIT, self.part),
            *menu,
            Button("Show All Sections", Action.ADMIN_PANEL, "all"),
        ]


@dataclass(frozen=True, kw_only=True)
class AdminNews(Message):
    """What nobody can set: `held` alerts, `hold_id` the oldest hold, or what went wrong."""

    name = "admin_news"

    part: str
    title: str
    lines: tuple[str, ...]
    as_of: datetime
    hold_id: int | None = None
    held: int = 0

    @classmethod
    def example(cls) -> Self:
        lines = (
            "K7F2 2 minutes ago, command checkin: the database did not answer in time; "
            "csbot doctor says whether it does now",
            "alert to #old: is_archived, 2 hours ago; unarchive it, or name another channel",
        )
        return cls(part="errors", title=TO_READ["errors"], lines=lines, as_of=_AT)

    def question(self) -> str:
        return f"admin:{self.part}"

    def controls(self) -> list[Control]:
        shown = Button("Show the Oldest", Action.HOLD_SHOW, str(self.hold_id))
        everything = Button("Show All Sections", Action.ADMIN_PANEL, "all")
        return [shown, everything] if self.hold_id else [everything]


@dataclass(frozen=True, kw_only=True)
class AdminForm(Form):
    """`marks` are of the values as the form was opened: who comes second sees that they changed."""

    view = View.ADMIN
    title = "Change Settings"
    submit = "Save Settings"

    part: str
    values: tuple[Value, ...]
    marks: str

    @classmethod
    def example(cls) -> Self:
        return cls(part="work", values=_ROWS, marks="0a1b2c3d:0a1b2c3d:0a1b2c3d")

    def blocks(self) -> list[Block]:
        free = [self._input(value) for value in self.values if value.locked is None]
        locked = [v.label for v in self.values if v.locked is not None]
        told = [SECTIONS[self.part].about, "Empty is as in csbot.toml."]
        told += [f"Locked in csbot.toml: {', '.join(locked)}."] if locked else []
        return [*free, context(" ".join(told))]

    def _input(self, value: Value) -> Block:
        knob = KNOBS[value.key]
        if knob.reach:
            ways = [Option(text.capitalize(), way) for way, text in WAYS.items()]
            return select_input(value.key, knob.label, ways, initial=value.shown)
        hint = "A line each: segment = #channel" if knob.lines else knob.unit or "Like #cs-alerts"
        return text_input(
            value.key, knob.label, initial=value.shown, lines=knob.lines, optional=True,
            hint=hint, most=MOST,
        )  # fmt: skip

    def remember(self) -> dict[str, Any]:
        return {"part": self.part, "marks": self.marks}
