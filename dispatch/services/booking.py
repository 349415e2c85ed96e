"""Ordering a courier company for a route or a shipment, and never two.

The intent is a row before any call. When nobody knows whether the call arrived, the order is `unknown`, and what is
allowed from then on depends on the partner: to be asked by our reference, to be asked again under the same reference
(where it refuses a second), or only to wait for its word. If no one can tell, a person decides. What the partner
refuses goes on: a shipment down the office's ladder, a route to its rider's link.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, Invalid
from dispatch.runtime import Runtime
from dispatch.services import ladder
from dispatch.services.assignment import (
    OJEK_LINK,
    batches_of_route,
    live_assignment,
    new_reference,
    route_of,
    shipment_of,
    stops_of,
)
from dispatch.services.cases import close_case, open_case
from dispatch.services.commitments import reprice
from dispatch.services.desks import HOME, KECAMATAN, desk_name
from dispatch.services.links import revoke_courier_link
from dispatch.services.partner_accounts import PARTNERS, adapter_for, refuse_frozen
from dispatch.services.partner_setups import SETUPS
from dispatch.services.places import place_of
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import (
    Assignment,
    Batch,
    Depot,
    ExceptionCase,
    Office,
    Route,
    Shipment,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.states import born, move
from dispatch.store.work import Claim
from partners.base import Booking, CannotTell, CourierPartner, Drop, Order, PartnerError, Place, Rejected


class StillUnknown(Exception):
    """The partner does not know the order whose outcome we never learnt; ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    office: str
    partner: str
    order: Order
    asked_before: bool
    is_unknown: bool


def book_shipment(session: Session, office: str, shipment_id: str, partner: str, *, by: Actor) -> Assignment:
    """Let a partner carry a shipment that has not left. The order itself is placed by a job."""
    _refuse_partner(session, office, partner)
    audit.begin(session, office)
    shipment = shipment_of(session, office, shipment_id)
    if shipment.state != "planned":
        raise Conflict(f"shipment {shipment.id} is {shipment.state}; only one that has not left can change its carrier")
    offer = live_assignment(session, shipment)
    if offer is not None:
        if offer.partner == partner:
            return offer
        if offer.partner in PARTNERS:
            raise Conflict(f"shipment {shipment.id} is ordered from {offer.partner}")
        move(session, offer, "cancelled", by=by, why=f"goes with {partner}")
    shipment.partner = partner
    wanted = Assignment(
        office=office,
        shipment_id=shipment.id,
        partner=partner,
        reference=new_reference(),
        rupiah=shipment.rupiah,
        created_at=now(session),
    )
    return _intend(session, wanted, by=by)


def book_route(session: Session, office: str, route_id: str, partner: str, *, by: Actor) -> Assignment:
    """Let a partner that carries several stops take a route that has not left; its rider's link dies."""
    _refuse_partner(session, office, partner)
    audit.begin(session, office)
    route = route_of(session, office, route_id)
    if route.state != "planned":
        raise Conflict(f"route {route.id} is {route.state}; only one that has not left can change its carrier")
    stops = len(stops_of(session, route))
    if stops > SETUPS[partner].most_drops:
        raise Invalid(f"{partner} takes at most {SETUPS[partner].most_drops} stops, the route has {stops}")
    offer = live_assignment(session, route)
    if offer is not None:
        if offer.partner == partner:
            return offer
        if offer.partner in PARTNERS:
            raise Conflict(f"route {route.id} is ordered from {offer.partner}")
        revoke_courier_link(session, route, by=by)
        move(session, offer, "expired" if offer.state == "offered" else "cancelled", by=by, why=f"goes with {partner}")
    wanted = Assignment(
        office=office,
        route_id=route.id,
        partner=partner,
        reference=new_reference(),
        rupiah=route.fare,
        created_at=now(session),
    )
    return _intend(session, wanted, by=by)


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "book": place an order, or find out what became of it."""

    def load(session: Session, assignment_id: str) -> _Wanted | None:
        offer = session.get_one(Assignment, assignment_id)
        if offer.state not in ("intent", "sending", "unknown"):
            return None
        wanted = _Wanted(
            office=offer.office,
            partner=offer.partner,
            order=order_of(session, offer),
            asked_before=offer.state != "intent",
            is_unknown=offer.state == "unknown",
        )
        if offer.state == "intent":
            move(session, offer, "sending", by=_actor(offer.partner))
        return wanted

    def act(wanted: _Wanted, claim: Claim) -> Booking | Rejected:
        with runtime.db.reading() as session:
            adapter = adapter_for(session, runtime.keys, wanted.office, wanted.partner, runtime.clock.now)
        found = _looked_up(adapter, wanted, claim) if wanted.asked_before else None
        if found is not None:
            return found
        try:
            return adapter.book(wanted.order)
        except Rejected as refusal:
            return refusal
        except PartnerError as error:
            _note(claim, wanted, "unknown" if error.undecided else "intent")
            raise

    def save(session: Session, assignment_id: str, wanted: _Wanted, answer: Booking | Rejected) -> None:
        offer = session.get_one(Assignment, assignment_id)
        if isinstance(answer, Rejected):
            _refused(session, offer, answer.reason)
        else:
            accepted(session, offer, answer.partner_reference)
            if answer.price is not None:
                reprice(session, offer, answer.price, by=_actor(offer.partner), why="harga saat pemesanan")

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def accepted(session: Session, offer: Assignment, partner_reference: str) -> None:
    """The partner has the order: its answer says so, or an event that names our reference came first."""
    offer.partner_reference = (offer.partner_reference or partner_reference)[:60]
    if offer.state in ("sending", "unknown"):
        move(session, offer, "accepted", by=_actor(offer.partner))
        _settle_doubt(session, offer)
        if offer.call_off_why:
            # the office wanted it called off while nobody knew whether it existed
            work.want(session, "call_off", offer.id, office=offer.office)


def goes_on(session: Session, offer: Assignment, *, by: Actor, why: str) -> str:
    """The partner will not carry it: a shipment goes down the office's ladder, a route to its rider; in words."""
    if offer.shipment_id is not None:
        shipment = session.scalars(select(Shipment).where(Shipment.id == offer.shipment_id)).one()
        return ladder.fall(session, offer, by=by, why=why).words if shipment.state == "planned" else ""
    route = session.scalars(select(Route).where(Route.id == offer.route_id)).one()
    if route.state == "planned":
        again = Assignment(
            office=route.office,
            route_id=route.id,
            partner=OJEK_LINK,
            courier_id=route.courier_id,
            reference=new_reference(),
            rupiah=route.fare,
            created_at=now(session),
        )
        born(session, [again], "offered", by=by)
    return "rute kembali ke kurir"


