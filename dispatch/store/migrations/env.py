"""Alembic's entry: the connection comes from `dispatch.store.schema`, never from a file."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from dispatch.store import models
from dispatch.store.db import Base, UTCDateTime

assert models.__all__  # importing the models fills the metadata


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Name our own column types in migrations."""
    if kind == "type" and isinstance(item, UTCDateTime):
        autogen.imports.add("from dispatch.store.db import UTCDateTime")
        return "UTCDateTime()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
# SQLite's transactions are begun by our own listener, so they are ended here
connection.commit()
