"""Who does what for an account: named for it, else for all of the team's."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.alerts.among import among
from csbot.errors import Refused, refuse, tried
from csbot.find import account_by_id
from csbot.onboarding.model import AccountRole
from csbot.onboarding.stages import Role
from csbot.settings import Settings
from csbot.team.model import TeamMember

Named = dict[Role, TeamMember]


def of(session: Session, account: Account, *, settings: Settings) -> Named:
    return of_many(session, [account.id], settings=settings)[account.id]


def of_many(
    session: Session, account_ids: Collection[int], *, settings: Settings
) -> dict[int, Named]:
    """Those who still work here, in two queries."""
    team = usual(session, settings)
    found = {id: dict(team) for id in account_ids}
    for id, named in _named(session, account_ids).items():
        found[id] |= {role: member for role, member in named.items() if _here(member)}
    return found


def own(session: Session, account_id: int) -> Named:
    """Those named for this very account, whether they are still here or not."""
    return _named(session, [account_id]).get(account_id, {})


def name(
    session: Session,
    *,
    account_id: int,
    people: Mapping[Role, TeamMember | None],
    by: TeamMember,
    now: datetime,
) -> Account:
    """Make them the people of the account; a role with None is the team's as usual."""
    require(by, May.EDIT_ACCOUNTS)
    account = account_by_id(session, account_id, lock=True)
    refuse(tried(*(partial(_check, role, member) for role, member in people.items())))
    before = own(session, account.id)
    after = {role: member for role, member in people.items() if member}
    changed = sorted(role for role in Role if before.get(role) != after.get(role))
    if changed:
        _write(session, account.id, after)
        audit.record(
            session, verb="onboarding.people", subject=f"account:{account.id}", account=account.id,
            by=by.id, now=now, before=_ids(before, changed), after=_ids(after, changed),
        )  # fmt: skip
    return account


def _check(role: Role, member: TeamMember | None) -> None:
    """Whoever sold it need not look after accounts in csbot; everybody else will."""
    if member and role is not Role.ACCOUNT_EXECUTIVE and not may_own(member):
        raise Refused(f"{member.name} cannot own accounts in csbot.", field=role)


def _write(session: Session, account_id: int, people: Named) -> None:
    session.execute(delete(AccountRole).where(AccountRole.account_id == account_id))
    session.add_all(
        AccountRole(account_id=account_id, role=role, member_id=member.id)
        for role, member in people.items()
    )


def _ids(people: Named, roles: Collection[Role]) -> dict[str, int | None]:
    return {role: people[role].id if role in people else None for role in roles}


def _named(session: Session, account_ids: Collection[int]) -> dict[int, Named]:
    rows = session.execute(
        select(AccountRole.account_id, AccountRole.role, TeamMember)
        .join(TeamMember, TeamMember.id == AccountRole.member_id)
        .where(among(session, AccountRole.account_id, account_ids))
    )
    found: dict[int, Named] = {}
    for id, role, member in rows:
        found.setdefault(id, {})[Role(role)] = member
    return found


def usual(session: Session, settings: Settings) -> Named:
    """As csbot.toml names them; an address that nobody of the team has names nobody."""
    said = settings.config.onboarding.people.model_dump(exclude_none=True)
    addresses = {role: address.strip().lower() for role, address in said.items()}
    if not addresses:
        return {}
    here = select(TeamMember).where(func.lower(TeamMember.email).in_(set(addresses.values())))
    members = {member.email.lower(): member for member in session.scalars(here) if _here(member)}
    return {Role(role): members[at] for role, at in addresses.items() if at in members}


def _here(member: TeamMember) -> bool:
    return member.active and not member.is_outsider
