"""Everybody of the team by id, read no further than somebody asks."""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from csbot.team.model import TeamMember

FEW = 8  # people a press or a command is about, at most


class Roster(Mapping[int, TeamMember]):
    """One person is one small read, or none in a session that knows them; many are one read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, TeamMember] = {}
        self._reads = 0

    def __getitem__(self, id: int) -> TeamMember:
        if id not in self._known:
            known = self._session.identity_map.get(self._session.identity_key(TeamMember, id))
            self._known[id] = known or self._one(id)
        return self._known[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._everybody)

    def __len__(self) -> int:
        return len(self._everybody)

    def _one(self, id: int) -> TeamMember:
        self._reads += 1
        if self._reads > FEW:
            return self._everybody[id]
        found: TeamMember | None = self._session.scalar(_by_id(), {"id": id})
        if found is None:
            raise KeyError(id)
        return found

    @cached_property
    def _everybody(self) -> dict[int, TeamMember]:
        return {member.id: member for member in self._session.scalars(select(TeamMember))}


@cache
def _by_id() -> Select[TeamMember]:
    # Built once: the session's own `get` builds it for each person.
    return select(TeamMember).where(TeamMember.id == bindparam("id", type_=Integer()))