def tell(session: Session, offer: Assignment, kind: str, words: str) -> None:
    """Open a case about an order, in an Indonesian sentence that names its batch or route."""
    if offer.route_id is not None:
        number = session.scalar(select(Route.number).where(Route.id == offer.route_id))
        about = f"rute {number}"
    else:
        code = session.scalar(
            select(Batch.code).join(Shipment, Shipment.batch_id == Batch.id).where(Shipment.id == offer.shipment_id)
        )
        about = f"batch {code}"
    open_case(session, offer.office, kind, subject_kind="assignment", subject_id=offer.id, detail=f"{words} ({about}).")


def _settle_doubt(session: Session, offer: Assignment) -> None:
    """The partner has said that it has the order: nobody needs to ask any more."""
    doubts = session.scalars(
        select(ExceptionCase.id)
        .where(ExceptionCase.office == offer.office, ExceptionCase.kind == "booking_unknown")
        .where(ExceptionCase.subject_id == offer.id, ExceptionCase.closed_at.is_(None))
    ).all()
    for case_id in doubts:
        close_case(session, offer.office, case_id, "Mitra memastikan bahwa pesanannya ada.", by=_actor(offer.partner))


def _refuse_partner(session: Session, office: str, partner: str) -> None:
    if partner not in PARTNERS:
        raise Invalid(f"the partner must be one of {', '.join(PARTNERS)}")
    refuse_frozen(session, office, partner)


def _intend(session: Session, wanted: Assignment, *, by: Actor) -> Assignment:
    born(session, [wanted], "offered", by=by)
    move(session, wanted, "intent", by=by)
    work.want(session, "book", wanted.id, office=wanted.office)
    return wanted


def _looked_up(adapter: CourierPartner, wanted: _Wanted, claim: Claim) -> Booking | None:
    """What became of an earlier try. None: booking (again) cannot make a second order."""
    if adapter.look_up == "repeat":
        return None  # the partner refuses a second order under our reference
    try:
        found = adapter.find(wanted.order.reference)
    except CannotTell:
        # nobody but a callback, or a person, can tell
        _note(claim, wanted, "unknown")
        raise work.Hopeless("the partner cannot be asked by our reference") from None
    if found is None and wanted.is_unknown:
        raise StillUnknown(wanted.order.reference)
    return found


def _note(claim: Claim, wanted: _Wanted, state: str) -> None:
    with claim.transaction() as session:
        offer = session.get_one(Assignment, claim.ref)
        if offer.state == "sending":  # an event may have told us meanwhile that it arrived
            move(session, offer, state, by=_actor(wanted.partner))


def _refused(session: Session, offer: Assignment, reason: str) -> None:
    if offer.state not in ("sending", "unknown"):
        return
    move(session, offer, "rejected", by=_actor(offer.partner), why=reason)
    instead = goes_on(session, offer, by=_actor(offer.partner), why=reason)
    tell(session, offer, "booking_refused", f"Mitra {offer.partner} menolak ({reason}); {instead}")


