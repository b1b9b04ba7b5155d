"""Whether those whom csbot.toml names for onboarding are there, and can own accounts."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from csbot.accounts.service import may_own
from csbot.findings import WARN, Finding
from csbot.onboarding.people import usual
from csbot.onboarding.stages import Role
from csbot.settings import Settings


def findings(session: Session, settings: Settings) -> Iterator[Finding]:
    found = usual(session, settings)
    for role, address in settings.config.onboarding.people.model_dump(exclude_none=True).items():
        name, member = f"onboarding.people.{role}", found.get(Role(role))
        if member is None:
            mend = "correct it in csbot.toml, or: csbot import team team.csv"
            yield Finding(WARN, f"{name}: nobody of the team is {address}", mend)
        elif role != Role.ACCOUNT_EXECUTIVE and not may_own(member):
            mend = f"name somebody else in csbot.toml, or make them a {Role.CSM}"
            yield Finding(WARN, f"{name}: {address} cannot own accounts", mend)
