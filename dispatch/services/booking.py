"""Ordering a courier company for one shipment, and never two.

The intent is a row before any call. When nobody knows whether the call arrived, the order is `unknown` and the only
thing done from then on is to ask for it by our reference. If the partner goes on saying that it has none, a person
decides. What the partner refuses goes to the post counter, so that no batch is stuck.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, Invalid
from dispatch.runtime import Runtime
from dispatch.services.assignment import live_assignment, new_reference, shipment_of, to_the_post
from dispatch.services.cases import open_case
from dispatch.services.commitments import reprice
from dispatch.services.desks import HOME, KECAMATAN, desk_name
from dispatch.services.partner_accounts import PARTNERS, adapter_for
from dispatch.services.places import place_of
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Assignment, Batch, Depot, Office, Shipment, Village
from dispatch.store.states import born, move
from dispatch.store.work import Claim
from partners.base import Booking, Drop, Order, PartnerError, Place, Rejected


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
    if partner not in PARTNERS:
        raise Invalid(f"the partner must be one of {', '.join(PARTNERS)}")
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
    born(session, [wanted], "offered", by=by)
    move(session, wanted, "intent", by=by)
    work.want(session, "book", wanted.id, office=office)
    return wanted


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
        if wanted.asked_before:
            # whoever was here before us may have placed it: look before anything else
            found = adapter.find(wanted.order.reference)
            if found is not None:
                return found
            if wanted.is_unknown:
                raise StillUnknown(wanted.order.reference)
        try:
            return adapter.book(wanted.order)
        except Rejected as refusal:
            return refusal
        except PartnerError as error:
            if error.undecided:
                with claim.transaction() as session:
                    offer = session.get_one(Assignment, claim.ref)
                    if offer.state == "sending":  # an event may have told us meanwhile that it arrived
                        move(session, offer, "unknown", by=_actor(wanted.partner))
            raise

    def save(session: Session, assignment_id: str, wanted: _Wanted, answer: Booking | Rejected) -> None:
        offer = session.get_one(Assignment, assignment_id)
        if isinstance(answer, Rejected):
            _refused(session, offer, answer)
        else:
            accepted(session, offer, answer.partner_reference)
            if answer.price is not None:
                reprice(session, offer, answer.price, by=_actor(offer.partner), why="price at booking")

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def accepted(session: Session, offer: Assignment, partner_reference: str) -> None:
    """The partner has the order: its answer says so, or an event that names our reference came first."""
    offer.partner_reference = offer.partner_reference or partner_reference
    if offer.state in ("sending", "unknown"):
        move(session, offer, "accepted", by=_actor(offer.partner))


def _refused(session: Session, offer: Assignment, refusal: Rejected) -> None:
    if offer.state not in ("sending", "unknown"):
        return
    move(session, offer, "rejected", by=_actor(offer.partner), why=refusal.reason)
    shipment = session.scalars(select(Shipment).where(Shipment.id == offer.shipment_id)).one()
    to_the_post(session, [shipment], by=_actor(offer.partner))
    _tell(session, offer, "booking_refused", f"Mitra {offer.partner} menolak ({refusal.reason}); kiriman ke loket Pos")


def _give_up(session: Session, assignment_id: str, error: str) -> None:
    offer = session.get_one(Assignment, assignment_id)
    if offer.state not in ("intent", "sending", "unknown"):
        return
    words = f"Tidak pasti apakah mitra {offer.partner} menerima pesanan {offer.reference}; tanyakan, lalu putuskan"
    _tell(session, offer, "booking_unknown", words)
    if offer.state == "sending":
        move(session, offer, "unknown", by=_actor(offer.partner), why=error[:100])


def _tell(session: Session, offer: Assignment, kind: str, words: str) -> None:
    batch_code = session.scalar(
        select(Batch.code).join(Shipment, Shipment.batch_id == Batch.id).where(Shipment.id == offer.shipment_id)
    )
    detail = f"{words} (batch {batch_code})."
    open_case(session, offer.office, kind, subject_kind="assignment", subject_id=offer.id, detail=detail)


def _actor(partner: str) -> Actor:
    return Actor(kind="partner", id=partner)


def order_of(session: Session, offer: Assignment) -> Order:
    """What the partner is asked to carry: from the depot to one office or home, so many documents."""
    batch, depot, village, office = session.execute(
        select(Batch, Depot, Village, Office)
        .join(Shipment, Shipment.batch_id == Batch.id)
        .join(Depot, Depot.id == Batch.depot_id)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .join(Office, Office.code == Batch.office)
        .where(Shipment.id == offer.shipment_id)
    ).one()
    pickup = Place(
        name=f"Dukcapil {office.name}", address=depot.address or f"{depot.name}, {office.name}", lat=depot.lat,
        lon=depot.lon,
    )  # fmt: skip
    place = destination_place(session, batch, village, office.name)
    drop = Drop(reference=batch.code, place=place, documents=batch.documents)
    return Order(reference=offer.reference, pickup=pickup, drops=(drop,))


def destination_place(session: Session, batch: Batch, village: Village, regency: str) -> Place:
    """Where a batch is brought, as partners are told of it; of a home its person, address and phone."""
    office = village_place(village, regency)
    if batch.destination != HOME:
        return office
    where = place_of(session, batch)
    address = ", ".join(part for part in (where.address, where.landmark, office.address) if part)
    return replace(office, name=where.name, address=address, phone=where.phone, lat=where.lat, lon=where.lon)


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
