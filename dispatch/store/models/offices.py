"""An office, what it has and by which dated rules and prices it works."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, in_village, own, points_at


class Office(Base):
    """One regency's Dukcapil: the tenant."""

    __tablename__ = "office"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    province: Mapped[str] = mapped_column(String(80))
    timezone: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class Rules(OfficeRow, Base):
    """How the office works, from a date on; the newest row that has begun counts. Seconds, metres, whole documents."""

    __tablename__ = "rules"
    __table_args__ = (UniqueConstraint("office", "valid_from"),)

    valid_from: Mapped[date]
    release_documents: Mapped[int] = mapped_column(default=8)
    release_working_days: Mapped[int] = mapped_column(default=3)
    promise_working_days: Mapped[int] = mapped_column(default=5)
    bag_documents: Mapped[int] = mapped_column(default=150)
    shift_start_s: Mapped[int] = mapped_column(default=8 * 3600)
    shift_end_s: Mapped[int] = mapped_column(default=15 * 3600)
    max_stops: Mapped[int] = mapped_column(default=30)
    max_metres: Mapped[int] = mapped_column(default=160_000)
    speed_kmh: Mapped[int] = mapped_column(default=30)
    area_factor_pct: Mapped[int] = mapped_column(default=140)
    stop_s: Mapped[int] = mapped_column(default=300)
    per_document_s: Mapped[int] = mapped_column(default=20)
    home_stop_s: Mapped[int] = mapped_column(default=180)
    officer_stop_s: Mapped[int] = mapped_column(default=900)  # on top, where an officer comes home
    # a route of houses: how many, and what lies between two of one village where no house's position is known
    home_max_stops: Mapped[int] = mapped_column(default=80)
    home_leg_metres: Mapped[int] = mapped_column(default=400)
    home_leg_s: Mapped[int] = mapped_column(default=120)
    # what the office knows of its roads, as services/roads.py reads it: {"areas": {area: {"factor_pct", "speed_kmh"}},
    # "pace": {"always": factor, "by_hour": {hour: factor}, "rain": factor, "rain_months": [month, …]}}
    travel: Mapped[Json] = mapped_column(JsonColumn, default=dict)
    # weekday "0" (Monday) … "6" → [[start, end], …] seconds after local midnight in which a village office receives
    village_hours: Mapped[Json] = mapped_column(JsonColumn)
    # what an edited plan may exceed and still be approved: codes of routing/check.py, as "outside_window"
    may_exceed: Mapped[list[str]] = mapped_column(JsonColumn, default=list)


class Tariff(OfficeRow, Base):
    """What carrying costs, from a date on. Whole rupiah; the platform fee in hundredths of a per cent.

    Rows are only ever added: the newest that has begun counts, of one first day its last revision."""

    __tablename__ = "tariff"
    __table_args__ = (UniqueConstraint("office", "valid_from", "revision"),)

    valid_from: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    base_fare: Mapped[int] = mapped_column(default=10_000)
    base_metres: Mapped[int] = mapped_column(default=4_000)
    per_km: Mapped[int] = mapped_column(default=2_500)
    per_stop: Mapped[int] = mapped_column(default=0)
    per_hour: Mapped[int] = mapped_column(default=0)
    platform_fee_bp: Mapped[int] = mapped_column(default=0)
    return_paid: Mapped[bool] = mapped_column(default=True)
    post_near: Mapped[int] = mapped_column(default=7_000)
    post_far: Mapped[int] = mapped_column(default=9_000)
    post_near_metres: Mapped[int] = mapped_column(default=12_000)
    post_per_document: Mapped[int] = mapped_column(default=400)
    post_outside: Mapped[int] = mapped_column(default=20_000)  # to an address in another regency
    waiting_per_document: Mapped[int] = mapped_column(default=150)
    # what a courier charges for a route beyond its exact fare: not less than this, and in whole steps of that (0: none)
    minimum: Mapped[int] = mapped_column(default=0)
    rounding: Mapped[int] = mapped_column(default=0)
    # prices of the post by service, destination and weight, the first that fits counts, else the four above
    # [{"service", "destination": "desk" | "home" | "", "up_to_grams": 0 for any, "near", "far", "per_document"}, …]
    post_rules: Mapped[list[Json]] = mapped_column(JsonColumn, default=list)
    post_service: Mapped[str] = mapped_column(String(20), default="reguler")
    post_urgent_service: Mapped[str] = mapped_column(String(20), default="reguler")
    grams_per_document: Mapped[int] = mapped_column(default=10)
    # what an own courier would cost, to compare with: a month's pay, its days of work, each km driven
    hired_month: Mapped[int] = mapped_column(default=2_450_000)
    hired_days: Mapped[int] = mapped_column(default=22)
    hired_per_km: Mapped[int] = mapped_column(default=500)
    reason: Mapped[str] = mapped_column(String(300), default="")  # why; needed outside the band of the decree
    decided_by: Mapped[str] = mapped_column(String(40), default="system:antar")
    decided_at: Mapped[datetime | None]


