"""The referee: recomputes an answer from its question and lists every violation.

Shares nothing with the solver but the values of `routing.model` and the fare. An empty list means: every stop is
accounted for once, every route can be driven as it stands, and every number in the answer is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from routing.fare import fare
from routing.model import UNREACHABLE, Cause, Driven, Matrix, Pin, Problem, Route, Solution, Stop, Vehicle, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is wrong: a short code, where, and the numbers as they should be and as they are."""

    code: str
    vehicle_id: str | None = None
    stop_id: str | None = None
    expected: int | str | None = None
    found: int | str | None = None

    def __str__(self) -> str:
        where = " ".join(
            f"{word} {one}" for word, one in (("vehicle", self.vehicle_id), ("stop", self.stop_id)) if one is not None
        )
        numbers = (
            "" if self.expected is None and self.found is None else f" (expected {self.expected}, found {self.found})"
        )
        return f"{self.code}: {where or 'plan'}{numbers}"


def check(problem: Problem, solution: Solution) -> list[Violation]:
    """Every violation of the problem's constraints and of the answer's own arithmetic; an empty list is a good plan."""
    return [
        *_everything_once(problem, solution),
        *_pins(problem, solution),
        *_left_out(problem, solution),
        *_money(problem, solution),
        *(wrong for route in solution.routes for wrong in _route(problem, route)),
    ]


def _everything_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for vehicle_id, times in Counter(route.vehicle_id for route in solution.routes).items():
        if vehicle_id not in vehicles:
            yield Violation(code="unknown_vehicle", vehicle_id=vehicle_id)
        if times > 1:
            yield Violation(code="vehicle_twice", vehicle_id=vehicle_id, expected=1, found=times)
    visited = Counter(visit.stop_id for route in solution.routes for visit in route.visits)
    left_out = Counter(one.stop_id for one in solution.unassigned)
    stops = {stop.id for stop in problem.stops}
    for stop_id in sorted(visited.keys() | left_out.keys() | stops):
        if stop_id not in stops:
            yield Violation(code="unknown_stop", stop_id=stop_id)
        elif visited[stop_id] > 1:
            yield Violation(code="visited_twice", stop_id=stop_id, expected=1, found=visited[stop_id])
        elif visited[stop_id] + left_out[stop_id] == 0:
            yield Violation(code="stop_lost", stop_id=stop_id)
        elif visited[stop_id] + left_out[stop_id] > 1:
            yield Violation(code="visited_and_left_out", stop_id=stop_id)


def _pins(problem: Problem, solution: Solution) -> Iterator[Violation]:
    where = {
        visit.stop_id: (route.vehicle_id, position)
        for route in solution.routes
        for position, visit in enumerate(route.visits)
    }
    for pin in problem.pins:
        if pin.stop_id not in where:
            continue
        vehicle_id, position = where[pin.stop_id]
        if vehicle_id != pin.vehicle_id:
            yield _pin_broken(pin, "wrong_vehicle", pin.vehicle_id, vehicle_id)
        elif pin.position is not None and position != pin.position:
            yield _pin_broken(pin, "wrong_position", pin.position, position)
    routes = {route.vehicle_id: route for route in solution.routes}
    for driven in problem.driven:
        route = routes.get(driven.vehicle_id)
        kept = [] if route is None else list(route.visits[: len(driven.visits)])
        facts = [(v.stop_id, v.arrival, v.start, v.departure) for v in driven.visits]
        if [(v.stop_id, v.arrival, v.start, v.departure) for v in kept] != facts:
            yield Violation(code="driven_part_changed", vehicle_id=driven.vehicle_id)
        elif route is not None and route.leaves != driven.leaves:
            yield Violation(
                code="driven_part_changed", vehicle_id=driven.vehicle_id, expected=driven.leaves, found=route.leaves
            )


def _pin_broken(pin: Pin, code: str, expected: int | str, found: int | str) -> Violation:
    return Violation(code=code, vehicle_id=pin.vehicle_id, stop_id=pin.stop_id, expected=expected, found=found)


