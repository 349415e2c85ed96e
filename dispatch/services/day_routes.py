"""A day does not go as planned: a stop is taken off, an urgent batch is added, a courier fails.

A route that has not left is timed and priced anew by the same functions as its plan, and its courier gets a new offer
in place of the old one, so that what is owed is always what is driven. Ways between places the plan knows are the
plan's; to a place it does not know they are the office's estimate.

**A broken-down courier's documents come back to the office before they go on.** They are in a bag that nobody else has
counted, so no other courier is said to hold them: the office counts the bag in (`returns.count_in_route`, which ends
the driven route with what was delivered), and what came back is sealed and planned again. There is no hand-over between
couriers on the road.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import batching, planning
from dispatch.services.assignment import cancel_route, carrier_of, free, offer_again, route_of, stops_of
from dispatch.services.calendar import calendar_of, today
from dispatch.services.cases import open_case
from dispatch.services.desks import HOME, desk_code
from dispatch.services.hours import hours_of
from dispatch.services.links import ordered_from
from dispatch.services.offices import rules_on
from dispatch.services.plan_bench import LIMITS, Bench, bench_of, chosen_problem
from dispatch.services.planning_homes import measured, place_key
from dispatch.services.planning_problem import PROFILE
from dispatch.services.roads import at_pace, estimate_of, pace_on
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.files import FileStore
from dispatch.store.models import (
    Attempt,
    Batch,
    Courier,
    Document,
    Plan,
    PlanBatch,
    Route,
    Rules,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.states import born, is_final, move
from routing import model
from routing.check import check
from routing.evaluate import evaluate
from routing.margin import adds, cheapest_place
from routing.model import Matrix, Point, Problem, Solution, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A stop of a route as a problem sees it. `row`: None for one that is to be added."""

    place: str
    point: Point
    batches: tuple[Batch, ...]
    row: Stop | None


def take_off(session: Session, files: FileStore, office: str, stop_id: str, *, why: str, by: Actor) -> Route:
    """Take a stop off a route that has not left; its batches can be planned again. The last one cancels the route."""
    audit.begin(session, office)
    stop = session.scalar(select(Stop).where(Stop.office == office, Stop.id == stop_id))
    if stop is None:
        raise NotFound(f"there is no stop {stop_id}")
    route, plan = _not_left(session, office, stop.route_id)
    session.refresh(stop)
    if is_final("stop", stop.state):
        raise Conflict(f"stop {stop.id} is {stop.state} already")
    if sum(not is_final("stop", one.state) for one in stops_of(session, route)) == 1:
        return cancel_route(session, office, route.id, by=by, why=why)
    batches = _batches(session, stop)
    move(session, stop, "skipped", by=by, why=why)
    session.execute(delete(StopBatch).where(StopBatch.stop_id == stop.id))
    free(session, batches, by=by, why=why)
    visits = _visits(session, bench_of(plan, files), route)
    problem = _problem(session, plan, bench_of(plan, files), route, visits)
    _write(session, route, problem, visits, [visit.place for visit in visits], by=by)
    offer_again(session, route, by=by, why=why)
    return route


