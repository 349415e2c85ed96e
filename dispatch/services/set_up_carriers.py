"""The people who carry and the print points they start from."""

from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.set_up import put
from dispatch.store.audit import Actor
from dispatch.store.models import Batch, Courier, Depot, Document, Plan, Route
from partners.phones import mobile

COURIER_KINDS = {"ojek": say("ojek"), "staff_bike": say("motor dinas"), "car": say("mobil dinas")}
"""What a route may be ridden on; a stop can be kept from some of them."""

MOST_IN_A_BAG = 2_000
_UNDECIDED = ("requested", "solved", "failed")
# documents that the office itself has and that a depot must therefore go on holding
_IN_HAND = ("ready", "batched", "held", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierTerms:
    """How a courier rides. `bag_documents` None: as the office's rules say."""

    name: str
    phone: str
    kind: str
    depot_id: str
    bag_documents: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotTerms:
    """A print point. Degrees; `is_estimate` while nobody has measured where it is."""

    name: str
    address: str
    lat: float
    lon: float
    is_estimate: bool = False
    is_active: bool = True


def courier_of(session: Session, office: str, courier_id: str) -> Courier:
    """One courier of the office."""
    found = session.scalar(select(Courier).where(Courier.office == office, Courier.id == courier_id))
    if found is None:
        raise NotFound(f"there is no courier {courier_id}")
    return found


def save_courier(session: Session, office: str, courier_id: str, terms: CourierTerms, *, by: Actor) -> Courier:
    """Change a courier, or (without an id) take on a new one. Invalid names every field that cannot be right."""
    courier = courier_of(session, office, courier_id) if courier_id else Courier(office=office)
    wrong = []
    if terms.phone:
        try:
            mobile(terms.phone)
        except ValueError as error:
            wrong.append(FieldError("phone", str(error)))
    else:
        wrong.append(FieldError("phone", say("isi nomor HP; tautan rute dikirim ke sana")))
    if terms.kind not in COURIER_KINDS:
        wrong.append(FieldError("kind", say("pilih kendaraan")))
    if session.scalar(select(Depot.id).where(Depot.office == office, Depot.id == terms.depot_id)) is None:
        wrong.append(FieldError("depot_id", say("pilih titik cetak")))
    if terms.bag_documents is not None and not 1 <= terms.bag_documents <= MOST_IN_A_BAG:
        wrong.append(
            FieldError("bag_documents", say("isi 1 sampai %(most)s dokumen, atau kosongkan", most=MOST_IN_A_BAG))
        )
    if courier_id and not terms.is_active and _rides(session, courier):
        wrong.append(FieldError("is_active", say("masih punya rute yang belum selesai")))
    if courier_id and terms.depot_id != courier.depot_id and _rides(session, courier):
        wrong.append(FieldError("depot_id", say("masih punya rute dari titik cetak yang lama")))
    if wrong:
        raise Invalid(fields=wrong)
    put(session, courier, asdict(terms), name=terms.name, by=by)
    return courier


def depot_of(session: Session, office: str, depot_id: str) -> Depot:
    """One print point of the office."""
    found = session.scalar(select(Depot).where(Depot.office == office, Depot.id == depot_id))
    if found is None:
        raise NotFound(f"there is no depot {depot_id}")
    return found


def save_depot(session: Session, office: str, depot_id: str, terms: DepotTerms, *, by: Actor) -> Depot:
    """Change a print point, or (without an id) open a new one. Invalid names every field that cannot be right."""
    depot = depot_of(session, office, depot_id) if depot_id else Depot(office=office)
    wrong = []
    if not (-11.5 <= terms.lat <= 6.5 and 94.5 <= terms.lon <= 141.5):
        wrong.append(FieldError("lat", say("letaknya di luar Indonesia; lintang lebih dulu, lalu bujur")))
    twin = select(Depot.id).where(Depot.office == office, Depot.name == terms.name, Depot.id != (depot_id or ""))
    if session.scalar(twin) is not None:
        wrong.append(FieldError("name", say("sudah ada titik cetak dengan nama ini")))
    if depot_id and not terms.is_active:
        wrong += [FieldError("is_active", reason) for reason in _why_open(session, depot)]
    if wrong:
        raise Invalid(fields=wrong)
    put(session, depot, asdict(terms), name=terms.name, by=by)
    return depot


def _rides(session: Session, courier: Courier) -> bool:
    on_route = select(Route.id).where(
        Route.office == courier.office, Route.courier_id == courier.id, Route.state.in_(("planned", "under_way"))
    )
    if session.scalars(on_route).first() is not None:
        return True
    undecided = session.scalars(
        select(Plan.courier_ids).where(Plan.office == courier.office, Plan.state.in_(_UNDECIDED))
    )
    return any(courier.id in ids for ids in undecided)


def _why_open(session: Session, depot: Depot) -> list[str]:
    """Why a print point cannot be closed yet; empty when it can."""
    here = (Document.office == depot.office, Document.depot_id == depot.id, Document.state.in_(_IN_HAND))
    documents = session.scalar(select(func.count()).select_from(Document).where(*here)) or 0
    batches = session.scalar(
        select(func.count()).where(
            Batch.office == depot.office, Batch.depot_id == depot.id, Batch.state.in_(("open", "sealed", "planned"))
        )
    )
    couriers = session.scalar(
        select(func.count()).where(Courier.office == depot.office, Courier.depot_id == depot.id, Courier.is_active)
    )
    others = session.scalar(
        select(func.count()).where(Depot.office == depot.office, Depot.is_active, Depot.id != depot.id)
    )
    reasons: list[str] = []
    if documents or batches:
        reasons.append(say("masih menyimpan %(n)s dokumen", n=documents))
    if couriers:
        reasons.append(say("%(n)s kurir masih berangkat dari sini", n=couriers))
    if not others:
        reasons.append(say("kantor harus punya satu titik cetak yang aktif"))
    return reasons