def _left_out(problem: Problem, solution: Solution) -> Iterator[Violation]:
    stops = {stop.id: stop for stop in problem.stops}
    pinned = {pin.stop_id for pin in problem.pins}
    for one in solution.unassigned:
        stop = stops.get(one.stop_id)
        if stop is None:
            continue
        if one.leave_out != stop.leave_out:
            yield Violation(
                code="wrong_alternative", stop_id=stop.id, expected=str(stop.leave_out), found=str(one.leave_out)
            )
        if one.reason.cause is Cause.DEARER and (stop.leave_out is None or stop.id in pinned):
            yield Violation(code="left_out_to_save", stop_id=stop.id)


def _money(problem: Problem, solution: Solution) -> Iterator[Violation]:
    prices = {stop.id: stop.leave_out.rupiah for stop in problem.stops if stop.leave_out is not None}
    cost = sum(route.fare for route in solution.routes)
    cost += sum(prices.get(one.stop_id, 0) for one in solution.unassigned)
    if solution.cost != cost:
        yield Violation(code="wrong_cost", expected=cost, found=solution.cost)


def _route(problem: Problem, route: Route) -> Iterator[Violation]:
    vehicle = next((v for v in problem.vehicles if v.id == route.vehicle_id), None)
    stops = {stop.id: stop for stop in problem.stops}
    if vehicle is None or any(visit.stop_id not in stops for visit in route.visits):
        return  # already listed as unknown
    if not route.visits:
        yield Violation(code="empty_route", vehicle_id=vehicle.id)
        return
    driven = next((part for part in problem.driven if part.vehicle_id == vehicle.id), None)
    fresh_from = len(driven.visits) if driven else 0
    visited = [stops[visit.stop_id] for visit in route.visits]
    for visit, stop in list(zip(route.visits, visited, strict=True))[fresh_from:]:
        yield from _may_visit(vehicle, stop)
        yield from _hours(vehicle, visit, stop)
    yield from _clock(route, vehicle, driven)
    yield from _ways(problem, route, vehicle)
    yield from _loads(route, vehicle, visited)
    if len(route.visits) > fresh_from:
        yield from _room(route, vehicle, visited)
    fares = fare(vehicle.tariff, route.paid_metres, len(route.visits), route.paid_seconds)
    if route.fare != fares:
        yield Violation(code="wrong_fare", vehicle_id=vehicle.id, expected=fares, found=route.fare)


def _may_visit(vehicle: Vehicle, stop: Stop) -> Iterator[Violation]:
    if stop.kinds is not None and vehicle.kind not in stop.kinds:
        yield Violation(code="kind_not_allowed", vehicle_id=vehicle.id, stop_id=stop.id, found=vehicle.kind)
    if vehicle.id in stop.not_with:
        yield Violation(code="vehicle_not_allowed", vehicle_id=vehicle.id, stop_id=stop.id)
    if stop.depot is not None and stop.depot != vehicle.start:
        yield Violation(
            code="wrong_depot", vehicle_id=vehicle.id, stop_id=stop.id, expected=stop.depot, found=vehicle.start
        )


def _hours(vehicle: Vehicle, visit: Visit, stop: Stop) -> Iterator[Violation]:
    if not any(window.start <= visit.start <= window.end for window in stop.windows):
        yield Violation(code="outside_window", vehicle_id=vehicle.id, stop_id=stop.id, found=visit.start)
    if visit.start < visit.arrival:
        yield Violation(
            code="starts_before_arrival",
            vehicle_id=vehicle.id,
            stop_id=stop.id,
            expected=visit.arrival,
            found=visit.start,
        )
    if visit.departure != visit.start + stop.service_s:
        yield Violation(
            code="wrong_departure",
            vehicle_id=vehicle.id,
            stop_id=stop.id,
            expected=visit.start + stop.service_s,
            found=visit.departure,
        )


