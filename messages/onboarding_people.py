"""How it reads who looks after a customer in the course of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from messages.about import AccountForm
from messages.blocks import Block, Button, Control
from messages.ids import Action, View
from messages.inputs import member_input
from messages.message import Message
from messages.text import Person

ROLES = {
    "account_executive": "account executive",
    "onboarding_manager": "onboarding manager",
    "csm": "CSM",
    "support": "support",
}


@dataclass(frozen=True, kw_only=True)
class PeopleForm(AccountForm):
    """`named` are those of this account, `usual` those of all that name nobody else."""

    view = View.PEOPLE
    title = "People"
    submit = "Save People"

    named: Mapping[str, Person] = field(default_factory=dict)
    usual: Mapping[str, Person] = field(default_factory=dict)

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            named={"onboarding_manager": Person("Dana Reyes", "U_DANA")},
            usual={"csm": Person("Lee Park", "U_LEE")},
        )

    def blocks(self) -> list[Block]:
        return [self.about(), *(self._asked(role, name) for role, name in ROLES.items())]

    def _asked(self, role: str, name: str) -> Block:
        usual = self.usual.get(role)
        return member_input(
            role,
            name[:1].upper() + name[1:],
            initial=self.named[role].slack_id if role in self.named else None,
            optional=True,
            hint=f"If empty: {usual.name}, as for every account" if usual else None,
        )


@dataclass(frozen=True, kw_only=True)
class PeopleNamed(Message):
    """To whoever named them; `people` by what they are called, nobody where there is nobody."""

    name = "people_named"

    account_id: int
    account: str
    people: list[tuple[str, Person | None]]

    @classmethod
    def example(cls) -> Self:
        dana = Person("Dana Reyes", "U_DANA")
        people = [(name, dana if name == "CSM" else None) for name in ROLES.values()]
        return cls(account_id=1, account="Acme", people=people)

    def controls(self) -> list[Control]:
        return [
            Button("Show Stage", Action.STAGE_SHOW, str(self.account_id)),
            Button("Open Account", Action.ACCOUNT_OPEN, str(self.account_id)),
        ]
