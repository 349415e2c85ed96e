"""A judged draft becomes rows, and only what differs is written: routes with stops, shipments, every batch's fate.

The same function writes a fresh answer and every edit of it. A route keeps its row as long as its number has a stop, a
stop as long as some route visits its place. What nobody approved yet and nobody needs any more leaves no row, only its
events (pending → skipped, planned → cancelled).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.services.plan_bench import Judged, Spot
from dispatch.services.plan_draft import Draft, to_row
from dispatch.services.planning_homes import OUTSIDE
from dispatch.services.planning_reasons import by_hand_json, closed_json, later_json, outside_json, reason_json
from dispatch.store.audit import Actor
from dispatch.store.models import Plan, PlanBatch, Route, Shipment, Stop, StopBatch
from dispatch.store.models.common import Json
from dispatch.store.states import born, move_all
from routing import model
from routing.check import Violation
from routing.jsonform import to_json
from routing.margin import adds
from routing.model import Point

POST = "post_counter"
_GONE = "edited away"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one batch, what that costs besides fares, and why."""

    outcome: str  # route, post, wait, unassigned
    rupiah: int
    reason: Json | None


def write(
    session: Session,
    plan: Plan,
    spots: Mapping[str, Spot],
    judged: Judged,
    *,
    by: Actor,
    before: Draft | None = None,
    lines: Mapping[str, str] | None = None,
) -> None:
    """Let the plan's rows say what the draft says.

    `before` is the draft that they say now; `lines`: vehicle → its way on real roads, where it was asked."""
    fates = dict(_fates(plan, spots, judged))
    kept = () if before is None else before.rides
    fresh = {ride.number for ride in judged.draft.rides if ride not in kept}
    routes, repriced = _routes(session, plan, judged, fresh, lines or {}, by=by)
    _stops(session, plan, spots, judged, routes, repriced, by=by)
    _drop_empty(session, plan, judged, by=by)
    _shipments(session, plan, fates, by=by)
    for row in session.scalars(select(PlanBatch).where(PlanBatch.office == plan.office, PlanBatch.plan_id == plan.id)):
        fate = fates[row.batch_id]
        if (row.outcome, row.rupiah, row.reason) != (fate.outcome, fate.rupiah, fate.reason):
            row.outcome, row.rupiah, row.reason = fate.outcome, fate.rupiah, fate.reason
    _totals(plan, spots, judged, fates)
    session.flush()


def violation_row(violation: Violation) -> Json:
    """A broken limit as it is kept."""
    return {
        "code": violation.code,
        "vehicle_id": violation.vehicle_id,
        "stop_id": violation.stop_id,
        "expected": violation.expected,
        "found": violation.found,
    }


def _fates(plan: Plan, spots: Mapping[str, Spot], judged: Judged) -> Iterable[tuple[str, Fate]]:
    left = {one.stop_id: one.reason for one in judged.solution.unassigned}
    visited = {stop_id for ride in judged.draft.rides for stop_id in ride.stops}
    for spot in spots.values():
        for item in spot.items:
            if spot.stop_id in visited:
                yield item.batch_id, Fate("route", 0, None)
                continue
            outcome, rupiah = item.way(judged.draft.out.get(spot.stop_id, ""))
            if spot.stop_id in judged.draft.later:
                reason = later_json(date.fromisoformat(judged.draft.later[spot.stop_id]))
            elif spot.stop_id in judged.draft.out:
                reason = by_hand_json(outcome)
            elif spot.stop_id in left:
                reason = reason_json(left[spot.stop_id], outcome)
            elif spot.stop_id.startswith(OUTSIDE):
                reason = outside_json(outcome)
            else:
                reason = closed_json(plan.service_date, outcome)  # never in the problem
            yield item.batch_id, Fate(outcome, rupiah, reason)


def _routes(
    session: Session, plan: Plan, judged: Judged, differing: Collection[int], lines: Mapping[str, str], *, by: Actor
) -> tuple[Mapping[int, Route], set[int]]:
    """The rows of the draft's rides by number, new ones born, and the numbers whose visits have to be priced anew."""
    there = {route.number: route for route in _planned_routes(session, plan)}
    timed = {route.vehicle_id: route for route in judged.solution.routes}
    vehicles = {vehicle.id: vehicle for vehicle in judged.problem.vehicles}
    fresh: list[Route] = []
    repriced = set(differing)
    for ride in judged.draft.rides:
        route = there.get(ride.number)
        if route is None:
            route = Route(office=plan.office, plan_id=plan.id, number=ride.number, line="")
            fresh.append(route)
            there[ride.number] = route
        found = timed[ride.vehicle_id]
        if ride.number in differing:
            route.line = ""
        if route.fare != found.fare:
            repriced.add(ride.number)
        facts = {
            "courier_id": ride.vehicle_id,
            "depot_id": vehicles[ride.vehicle_id].start,
            "leaves_s": found.leaves,
            "returns_s": found.returns,
            "metres": found.metres,
            "documents": found.load,
            "fare": found.fare,
        }
        for name, value in facts.items():
            if getattr(route, name) != value:
                setattr(route, name, value)
        if ride.vehicle_id in lines:
            route.line = lines[ride.vehicle_id]
    born(session, fresh, "planned", by=by)
    kept = {ride.number for ride in judged.draft.rides}
    return {number: route for number, route in there.items() if number in kept}, repriced


