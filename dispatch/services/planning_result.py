"""A checked answer becomes rows: routes with their stops, shipments for the post, and the fate of every batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.planning_problem import Built, Load, Place, Question
from dispatch.services.planning_reasons import closed_json, reason_json
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Plan, PlanBatch, Route, Shipment, Stop, StopBatch
from dispatch.store.models.common import Json
from dispatch.store.states import born, move
from routing import model
from routing.jsonform import to_json
from routing.model import Solution, Unassigned

POST = "post_counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a solve found: the problem as it was built, a solution that the referee passed, how it was reached, and the
    vehicles' ways on real roads (polylines of six decimals; empty where travel was estimated)."""

    built: Built
    solution: Solution
    progress: Sequence[Json]
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of one batch, what that costs besides fares, and why."""

    outcome: str  # route, post, wait, unassigned
    rupiah: int
    reason: Json | None


def save(session: Session, plan: Plan, question: Question, answer: Answer) -> None:
    """Write the answer of a plan that is still waiting for it: requested → solved."""
    fates = dict(_fates(question, answer))
    _save_routes(session, plan, answer)
    _save_shipments(session, plan, fates)
    for row in session.scalars(select(PlanBatch).where(PlanBatch.office == plan.office, PlanBatch.plan_id == plan.id)):
        fate = fates[row.batch_id]
        row.outcome, row.rupiah, row.reason = fate.outcome, fate.rupiah, fate.reason
    _save_totals(plan, answer, fates)
    move(session, plan, "solved", by=SYSTEM)


def _fates(question: Question, answer: Answer) -> Iterator[tuple[str, _Fate]]:
    left_out = {one.stop_id: one for one in answer.solution.unassigned}
    visited = {visit.stop_id for route in answer.solution.routes for visit in route.visits}
    for place in answer.built.places:
        for load in place.loads:
            if place.stop_id in visited:
                yield load.batch_id, _Fate("route", 0, None)
            else:
                yield load.batch_id, _left_out(question, answer.built, load, left_out.get(place.stop_id))


def _left_out(question: Question, built: Built, load: Load, found: Unassigned | None) -> _Fate:
    """`found` None: the stop was never in the problem, because village offices are closed that day."""
    cheapest = built.prices[load.batch_id].cheapest
    outcome, rupiah = cheapest or ("unassigned", 0)
    reason = closed_json(question.service_date, outcome) if found is None else reason_json(found.reason, outcome)
    return _Fate(outcome, rupiah, reason)


def _save_routes(session: Session, plan: Plan, answer: Answer) -> None:
    vehicles = {vehicle.id: vehicle for vehicle in answer.built.problem.vehicles}
    places = {place.stop_id: place for place in answer.built.places}
    points = {stop.id: stop.point for stop in answer.built.problem.stops}
    routes = [
        _route(plan, number, found, vehicles[found.vehicle_id], answer.lines.get(found.vehicle_id, ""))
        for number, found in enumerate(answer.solution.routes, start=1)
    ]
    born(session, routes, "planned", by=SYSTEM)
    stops: list[Stop] = []
    carried: list[tuple[Stop, Place]] = []
    for route, found in zip(routes, answer.solution.routes, strict=True):
        for position, visit in enumerate(found.visits, start=1):
            place = places[visit.stop_id]
            stop = _stop(route, position, visit, place, points[visit.stop_id])
            stops.append(stop)
            carried.append((stop, place))
    born(session, stops, "pending", by=SYSTEM)
    session.add_all(
        StopBatch(office=plan.office, stop_id=stop.id, batch_id=load.batch_id)
        for stop, place in carried
        for load in place.loads
    )


def _route(plan: Plan, number: int, found: model.Route, vehicle: model.Vehicle, line: str) -> Route:
    return Route(
        office=plan.office,
        plan_id=plan.id,
        number=number,
        courier_id=vehicle.id,
        depot_id=vehicle.start,
        leaves_s=found.leaves,
        returns_s=found.returns,
        metres=found.metres,
        documents=found.load,
        fare=found.fare,
        line=line,
    )


def _stop(route: Route, position: int, visit: model.Visit, place: Place, point: model.Point) -> Stop:
    return Stop(
        office=route.office,
        route_id=route.id,
        position=position,
        village_code=place.loads[0].village_code,
        lat=point.lat,
        lon=point.lon,
        arrival_s=visit.arrival,
        departure_s=visit.departure,
        metres=visit.metres,
    )


def _save_shipments(session: Session, plan: Plan, fates: Mapping[str, _Fate]) -> None:
    shipments = [
        Shipment(office=plan.office, plan_id=plan.id, batch_id=batch_id, partner=POST, rupiah=fate.rupiah)
        for batch_id, fate in fates.items()
        if fate.outcome == "post"
    ]
    born(session, shipments, "planned", by=SYSTEM)


def _save_totals(plan: Plan, answer: Answer, fates: Mapping[str, _Fate]) -> None:
    solution = answer.solution
    plan.ojek_rupiah = sum(route.fare for route in solution.routes)
    plan.post_rupiah = sum(fate.rupiah for fate in fates.values() if fate.outcome == "post")
    plan.waiting_rupiah = sum(fate.rupiah for fate in fates.values() if fate.outcome == "wait")
    plan.cost = plan.ojek_rupiah + plan.post_rupiah + plan.waiting_rupiah
    plan.all_post_rupiah = sum(prices.all_post for prices in answer.built.prices.values())
    plan.travel_source = solution.source
    plan.progress = list(answer.progress)
    problem = to_json(answer.built.problem)
    del problem["matrices"]  # megabytes that the travel source can give again
    plan.problem, plan.solution = dict(problem), dict(to_json(solution))
