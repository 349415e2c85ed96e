"""Who takes what away: offers made when a plan is approved, taken back, and ended when everything has arrived.

Approval moves no document. A route is offered to its courier and becomes accepted with the load check; a shipment for
the post counter is accepted at once, because the counter refuses nobody. A plan is closed when all its routes and
shipments are final.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, NotFound
from dispatch.services.links import revoke_courier_link
from dispatch.store import audit, work
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import (
    Assignment,
    Attempt,
    Batch,
    Document,
    ExceptionCase,
    Plan,
    PlanBatch,
    Route,
    Shipment,
    Stop,
    StopBatch,
)
from dispatch.store.states import Holder, born, is_final, move, move_all

OJEK_LINK, POST_COUNTER = "ojek_link", "post_counter"
LIVE = ("offered", "intent", "sending", "unknown", "accepted")


def offer_plan(session: Session, plan: Plan, *, by: Actor) -> None:
    """Offer every route of an approved plan to its courier, and every shipment to the post counter."""
    routes = session.scalars(
        select(Route).where(Route.office == plan.office, Route.plan_id == plan.id, Route.state == "planned")
    ).all()
    shipments = session.scalars(
        select(Shipment).where(Shipment.office == plan.office, Shipment.plan_id == plan.id, Shipment.state == "planned")
    ).all()
    born(session, [_to_courier(session, route) for route in routes], "offered", by=by)
    to_the_post(session, shipments, by=by)


def offer_again(session: Session, route: Route, *, by: Actor, why: str) -> None:
    """A route that has not left was changed: its offer ends, and what it is worth now is offered in its place.

    Not one that is ordered from a partner: nobody there would learn of it."""
    offer = live_assignment(session, route)
    if offer is not None and offer.partner != OJEK_LINK:
        raise Conflict(f"route {route.id} is ordered from {offer.partner}; call that order off first")
    _end(session, offer, by=by, why=why)
    born(session, [_to_courier(session, route)], "offered", by=by)


def _to_courier(session: Session, route: Route) -> Assignment:
    return Assignment(
        office=route.office,
        route_id=route.id,
        partner=OJEK_LINK,
        courier_id=route.courier_id,
        reference=new_reference(),
        rupiah=route.fare,
        created_at=now(session),
    )


def to_the_post(session: Session, shipments: Sequence[Shipment], *, by: Actor) -> None:
    """Let the post counter carry these shipments; it refuses nobody, so the offers are accepted at once."""
    at = now(session)
    offers = [
        Assignment(
            office=shipment.office,
            shipment_id=shipment.id,
            partner=POST_COUNTER,
            reference=new_reference(),
            rupiah=shipment.rupiah,
            created_at=at,
        )
        for shipment in shipments
    ]
    for shipment in shipments:
        shipment.partner = POST_COUNTER
    born(session, offers, "offered", by=by)
    move_all(session, offers, "accepted", by=by)


def new_reference() -> str:
    """Our own reference of an order, unique for ever and short enough for every partner."""
    return f"A{new_id()}"


def route_of(session: Session, office: str, route_id: str) -> Route:
    """One route of the office."""
    found = session.scalar(select(Route).where(Route.office == office, Route.id == route_id))
    if found is None:
        raise NotFound(f"there is no route {route_id}")
    return found


def shipment_of(session: Session, office: str, shipment_id: str) -> Shipment:
    """One shipment of the office."""
    found = session.scalar(select(Shipment).where(Shipment.office == office, Shipment.id == shipment_id))
    if found is None:
        raise NotFound(f"there is no shipment {shipment_id}")
    return found


def live_assignment(session: Session, row: Route | Shipment) -> Assignment | None:
    """The one offer of a route or shipment that counts, if any."""
    mine = Assignment.route_id == row.id if isinstance(row, Route) else Assignment.shipment_id == row.id
    return session.scalar(select(Assignment).where(Assignment.office == row.office, mine, Assignment.state.in_(LIVE)))


def latest_assignment(session: Session, shipment: Shipment) -> Assignment | None:
    """How the shipment's order stands: the one that counts, else the last that did."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.office == shipment.office, Assignment.shipment_id == shipment.id)
        .order_by(Assignment.state.in_(LIVE).desc(), Assignment.created_at.desc(), Assignment.id.desc())
    ).first()


