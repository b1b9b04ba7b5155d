"""How csbot answers what it could not simply do: help, which one, and what was meant."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self

from messages.blocks import Block, Button, Control, actions, context, section, verbatim
from messages.form import Form
from messages.ids import Action, View
from messages.inputs import account_input
from messages.message import Message, Parts
from messages.pieces import pieces

PICKS = (Action.ACCOUNT_PICK, Action.ACCOUNT_PICK_2, Action.ACCOUNT_PICK_3)
VALUE_MAX = 1900
COMMAND_MAX, PART_MAX = 4_000, 2_500


class Candidate(NamedTuple):
    """`value` brings back what was asked: the command, this account's number, the rest."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class WhichOne(Message):
    """A question with the first three candidates as its answers.

    `former`: the only one has left, on `left_on` where that is known.
    """

    name = "which_one"

    written: str
    candidates: tuple[Candidate, ...]
    former: bool = False
    left_on: date | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            written="glob",
            candidates=(
                Candidate("Globex", "account\t1\t"),
                Candidate("Globe Theatre", "account\t2\t"),
            ),
        )

    def controls(self) -> list[Control]:
        fit = [c for c in self.candidates[:3] if len(c.value) <= VALUE_MAX]
        return [
            Button(candidate.name, action, candidate.value)
            for action, candidate in zip(PICKS, fit, strict=False)
        ]


@dataclass(frozen=True, kw_only=True)
class UnknownCommand(Message):
    """`meant` are whole commands to try, `usual` the few that most people need."""

    name = "unknown_command"

    written: str
    meant: tuple[str, ...]
    usual: tuple[str, ...]

    @classmethod
    def example(cls) -> Self:
        return cls(
            written="renewls",
            meant=("renewals 90d",),
            usual=("my", "account", "checkin", "task", "renewals"),
        )


@dataclass(frozen=True, kw_only=True)
class Help(Message):
    """Examples by what somebody wants; what their role may not do is left out.

    `about` is a command: only its examples are shown, where there are any.
    """

    name = "help"

    command: str
    about: str | None = None
    may_act: bool
    may_see_renewals: bool
    may_rehearse: bool
    may_administer: bool = False
    admin: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(command="/cs", may_act=True, may_see_renewals=True, may_rehearse=True,
                   may_administer=True, admin="Priya")  # fmt: skip

    def question(self) -> str:
        return f"help:{self.about or ''}"

    def layout(self, parts: Parts) -> list[Block]:
        texts = self._about(parts.body) or pieces(parts.body, 4)
        groups = [section(text) for text in texts if text]
        tell = actions(self.controls())
        return [section(parts.summary), *groups, context(parts.context), tell]

    def _about(self, body: str) -> list[str]:
        """Its examples one below the other; `task` and `tasks` are one topic."""
        if self.about is None:
            return []
        start = f"`{self.command} {self.about.removesuffix('s')}"
        examples = (part for line in body.splitlines() for part in line.split(" · "))
        found = [part for part in examples if part.startswith(start)]
        return ["\n".join(found)] if found else []

    def controls(self) -> list[Control]:
        return [
            Button("Show My Accounts", Action.ACCOUNT_MY, "me"),
            Button(f"Tell {self.admin or 'an Admin'}", Action.HELP_TELL, "help"),
            Button("Change My Settings", Action.SETTINGS_EDIT, "me"),
        ]


@dataclass(frozen=True, kw_only=True)
class AccountPickForm(Form):
    """Asks for the account that `command` still needs."""

    view = View.ACCOUNT
    title = "Choose an Account"
    submit = "Show Account"

    command: str = "account"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def blocks(self) -> list[Block]:
        return [account_input("account")]

    def remember(self) -> dict[str, Any]:
        return {"command": self.command}


@dataclass(frozen=True, kw_only=True)
class NotQuite(Message):
    """`reason` says what does not fit, and `understood` the rest, which the form keeps as `text`.

    `form` is the form's name as its button carries it. What no button can carry is repeated whole.
    """

    name = "not_quite"

    reason: str
    understood: str
    form: str
    account_id: int
    text: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            reason="I can't read the date *fryday*. Try `until friday` or `until 2026-12-04`.",
            understood="snooze Acme, waiting for legal",
            form="snooze",
            account_id=1,
            text="waiting for legal",
        )

    @property
    def value(self) -> str:
        return f"{self.form}\t{self.account_id}\t{self.text}"

    @property
    def fits(self) -> bool:
        return len(self.value) <= VALUE_MAX

    def layout(self, parts: Parts) -> list[Block]:
        if self.fits:
            return super().layout(parts)
        blocks = [section(f"{parts.summary}\n{parts.body}")]
        starts = range(0, min(len(self.text), COMMAND_MAX), PART_MAX)
        blocks.append(context(parts.named["kept"]))
        return blocks + [verbatim(self.text[at : at + PART_MAX]) for at in starts]

    def controls(self) -> list[Control]:
        return [Button("Fill In the Form", Action.FORM_OPEN, self.value)] if self.fits else []
