"""Times and costs of given orders: what a route would look like if the vehicle drove it so.

Service starts as early as the way and the windows allow, so that a delay meets slack and not a closed door; only what
would be waited at the first door is waited at the office instead. Where hours are paid, the vehicle takes the departure
that makes the route cheapest, and of those the one that is done first. Nothing is refused here: a late visit is timed
as late, and `check` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.fare import fare
from routing.model import UNREACHABLE, Driven, Problem, Route, Stop, Vehicle, Visit, Window


def evaluate(problem: Problem, orders: Mapping[str, Sequence[str]]) -> tuple[Route, ...]:
    """The routes of vehicle id -> stop ids in visiting order (what is driven first), in the vehicles' order.

    Vehicles without stops get no route. Raises ValueError for an unknown id, for a driven part that the order does
    not begin with, and where no way leads from one place to the next.
    """
    places = _places(problem)
    stops = {stop.id: stop for stop in problem.stops}
    driven = {part.vehicle_id: part for part in problem.driven}
    known = {vehicle.id for vehicle in problem.vehicles}
    for vehicle_id, order in orders.items():
        if vehicle_id not in known:
            raise ValueError(f"vehicle {vehicle_id!r} is not in the problem")
        for stop_id in order:
            if stop_id not in stops:
                raise ValueError(f"stop {stop_id!r} is not in the problem")
    return tuple(
        _route(problem, places, vehicle, [stops[stop_id] for stop_id in order], driven.get(vehicle.id))
        for vehicle in problem.vehicles
        if (order := orders.get(vehicle.id, ()))
    )


def orders_of(routes: Iterable[Route]) -> dict[str, tuple[str, ...]]:
    """The bare orders of routes, as `evaluate` takes them."""
    return {route.vehicle_id: route.stop_ids for route in routes}


def cost_of(problem: Problem, routes: Sequence[Route]) -> int:
    """Rupiah of a plan: its fares plus the prices of all stops it leaves out."""
    visited = {stop_id for route in routes for stop_id in route.stop_ids}
    left_out = (s.leave_out.rupiah for s in problem.stops if s.id not in visited and s.leave_out is not None)
    return sum(route.fare for route in routes) + sum(left_out)


def earliest(windows: Sequence[Window], arrival: int) -> int | None:
    """When service can start for somebody who arrives then; None after the last window."""
    for window in windows:
        if arrival <= window.end:
            return max(arrival, window.start)
    return None


def latest(windows: Sequence[Window], limit: int) -> int | None:
    """The last moment not after `limit` at which service may start; None before the first window."""
    for window in reversed(windows):
        if limit >= window.start:
            return min(limit, window.end)
    return None


@dataclass(frozen=True, slots=True)
class _Way:
    """The part of a route still to be driven: its stops, and the seconds to each of them and back (0 if open)."""

    stops: list[Stop]
    legs: list[int]
    back: int

    def starts(self, leave: int) -> tuple[list[int], bool]:
        """When each service starts at the earliest, and whether every one of them is in time."""
        clock, in_time, starts = leave, True, []
        for stop, leg in zip(self.stops, self.legs, strict=True):
            start = earliest(stop.windows, clock + leg)
            if start is None:
                start, in_time = clock + leg, False
            starts.append(start)
            clock = start + stop.service_s
        return starts, in_time

    def done(self, starts: list[int]) -> int:
        """When the vehicle is back, or done where the route is open."""
        return starts[-1] + self.stops[-1].service_s + self.back

    def latest_leave(self, done: int) -> int:
        """The latest departure that is done by then; exists because an earlier departure is."""
        clock = done - self.back
        for stop, leg in zip(reversed(self.stops), reversed(self.legs), strict=True):
            start = latest(stop.windows, clock - stop.service_s)
            assert start is not None
            clock = start - leg
        return clock


def _leave(way: _Way, vehicle: Vehicle) -> int:
    """The departure described at the top of this file; the start of the shift where nothing can be in time."""
    starts, in_time = way.starts(vehicle.shift.start)
    if not in_time:
        return vehicle.shift.start
    if not vehicle.tariff.per_hour:
        return starts[0] - way.legs[0]
    never_waiting = sum(way.legs) + way.back + sum(stop.service_s for stop in way.stops)
    candidates: list[tuple[int, int, int]] = []
    leave = vehicle.shift.start
    while True:
        starts, in_time = way.starts(leave)
        done = way.done(starts)
        if not in_time or (candidates and done > vehicle.shift.end):
            break
        leave = way.latest_leave(done)
        candidates.append((done - leave, done, leave))
        if done - leave == never_waiting:
            break
        leave += 1  # only a later end can be shorter now
    return min(candidates)[2]


def _route(
    problem: Problem, places: Mapping[str, int], vehicle: Vehicle, stops: list[Stop], driven: Driven | None
) -> Route:
    matrix = problem.matrices[vehicle.profile]
    path = [places[vehicle.start], *(places[stop.id] for stop in stops)]
    metres = [int(matrix.metres[a, b]) for a, b in pairwise(path)]
    seconds = [int(matrix.seconds[a, b]) for a, b in pairwise(path)]
    back_metres = back_seconds = 0
    if vehicle.end is not None:
        back_metres = int(matrix.metres[path[-1], places[vehicle.end]])
        back_seconds = int(matrix.seconds[path[-1], places[vehicle.end]])
    if UNREACHABLE in metres or back_metres == UNREACHABLE:
        raise ValueError(f"no way leads along the route of vehicle {vehicle.id!r}")
    facts = driven.visits if driven else ()
    if tuple(stop.id for stop in stops[: len(facts)]) != tuple(fact.stop_id for fact in facts):
        raise ValueError(f"the route of vehicle {vehicle.id!r} must begin with what is already driven")
    way = _Way(stops[len(facts) :], seconds[len(facts) :], back_seconds)
    if driven:
        leaves, starts = driven.leaves, [fact.start for fact in facts]
        if way.stops:
            starts += way.starts(facts[-1].departure)[0]
    else:
        leaves = _leave(way, vehicle)
        starts = way.starts(leaves)[0]
    visits: list[Visit] = []
    load = sum(stop.demand for stop in stops)
    on_board, clock = load, leaves
    for k, (stop, start) in enumerate(zip(stops, starts, strict=True)):
        fact = facts[k] if k < len(facts) else None
        on_board -= stop.demand
        visit = Visit(
            stop_id=stop.id,
            arrival=fact.arrival if fact else clock + seconds[k],
            start=start,
            departure=fact.departure if fact else start + stop.service_s,
            metres=metres[k],
            seconds=seconds[k],
            load_after=on_board,
        )
        clock = visit.departure
        visits.append(visit)
    paid_back = vehicle.end is not None and vehicle.tariff.return_paid
    paid_metres = sum(metres) + (back_metres if paid_back else 0)
    paid_seconds = clock - leaves + (back_seconds if paid_back else 0)
    return Route(
        vehicle_id=vehicle.id,
        visits=tuple(visits),
        leaves=leaves,
        returns=clock + back_seconds,
        metres=sum(metres) + back_metres,
        seconds=clock + back_seconds - leaves,
        back_metres=back_metres,
        back_seconds=back_seconds,
        paid_metres=paid_metres,
        paid_seconds=paid_seconds,
        load=load,
        fare=fare(vehicle.tariff, paid_metres, len(visits), paid_seconds),
    )


def _places(problem: Problem) -> dict[str, int]:
    """Place id -> row of every matrix."""
    ids = [depot.id for depot in problem.depots] + [stop.id for stop in problem.stops]
    return {place_id: row for row, place_id in enumerate(ids)}
