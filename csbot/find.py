"""Rows by the numbers that people type and buttons carry; unknown and huge ones are Refused."""

from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.db.base import Base
from csbot.errors import Refused
from csbot.team.model import TeamMember

ID_MAX = 2**31 - 1  # what both databases take as a key without an error of their own
T = TypeVar("T", bound=Base)


def by_id(session: Session, model: type[T], id: int, *, missing: str, lock: bool = False) -> T:
    """The row; with `lock` as it is now, and nobody else changes it until this transaction ends."""
    found = None
    if 0 < id <= ID_MAX:
        found = _now(session, model, id) if lock else session.get(model, id)
    if found is None:
        raise Refused(missing)
    return found


def _now(session: Session, model: type[T], id: int) -> T | None:
    # A lock alone would keep the values that this session read before it had to wait for the lock.
    fresh = {"populate_existing": True}
    found: T | None = session.scalar(_locked(model), {"id": id}, execution_options=fresh)
    return found


@cache
def _locked(model: type[T]) -> Select[T]:
    key: ColumnElement[int] = model.__mapper__.primary_key[0]
    return select(model).where(key == bindparam("id", type_=Integer())).with_for_update()


def account_by_id(session: Session, id: int, *, lock: bool = False) -> Account:
    missing = "I know no such account any more. Find it with `/cs account` and its name."
    return by_id(session, Account, id, missing=missing, lock=lock)


def member_by_id(session: Session, id: int) -> TeamMember:
    return by_id(session, TeamMember, id, missing="I know no such person any more.")