def cancel_route(session: Session, office: str, route_id: str, *, by: Actor, why: str) -> Route:
    """Take a route back before it leaves: its link dies, its batches can be planned again.

    A courier company that may have the order is asked first; until it has answered, the wish is kept.
    """
    audit.begin(session, office)
    route = route_of(session, office, route_id)
    if route.state != "planned":
        raise Conflict(f"route {route.id} is {route.state}; only a route that has not left can be cancelled")
    if _must_be_asked(session, live_assignment(session, route), why):
        return route
    call_off_route(session, route, by=by, why=why)
    close_plan_if_done(session, office, route.plan_id, by=by)
    return route


def call_off_route(session: Session, route: Route, *, by: Actor, why: str) -> None:
    """End a route that never left, and free its batches."""
    revoke_courier_link(session, route, by=by)
    move(session, route, "cancelled", by=by, why=why)
    still_open = [stop for stop in stops_of(session, route) if not is_final("stop", stop.state)]
    move_all(session, still_open, "skipped", by=by, why=why)
    free(session, batches_of_route(session, route), by=by, why=why)
    _end(session, live_assignment(session, route), by=by, why=why)


def cancel_shipment(session: Session, office: str, shipment_id: str, *, by: Actor, why: str) -> Shipment:
    """Take a shipment back before the partner has it; its batch can be planned again.

    A courier company that may have the order is asked first; until it has answered, the wish is kept. Where nobody can
    tell whether it has it (an open case says so), a person has asked, and cancelling here ends it.
    """
    audit.begin(session, office)
    shipment = shipment_of(session, office, shipment_id)
    if shipment.state != "planned":
        raise Conflict(f"shipment {shipment.id} is {shipment.state}; only one that has not left can be cancelled")
    offer = live_assignment(session, shipment)
    if _must_be_asked(session, offer, why):
        return shipment
    call_off(session, shipment, by=by, why=why)
    _end(session, offer, by=by, why=why)
    close_plan_if_done(session, office, shipment.plan_id, by=by)
    return shipment


def call_off(session: Session, shipment: Shipment, *, by: Actor, why: str) -> None:
    """End a shipment that never left, and free its batch."""
    move(session, shipment, "cancelled", by=by, why=why)
    batches = session.scalars(select(Batch).where(Batch.office == shipment.office, Batch.id == shipment.batch_id)).all()
    free(session, batches, by=by, why=why)


def free(session: Session, batches: Sequence[Batch], *, by: Actor, why: str) -> None:
    """Let batches that stay with the office be planned again."""
    waiting = [batch for batch in batches if batch.state == "planned"]
    if not waiting:
        return
    move_all(session, waiting, "sealed", by=by, why=why)
    session.execute(
        update(PlanBatch)
        .where(PlanBatch.office == waiting[0].office, PlanBatch.batch_id.in_([batch.id for batch in waiting]))
        .values(is_live=False)
    )


def stops_of(session: Session, route: Route) -> Sequence[Stop]:
    """The stops of a route in their order."""
    return session.scalars(
        select(Stop).where(Stop.office == route.office, Stop.route_id == route.id).order_by(Stop.position)
    ).all()


def batches_of_route(session: Session, route: Route) -> Sequence[Batch]:
    """The batches a route carries, in the order of its stops."""
    return session.scalars(
        select(Batch)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position, Batch.code)
    ).all()


def carrier_of(session: Session, route: Route) -> Holder:
    """Who has what is on the road with a route: its courier, or the company that was ordered for it."""
    return carriers_of(session, [route])[route.id]


