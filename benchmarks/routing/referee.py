"""Costs and checks every answer again, from the question alone; shares no line with the engine or its own check.

`price_of_plan` takes a Problem. `price_of_benchmark` reads the benchmark's own file with the `vrplib` package, so that
our reader of instances is under the same referee.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor, hypot, trunc
from pathlib import Path

import vrplib

from benchmarks.routing.image import Orders
from routing.model import UNREACHABLE, Problem, Vehicle


class Refused(Exception):
    """An answer that breaks a rule; the message says which."""


def price_of_plan(problem: Problem, orders: Orders) -> int:
    """Rupiah of an answer; Refused where it breaks a rule or leaves out a stop that must be visited."""
    visited = [stop_id for order in orders.values() for stop_id in order]
    if len(visited) != len(set(visited)):
        raise Refused("a stop is visited twice")
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    cost = 0
    for vehicle_id, order in orders.items():
        _ride(problem, vehicles[vehicle_id], order)
        cost += price_of_route(problem, vehicles[vehicle_id], order)
    for stop in problem.stops:
        if stop.id not in set(visited):
            if stop.leave_out is None:
                raise Refused(f"stop {stop.id} must be visited")
            cost += stop.leave_out.rupiah
    return cost


def price_of_route(problem: Problem, vehicle: Vehicle, order: Sequence[str]) -> int:
    """Rupiah of one route by the vehicle's tariff, without hours: half up; 0 for staying at home."""
    if not order:
        return 0
    tariff, metres = vehicle.tariff, problem.matrices[vehicle.profile].metres
    path = _path(problem, vehicle, order)
    ridden = sum(int(metres[a, b]) for a, b in pairwise(path))
    beyond = Fraction(max(0, ridden - tariff.base_metres) * tariff.per_km, 1_000)
    fee = 1 + Fraction(tariff.platform_fee_bp, 10_000)
    return floor((tariff.base_fare + beyond + tariff.per_stop * len(order)) * fee + tariff.fixed + Fraction(1, 2))


def _path(problem: Problem, vehicle: Vehicle, order: Sequence[str]) -> list[int]:
    place = {one.id: k for k, one in enumerate((*problem.depots, *problem.stops))}
    assert vehicle.end is not None
    return [place[vehicle.start], *(place[stop_id] for stop_id in order), place[vehicle.end]]


def _ride(problem: Problem, vehicle: Vehicle, order: Sequence[str]) -> None:
    """Ride the route as early as possible; Refused where a rule breaks on the way."""
    stops = {stop.id: stop for stop in problem.stops}
    matrix = problem.matrices[vehicle.profile]
    path = _path(problem, vehicle, order)
    clock, metres = vehicle.shift.start, 0
    for (here, there), stop_id in zip(pairwise(path), [*order, None], strict=True):
        if matrix.metres[here, there] == UNREACHABLE:
            raise Refused(f"no way leads along the route of {vehicle.id}")
        clock += int(matrix.seconds[here, there])
        metres += int(matrix.metres[here, there])
        if stop_id is None:
            break
        stop = stops[stop_id]
        if stop.kinds is not None and vehicle.kind not in stop.kinds:
            raise Refused(f"{vehicle.kind} may not come to stop {stop_id}")
        starts = [max(clock, window.start) for window in stop.windows if clock <= window.end]
        if not starts:
            raise Refused(f"{vehicle.id} is too late at stop {stop_id}")
        clock = starts[0] + stop.service_s
    if clock > vehicle.shift.end:
        raise Refused(f"{vehicle.id} is back too late")
    if sum(stops[stop_id].demand for stop_id in order) > vehicle.capacity:
        raise Refused(f"{vehicle.id} is overloaded")
    if vehicle.max_stops is not None and len(order) > vehicle.max_stops:
        raise Refused(f"{vehicle.id} makes too many stops")
    if vehicle.max_metres is not None and metres > vehicle.max_metres:
        raise Refused(f"{vehicle.id} drives too far")


def price_of_benchmark(path: Path, rounding: str, routes: Sequence[Sequence[int]]) -> int:
    """The cost of routes over customers 1, 2, … of a benchmark file, in the units of its rounding."""
    solomon = path.suffix == ".txt"
    raw = vrplib.read_instance(path, instance_format="solomon" if solomon else "vrplib", compute_edge_weights=False)
    scale = (lambda x: trunc(10 * x)) if rounding == "dimacs10" else (lambda x: floor(x + 0.5))
    points = [(float(x), float(y)) for x, y in raw["node_coord"]]
    demand = [int(one) for one in raw["demand"]]
    prizes = [scale(float(one)) for one in raw["prize"]] if "prize" in raw else None
    visited = [customer for route in routes for customer in route]
    if len(visited) != len(set(visited)) or not set(visited) <= set(range(1, len(points))):
        raise Refused("the routes do not visit customers once each")
    if prizes is None and len(visited) != len(points) - 1:
        raise Refused(f"{len(points) - 1 - len(visited)} customers are not visited")

    def far(a: int, b: int) -> int:
        return scale(hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]))

    cost = sum(far(a, b) for route in routes for a, b in pairwise((0, *route, 0)))
    for route in routes:
        if sum(demand[k] for k in route) > int(raw["capacity"]):
            raise Refused("a vehicle is overloaded")
    if "time_window" in raw:
        windows = [(scale(float(a)), scale(float(b))) for a, b in raw["time_window"]]
        given = raw["service_time"]
        service = [scale(float(one)) for one in given] if hasattr(given, "__len__") else [scale(given)] * len(points)
        for route in routes:
            clock = windows[0][0]
            for a, b in pairwise((0, *route, 0)):
                clock = max(clock + (service[a] if a else 0) + far(a, b), windows[b][0])
                if clock > windows[b][1]:
                    raise Refused(f"customer {b} is visited too late")
    if prizes is not None:
        cost += sum(prizes[k] for k in set(range(1, len(points))) - set(visited))
    return cost
