"""How it reads that an account changes hands with its stage."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from messages.about import about
from messages.blocks import Block, section
from messages.form import Form
from messages.ids import View
from messages.inputs import text_input
from messages.onboarding_people import ROLES
from messages.onboarding_requirements import EXAMPLE, Wanted
from messages.text import Mrkdwn, Person, clip, escape

NOTE_MAX, ANSWER_MAX = 1500, 300


def draft(wanted: Wanted | None, stage: str, done: Iterable[str], open: Iterable[str]) -> str:
    """What csbot knows of an account, for its next owner; a person adds the rest."""
    return clip("\n".join(_lines(wanted or Wanted(), stage, list(done), list(open))), NOTE_MAX)


def _lines(wanted: Wanted, stage: str, done: list[str], open: list[str]) -> Iterator[str]:
    answers = (
        ("Bought because", wanted.why_bought),
        ("To use it for", wanted.intended_use),
        ("Used before", wanted.used_before),
        ("Success is", wanted.success),
    )
    for asked, answer in answers:
        if answer:
            yield f"{asked}: {clip(' '.join(answer.split()), ANSWER_MAX)}"
    if done:
        yield f"Done in {stage}: {', '.join(done)}"
    if open:
        yield f"Still open: {', '.join(open)}"


@dataclass(frozen=True, kw_only=True)
class StageHandoverForm(Form):
    """Asked before an account leaves `key` for `following`, where it is `heir`'s.

    `to` and `reason` are what was chosen in a form before this one.
    """

    view = View.STAGE_HANDOVER
    title = "Hand Over"
    submit = "Hand Over"

    account_id: int
    account: str
    key: str
    following: str
    role: str
    heir: Person
    heir_id: int
    owner: Person | None
    note: str
    to: str | None = None
    reason: str | None = None

    @classmethod
    def example(cls) -> Self:
        return cls(
            account_id=1,
            account="Acme",
            key="transition",
            following="First onboarding meeting",
            role="onboarding_manager",
            heir=Person("Lee Park", "U_LEE"),
            heir_id=2,
            owner=Person("Dana Reyes", "U_DANA"),
            note=draft(EXAMPLE, "Transition", ["Introduced by the account executive"], []),
        )

    def blocks(self) -> list[Block]:
        whose = f" from {escape(self.owner)}" if self.owner else ""
        heir, role = escape(self.heir), ROLES[self.role]
        return [
            about(self.account_id, self.account),
            section(
                Mrkdwn(
                    f"With {escape(self.following)} it goes{whose} to {heir}, the {role}. "
                    "They read this note."
                )
            ),
            text_input(
                "note", "Hand-over note", initial=self.note, lines=True, most=NOTE_MAX,
                optional=True, hint="What they need to know. As it is, it will do.",
            ),
        ]  # fmt: skip

    def remember(self) -> dict[str, Any]:
        asked = {"to": self.to, "reason": self.reason}
        return {"account_id": self.account_id, "stage": self.key, "heir": self.heir_id, **asked}
