"""What a person sees, kept as it was when it was looked at."""

from dataclasses import dataclass, field

from csbot.workspace.controls import Control, all_text, controls
from csbot.workspace.model import Json, Message


@dataclass
class Shown:
    """A message as it stood when it was looked at; stays as it was when the message changes."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str | None
    ephemeral: bool
    raw: Json
    metadata: Json | None

    @property
    def words(self) -> str:
        """Every text in it, one to a line: fallback text, blocks, labels, options."""
        return "\n".join([self.text, *all_text(self.blocks)])

    @property
    def controls(self) -> list[Control]:
        return controls(self.blocks)

    @property
    def labels(self) -> list[str]:
        return [control.label for control in self.controls if control.kind == "button"]


@dataclass
class Form:
    """A modal or a Home view as it stood."""

    id: str
    callback_id: str
    title: str
    blocks: list[Json]
    raw: Json

    @property
    def words(self) -> str:
        return "\n".join([self.title, *all_text(self.blocks)])

    @property
    def controls(self) -> list[Control]:
        return controls(self.blocks)

    @property
    def labels(self) -> list[str]:
        return [control.label for control in self.controls if control.kind == "button"]

    @property
    def inputs(self) -> list[str]:
        """The block_ids that can be filled in."""
        return [block["block_id"] for block in self.blocks if block["type"] == "input"]


@dataclass
class Seen:
    """What an act led to: new and changed messages, the open form, an error."""

    error: str | None = None
    sentence: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    messages: list[Shown] = field(default_factory=list)
    updated: list[Shown] = field(default_factory=list)
    view: Form | None = None
    home: Form | None = None

    @property
    def ok(self) -> bool:
        return self.error is None and not self.errors

    @property
    def ephemeral(self) -> Shown | None:
        """The newest answer that nobody else sees."""
        return next((m for m in reversed(self.messages) if m.ephemeral), None)

    @property
    def words(self) -> str:
        """Everything that can be read in it."""
        parts = [self.sentence or "", *self.errors.values()]
        parts += [one.words for one in (*self.messages, *self.updated)]
        return "\n".join(parts + ([self.view.words] if self.view else []))


def shown(message: Message) -> Shown:
    return Shown(
        message.channel,
        message.ts,
        message.user,
        message.text,
        list(message.blocks),
        message.thread_ts,
        message.ephemeral_to is not None,
        message.as_slack(),
        message.metadata,
    )
