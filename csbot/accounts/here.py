"""The account that a channel follows: what is meant there by a command that names no account."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.orm import Session

from csbot.accounts.model import Account

HERE = "here"  # in a session's info, while one command is answered


class Here(NamedTuple):
    """With `only`, what follows the command is the name of an account and nothing else."""

    account: Account
    only: bool


@contextmanager
def meaning(session: Session, account: Account | None, *, only: bool) -> Iterator[None]:
    """Within, this account is meant where none is named."""
    if account is None:
        yield
        return
    session.info[HERE] = Here(account, only)
    try:
        yield
    finally:
        session.info.pop(HERE, None)


def here(session: Session) -> Here | None:
    found: Here | None = session.info.get(HERE)
    return found


def account_here(session: Session) -> Account | None:
    found = here(session)
    return found.account if found else None
