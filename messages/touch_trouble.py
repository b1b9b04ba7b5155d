"""What an owner reads of messages to customers: which did not arrive, and what was answered."""

from dataclasses import dataclass
from typing import Self

from messages.blocks import Button, Control
from messages.ids import Action
from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """Somebody whom a message did not reach; `why` is the other side's own words."""

    account_id: int
    account: str
    person: str
    address: str
    why: str | None


@dataclass(frozen=True, kw_only=True)
class TouchAnswered(Message):
    """What somebody at a customer answered to an SMS."""

    name = "touch_answered"

    account_id: int
    account: str
    person: str
    text: str

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Quietwater Freight",
            person="Ann Lee",
            text="Thursday at 10 is fine. Can Max join?",
        )

    def controls(self) -> list[Control]:
        return [
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id)),
            Button("Log Check-In", Action.ACCOUNT_CHECKIN, str(self.account_id)),
        ]


@dataclass(frozen=True, kw_only=True)
class TouchTrouble(Message):
    """`state` is failed (refused), bounced (the address is no good) or uncertain."""

    name = "touch_trouble"

    state: str
    channel: str
    playbook: str
    subject: str | None
    people: tuple[Troubled, ...]

    @classmethod
    def example(cls) -> Self:
        ann = Troubled(
            account_id=1,
            account="Quietwater Freight",
            person="Ann Lee",
            address="ann@quietwater.example",
            why="550 5.1.1 no such user here",
        )
        return cls(
            state="bounced",
            channel="email",
            playbook="inactive-users",
            subject="Your team's Shipments board",
            people=(ann,),
        )

    def controls(self) -> list[Control]:
        if len(self.people) != 1:
            return []
        return [Button("Open Account", Action.ACCOUNT_OPEN, str(self.people[0].account_id))]