def add_batch(session: Session, files: FileStore, office: str, route_id: str, batch_id: str, *, by: Actor) -> Stop:
    """Add a sealed batch to a route that has not left, where it costs least. Invalid where it breaks a limit."""
    audit.begin(session, office)
    route, plan = _not_left(session, office, route_id)
    batch = session.scalar(select(Batch).where(Batch.office == office, Batch.id == batch_id))
    if batch is None:
        raise NotFound(f"there is no batch {batch_id}")
    if batch.state != "sealed":
        raise Conflict(f"batch {batch.id} is {batch.state}; only a sealed one can be added")
    if batch.depot_id != route.depot_id:
        raise Invalid(fields=[FieldError("batch_id", say("batch ini ada di tempat berangkat yang lain"))])
    bench = bench_of(plan, files)
    visits = _visits(session, bench, route)
    same = next((one for one in visits if place_key(one.batches[0]) == place_key(batch)), None)
    if same is not None:
        visits = [replace(one, batches=(*one.batches, batch)) if one is same else one for one in visits]
        order = [one.place for one in visits]
        problem = _problem(session, plan, bench, route, visits)
    else:
        new = _Visit(place=_place_of(bench, batch), point=_point(session, batch), batches=(batch,), row=None)
        visits.append(new)
        problem = _problem(session, plan, bench, route, visits)
        order = [one.place for one in visits if one is not new]
        found = cheapest_place(problem, {route.courier_id: order}, new.place)
        if found is None:
            raise Invalid(fields=[FieldError("route_id", say("batch ini tidak muat di rute ini"))])
        order.insert(found[1], new.place)
    _refuse_broken(session, plan, problem, {route.courier_id: order})
    stop = same.row if same is not None else None
    if stop is None:
        stop = Stop(office=office, route_id=route.id, village_code=batch.village_code, position=0, arrival_s=0,
                    departure_s=0, metres=0, lat=visits[-1].point.lat, lon=visits[-1].point.lon)  # fmt: skip
        visits[-1] = replace(visits[-1], row=stop)
        stop.position = -1_000_000
        born(session, [stop], "pending", by=by)
    session.add(StopBatch(office=office, stop_id=stop.id, batch_id=batch.id))
    _reserve(session, plan, batch, by=by)
    _write(session, route, problem, visits, order, by=by)
    offer_again(session, route, by=by, why="batch added")
    return stop


def report_breakdown(session: Session, office: str, route_id: str, *, why: str, by: Actor) -> Route:
    """A courier cannot go on. Nothing changes hands: a case says what is still in the bag until it is counted in.

    The link stays alive, so that what was delivered before can still be confirmed."""
    audit.begin(session, office)
    route = session.get_one(Route, route_of(session, office, route_id).id, populate_existing=True)
    if route.state != "under_way":
        raise Conflict(f"route {route.id} is {route.state}; only one that is driven can break down")
    left = [stop for stop in stops_of(session, route) if not is_final("stop", stop.state)]
    carried = documents_in_bag(session, route)
    courier = session.get_one(Courier, route.courier_id)
    open_case(
        session,
        office,
        "courier_down",
        subject_kind="route",
        subject_id=route.id,
        detail=f"Rute {route.number} ({courier.name}) terhenti: {why}. {len(left)} tujuan belum dikunjungi, "
        f"{len(carried)} dokumen di tas. Terima kembali di kantor, lalu rencanakan lagi.",
    )
    return route


def documents_in_bag(session: Session, route: Route) -> Sequence[Document]:
    """What the courier of a route, or the partner that carries it, still holds of it."""
    carrier = carrier_of(session, route)
    return session.scalars(
        select(Document)
        .join(Attempt, Attempt.document_id == Document.id)
        .join(Stop, Stop.id == Attempt.stop_id)
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .where(Document.holder_kind == carrier.kind, Document.holder_id == carrier.id)
        .where(Document.state.in_(("out", "returning")))
        .distinct()
        .order_by(Document.code)
    ).all()


def came_back(session: Session, route: Route) -> Sequence[Document]:
    """What left with a route, was counted in again and is ready to go once more."""
    return session.scalars(
        select(Document)
        .join(Attempt, Attempt.document_id == Document.id)
        .join(Stop, Stop.id == Attempt.stop_id)
        .where(Stop.office == route.office, Stop.route_id == route.id, Document.state == "ready")
        .distinct()
    ).all()


def plan_again(session: Session, office: str, route_id: str, *, by: Actor) -> Plan:
    """Seal what came back from a route and ask for a new plan that replaces the old one; the driven part stays there.

    Invalid while the courier still has something: it has to be counted in first."""
    audit.begin(session, office)
    route = session.get_one(Route, route_of(session, office, route_id).id, populate_existing=True)
    if route.state not in ("under_way", "completed"):
        raise Conflict(f"route {route.id} is {route.state}; nothing came back from it")
    if documents_in_bag(session, route):
        raise Invalid(fields=[FieldError("route_id", say("hitung dulu dokumen yang masih dibawa kurir"))])
    back = came_back(session, route)
    if not back:
        raise Invalid(fields=[FieldError("route_id", say("tidak ada dokumen rute ini yang siap dikirim lagi"))])
    batching.release(session, office, by=by, villages=sorted({desk_code(d.destination, d.village_code) for d in back}))
    old = session.get_one(Plan, route.plan_id)
    calendar = calendar_of(session, office)
    new = planning.request_plan(
        session,
        office,
        service_date=max(old.service_date, today(session, calendar)),
        depot_ids=old.depot_ids,
        with_post=old.with_post,
        look_ahead=old.look_ahead,
        by=by,
    )
    new.replaces_id = old.id
    return new


