"""The way back of what people write down for an account's onboarding: its people, its wishes."""

from sqlalchemy import delete

from csbot.db.rows import insert_once
from csbot.onboarding import people
from csbot.onboarding.model import AccountRole, Requirements
from csbot.onboarding.requirements import NAMES
from csbot.onboarding.stages import Role
from csbot.team.model import TeamMember
from csbot.undoing.way import Back, NotAsLeft, same


def people_named(back: Back) -> str:
    """Of the roles that the entry is about; somebody who is gone cannot be named again."""
    session, account = back.session, back.account()
    now = people.own(session, account.id)
    named = {role: member.id for role, member in now.items()}
    same({role: named.get(Role(role)) for role in back.after}, back.after)
    mine = AccountRole.account_id == account.id, AccountRole.role.in_(list(back.before))
    session.execute(delete(AccountRole).where(*mine))
    for role, member_id in back.before.items():
        if member_id is None:
            continue
        if session.get(TeamMember, member_id) is None:
            raise NotAsLeft
        told = {"account_id": account.id, "role": role, "member_id": member_id}
        insert_once(session, AccountRole, **told)
    return "Its people are as before."


def requirements(back: Back) -> str:
    session, account = back.session, back.account()
    kept = session.get(Requirements, account.id)
    same({name: getattr(kept, name, None) for name in NAMES}, back.after)
    if kept and not back.before:
        session.delete(kept)
    elif kept:
        for name in NAMES:
            setattr(kept, name, back.before[name])
        kept.by_id, kept.at = back.by.id, back.now
    return "What they want reads as before." if back.before else "What they want is unknown again."
