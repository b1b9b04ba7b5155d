"""Runs that are at the same step, with all that the step needs to know, read in few queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.program import Instruction
from csbot.settings import Settings
from csbot.team.model import TeamMember

DONE, SKIPPED, FAILED = "done", "skipped", "failed"


@dataclass(frozen=True)
class Going:
    """One run at a step; `contact` is empty where its cause is the account's as a whole."""

    run: PlaybookRun
    account: Account
    contact: Contact | None
    owner: TeamMember | None

    @property
    def id(self) -> int:
        return self.run.id


@dataclass
class Batch:
    """What a step is taken with. It says per run what it did, or that it could not.

    `ways` is where a branch sends each run; `clock_of` is whose working time counts.
    """

    scope: Scope
    definition: Definition
    instruction: Instruction
    runs: list[Going]
    ways: dict[int, str | None] = field(default_factory=dict)
    told: dict[int, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.scope.session

    @property
    def settings(self) -> Settings:
        return self.scope.settings

    @property
    def now(self) -> datetime:
        return self.scope.now

    @property
    def spec(self) -> Any:
        """What the step does, as the file says it."""
        return self.instruction.step.spec

    @property
    def step(self) -> str:
        return self.instruction.name

    def note(self, run: Going, text: str) -> None:
        """What the step did, as the timeline says it."""
        self.told[run.id] = (DONE, text)

    def skip(self, run: Going, why: str) -> None:
        self.told[run.id] = (SKIPPED, why)

    def fail(self, run: Going, why: str) -> None:
        self.told[run.id] = (FAILED, why)

    def clock_of(self, run: Going) -> TeamMember:
        return run.owner or self.scope.nobody

    def manager_of(self, run: Going) -> TeamMember | None:
        return self.scope.person(run.owner.manager_id) if run.owner else None


def load(scope: Scope, ids: Iterable[int], step: str) -> list[Going]:
    """Those of these runs that are still at the step, in the order of their ids.

    One that another run has stopped a moment ago, in the same transaction, is not.
    """
    rows = scope.session.execute(
        select(PlaybookRun, Account, Contact)
        .join(Account, Account.id == PlaybookRun.account_id)
        .outerjoin(Contact, Contact.id == PlaybookRun.contact_id)
        .where(
            among(scope.session, PlaybookRun.id, ids),
            PlaybookRun.state == "active",
            PlaybookRun.step == step,
        )
        .order_by(PlaybookRun.id)
        .execution_options(populate_existing=True)
    )
    return [_going(scope, row) for row in rows]


def _going(scope: Scope, row: Row[*tuple[Any, ...]]) -> Going:
    run, account, contact = row
    return Going(run, account, contact, scope.person(account.owner_id))
