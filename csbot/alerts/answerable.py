"""Who answers for a playbook: its file names somebody's e-mail address, or a role."""

from collections.abc import Iterable

from csbot.alerts.scope import Scope
from csbot.team.model import TeamMember


def owners(scope: Scope, said: str) -> list[TeamMember]:
    """By name; the admins where the file names nobody who works here."""
    here = [member for member in scope.team.values() if scope.person(member.id)]
    wanted = said.strip().casefold()
    named = [m for m in here if wanted in (m.email.casefold(), m.role)]
    return _sorted(named or [m for m in here if m.role == "admin"])


def _sorted(people: Iterable[TeamMember]) -> list[TeamMember]:
    return sorted(people, key=lambda member: (member.name, member.id))
