"""The database's shape over time: Alembic migrations, run by `antar init`, `antar serve` and `antar migrate`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dispatch.store.db import Database

FOLDER = Path(__file__).parent / "migrations"


def upgrade(db: Database, to: str = "head") -> None:
    """Bring the database to a revision; a second call changes nothing."""
    with db.engine.connect() as connection:
        command.upgrade(_config(connection), to)


def downgrade(db: Database, to: str) -> None:
    """Step back to an earlier revision ("base": nothing left)."""
    with db.engine.connect() as connection:
        command.downgrade(_config(connection), to)


def current(db: Database) -> str | None:
    """The revision the database is at, None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this code needs."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
