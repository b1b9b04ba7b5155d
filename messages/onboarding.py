"""How onboarding reads: where an account stands, what is still open, and that it moved on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from messages.blocks import Button, Confirm, Control, Option, Overflow
from messages.ids import Action
from messages.message import Message
from messages.onboarding_requirements import EXAMPLE, Wanted
from messages.text import Person, clip


@dataclass(frozen=True, kw_only=True)
class StageShown(Message):
    """`key` is the stage's; `held`: somebody wanted to leave it, `entered`: it was just entered.

    `open` must be so before it is left, `barred` before the next one, `following`, is entered.
    `named` is who is there for its owner's `role`, and `moves` who gets the account with the next
    stage. `tickable`: a person can tick off some of what is open, `ticked`: some was; `asks`: what
    the customer wants is to be written down; `introduces`: its owner writes a mail that introduces
    the next one's.
    `planned` is when the meeting will be that it waits for. Who may only look gets nothing to
    press.
    """

    name = "stage_shown"

    account_id: int
    account: str
    key: str
    stage: str
    number: int
    of: int
    goal: str
    since: datetime
    due_at: datetime
    late: int
    done: list[str]
    open: list[str]
    barred: list[str]
    following: str | None
    role: str
    named: Person | None
    owner: Person | None
    moves: Person | None
    wanted: Wanted | None
    planned: datetime | None
    first_value: str
    tickable: bool
    ticked: bool
    asks: bool
    introduces: bool
    held: bool
    entered: bool
    may_act: bool
    may_override: bool
    wrote: str | None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            key="second-onboarding-meeting",
            stage="Second onboarding meeting",
            number=3,
            of=8,
            goal="They can do their daily work with the core features.",
            since=datetime(2026, 11, 9, 9, 0, tzinfo=UTC),
            due_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
            late=2,
            done=["Project plan agreed"],
            open=["Training held", "Admin user active"],
            barred=["Somebody owns the account"],
            following="Follow-up e-mail",
            role="onboarding manager",
            named=Person("Lee Park", "U_LEE"),
            owner=Person("Dana Reyes", "U_DANA"),
            moves=None,
            wanted=EXAMPLE,
            planned=datetime(2026, 11, 26, 14, 0, tzinfo=UTC),
            first_value="reached after 9 of 30 days (first report sent)",
            tickable=True,
            ticked=False,
            asks=False,
            introduces=False,
            held=True,
            entered=False,
            may_act=True,
            may_override=True,
            wrote=None,
        )

    def question(self) -> str:
        return f"stage:{self.account_id}"

    def controls(self) -> list[Control]:
        """The two that help most, and the rest behind a menu."""
        if not self.may_act:
            return []
        buttons = self._buttons()
        rest = [self._choice(button) for button in buttons[2:]]
        id = str(self.account_id)
        if self.ticked and not self.tickable:
            rest += [Option("Tick Off…", f"tick:{id}:{self.key}")]
        rest += [Option("People…", f"people:{id}")]
        if not self.asks:
            rest += [Option("Requirements…", f"requirements:{id}")]
        return [*buttons[:2], Overflow(Action.STAGE_MORE, rest)]

    def _buttons(self) -> list[Button]:
        id, value = str(self.account_id), f"{self.account_id}:{self.key}"
        waits = self.open or self.barred
        offered = (
            (not waits, Button("Advance", Action.STAGE_ADVANCE, value, style="primary")),
            (self.tickable, Button("Tick Off…", Action.STAGE_TICK, value)),
            (self.introduces, Button("Write Introduction", Action.STAGE_INTRODUCE, id)),
            (self.asks, Button("Requirements…", Action.STAGE_REQUIREMENTS, id)),
            (waits and self.may_override, Button("Override…", Action.STAGE_OVERRIDE, value)),
        )
        return [button for wanted, button in offered if wanted]

    def _choice(self, button: Button) -> Option:
        words = {
            Action.STAGE_INTRODUCE: "introduce",
            Action.STAGE_OVERRIDE: "override",
            Action.STAGE_REQUIREMENTS: "requirements",
        }
        return Option(button.label, f"{words[button.action]}:{button.value}")


@dataclass(frozen=True, kw_only=True)
class StageNone(Message):
    """Onboarding is not under way; `lifecycle` is where the account is instead.

    `waiting` for it to begin, or `left`; past it only a manager is offered to begin anew.
    """

    name = "stage_none"

    account_id: int
    account: str
    lifecycle: str
    waiting: bool
    left: bool
    process: str
    first: str
    wrote: str | None
    may_start: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            lifecycle="churned",
            waiting=False,
            left=True,
            process="enterprise",
            first="Transition",
            wrote="acmee",
            may_start=True,
        )

    def controls(self) -> list[Control]:
        if not self.may_start:
            return []
        value, asked = f"{self.account_id}:", None if self.waiting else self._asked()
        return [Button("Start Onboarding", Action.STAGE_ADVANCE, value, confirm=asked)]

    def _asked(self) -> Confirm:
        name = clip(" ".join(self.account.split()), 60)
        words = (
            f"{name} has left. With a new contract it is a customer again, and begins anew."
            if self.left
            else f"{name} is past onboarding, and begins anew."
        )
        text = f"{words} It enters {self.first}, without what was ticked off before."
        return Confirm(title="Start onboarding anew?", text=text, yes="Start Onboarding")


@dataclass(frozen=True, kw_only=True)
class StageFinished(Message):
    """To whoever ended an account's track."""

    name = "stage_finished"

    account: str
    stage: str
    lifecycle: str

    @classmethod
    def example(cls) -> Self:
        return cls(account="Acme", stage="Ongoing nurturing", lifecycle="adoption")


@dataclass(frozen=True, kw_only=True)
class StageCompleted(Message):
    """To the channel: a stage is behind an account; `following` is empty behind the last.

    `early`: a manager moved it on before all was done.
    """

    name = "stage_completed"

    account: str
    stage: str
    days: int
    goal_days: int
    following: str | None
    aim: str | None
    by: Person
    went_back: bool
    early: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            account="Acme",
            stage="Second onboarding meeting",
            days=12,
            goal_days=14,
            following="Follow-up e-mail",
            aim="They know what to do before the next training.",
            by=Person("Dana Reyes", "U0DANA"),
            went_back=False,
            early=False,
        )
