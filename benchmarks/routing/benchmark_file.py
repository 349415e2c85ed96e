"""The cost of routes from a benchmark's own file, read with the `vrplib` package: our reader of instances is under the
same referee as the solvers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, hypot, trunc
from pathlib import Path

import vrplib

from benchmarks.routing.referee import Refused


def price_of_benchmark(path: Path, rounding: str, routes: Sequence[Sequence[int]]) -> int:
    """The cost of routes over customers 1, 2, … of a benchmark file, in the units of its rounding."""
    solomon = path.suffix == ".txt"
    raw = vrplib.read_instance(path, instance_format="solomon" if solomon else "vrplib", compute_edge_weights=False)
    scale = _in_tenths if rounding == "dimacs10" else _rounded
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

    cost: int = sum(far(a, b) for route in routes for a, b in pairwise((0, *route, 0)))
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


def _in_tenths(value: float) -> int:
    return trunc(10 * value)


def _rounded(value: float) -> int:
    return floor(value + 0.5)
