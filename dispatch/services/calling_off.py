"""Calling an order off at a courier company: the wish is a row, the partner's answer decides.

A wish that came while nobody knew whether the order exists waits until that is known. A partner that has already
picked up says no, and the order goes on; one that thinks about it says the end by an event.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services import ladder
from dispatch.services.assignment import call_off, call_off_route, close_plan_if_done, route_of, shipment_of
from dispatch.services.booking import tell
from dispatch.services.partner_accounts import adapter_for
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.models import Assignment
from dispatch.store.states import move
from dispatch.store.work import Claim
from partners.base import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    office: str
    partner: str
    reference: str
    partner_reference: str
    why: str


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "call_off": ask the partner to drop an order."""

    def load(session: Session, assignment_id: str) -> _Order | None:
        offer = session.get_one(Assignment, assignment_id)
        if offer.state != "accepted" or not offer.call_off_why:
            return None
        return _Order(
            office=offer.office,
            partner=offer.partner,
            reference=offer.reference,
            partner_reference=offer.partner_reference,
            why=offer.call_off_why,
        )

    def act(order: _Order, claim: Claim) -> str:
        with runtime.db.reading() as session:
            adapter = adapter_for(session, runtime.keys, order.office, order.partner, runtime.clock.now)
        try:
            return adapter.cancel(order.reference, order.partner_reference, reason=order.why)
        except Rejected as refusal:
            # an order the partner does not have any more needs no calling off
            return "cancelled" if refusal.reason == "not_found" else refusal.reason

    def save(session: Session, assignment_id: str, order: _Order, answer: str) -> None:
        offer = session.get_one(Assignment, assignment_id)
        if answer == "cancelled":
            ended(session, offer, by=Actor(kind="partner", id=offer.partner), why=order.why)
        elif answer != "pending":
            _goes_on(session, offer, answer)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def ended(session: Session, offer: Assignment, *, by: Actor, why: str) -> bool:
    """An order ended before its pick-up: what it was for is free again. False when it had left already."""
    if offer.route_id is not None:
        route = route_of(session, offer.office, offer.route_id)
        if route.state != "planned":
            return False
        call_off_route(session, route, by=by, why=why)
        close_plan_if_done(session, offer.office, route.plan_id, by=by)
        return True
    assert offer.shipment_id is not None
    shipment = shipment_of(session, offer.office, offer.shipment_id)
    if shipment.state != "planned":
        return False
    if why == ladder.NO_COURIER and offer.state == "accepted":
        move(session, offer, "cancelled", by=by, why=why)
        ladder.fall(session, offer, by=by, why=why)
        return True
    call_off(session, shipment, by=by, why=why)
    if offer.state == "accepted":
        move(session, offer, "cancelled", by=by)
    close_plan_if_done(session, offer.office, shipment.plan_id, by=by)
    return True


def _goes_on(session: Session, offer: Assignment, reason: str) -> None:
    if offer.state == "accepted":
        offer.call_off_why = ""
        words = f"Mitra {offer.partner} tidak dapat membatalkan pesanan {offer.reference} ({reason}); kiriman berjalan"
        tell(session, offer, "call_off_refused", words)


def _give_up(session: Session, assignment_id: str, error: str) -> None:
    offer = session.get_one(Assignment, assignment_id)
    if offer.state == "accepted" and offer.call_off_why:
        words = f"Pembatalan pesanan {offer.reference} tidak sampai ke mitra {offer.partner} ({error}); hubungi mitra"
        tell(session, offer, "call_off_refused", words)
