"""What people do while a file is imported, another import among it."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from tests.builders import account, contact, member
from tests.flows.test_import import Office
from tests.meanwhile import meanwhile


@pytest.fixture
def office(sessions: sessionmaker[Session]) -> Office:
    office = Office(sessions)
    with sessions.begin() as session:
        dana = member()
        session.add(dana)
        session.flush()
        acme = account("Acme", domain="acme.example", owner_id=dana.id, arr=48_000)
        session.add(acme)
        session.flush()
        session.add(contact(acme.id, email="ann@acme.example"))
    return office


@pytest.mark.parametrize(
    ("kind", "text", "model", "change", "brought"),
    [
        ("accounts", "name,domain,industry\nAcme,acme.example,Logistics\n", Account,
         {"arr": 96_000}, ("industry", "Logistics")),
        ("contacts", "account,email,title\nacme.example,ann@acme.example,CTO\n", Contact,
         {"opt_outs": ["email"]}, ("title", "CTO")),
        ("team", "email,name,role,country\ndana@vendor.example,Dana Reyes,csm,DE\n", TeamMember,
         {"slack_id": "U0NEW00001"}, ("country", "DE")),
    ],
)  # fmt: skip
def test_what_somebody_changes_during_an_import_stays_beside_what_the_file_brings(
    office: Office, engine: Engine, kind: str, text: str, model: Any,
    change: dict[str, Any], brought: tuple[str, str],
) -> None:  # fmt: skip
    def somebody() -> None:
        with office.sessions.begin() as session:
            session.execute(update(model).values(change))

    with meanwhile(engine, f"UPDATE {model.__tablename__} ", somebody):
        office.imports(text, kind)
    [row] = office.all(model)
    assert {name: getattr(row, name) for name in change} == change
    assert getattr(row, brought[0]) == brought[1]


TASKS = "account,title,due\nacme.example,Call,2026-12-01\nacme.example,Write,2026-12-02\n"


@pytest.mark.parametrize(
    ("kind", "text", "model", "count"),
    [("tasks", TASKS, Task, 2), ("accounts", "name\nGlobex\nInitech\n", Account, 3)],
)
def test_the_same_file_twice_at_once_doubles_nothing(
    office: Office, engine: Engine, kind: str, text: str, model: Any, count: int
) -> None:
    with meanwhile(
        engine, f"INSERT INTO {model.__tablename__} ", lambda: office.imports(text, kind)
    ):
        office.imports(text, kind)
    with office.sessions() as session:
        assert session.scalar(select(func.count(model.id))) == count
