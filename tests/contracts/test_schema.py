"""The migrations end where the models are, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    Numeric,
    Time,
    event,
    select,
)

from csbot.db.engine import open_database
from csbot.db.tables import metadata
from csbot.db.upgrade import pending, upgrade
from tests import databases


def test_the_migrated_schema_is_what_the_models_say(engine):
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_after_an_upgrade_nothing_is_pending(engine):
    assert not pending(engine)


@pytest.fixture(params=databases.KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with databases.fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


def filled(metadata: MetaData) -> list[tuple[str, dict[str, Any]]]:
    """A row for each table, parents first, with something in every column."""
    rows: dict[str, dict[str, Any]] = {}
    for table in metadata.sorted_tables:
        rows[table.name] = {column.name: _value(column, rows) for column in table.columns}
    return list(rows.items())


def _value(column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent = rows.get(key.column.table.name)
        return parent[key.column.name] if parent else None
    kind = column.type
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, DateTime):
        return datetime(2026, 11, 23, 9, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(2026, 11, 23)
    if isinstance(kind, Time):
        return time(9)
    if isinstance(kind, JSON):
        return {"kept": [1]}
    if isinstance(kind, Integer | Float | Numeric):
        return 1
    return f"a {column.name}"


def test_an_upgrade_keeps_every_row_of_every_table(empty_url: str) -> None:
    """Rebuilding a table with foreign keys on would empty the tables that refer to it."""
    engine = open_database(empty_url)
    upgrade(engine, "0001")
    before = MetaData()
    with engine.begin() as connection:
        before.reflect(connection)
        before.remove(before.tables["alembic_version"])
        for name, row in filled(before):
            connection.execute(before.tables[name].insert(), row)
    upgrade(engine)
    assert not pending(engine)
    with engine.begin() as connection:
        for name, row in filled(before):
            [found] = connection.execute(before.tables[name].select()).mappings()
            assert {key: comparable(value) for key, value in found.items()} == {
                key: comparable(value) for key, value in row.items()
            }, name
    engine.dispose()


def test_who_is_being_onboarded_at_the_upgrade_is_in_that_stage_since_it_began(
    empty_url: str,
) -> None:
    engine = open_database(empty_url)
    upgrade(engine, "0003")
    before = MetaData()
    since = datetime(2026, 11, 2, 8, tzinfo=UTC)
    with engine.begin() as connection:
        before.reflect(connection)
        row = dict(filled(before))["accounts"] | {
            "process": "enterprise", "onboarding_stage": "nurturing", "owner_id": None,
            "onboarding_stage_since": since,
        }  # fmt: skip
        connection.execute(before.tables["accounts"].insert(), row)
    upgrade(engine)
    spells, accounts = (metadata.tables[name] for name in ("account_stages", "accounts"))
    with engine.begin() as connection:
        [spell] = connection.execute(spells.select()).mappings()
        [account] = connection.execute(accounts.select()).mappings()
    assert (spell["stage"], spell["days"], spell["ended_at"]) == ("nurturing", 90, None)
    assert spell["begun_at"] == account["onboarding_began_at"] == since
    engine.dispose()


def test_a_trial_whose_run_is_there_at_the_upgrade_begins_no_second_one(empty_url: str) -> None:
    engine = open_database(empty_url)
    upgrade(engine, "0005")
    before, facts = MetaData(), {"ends_on": "2026-12-04"}
    with engine.begin() as connection:
        before.reflect(connection)
        rows = dict(filled(before))
        rows["playbook_versions"]["definition"] = {"trigger": {"event": "trial.will_end"}}
        for name in ("team", "accounts", "contacts", "playbook_versions"):
            connection.execute(before.tables[name].insert(), rows[name])
        table = before.tables["playbook_runs"]
        for id, subject in enumerate(("7:sub_1", "by hand:2026-12-01"), 1):
            run = rows["playbook_runs"] | {"id": id, "subject": subject, "facts": facts}
            connection.execute(table.insert(), run)
    upgrade(engine)
    with engine.begin() as connection:
        found = connection.scalars(select(table.c.subject).order_by(table.c.id)).all()
    assert found == ["7:sub_1@2026-12-04", "by hand:2026-12-01"]
    engine.dispose()


def test_references_rest_while_tables_are_rebuilt_on_sqlite(tmp_path: Path) -> None:
    """Else the rebuilt table's old self takes all rows that refer to it along."""
    engine = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    asked: list[tuple[int]] = []

    def note(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        driver = connection.connection.driver_connection
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP")) and driver is not None:
            asked.append(driver.execute("PRAGMA foreign_keys").fetchone())

    event.listen(engine, "before_cursor_execute", note)
    upgrade(engine)
    assert set(asked) == {(0,)}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def comparable(value: Any) -> Any:
    """SQLite's own driver gives times without a zone, and JSON as it was reflected."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
