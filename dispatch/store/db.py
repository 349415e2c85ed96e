"""The whole database story: one Database per process, one transaction per use case, instants always aware UTC.

SQLite writers take the lock when the transaction begins (`BEGIN IMMEDIATE`): with SQLAlchemy's default a reader that
turns writer loses updates without an error. Inside one process a lane keeps writers in line, so the tail stays short.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event, literal, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from dispatch.clock import Clock
from dispatch.errors import Unavailable

_TRIES = 3
# Crockford's alphabet without vowels' look-alikes: safe to read aloud and to print on a label.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """A random public id: 16 characters, 80 bits."""
    bits = int.from_bytes(secrets.token_bytes(10))
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 80, 5))


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values on the way in, gives aware UTC on the way out, on every engine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime}  # noqa: RUF012  # read by SQLAlchemy at class creation


class Database:
    """Opens sessions. Safe to inherit over a fork: each process gets its own engine."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.is_sqlite = url.startswith("sqlite")
        self._lane = threading.RLock() if self.is_sqlite else None
        self.ring: Callable[[str], None] = lambda _job_id: None  # set by the Runtime: rings a worker for a job
        # set by the Runtime: the last word before a commit, about what the transaction changed
        self.before_commit: Callable[[Session], None] = lambda _session: None
        # set by the Runtime, by machine: what follows at once, in the same transaction, when rows are born or moved
        self.followers: dict[str, Callable[..., None]] = {}
        self._engine: Engine | None = None
        self._pid = 0

    @property
    def engine(self) -> Engine:
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                self._engine.dispose(close=False)  # the parent's connections stay the parent's
                self._lane = threading.RLock() if self.is_sqlite else None
            self._engine = _engine(self.url)
            self._pid = os.getpid()
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One use case: commit at the end or leave no trace. What `after_commit` collected runs once it is safe."""
        engine = self.engine
        with self._lane or nullcontext(), Session(engine, expire_on_commit=False) as session:
            session.info["clock"] = self.clock
            session.info["ring"] = self.ring
            session.info["followers"] = self.followers
            session.info["after_commit"] = []
            with session.begin():
                yield session
                if session.in_transaction():  # not when the use case rolled everything back itself
                    self.before_commit(session)
            calls: list[Callable[[], None]] = session.info["after_commit"]
        for call in calls:
            call()

    def transact[T](self, use_case: Callable[[Session], T]) -> T:
        """Run a use case in one transaction; a lost race is run again, and after a few `Unavailable` is raised."""
        for left in reversed(range(_TRIES)):
            try:
                with self.transaction() as session:
                    return use_case(session)
            except DBAPIError as error:
                if not is_busy(error):
                    raise
                if not left:
                    raise Unavailable(retry_after_s=2) from error
        raise AssertionError("unreachable")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent look that changes nothing."""
        engine = self.engine.execution_options(read_only=True)
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            session.info["clock"] = self.clock
            yield session  # closing gives the connection back; what was loaded stays readable

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """One unchanging view over many reads, for a backup."""
        engine = self.engine.execution_options(read_only=True)
        if not self.is_sqlite:  # in SQLite's WAL a reading transaction is such a view already
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            session.info["clock"] = self.clock
            yield session

    def close(self) -> None:
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None


def now(session: Session) -> datetime:
    """The time of the session's clock, aware UTC."""
    clock: Clock = session.info["clock"]
    return clock.now()


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Run `call` once the transaction is durable; never if it rolls back."""
    session.info["after_commit"].append(call)


def insert_if_absent(
    session: Session, model: type[Base], values: dict[str, object], *, unique: Sequence[str], where: str | None = None
) -> bool:
    """Insert a row unless one with the same unique columns is there; waits for a twin that is just being written."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(model).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=unique, index_where=text(where) if where else None)
    # RETURNING tells on both engines whether the row was written; rowcount does not on PostgreSQL
    return session.execute(statement.returning(literal(1))).first() is not None


def is_busy(error: DBAPIError) -> bool:
    """Whether trying the whole transaction again may succeed: lock timeouts, deadlocks, lost serialisation races."""
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01", "55P03") or "database is locked" in str(error.orig)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8)
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # FULL: a confirmation that was answered must survive a power cut
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.isolation_level = None  # we say BEGIN ourselves

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