def carriers_of(session: Session, routes: Sequence[Route]) -> dict[str, Holder]:
    """By route: its courier, or the company that was ordered for it."""
    offers = session.execute(
        select(Assignment.route_id, Assignment.partner)
        .where(Assignment.route_id.in_([route.id for route in routes]))
        .where(Assignment.state.in_((*LIVE, "finished")))
        .order_by(Assignment.created_at)
    ).all()
    latest = {route_id: partner for route_id, partner in offers if route_id is not None}
    carriers = {}
    for route in routes:
        partner = latest.get(route.id, OJEK_LINK)
        carriers[route.id] = Holder("courier", route.courier_id) if partner == OJEK_LINK else Holder("partner", partner)
    return carriers


def finish_route_if_done(session: Session, office: str, route_id: str, *, by: Actor) -> None:
    """A route is completed when every stop is final and its courier holds nothing any more."""
    route = route_of(session, office, route_id)
    if route.state != "under_way":
        return
    if not all(is_final("stop", stop.state) for stop in stops_of(session, route)):
        return
    carrier = carrier_of(session, route)
    in_the_bag = session.scalar(
        select(func.count())
        .select_from(Document)
        .join(Attempt, Attempt.document_id == Document.id)
        .join(Stop, Stop.id == Attempt.stop_id)
        # in the batch of this very route: the same courier may carry it again on a later one
        .join(StopBatch, (StopBatch.stop_id == Stop.id) & (StopBatch.batch_id == Document.batch_id))
        .where(Stop.office == office, Stop.route_id == route_id)
        .where(Document.holder_kind == carrier.kind, Document.holder_id == carrier.id)
        .where(Document.state.in_(("out", "returning")))
    )
    if in_the_bag:
        return
    move(session, route, "completed", by=by)
    finish_assignment(session, route, by=by)
    close_plan_if_done(session, office, route.plan_id, by=by)


def finish_assignment(session: Session, row: Route | Shipment, *, by: Actor) -> None:
    """The work of an accepted offer is done."""
    offer = live_assignment(session, row)
    if offer is not None and offer.state == "accepted":
        move(session, offer, "finished", by=by)


def close_plan_if_done(session: Session, office: str, plan_id: str, *, by: Actor) -> None:
    """A plan is closed when all its routes and shipments are final; its reservations end with it."""
    plan = session.scalars(select(Plan).where(Plan.office == office, Plan.id == plan_id)).one()
    if plan.state != "approved":
        return
    session.flush()
    routes = session.scalars(select(Route.state).where(Route.office == office, Route.plan_id == plan_id)).all()
    shipments = session.scalars(select(Shipment.state).where(Shipment.office == office, Shipment.plan_id == plan_id))
    if all(is_final("route", state) for state in routes) and all(is_final("shipment", state) for state in shipments):
        move(session, plan, "closed", by=by)
        session.execute(
            update(PlanBatch).where(PlanBatch.office == office, PlanBatch.plan_id == plan_id).values(is_live=False)
        )


def _must_be_asked(session: Session, offer: Assignment | None, why: str) -> bool:
    """Whether a courier company may have this order; if so, the wish to call it off is kept."""
    if offer is None or offer.partner in (OJEK_LINK, POST_COUNTER):
        return False
    if offer.state not in ("sending", "unknown", "accepted"):
        return False
    nobody_knows = session.scalar(
        select(ExceptionCase.id)
        .where(ExceptionCase.office == offer.office, ExceptionCase.kind == "booking_unknown")
        .where(ExceptionCase.subject_id == offer.id, ExceptionCase.closed_at.is_(None))
    )
    if offer.state == "unknown" and nobody_knows is not None:
        return False
    offer.call_off_why = why[:200] or "-"
    if offer.state == "accepted":
        work.want(session, "call_off", offer.id, office=offer.office)
    return True


def _end(session: Session, offer: Assignment | None, *, by: Actor, why: str) -> None:
    if offer is not None:
        move(session, offer, "expired" if offer.state in ("offered", "intent") else "cancelled", by=by, why=why)
