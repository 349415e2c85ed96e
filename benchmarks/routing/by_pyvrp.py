"""PyVRP with its defaults, on the linear image of a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyvrp
from numpy.typing import NDArray
from pyvrp.stop import MaxRuntime

from benchmarks.routing.image import Image, Orders, image_of, may_come
from routing.model import UNREACHABLE, Problem, Vehicle

FAR = 1 << 44
"""What PyVRP itself sets for a way that may not be taken."""


def solve(problem: Problem, seconds: float, seed: int) -> Orders:
    """PyVRP's best answer after so many seconds; an infeasible one is given as it is and refused by the referee."""
    return solve_until(problem, MaxRuntime(seconds), seed)


def solve_until(problem: Problem, stop: Callable[[float], bool], seed: int) -> Orders:
    """PyVRP's best answer when `stop`, asked after every iteration with the best cost, says so."""
    data, stop_of = _data(problem, image_of(problem))
    found = pyvrp.solve(data, stop=stop, seed=seed, display=False, collect_stats=False)
    free = [list(fleet.vehicles) for fleet in image_of(problem).fleets]
    orders: Orders = {}
    for route in found.best.routes():
        ids = [problem.stops[stop_of[visit.idx]].id for visit in route if visit.is_client()]
        if ids:
            orders[free[route.vehicle_type()].pop(0).id] = ids
    return orders


def _data(problem: Problem, image: Image) -> tuple[pyvrp.ProblemData, list[int]]:
    """The image as PyVRP's data, and the stop behind each of its clients.

    A stop with several windows is several clients of which at most one is visited.
    """
    clients: list[pyvrp.Client] = []
    groups: list[pyvrp.ClientGroup] = []
    stop_of: list[int] = []
    for k, (stop, price) in enumerate(zip(problem.stops, image.prices, strict=True)):
        several = len(stop.windows) > 1
        if several:
            members = list(range(len(clients), len(clients) + len(stop.windows)))
            groups.append(pyvrp.ClientGroup(clients=members, required=price is None))
        for window in stop.windows:
            clients.append(
                pyvrp.Client(
                    location=k + 1,
                    delivery=[stop.demand, 1],
                    service_duration=stop.service_s,
                    tw_early=window.start,
                    tw_late=window.end,
                    prize=price or 0,
                    required=price is None and not several,
                    group=len(groups) - 1 if several else None,
                )
            )
            stop_of.append(k)
    profiles = [_profile(problem, fleet.one) for fleet in image.fleets]
    kinds = [
        pyvrp.VehicleType(
            num_available=len(fleet.vehicles),
            capacity=[fleet.one.capacity, fleet.one.max_stops or len(problem.stops)],
            fixed_cost=fleet.fixed,
            tw_early=fleet.one.shift.start,
            tw_late=fleet.one.shift.end,
            unit_distance_cost=fleet.per_metre,
            profile=k,
            **({} if fleet.one.max_metres is None else {"max_distance": fleet.one.max_metres}),
        )
        for k, fleet in enumerate(image.fleets)
    ]
    points = [problem.depots[0].point, *(stop.point for stop in problem.stops)]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(x=point.lon, y=point.lat) for point in points],
        clients=clients,
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=kinds,
        distance_matrices=[distance for distance, _ in profiles],
        duration_matrices=[duration for _, duration in profiles],
        groups=groups,
    )
    return data, stop_of


def _profile(problem: Problem, vehicle: Vehicle) -> Sequence[NDArray[np.int64]]:
    """Metres and seconds for this kind of vehicle, with no way to where it may not come."""
    matrix = problem.matrices[vehicle.profile]
    closed = [k for k, stop in enumerate(problem.stops, start=1) if not may_come(vehicle, stop.kinds)]
    ways = []
    for values in (matrix.metres, matrix.seconds):
        wide = values.astype(np.int64)
        wide[values == UNREACHABLE] = FAR
        wide[:, closed] = wide[closed, :] = FAR
        np.fill_diagonal(wide, 0)
        ways.append(wide)
    return ways
