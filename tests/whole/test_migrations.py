"""Migrations make exactly the tables of the models, and can be undone, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from dispatch.store import schema
from dispatch.store.db import Base


def test_models_equal_migrations(runtime):
    with runtime.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again(runtime):
    schema.downgrade(runtime.db, "base")
    left = set(inspect(runtime.db.engine).get_table_names()) - {"alembic_version"}

    schema.upgrade(runtime.db)

    assert left == set()
    assert set(inspect(runtime.db.engine).get_table_names()) >= set(Base.metadata.tables)
    assert schema.current(runtime.db) == schema.newest()