# --- a route's problem


def _not_left(session: Session, office: str, route_id: str) -> tuple[Route, Plan]:
    route = session.get_one(Route, route_of(session, office, route_id).id, populate_existing=True)
    plan = session.get_one(Plan, route.plan_id)
    if route.state != "planned" or plan.state != "approved":
        raise Conflict(f"route {route.id} is {route.state}; only an approved one that has not left can be changed")
    if ordered_from(session, route):
        raise Conflict(f"route {route.id} is ordered from a partner; call the order off before its stops are changed")
    return route, plan


def _visits(session: Session, bench: Bench, route: Route) -> list[_Visit]:
    """The route's open stops in their order."""
    return [
        _Visit(
            place=_place_of(bench, batches[0]),
            point=Point(lat=stop.lat, lon=stop.lon),
            batches=tuple(batches),
            row=stop,
        )
        for stop in stops_of(session, route)
        if not is_final("stop", stop.state) and (batches := _batches(session, stop))
    ]


def _batches(session: Session, stop: Stop) -> list[Batch]:
    return list(
        session.scalars(
            select(Batch).join(StopBatch, StopBatch.batch_id == Batch.id).where(StopBatch.stop_id == stop.id)
            .order_by(Batch.code)
        )
    )  # fmt: skip


def _place_of(bench: Bench, batch: Batch) -> str:
    """The stop of the plan's problem that a batch goes to, or one of its own."""
    known = {stop.id for stop in bench.base.stops}
    for spot in bench.spots.values():
        if spot.stop_id in known and any(item.batch_id == batch.id for item in spot.items):
            return spot.stop_id
    usual = f"{place_key(batch)}@{batch.depot_id}"
    return usual if usual in known else f"added {batch.id}"


def _point(session: Session, batch: Batch) -> Point:
    house = measured(session, batch.office, [batch.id]).get(place_key(batch)) if batch.destination == HOME else None
    village = session.get_one(Village, (batch.office, batch.village_code))
    return house or Point(lat=village.lat, lon=village.lon)


def _problem(session: Session, plan: Plan, bench: Bench, route: Route, visits: Sequence[_Visit]) -> Problem:
    """The route alone: its vehicle, its depot, its stops, with what they hold by now."""
    whole = chosen_problem(bench)
    rules = rules_on(session, plan.office, plan.service_date)
    vehicle = next(one for one in whole.vehicles if one.id == route.courier_id)
    depots = tuple(depot for depot in whole.depots if depot.id in (vehicle.start, vehicle.end))
    known = {stop.id: stop for stop in whole.stops}
    stops = tuple(_stop(session, plan, rules, known.get(visit.place), visit) for visit in visits)
    ways = _ways(session, plan, rules, whole, [depot.id for depot in depots], stops)
    return Problem(depots=depots, stops=stops, vehicles=(vehicle,), matrices={vehicle.profile: ways})


def _stop(session: Session, plan: Plan, rules: Rules, known: model.Stop | None, visit: _Visit) -> model.Stop:
    documents = sum(batch.documents for batch in visit.batches)
    if known is not None:
        more = rules.per_document_s * (documents - known.demand)
        return replace(known, demand=documents, service_s=max(0, known.service_s + more))
    first = visit.batches[0]
    is_home = first.destination == HOME
    return model.Stop(
        id=visit.place,
        point=visit.point,
        demand=documents,
        service_s=(rules.home_stop_s if is_home else rules.stop_s) + rules.per_document_s * documents,
        windows=_windows(session, plan, rules, first),
        depot=first.depot_id,
    )


