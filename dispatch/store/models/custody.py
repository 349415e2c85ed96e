"""What happened in the field: load checks, proofs, attempts, counts."""

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, Stated, own, points_at


class LoadCheck(OfficeRow, Base):
    """The courier counted the batches into the bag; what is missing stays with the office."""

    __tablename__ = "load_check"
    __table_args__ = (
        own("load_check"),
        UniqueConstraint("office", "source", "event_id"),
        points_at("route_id", "route"),
    )

    source: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[str] = mapped_column(String(40))
    route_id: Mapped[str] = mapped_column(String(16))
    taken: Mapped[list[str]] = mapped_column(JsonColumn)
    missing: Mapped[list[str]] = mapped_column(JsonColumn)
    device_at: Mapped[datetime | None]
    received_at: Mapped[datetime]


class Proof(OfficeRow, Base):
    """What came back from the field for a stop, shipment or outreach. The phone makes `event_id` before any network."""

    __tablename__ = "proof"
    __table_args__ = (
        own("proof"),
        UniqueConstraint("office", "source", "event_id"),
        points_at("stop_id", "stop"),
        points_at("shipment_id", "shipment"),
    )

    source: Mapped[str] = mapped_column(String(40))  # "link:<id>", "partner:<name>", "user:<id>"
    event_id: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))  # arrived, delivered, failed
    stop_id: Mapped[str | None] = mapped_column(String(16), index=True)
    shipment_id: Mapped[str | None] = mapped_column(String(16), index=True)
    outreach_id: Mapped[str | None] = mapped_column(String(16), index=True)
    received_by: Mapped[str] = mapped_column(String(120), default="")
    relation: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    received_sha: Mapped[str] = mapped_column(String(64), default="")  # the photo as the phone sent it
    stored_sha: Mapped[str] = mapped_column(String(64), default="")  # as re-encoded, without its metadata
    signature_sha: Mapped[str] = mapped_column(String(64), default="")
    code_checked: Mapped[bool] = mapped_column(default=False)
    scanned: Mapped[bool] = mapped_column(default=False)
    old_cards: Mapped[int] = mapped_column(default=0)
    device_at: Mapped[datetime | None]
    tapped_at: Mapped[datetime | None]  # best estimate: received, less what passed on the phone since the tap
    is_signed: Mapped[bool] = mapped_column(default=False)  # by the key of the phone the link is bound to
    received_at: Mapped[datetime]
    is_conflict: Mapped[bool] = mapped_column(default=False)
    gaps: Mapped[str] = mapped_column(String(80), default="")  # what it lacks by its policy: "relation,photo"


class Attempt(OfficeRow, Stated, Base):
    """One document on one stop, one shipment or one outreach: did it arrive?"""

    __tablename__ = "attempt"
    __table_args__ = (
        own("attempt"),
        UniqueConstraint("document_id", "stop_id"),
        UniqueConstraint("document_id", "shipment_id"),
        points_at("document_id", "document"),
        points_at("stop_id", "stop"),
        points_at("shipment_id", "shipment"),
        points_at("proof_id", "proof"),
        points_at("policy_id", "release_policy"),
        Index("ux_attempt_outreach", "document_id", "outreach_id", unique=True),
    )

    document_id: Mapped[str] = mapped_column(String(16), index=True)
    stop_id: Mapped[str | None] = mapped_column(String(16), index=True)
    shipment_id: Mapped[str | None] = mapped_column(String(16), index=True)
    outreach_id: Mapped[str | None] = mapped_column(String(16), index=True)
    proof_id: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40), default="")
    # where it failed, what follows by the policy of that day: retry, wait, return, hold or reprint
    next_step: Mapped[str] = mapped_column(String(8), default="")
    next_place: Mapped[str] = mapped_column(String(16), default="")
    next_until: Mapped[date | None]
    policy_id: Mapped[str | None] = mapped_column(String(16))


class Handover(OfficeRow, Base):
    """A village office counts and signs a batch."""

    __tablename__ = "handover"
    __table_args__ = (own("handover"), UniqueConstraint("office", "source", "event_id"), points_at("batch_id", "batch"))

    source: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    batch_id: Mapped[str] = mapped_column(String(16), index=True)
    received_by: Mapped[str] = mapped_column(String(120))
    counted: Mapped[Json] = mapped_column(JsonColumn)  # {"received": n, "missing": n, "damaged": n, "extra": n}
    received_at: Mapped[datetime]


class HandoverLine(OfficeRow, Base):
    """One line of the count. `extra` has a document only if the code was known."""

    __tablename__ = "handover_line"
    __table_args__ = (points_at("handover_id", "handover"), points_at("document_id", "document"))

    handover_id: Mapped[str] = mapped_column(String(16), index=True)
    document_id: Mapped[str | None] = mapped_column(String(16))
    result: Mapped[str] = mapped_column(String(10))  # received, missing, damaged, extra
    note: Mapped[str] = mapped_column(String(200), default="")
