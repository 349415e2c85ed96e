"""The trail, the waiting work, the answers already given, the files, and what a person must look at."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, own


class Event(Base):
    """One change of state: who, what, from, to, when, why, evidence. Appended only, chained by hash per office.

    Ids and reasons only; no name, number or address ever."""

    __tablename__ = "event"
    __table_args__ = (
        PrimaryKeyConstraint("office", "seq"),
        UniqueConstraint("subject_kind", "subject_id", "version"),
        Index("ix_event_subject", "office", "subject_kind", "subject_id"),
        # reports ask for a period: everything they need of an event is in here
        Index("ix_event_told", "office", "subject_kind", "to_state", "at", "from_state", "subject_id"),
        Index("ix_event_at", "office", "subject_kind", "at", "from_state", "to_state", "subject_id"),
    )

    office: Mapped[str] = mapped_column(String(5), ForeignKey("office.code"))
    seq: Mapped[int]
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(200), default="")
    evidence: Mapped[str] = mapped_column(String(40), default="")
    holder_kind: Mapped[str] = mapped_column(String(16), default="")
    holder_id: Mapped[str] = mapped_column(String(16), default="")
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """The end of an office's trail; taking this row is what puts writers of one office in line."""

    __tablename__ = "chain_head"

    office: Mapped[str] = mapped_column(String(5), ForeignKey("office.code"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default="GENESIS")


class DailyRound(Base):
    """The last day whose daily work an office was given."""

    __tablename__ = "daily_round"

    office: Mapped[str] = mapped_column(String(5), ForeignKey("office.code"), primary_key=True)
    day: Mapped[date]


class Job(Base):
    """Background work: always "look at this row again"."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ux_job_open",
            "dedup_key",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_job_due", "state", "run_after"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    office: Mapped[str | None] = mapped_column(String(5), ForeignKey("office.code"))
    kind: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(40))
    dedup_key: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(8), default="open")  # open, done, dead
    run_after: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    last_error: Mapped[str] = mapped_column(String(400), default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer already given to a request; a twin request reads it instead of doing the thing again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (PrimaryKeyConstraint("office", "actor", "endpoint", "key"),)

    office: Mapped[str] = mapped_column(String(5))
    actor: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Json | None] = mapped_column(JsonColumn)
    created_at: Mapped[datetime]


class StoredFile(OfficeRow, Base):
    """A file that is safely stored under the hash of its bytes."""

    __tablename__ = "stored_file"
    __table_args__ = (own("stored_file"), UniqueConstraint("office", "sha256"))

    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(16))  # import, photo, manifest
    created_at: Mapped[datetime]


class ExceptionCase(OfficeRow, Base):
    """Something a person must look at: a short count, a conflict of proofs, a second phone."""

    __tablename__ = "exception_case"
    __table_args__ = (own("exception_case"), Index("ix_exception_case_open", "office", "closed_at"))

    kind: Mapped[str] = mapped_column(String(24))
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(300), default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(40), default="")
    decision: Mapped[str] = mapped_column(String(200), default="")
