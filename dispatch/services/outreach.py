"""Jemput bola: a mobile service from its plan to its departure or its end. What it carries is `outreach_custody`.

The office comes to a place for some hours: people are served on the spot, some minutes each, and finished documents of
the villages around ride along. Those are reserved: sealed in batches of their own that no route and no post plan can
take, free again when the service is called off.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import batching
from dispatch.services.calendar import calendar_of, today
from dispatch.services.desks import KECAMATAN, VILLAGE_OFFICE
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import (
    Batch,
    BatchItem,
    Courier,
    Depot,
    Document,
    Outreach,
    OutreachVillage,
    ServiceVehicle,
    Village,
)
from dispatch.store.states import born, move, move_all

PLACES: Mapping[str, str] = {
    "balai_desa": say("balai desa"),
    "masjid": say("masjid"),
    "pasar": say("pasar"),
    "lapangan": say("lapangan"),
    "lainnya": say("lainnya"),
}
"""Kinds of place at which an outreach can stand."""

SERVICE_S = 240  # four minutes for one person at one printer
WAITING = ("planned", "confirmed")
"""States in which it has not left yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutreach:
    """One mobile service as somebody plans it. Seconds after local midnight; without a position it stands in its
    village, without villages it serves its own."""

    service_date: date
    village_code: str
    place: str
    vehicle_id: str
    starts_s: int
    ends_s: int
    place_kind: str = "lainnya"
    lat: float | None = None
    lon: float | None = None
    printers: int | None = None
    service_s: int = SERVICE_S
    villages: tuple[str, ...] = ()
    note: str = ""
    tour_plan_id: str | None = None
    people: int = 0
    metres: int | None = None
    rupiah: int | None = None
    crew: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        wrong = []
        if not self.place:
            wrong.append(FieldError("place", say("isi tempatnya, misalnya Balai Desa Wonotirto")))
        if self.place_kind not in PLACES:
            wrong.append(FieldError("place_kind", say("pilih jenis tempat")))
        if not 0 <= self.starts_s < self.ends_s <= 24 * 3600:
            wrong.append(FieldError("ends", say("jam selesai harus setelah jam mulai")))
        if (self.lat is None) != (self.lon is None):
            wrong.append(FieldError("lat", say("posisi terdiri dari lat dan lon")))
        if self.printers is not None and not 1 <= self.printers <= 20:
            wrong.append(FieldError("printers", say("isi 1 sampai 20")))
        if not 30 <= self.service_s <= 3600:
            wrong.append(FieldError("service_s", say("isi 30 sampai 3600 detik per orang")))
        if wrong:
            raise Invalid(fields=wrong)


def capacity(starts_s: int, ends_s: int, service_s: int, printers: int) -> int:
    """How many people can be served: every printer serves one after another, none begins what it cannot finish."""
    return printers * ((ends_s - starts_s) // service_s)


def capacity_of(outreach: Outreach) -> int:
    """How many people this one can serve."""
    return capacity(outreach.starts_s, outreach.ends_s, outreach.service_s, outreach.printers)


def add_vehicle(
    session: Session, office: str, *, name: str, crew_lead: str, printers: int = 1, crew: str = "", phone: str = ""
) -> ServiceVehicle:
    """A service car, with the officer who answers for what it carries (a member of staff who carries)."""
    if not name or not crew_lead:
        raise Invalid(fields=[FieldError("name", say("isi nama mobil dan nama petugas yang membawa"))])
    if not 1 <= printers <= 20:
        raise Invalid(fields=[FieldError("printers", say("isi 1 sampai 20"))])
    if session.scalar(select(ServiceVehicle.id).where(ServiceVehicle.office == office, ServiceVehicle.name == name)):
        raise Conflict(f"there is a vehicle {name} already")
    depot = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).first()
    if depot is None:
        raise NotFound(f"the office {office} has no depot")
    lead = Courier(office=office, name=crew_lead, phone=phone, kind="crew", depot_id=depot.id, is_active=False)
    session.add(lead)
    session.flush()
    vehicle = ServiceVehicle(
        office=office, name=name, depot_id=depot.id, crew_lead_id=lead.id, crew=crew, printers=printers
    )
    session.add(vehicle)
    session.flush()
    return vehicle


