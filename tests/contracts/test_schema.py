"""The migrations end where the models are, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from csbot.db.tables import metadata
from csbot.db.upgrade import pending


def test_the_migrated_schema_is_what_the_models_say(engine):
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_after_an_upgrade_nothing_is_pending(engine):
    assert not pending(engine)