def _clock(route: Route, vehicle: Vehicle, driven: Driven | None) -> Iterator[Violation]:
    """The clock runs on from place to place, inside the shift."""
    clock = route.leaves
    for position, visit in enumerate(route.visits):
        if (driven is None or position >= len(driven.visits)) and visit.arrival != clock + visit.seconds:
            yield Violation(
                code="wrong_arrival",
                vehicle_id=vehicle.id,
                stop_id=visit.stop_id,
                expected=clock + visit.seconds,
                found=visit.arrival,
            )
        clock = visit.departure
    back = clock + route.back_seconds
    if route.returns != back:
        yield Violation(code="wrong_return", vehicle_id=vehicle.id, expected=back, found=route.returns)
    if route.seconds != route.returns - route.leaves:
        yield Violation(
            code="wrong_seconds", vehicle_id=vehicle.id, expected=route.returns - route.leaves, found=route.seconds
        )
    if driven is None and route.leaves < vehicle.shift.start:
        yield Violation(
            code="leaves_before_shift", vehicle_id=vehicle.id, expected=vehicle.shift.start, found=route.leaves
        )
    if (driven is None or len(route.visits) > len(driven.visits)) and max(back, route.returns) > vehicle.shift.end:
        yield Violation(
            code="returns_after_shift", vehicle_id=vehicle.id, expected=vehicle.shift.end, found=route.returns
        )
    paid = route.seconds if _return_paid(vehicle) else route.seconds - route.back_seconds
    if route.paid_seconds != paid:
        yield Violation(code="wrong_paid_seconds", vehicle_id=vehicle.id, expected=paid, found=route.paid_seconds)


def _ways(problem: Problem, route: Route, vehicle: Vehicle) -> Iterator[Violation]:
    """Every leg is the matrix's, and the metres add up."""
    matrix = problem.matrices[vehicle.profile]
    ids = [depot.id for depot in problem.depots] + [stop.id for stop in problem.stops]
    rows = {place_id: row for row, place_id in enumerate(ids)}
    here = rows[vehicle.start]
    total = 0
    for visit in route.visits:
        there = rows[visit.stop_id]
        yield from _leg(matrix, here, there, visit.metres, visit.seconds, vehicle.id, visit.stop_id)
        total += int(matrix.metres[here, there])
        here = there
    paid = total
    if vehicle.end is not None:
        home = rows[vehicle.end]
        yield from _leg(matrix, here, home, route.back_metres, route.back_seconds, vehicle.id, None)
        total += int(matrix.metres[here, home])
        paid = total if vehicle.tariff.return_paid else paid
    elif route.back_metres or route.back_seconds:
        yield Violation(code="wrong_leg", vehicle_id=vehicle.id, expected=0, found=route.back_metres)
    if route.metres != total:
        yield Violation(code="wrong_metres", vehicle_id=vehicle.id, expected=total, found=route.metres)
    if route.paid_metres != paid:
        yield Violation(code="wrong_paid_metres", vehicle_id=vehicle.id, expected=paid, found=route.paid_metres)


def _leg(
    matrix: Matrix, here: int, there: int, metres: int, seconds: int, vehicle_id: str, stop_id: str | None
) -> Iterator[Violation]:
    if int(matrix.metres[here, there]) == UNREACHABLE:
        yield Violation(code="no_way", vehicle_id=vehicle_id, stop_id=stop_id)
    for code, expected, found in (
        ("wrong_leg", int(matrix.metres[here, there]), metres),
        ("wrong_leg_time", int(matrix.seconds[here, there]), seconds),
    ):
        if expected != found:
            yield Violation(code=code, vehicle_id=vehicle_id, stop_id=stop_id, expected=expected, found=found)


def _loads(route: Route, vehicle: Vehicle, visited: list[Stop]) -> Iterator[Violation]:
    load = sum(stop.demand for stop in visited)
    if route.load != load:
        yield Violation(code="wrong_load", vehicle_id=vehicle.id, expected=load, found=route.load)
    for visit, stop in zip(route.visits, visited, strict=True):
        load -= stop.demand
        if visit.load_after != load:
            yield Violation(
                code="wrong_load_after", vehicle_id=vehicle.id, stop_id=stop.id, expected=load, found=visit.load_after
            )


def _room(route: Route, vehicle: Vehicle, visited: list[Stop]) -> Iterator[Violation]:
    """The vehicle's own limits; they cannot be broken by what is already driven, only by adding to it."""
    load = sum(stop.demand for stop in visited)
    for code, limit, used in (
        ("over_capacity", vehicle.capacity, load),
        ("too_many_stops", vehicle.max_stops, len(visited)),
        ("too_far", vehicle.max_metres, route.metres),
    ):
        if limit is not None and used > limit:
            yield Violation(code=code, vehicle_id=vehicle.id, expected=limit, found=used)


def _return_paid(vehicle: Vehicle) -> bool:
    return vehicle.end is not None and vehicle.tariff.return_paid