def _give_up(session: Session, assignment_id: str, error: str) -> None:
    offer = session.get_one(Assignment, assignment_id)
    if offer.state == "intent":
        # for certain never ordered: whoever refuses nobody takes it
        move(session, offer, "declined", by=_actor(offer.partner), why=error[:100])
        instead = goes_on(session, offer, by=_actor(offer.partner), why=error[:100])
        words = f"Mitra {offer.partner} tidak dapat dihubungi, pesanan tidak dibuat; {instead}"
        tell(session, offer, "booking_refused", words)
        return
    if offer.state not in ("sending", "unknown"):
        return
    words = f"Tidak pasti apakah mitra {offer.partner} menerima pesanan {offer.reference}; tanyakan, lalu putuskan"
    tell(session, offer, "booking_unknown", words)
    if offer.state == "sending":
        move(session, offer, "unknown", by=_actor(offer.partner), why=error[:100])


def _actor(partner: str) -> Actor:
    return Actor(kind="partner", id=partner)


def order_of(session: Session, offer: Assignment) -> Order:
    """What the partner is asked to carry: from the depot to offices or homes, so many documents to each."""
    if offer.route_id is not None:
        return _route_order(session, offer)
    batch, depot, village, office = session.execute(
        select(Batch, Depot, Village, Office)
        .join(Shipment, Shipment.batch_id == Batch.id)
        .join(Depot, Depot.id == Batch.depot_id)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .join(Office, Office.code == Batch.office)
        .where(Shipment.id == offer.shipment_id)
    ).one()
    place = destination_place(session, batch, village, office.name)
    drop = Drop(reference=batch.code, place=place, documents=batch.documents)
    return Order(reference=offer.reference, pickup=_pickup(depot, office), drops=(drop,))


def drop_references(session: Session, route: Route) -> dict[str, str]:
    """How the partner calls each stop of a route: by the first of its batches' codes → the stop's id."""
    rows = session.execute(
        select(Batch.code, Stop.id)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position, Batch.code)
    ).all()
    first: dict[str, str] = {}
    for code, stop_id in rows:
        if stop_id not in first.values():
            first[code] = stop_id
    return first


def _route_order(session: Session, offer: Assignment) -> Order:
    route, depot, office = session.execute(
        select(Route, Depot, Office)
        .join(Depot, Depot.id == Route.depot_id)
        .join(Office, Office.code == Route.office)
        .where(Route.id == offer.route_id)
    ).one()
    batches = {batch.code: batch for batch in batches_of_route(session, route)}
    of_stop: dict[str, int] = {}
    for stop_id, documents in session.execute(
        select(StopBatch.stop_id, Batch.documents)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .where(Stop.office == route.office, Stop.route_id == route.id)
    ):
        of_stop[stop_id] = of_stop.get(stop_id, 0) + documents
    drops = []
    for code, stop_id in drop_references(session, route).items():
        batch = batches[code]
        village = session.get_one(Village, (batch.office, batch.village_code))
        place = destination_place(session, batch, village, office.name)
        drops.append(Drop(reference=code, place=place, documents=of_stop[stop_id]))
    return Order(reference=offer.reference, pickup=_pickup(depot, office), drops=tuple(drops))


def _pickup(depot: Depot, office: Office) -> Place:
    address = depot.address or f"{depot.name}, {office.name}"
    return Place(name=f"Dukcapil {office.name}", address=address, lat=depot.lat, lon=depot.lon)


def destination_place(session: Session, batch: Batch, village: Village, regency: str) -> Place:
    """Where a batch is brought, as partners are told of it; of a home its person, address and phone."""
    office = village_place(village, regency)
    if batch.destination != HOME:
        return office
    where = place_of(session, batch)
    address = ", ".join(part for part in (where.address, where.landmark, where.regency or office.address) if part)
    home = replace(office, name=where.name, address=address, phone=where.phone, lat=where.lat, lon=where.lon)
    if where.regency:
        # neither our village nor its position: whoever needs one (an instant rider) refuses, the post does not
        return replace(home, lat=None, lon=None, village="", postcode="")
    return home


def village_place(village: Village, regency: str) -> Place:
    """A village or kecamatan office as partners are told of it."""
    district = "" if village.kind == KECAMATAN else f", Kec. {village.district}"
    return Place(
        name=f"Kantor {desk_name(village)}",
        address=f"{desk_name(village)}{district}, {regency}",
        phone=village.contact_phone,
        lat=village.lat,
        lon=village.lon,
        village=village.code,
        postcode=village.postal_code if len(village.postal_code) == 5 else "",
    )
