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
        self._read: dict[int, TeamMember] = {}

    def __getitem__(self, id: int) -> TeamMember:
        if id not in self._read and len(self._read) < FEW:
            known = self._session.identity_map.get(self._session.identity_key(TeamMember, id))
            found: TeamMember | None = known or self._session.scalar(_one(), {"id": id})
            if found is None:
                raise KeyError(id)
            self._read[id] = found
        return self._read[id] if id in self._read else self._everybody[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._everybody)

    def __len__(self) -> int:
        return len(self._everybody)

    @cached_property
    def _everybody(self) -> dict[int, TeamMember]:
        return {member.id: member for member in self._session.scalars(select(TeamMember))}


@cache
def _one() -> Select[TeamMember]:
    # Built once: the session's own `get` builds it for each person.
    return select(TeamMember).where(TeamMember.id == bindparam("id", type_=Integer()))