def _stops(
    session: Session,
    plan: Plan,
    spots: Mapping[str, Spot],
    judged: Judged,
    routes: Mapping[int, Route],
    repriced: Collection[int],
    *,
    by: Actor,
) -> None:
    there = _stops_by_place(session, plan, spots)
    timed = {visit.stop_id: visit for route in judged.solution.routes for visit in route.visits}
    points = {stop.id: stop.point for stop in judged.problem.stops}
    wanted = {
        stop_id: (routes[ride.number], position)
        for ride in judged.draft.rides
        for position, stop_id in enumerate(ride.stops, start=1)
    }
    _remove(session, [stop for place, stop in there.items() if place not in wanted], by=by)
    moving = [
        (stop, *wanted[place])
        for place, stop in there.items()
        if place in wanted and (stop.route_id, stop.position) != (wanted[place][0].id, wanted[place][1])
    ]
    for at, (stop, _, _) in enumerate(moving, start=1):
        stop.position = -at  # out of the way first: a position of a route is taken once
    session.flush()
    for stop, route, position in moving:
        stop.route_id, stop.position = route.id, position
    session.flush()
    fresh: list[tuple[Stop, Spot]] = []
    for place, (route, position) in wanted.items():
        if place not in there:
            there[place] = _fresh_stop(route, position, spots[place], points[place])
            fresh.append((there[place], spots[place]))
        _time(there[place], timed[place])
    born(session, [stop for stop, _ in fresh], "pending", by=by)
    session.add_all(
        StopBatch(office=plan.office, stop_id=stop.id, batch_id=item.batch_id)
        for stop, spot in fresh
        for item in spot.items
    )
    riders = {ride.vehicle_id for ride in judged.draft.rides if ride.number in repriced}
    added = adds(judged.problem, [route for route in judged.solution.routes if route.vehicle_id in riders])
    for ride in judged.draft.rides:
        if ride.number in repriced:
            for place in ride.stops:
                there[place].adds = added.get(place)


def _drop_empty(session: Session, plan: Plan, judged: Judged, *, by: Actor) -> None:
    kept = {ride.number for ride in judged.draft.rides}
    gone = [route for route in _planned_routes(session, plan) if route.number not in kept]
    move_all(session, gone, "cancelled", by=by, why=_GONE)
    for route in gone:
        session.delete(route)
    session.flush()


def _remove(session: Session, stops: Sequence[Stop], *, by: Actor) -> None:
    move_all(session, stops, "skipped", by=by, why=_GONE)
    ids = [stop.id for stop in stops]
    session.execute(delete(StopBatch).where(StopBatch.stop_id.in_(ids)))
    for stop in stops:
        session.delete(stop)
    session.flush()


def _shipments(session: Session, plan: Plan, fates: Mapping[str, Fate], *, by: Actor) -> None:
    there = {
        shipment.batch_id: shipment
        for shipment in session.scalars(
            select(Shipment).where(
                Shipment.office == plan.office, Shipment.plan_id == plan.id, Shipment.state == "planned"
            )
        )
    }
    wanted = {batch_id: fate.rupiah for batch_id, fate in fates.items() if fate.outcome == "post"}
    gone = [shipment for batch_id, shipment in there.items() if batch_id not in wanted]
    move_all(session, gone, "cancelled", by=by, why=_GONE)
    for shipment in gone:
        session.delete(shipment)
    session.flush()
    for batch_id, rupiah in wanted.items():
        if batch_id in there and there[batch_id].rupiah != rupiah:
            there[batch_id].rupiah = rupiah
    fresh = [
        Shipment(office=plan.office, plan_id=plan.id, batch_id=batch_id, partner=POST, rupiah=rupiah)
        for batch_id, rupiah in wanted.items()
        if batch_id not in there
    ]
    born(session, fresh, "planned", by=by)


def _totals(plan: Plan, spots: Mapping[str, Spot], judged: Judged, fates: Mapping[str, Fate]) -> None:
    plan.ojek_rupiah = sum(route.fare for route in judged.solution.routes)
    plan.post_rupiah = sum(fate.rupiah for fate in fates.values() if fate.outcome == "post")
    plan.waiting_rupiah = sum(fate.rupiah for fate in fates.values() if fate.outcome == "wait")
    plan.cost = plan.ojek_rupiah + plan.post_rupiah + plan.waiting_rupiah
    plan.all_post_rupiah = sum(item.all_post for spot in spots.values() for item in spot.items)
    plan.courier_ids = [vehicle.id for vehicle in judged.problem.vehicles]
    plan.travel_source = judged.solution.source
    plan.solution = dict(to_json(judged.solution))
    plan.draft = to_row(judged.draft)
    plan.violations = [violation_row(one) for one in judged.violations]


def _planned_routes(session: Session, plan: Plan) -> Sequence[Route]:
    return session.scalars(
        select(Route).where(Route.office == plan.office, Route.plan_id == plan.id, Route.state == "planned")
    ).all()


def _stops_by_place(session: Session, plan: Plan, spots: Mapping[str, Spot]) -> dict[str, Stop]:
    """The plan's stops by the stop of the problem that they are."""
    place_of = {item.batch_id: spot.stop_id for spot in spots.values() for item in spot.items}
    rows = session.execute(
        select(Stop, StopBatch.batch_id)
        .join(StopBatch, StopBatch.stop_id == Stop.id)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id, Stop.state == "pending")
    )
    return {place_of[batch_id]: stop for stop, batch_id in rows}


def _fresh_stop(route: Route, position: int, spot: Spot, point: Point) -> Stop:
    return Stop(
        office=route.office,
        route_id=route.id,
        position=position,
        village_code=spot.village_code,
        lat=point.lat,
        lon=point.lon,
    )


def _time(stop: Stop, visit: model.Visit) -> None:
    facts = {"arrival_s": visit.arrival, "departure_s": visit.departure, "metres": visit.metres}
    for name, value in facts.items():
        if getattr(stop, name) != value:
            setattr(stop, name, value)
