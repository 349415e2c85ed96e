"""Who takes what away: shipments, assignments, the links that open them, and what partners tell us."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, Stated, in_village, own, points_at

_LIVE = "state in ('offered','intent','sending','unknown','accepted')"


class Shipment(OfficeRow, Stated, Base):
    """A batch given to a parcel partner instead of a route."""

    __tablename__ = "shipment"
    __table_args__ = (own("shipment"), points_at("plan_id", "plan"), points_at("batch_id", "batch"))

    plan_id: Mapped[str] = mapped_column(String(16), index=True)
    batch_id: Mapped[str] = mapped_column(String(16), index=True)
    partner: Mapped[str] = mapped_column(String(20))
    rupiah: Mapped[int]
    resi: Mapped[str] = mapped_column(String(40), default="")


class Assignment(OfficeRow, Stated, Base):
    """One offer of one route or one shipment to a courier or partner. At most one is live for each."""

    __tablename__ = "assignment"
    __table_args__ = (
        own("assignment"),
        points_at("route_id", "route"),
        points_at("shipment_id", "shipment"),
        points_at("courier_id", "courier"),
        Index(
            "ux_assignment_live_route", "route_id", unique=True, sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)
        ),
        Index(
            "ux_assignment_live_shipment",
            "shipment_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
    )

    route_id: Mapped[str | None] = mapped_column(String(16))
    shipment_id: Mapped[str | None] = mapped_column(String(16))
    partner: Mapped[str] = mapped_column(String(20))
    courier_id: Mapped[str | None] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(20), unique=True)  # ours, made before any call
    partner_reference: Mapped[str] = mapped_column(String(60), default="")
    last_event: Mapped[str] = mapped_column(String(20), default="")  # the partner's newest applied word, in ours
    last_event_at: Mapped[datetime | None]
    rupiah: Mapped[int]
    rounding: Mapped[int] = mapped_column(default=0)  # what the courier charges beyond the exact fare
    uncovered: Mapped[int] = mapped_column(default=0)  # of a raised price: what no budget line had left
    created_at: Mapped[datetime]
    # the office's wish to call it off, kept until the partner's answer is known
    call_off_why: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime | None]  # when the partner was last asked how it stands


class Link(OfficeRow, Base):
    """Opens one route, or one village's batches, to whoever was given it. Only hashes are kept."""

    __tablename__ = "link"
    __table_args__ = (own("link"), points_at("route_id", "route"), in_village())

    purpose: Mapped[str] = mapped_column(String(8))  # courier, village
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    route_id: Mapped[str | None] = mapped_column(String(16), index=True)
    village_code: Mapped[str | None] = mapped_column(String(13))
    device_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    bound_at: Mapped[datetime | None]
    # P-256 point, base64url; its other half never leaves the phone
    public_key: Mapped[str] = mapped_column(String(88), default="")
    act_until: Mapped[datetime]
    sync_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    refused_devices: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class PartnerMessage(OfficeRow, Base):
    """What a partner sent, kept as it came before anything is answered or done.

    `outcome`: waiting; parked (about an order we do not know yet); applied, stored, conflict or unknown.
    """

    __tablename__ = "partner_message"
    __table_args__ = (own("partner_message"), UniqueConstraint("office", "partner", "event_id"))

    partner: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[Json] = mapped_column(JsonColumn)
    is_direct: Mapped[bool]  # False: validly signed but old, a hint that is confirmed by asking
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16), default="waiting")  # waiting, parked, applied, stored, …
    applied_at: Mapped[datetime | None]