def vehicles_of(session: Session, office: str) -> Sequence[ServiceVehicle]:
    """The cars in use, by name."""
    return session.scalars(
        select(ServiceVehicle)
        .where(ServiceVehicle.office == office, ServiceVehicle.is_active)
        .order_by(ServiceVehicle.name)
    ).all()


def plan_outreach(session: Session, office: str, new: NewOutreach, *, by: Actor) -> Outreach:
    """Fix a mobile service; its villages are told and its documents reserved afterwards."""
    audit.begin(session, office)
    calendar = calendar_of(session, office)
    if new.service_date < today(session, calendar):
        raise Invalid(fields=[FieldError("service_date", say("tanggalnya sudah lewat"))])
    vehicle = session.scalar(
        select(ServiceVehicle).where(ServiceVehicle.office == office, ServiceVehicle.id == new.vehicle_id)
    )
    if vehicle is None or not vehicle.is_active:
        raise Invalid(fields=[FieldError("vehicle", say("pilih mobil layanan"))])
    codes = tuple(dict.fromkeys((new.village_code, *new.villages)))
    villages = _villages(session, office, codes)
    _refuse_two_places_at_once(session, vehicle, new)
    host = villages[new.village_code]
    outreach = Outreach(
        office=office,
        service_date=new.service_date,
        village_code=new.village_code,
        place=new.place,
        place_kind=new.place_kind,
        lat=host.lat if new.lat is None else new.lat,
        lon=host.lon if new.lon is None else new.lon,
        starts_s=new.starts_s,
        ends_s=new.ends_s,
        vehicle_id=vehicle.id,
        depot_id=vehicle.depot_id,
        crew_lead_id=vehicle.crew_lead_id,
        crew=new.crew or vehicle.crew,
        printers=new.printers or vehicle.printers,
        service_s=new.service_s,
        tour_plan_id=new.tour_plan_id,
        people_planned=new.people,
        metres=new.metres,
        rupiah=new.rupiah,
        note=new.note,
        planned_by=str(by),
        planned_at=now(session),
    )
    born(session, [outreach], "planned", by=by)
    span = (new.ends_s - new.starts_s) // len(codes)
    session.add_all(
        OutreachVillage(
            office=office,
            outreach_id=outreach.id,
            village_code=code,
            starts_s=new.starts_s + n * span,
            ends_s=new.ends_s if n == len(codes) - 1 else new.starts_s + (n + 1) * span,
        )
        for n, code in enumerate(codes)
    )
    session.flush()
    return outreach