def _windows(session: Session, plan: Plan, rules: Rules, batch: Batch) -> tuple[Window, ...]:
    if batch.destination == HOME:
        return (Window(start=rules.shift_start_s, end=rules.shift_end_s),)
    day, calendar = plan.service_date, calendar_of(session, plan.office)
    spans = hours_of(session, plan.office, day).desk(day, batch.village_code)
    if not spans or not calendar.desks_receive(day, batch.village_code):
        raise Invalid(fields=[FieldError("batch_id", say("kantor desa tutup pada hari itu"))])
    return tuple(Window(start=start, end=end) for start, end in spans)


def _ways(
    session: Session, plan: Plan, rules: Rules, whole: Problem, depots: Sequence[str], stops: Sequence[model.Stop]
) -> Matrix:
    """The plan's ways where it knows both places, else the office's estimate."""
    full = whole.matrices[PROFILE]
    row = {place: n for n, place in enumerate([d.id for d in whole.depots] + [s.id for s in whole.stops])}
    places = [*depots, *(stop.id for stop in stops)]
    here = [n for n, place in enumerate(places) if place in row]
    at = np.ix_([row[places[n]] for n in here], [row[places[n]] for n in here])
    if len(here) == len(places):
        return Matrix(metres=full.metres[at], seconds=full.seconds[at], source=full.source)
    points = [next(d.point for d in whole.depots if d.id == one) for one in depots] + [stop.point for stop in stops]
    guess = at_pace(estimate_of(session, rules), pace_on(rules, plan.service_date)).matrix(points, PROFILE)
    metres, seconds = np.array(guess.metres), np.array(guess.seconds)
    metres[np.ix_(here, here)], seconds[np.ix_(here, here)] = full.metres[at], full.seconds[at]
    return Matrix(metres=metres, seconds=seconds, source=full.source)


def _refuse_broken(session: Session, plan: Plan, problem: Problem, orders: Mapping[str, Sequence[str]]) -> None:
    routes = evaluate(problem, orders)
    told = Solution(
        routes=routes, unassigned=(), cost=sum(route.fare for route in routes), seconds=0, source="", found_by="hand"
    )
    codes = {one.code for one in check(problem, told)}
    if codes - set(LIMITS):
        raise RuntimeError(f"the referee refused a change of a route: {sorted(codes)}")
    if codes - set(rules_on(session, plan.office, plan.service_date).may_exceed):
        reason = say("rute ini akan melewati batasnya (jam terima, jam kerja, tas, tujuan atau jarak)")
        raise Invalid(", ".join(sorted(codes)), fields=[FieldError("route_id", reason)])


def _write(
    session: Session, route: Route, problem: Problem, visits: Sequence[_Visit], order: Sequence[str], *, by: Actor
) -> None:
    """Let the rows of the route say how it is driven now."""
    (timed,) = evaluate(problem, {route.courier_id: order})
    added = adds(problem, [timed])
    rows = {visit.place: visit.row for visit in visits if visit.row is not None}
    closed = [stop for stop in stops_of(session, route) if is_final("stop", stop.state)]
    for at, stop in enumerate([*rows.values(), *closed], start=1):
        stop.position = -at
    session.flush()
    for position, visit in enumerate(timed.visits, start=1):
        stop = rows[visit.stop_id]
        stop.position, stop.arrival_s, stop.departure_s = position, visit.arrival, visit.departure
        stop.metres, stop.adds = visit.metres, added.get(visit.stop_id)
    for position, stop in enumerate(closed, start=len(order) + 1):
        stop.position = position  # what was taken off stands last
    route.leaves_s, route.returns_s, route.metres = timed.leaves, timed.returns, timed.metres
    route.documents, route.fare, route.line = timed.load, timed.fare, ""
    session.flush()


def _reserve(session: Session, plan: Plan, batch: Batch, *, by: Actor) -> None:
    move(session, batch, "planned", by=by, why=f"added to plan {plan.id}")
    row = session.scalar(select(PlanBatch).where(PlanBatch.plan_id == plan.id, PlanBatch.batch_id == batch.id))
    if row is None:
        row = PlanBatch(office=plan.office, plan_id=plan.id, batch_id=batch.id)
        session.add(row)
    row.is_live, row.outcome, row.rupiah, row.reason = True, "route", 0, None
    session.flush()