class CalendarDay(OfficeRow, Base):
    """A day on which the office differs from the public calendar: open on a Sunday, closed for a ceremony."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("office", "day"),)

    day: Mapped[date]
    is_open: Mapped[bool]
    note: Mapped[str] = mapped_column(String(200), default="")
    # on a day the public calendar closes: whether village offices receive, too (mostly they do not)
    desks_open: Mapped[bool] = mapped_column(default=False)


class Depot(OfficeRow, Base):
    """A print point where routes start."""

    __tablename__ = "depot"
    __table_args__ = (own("depot"), UniqueConstraint("office", "name"))

    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200), default="")
    lat: Mapped[float]
    lon: Mapped[float]
    is_estimate: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Village(Base):
    """A village of the office's regency and where its own office receives documents.

    A kecamatan whose office receives, too, is a row of kind "kecamatan" under its own code ("35.05.10")."""

    __tablename__ = "village"
    __table_args__ = (PrimaryKeyConstraint("office", "code"),)

    office: Mapped[str] = mapped_column(String(5), ForeignKey("office.code"))
    code: Mapped[str] = mapped_column(String(13))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    district_code: Mapped[str] = mapped_column(String(8), index=True)
    district: Mapped[str] = mapped_column(String(80))
    lat: Mapped[float]
    lon: Mapped[float]
    has_own_point: Mapped[bool] = mapped_column(default=True)
    postal_code: Mapped[str] = mapped_column(String(5), default="")
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")


class Courier(OfficeRow, Base):
    """A person who carries: an ojek rider, a member of staff."""

    __tablename__ = "courier"
    __table_args__ = (own("courier"), points_at("depot_id", "depot"))

    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[str] = mapped_column(String(10), default="ojek")
    depot_id: Mapped[str] = mapped_column(String(16))
    bag_documents: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)


class PartnerAccount(OfficeRow, Base):
    """One partner's account of the office; credentials are sealed (`store/privacy.py`)."""

    __tablename__ = "partner_account"
    __table_args__ = (UniqueConstraint("office", "partner"),)

    partner: Mapped[str] = mapped_column(String(20))
    base_url: Mapped[str] = mapped_column(String(200), default="")
    secrets_sealed: Mapped[str] = mapped_column(String(2000), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    frozen_at: Mapped[datetime | None]  # it confirmed faster than anybody can deliver; a person looks


class PartnerRegion(OfficeRow, Base):
    """A village by a partner's own numbers of its kecamatan and kelurahan."""

    __tablename__ = "partner_region"
    __table_args__ = (UniqueConstraint("office", "partner", "village_code"), in_village())

    partner: Mapped[str] = mapped_column(String(20))
    village_code: Mapped[str] = mapped_column(String(13))
    district_id: Mapped[int]
    village_id: Mapped[int]