def outreach_of(session: Session, office: str, outreach_id: str) -> Outreach:
    """One mobile service of the office, as it is now."""
    found = session.scalar(
        select(Outreach)
        .where(Outreach.office == office, Outreach.id == outreach_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"there is no outreach {outreach_id}")
    return found


def villages_of(session: Session, outreach: Outreach) -> Sequence[tuple[OutreachVillage, Village]]:
    """The villages it serves in the order of their hours."""
    rows = session.execute(
        select(OutreachVillage, Village)
        .join(Village, (Village.office == OutreachVillage.office) & (Village.code == OutreachVillage.village_code))
        .where(OutreachVillage.office == outreach.office, OutreachVillage.outreach_id == outreach.id)
        .order_by(OutreachVillage.starts_s, Village.code)
    )
    return [(row[0], row[1]) for row in rows]


def batches_of(session: Session, outreach: Outreach) -> Sequence[Batch]:
    """What rides along, or rode along."""
    return session.scalars(
        select(Batch)
        .where(Batch.office == outreach.office, Batch.outreach_id == outreach.id, Batch.state != "dissolved")
        .order_by(Batch.code)
        .execution_options(populate_existing=True)
    ).all()


def reserve(session: Session, office: str, outreach_id: str, *, by: Actor) -> Sequence[Batch]:
    """Let the finished documents of its villages ride along; they leave what routes and the post would take.

    A document stays with the routes where they keep its promise and the mobile service does not, and where an officer
    brings it home or its holder is not here.
    """
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    if outreach.state not in WAITING:
        raise Conflict(f"outreach {outreach.id} is {outreach.state}; nothing more can ride along")
    codes = [row.village_code for row, _ in villages_of(session, outreach)]
    calendar = calendar_of(session, office)
    soon = outreach.service_date <= calendar.add_working_days(today(session, calendar), 1)
    for batch in _sealed_for(session, outreach, codes, soon=soon):
        batching.dissolve(session, batch, by=by)
    documents = session.scalars(
        select(Document)
        .where(Document.office == office, Document.state == "ready", Document.village_code.in_(codes))
        .where(Document.depot_id == outreach.depot_id, ~Document.by_officer, Document.circumstance == "")
        .execution_options(populate_existing=True)
    ).all()
    riding = [d for d in documents if soon or (not d.is_urgent and d.promised_on >= outreach.service_date)]
    return batching.seal_for_outreach(session, outreach, riding, by=by) if riding else []


def confirm(session: Session, office: str, village_code: str, outreach_id: str, *, name: str, by: Actor) -> Outreach:
    """The village says that place and hours are right. Saying it twice changes nothing."""
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    if village_code not in [row.village_code for row, _ in villages_of(session, outreach)]:
        raise NotFound(f"there is no outreach {outreach_id}")
    if not name:
        raise Invalid(fields=[FieldError("name", say("isi nama yang menyetujui"))])
    if outreach.state == "confirmed":
        return outreach
    move(session, outreach, "confirmed", by=by, why="agreed by the village")
    outreach.confirmed_by, outreach.confirmed_at = name, now(session)
    return outreach


def cancel(session: Session, office: str, outreach_id: str, *, why: str, by: Actor) -> Outreach:
    """Call it off before it leaves: its documents are ready again for routes and the post."""
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    if outreach.state not in WAITING:
        raise Conflict(f"outreach {outreach.id} is {outreach.state}; it can no longer be called off")
    move(session, outreach, "cancelled", by=by, why=why)
    take_apart(session, batches_of(session, outreach), by=by)
    return outreach


def take_apart(session: Session, batches: Sequence[Batch], *, by: Actor) -> None:
    """Free the documents of batches that were to ride along."""
    waiting = [batch for batch in batches if batch.state == "planned"]
    move_all(session, waiting, "sealed", by=by, why="outreach called off")
    for batch in waiting:
        batching.dissolve(session, batch, by=by)


def _villages(session: Session, office: str, codes: Collection[str]) -> Mapping[str, Village]:
    found = {
        village.code: village
        for village in session.scalars(
            select(Village).where(Village.office == office, Village.code.in_(codes), Village.kind != KECAMATAN)
        )
    }
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise Invalid(fields=[FieldError("village", say("desa %(code)s tidak ada di kantor ini", code=unknown[0]))])
    return found


def _refuse_two_places_at_once(session: Session, vehicle: ServiceVehicle, new: NewOutreach) -> None:
    there = session.scalars(
        select(Outreach)
        .where(Outreach.office == vehicle.office, Outreach.vehicle_id == vehicle.id)
        .where(Outreach.service_date == new.service_date, Outreach.state != "cancelled")
        .where(Outreach.starts_s < new.ends_s, Outreach.ends_s > new.starts_s)
    ).first()
    if there is not None:
        raise Invalid(
            fields=[
                FieldError("vehicle", say("%(car)s saat itu sudah di %(place)s", car=vehicle.name, place=there.place))
            ]
        )


def _sealed_for(session: Session, outreach: Outreach, codes: Sequence[str], *, soon: bool) -> Sequence[Batch]:
    """Sealed batches for these villages' own offices whose every document may ride along."""
    bound = Document.by_officer | (Document.circumstance != "")
    if not soon:
        bound = bound | Document.is_urgent | (Document.promised_on < outreach.service_date)
    stays = (
        select(BatchItem.id)
        .join(Document, Document.id == BatchItem.document_id)
        .where(BatchItem.batch_id == Batch.id, bound)
        .exists()
    )
    return session.scalars(
        select(Batch)
        .where(Batch.office == outreach.office, Batch.state == "sealed", Batch.destination == VILLAGE_OFFICE)
        .where(Batch.village_code.in_(codes), Batch.depot_id == outreach.depot_id, ~stays)
        .order_by(Batch.code)
        .execution_options(populate_existing=True)
    ).all()
