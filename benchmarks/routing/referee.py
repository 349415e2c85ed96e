"""Costs and checks every answer again, from the question alone; shares no line with the engine or its own check.
Benchmarks are costed a second time from their own file: see `benchmark_file`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor

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
    ids = [depot.id for depot in problem.depots] + [stop.id for stop in problem.stops]
    place = {place_id: k for k, place_id in enumerate(ids)}
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
