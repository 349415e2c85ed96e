"""Jemput bola: the office comes to a place for some hours. What it has for that, where it goes, whom it tells."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, Stated, in_village, own, points_at


class ServiceVehicle(OfficeRow, Base):
    """A car that brings the office to people, and who answers for what it carries."""

    __tablename__ = "service_vehicle"
    __table_args__ = (
        own("service_vehicle"),
        UniqueConstraint("office", "name"),
        points_at("crew_lead_id", "courier"),
        points_at("depot_id", "depot"),
        CheckConstraint("printers >= 1", name="printers"),
    )

    name: Mapped[str] = mapped_column(String(60))
    depot_id: Mapped[str] = mapped_column(String(16))
    crew_lead_id: Mapped[str] = mapped_column(String(16))
    crew: Mapped[str] = mapped_column(String(200), default="")  # the others, by name
    printers: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)


class OutreachPlace(OfficeRow, Base):
    """Where an outreach can stand: a village hall, the yard of a mosque, a market on its days."""

    __tablename__ = "outreach_place"
    __table_args__ = (own("outreach_place"), UniqueConstraint("office", "village_code", "name"), in_village())

    village_code: Mapped[str] = mapped_column(String(13), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))  # balai_desa, masjid, pasar, lapangan, lainnya
    lat: Mapped[float]
    lon: Mapped[float]
    market_days: Mapped[str] = mapped_column(String(60), default="")  # "pon,kliwon" or "senin"; empty: any day
    is_active: Mapped[bool] = mapped_column(default=True)


class VillageWork(OfficeRow, Base):
    """How many people of a village wait for the office, as somebody counted them last. No person is named."""

    __tablename__ = "village_work"
    __table_args__ = (
        UniqueConstraint("office", "village_code"),
        in_village(),
        CheckConstraint("unrecorded >= 0 AND unprinted >= 0 AND vulnerable >= 0", name="counts"),
    )

    village_code: Mapped[str] = mapped_column(String(13))
    unrecorded: Mapped[int] = mapped_column(default=0)
    unprinted: Mapped[int] = mapped_column(default=0)
    vulnerable: Mapped[int] = mapped_column(default=0)  # of them who cannot travel
    counted_by: Mapped[str] = mapped_column(String(40))
    counted_at: Mapped[datetime]


class VillageContact(OfficeRow, Base):
    """Somebody at a village who is told before the office comes."""

    __tablename__ = "village_contact"
    __table_args__ = (own("village_contact"), UniqueConstraint("office", "village_code", "role"), in_village())

    village_code: Mapped[str] = mapped_column(String(13), index=True)
    # village_head, village_secretary, registration_officer, babinsa, bhabinkamtibmas
    role: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), default="")


class Outreach(OfficeRow, Stated, Base):
    """One mobile service. Seconds after local midnight; the crew's lead holds the documents that ride along."""

    __tablename__ = "outreach"
    __table_args__ = (
        own("outreach"),
        points_at("vehicle_id", "service_vehicle"),
        points_at("crew_lead_id", "courier"),
        points_at("depot_id", "depot"),
        points_at("tour_plan_id", "tour_plan"),
        in_village(),
        CheckConstraint("printers >= 1 AND service_s >= 1 AND ends_s > starts_s", name="bounds"),
        Index("ix_outreach_office_day", "office", "service_date"),
    )

    service_date: Mapped[date]
    village_code: Mapped[str] = mapped_column(String(13))
    place: Mapped[str] = mapped_column(String(120))
    place_kind: Mapped[str] = mapped_column(String(12), default="lainnya")
    lat: Mapped[float]
    lon: Mapped[float]
    starts_s: Mapped[int]
    ends_s: Mapped[int]
    vehicle_id: Mapped[str] = mapped_column(String(16))
    depot_id: Mapped[str] = mapped_column(String(16))
    crew_lead_id: Mapped[str] = mapped_column(String(16))
    crew: Mapped[str] = mapped_column(String(200), default="")
    printers: Mapped[int]
    service_s: Mapped[int] = mapped_column(default=240)
    tour_plan_id: Mapped[str | None] = mapped_column(String(16))
    people_planned: Mapped[int] = mapped_column(default=0)
    metres: Mapped[int | None]  # its share of the day's tour, by the tour plan
    rupiah: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    planned_by: Mapped[str] = mapped_column(String(40))
    planned_at: Mapped[datetime]
    confirmed_by: Mapped[str] = mapped_column(String(80), default="")  # a name at the village
    confirmed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    recorded: Mapped[int] = mapped_column(default=0)  # people served there, told when it is done
    printed: Mapped[int] = mapped_column(default=0)


class OutreachVillage(OfficeRow, Base):
    """A village whose people an outreach serves, and when they are asked to come."""

    __tablename__ = "outreach_village"
    __table_args__ = (
        UniqueConstraint("outreach_id", "village_code"),
        points_at("outreach_id", "outreach"),
        in_village(),
    )

    outreach_id: Mapped[str] = mapped_column(String(16), index=True)
    village_code: Mapped[str] = mapped_column(String(13))
    starts_s: Mapped[int]
    ends_s: Mapped[int]


class OutreachNotice(OfficeRow, Base):
    """A contact person was told of an outreach."""

    __tablename__ = "outreach_notice"
    __table_args__ = (
        UniqueConstraint("outreach_id", "contact_id"),
        points_at("outreach_id", "outreach"),
        points_at("contact_id", "village_contact"),
    )

    outreach_id: Mapped[str] = mapped_column(String(16), index=True)
    contact_id: Mapped[str] = mapped_column(String(16))
    told_by: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime]


class Invitation(OfficeRow, Base):
    """When one document's holder is asked to come, so that not all come at once: to an outreach, or to a desk."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("document_id", "day"),
        points_at("outreach_id", "outreach"),
        points_at("document_id", "document"),
        in_village(),
    )

    outreach_id: Mapped[str | None] = mapped_column(String(16), index=True)
    village_code: Mapped[str] = mapped_column(String(13), index=True)
    day: Mapped[date]
    document_id: Mapped[str] = mapped_column(String(16))
    starts_s: Mapped[int]
    ends_s: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]


class TourPlan(OfficeRow, Stated, Base):
    """One question where the vehicles should go on some days, and the answer for each number of vehicles."""

    __tablename__ = "tour_plan"
    __table_args__ = (own("tour_plan"),)

    first_day: Mapped[date]
    days: Mapped[int]
    requested_by: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime]
    seconds_allowed: Mapped[int]
    seed: Mapped[int] = mapped_column(default=1)
    terms: Mapped[Json] = mapped_column(JsonColumn)  # hours, printers, prices, as they were asked
    answers: Mapped[list[Json] | None] = mapped_column(JsonColumn)  # one for each number of vehicles
    progress: Mapped[Json | None] = mapped_column(JsonColumn)
    travel_source: Mapped[str] = mapped_column(String(40), default="")
    failure: Mapped[str] = mapped_column(String(400), default="")


class PowerOfAttorney(OfficeRow, Base):
    """A letter F-1.07 that was shown: its number, both names, and that both identities were looked at."""

    __tablename__ = "power_of_attorney"
    __table_args__ = (
        UniqueConstraint("proof_id", "document_id"),
        points_at("proof_id", "proof"),
        points_at("document_id", "document"),
    )

    proof_id: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    form_number: Mapped[str] = mapped_column(String(60))
    giver_name: Mapped[str] = mapped_column(String(120))
    proxy_name: Mapped[str] = mapped_column(String(120))
    giver_checked: Mapped[bool]
    proxy_checked: Mapped[bool]
    recorded_by: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime]
