"""What those who answer for a playbook read when its file breaks, and when it is well again."""

from dataclasses import dataclass
from typing import Self

from messages.message import Message


@dataclass(frozen=True, kw_only=True)
class PlaybookBroken(Message):
    """`problems` say line, column and mend; `stands`: a version of before stays in force."""

    name = "playbook_broken"
    playbook: str
    where: str
    problems: list[str]
    stands: bool

    @classmethod
    def example(cls) -> Self:
        return cls(
            playbook="quiet-customer",
            where="playbooks/quiet-customer.yaml",
            problems=[
                "line 7, column 13: there is no detector `contact.inactiv`, "
                "did you mean `contact.inactive`?"
            ],
            stands=True,
        )


@dataclass(frozen=True, kw_only=True)
class PlaybookMended(Message):
    name = "playbook_mended"
    playbook: str
    where: str

    @classmethod
    def example(cls) -> Self:
        return cls(playbook="quiet-customer", where="playbooks/quiet-customer.yaml")


@dataclass(frozen=True, kw_only=True)
class PlaybooksAway(Message):
    """The team's own folder cannot be looked into; `why` names it."""

    name = "playbooks_away"
    why: str

    @classmethod
    def example(cls) -> Self:
        return cls(why="/srv/playbooks cannot be looked into: Permission denied")
