"""What a benchmark file says, as plain numbers, and the Problem with the benchmark's own objective.

One unit of rounded distance is one metre, one second and one rupiah: the tariff is Rp 1,000 per km with no base fare,
so the cost of a plan is its distance plus the prizes it does not collect, as whole numbers, exactly.

`Rounding` says what a unit is: "round" the nearest whole number, "dimacs10" ten times the value, cut off, "exact" a
thousand times the value, rounded. Windows, service times and prizes are scaled like the distances.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from routing.model import UNREACHABLE, Depot, IntMatrix, LeaveOut, Matrix, Point, Problem, Stop, Tariff, Vehicle, Window

type Rounding = Literal["round", "dimacs10", "exact"]
ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding.__value__)
SCALES: dict[Rounding, int] = {"round": 1, "dimacs10": 10, "exact": 1_000}

PER_UNIT = Tariff(base_fare=0, base_metres=0, per_km=1_000)
"""One rupiah for one metre and nothing else."""

PROFILE = "plane"
BLOCK = 64
"""Rows of the distance matrix computed at a time, which bounds the memory beside the result."""

LONGEST = UNREACHABLE - 1


class BadInstance(ValueError):
    """A file that is no readable instance; the message names file, line and rule."""

    def __init__(self, rule: str, *, line: int | None = None, name: str = "") -> None:
        self.rule = rule
        self.line = line
        self.name = name
        super().__init__(rule)

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.name, f"line {self.line}" if self.line else "") if part)
        return f"{where}: {self.rule}" if where else self.rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nodes:
    """A benchmark file's numbers, unrounded; node 0 is the depot, the others are the customers in their order.

    Exactly one of `coordinates` (float64[n, 2]) and `distances` (float64[n, n]) is given. `windows` and `prizes` are
    None where the file has none; a prize of 0 marks a customer who must be visited. `longest` bounds a route's travel
    and service together.
    """

    name: str
    capacity: int
    demands: Sequence[int]
    services: Sequence[float]
    coordinates: NDArray[np.float64] | None = None
    distances: NDArray[np.float64] | None = None
    windows: Sequence[tuple[float, float]] | None = None
    prizes: Sequence[float] | None = None
    vehicles: int | None = None
    longest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A Problem read from a file. `rounding` is None where the file speaks of rupiah itself (our own JSON).

    Customer k of the file, counted from 1, is `problem.stops[k - 1]`.
    """

    name: str
    problem: Problem
    rounding: Rounding | None


def instance_of(nodes: Nodes, rounding: Rounding | None, fleet: int | None) -> Instance:
    """The instance of these numbers.

    Without `rounding` it is the benchmarks' own: "dimacs10" where there are windows or prizes, else "round". Without
    `fleet` the fleet is generous: see `_fleet`. Raises BadInstance where numbers are too large for the matrix.
    """
    if rounding is None:
        rounding = "round" if nodes.windows is None and nodes.prizes is None else "dimacs10"
    metres = _matrix(nodes, rounding)
    stops = tuple(_stops(nodes, rounding, metres))
    shift = _shift(nodes, rounding, metres)
    vehicle_count = _fleet(nodes, metres, stops, shift) if fleet is None else fleet
    vehicles = tuple(
        Vehicle(
            id=str(k + 1),
            kind="vehicle",
            start="depot",
            end="depot",
            capacity=nodes.capacity,
            shift=shift,
            tariff=PER_UNIT,
            profile=PROFILE,
        )
        for k in range(vehicle_count)
    )
    problem = Problem(
        depots=(Depot(id="depot", point=_points(nodes)[0]),),
        stops=stops,
        vehicles=vehicles,
        # one array twice: travel takes as long as it is far, and 10,000 places are 400 MB
        matrices={PROFILE: Matrix(metres=metres, seconds=metres, source=rounding)},
    )
    return Instance(name=nodes.name, problem=problem, rounding=rounding)


def scaled(value: float, rounding: Rounding) -> int:
    """A value of the file in whole units."""
    if rounding == "dimacs10":
        return math.trunc(10 * value)
    return math.floor(SCALES[rounding] * value + 0.5)


def _matrix(nodes: Nodes, rounding: Rounding) -> IntMatrix:
    """All distances in whole units, int32[n, n], computed in blocks of rows."""
    size = len(nodes.demands)
    units = np.zeros((size, size), dtype=np.int32)
    block, beside = np.empty((BLOCK, size)), np.empty((BLOCK, size))  # filled again and again: fresh pages cost more
    for first in range(0, size, BLOCK):
        rows = slice(first, min(first + BLOCK, size))
        line = block[: rows.stop - first]
        _distances(nodes, rows, line, beside[: rows.stop - first])
        np.multiply(line, SCALES[rounding], out=line)
        if rounding != "dimacs10":
            np.floor(np.add(line, 0.5, out=line), out=line)
        if not line.max() < LONGEST:
            raise BadInstance(f"distances of {line.max():.3g} units are more than {LONGEST}")
        units[rows] = line  # cuts off what is left behind the point
    np.fill_diagonal(units, 0)
    return units


def _distances(nodes: Nodes, rows: slice, out: NDArray[np.float64], beside: NDArray[np.float64]) -> None:
    """The distances of some rows into `out`, float64[rows, n]; `beside` is room of the same size."""
    if nodes.distances is not None:
        out[:] = nodes.distances[rows]
        return
    assert nodes.coordinates is not None
    x, y = nodes.coordinates.T
    np.square(np.subtract(x[rows, None], x, out=out), out=out)
    np.square(np.subtract(y[rows, None], y, out=beside), out=beside)
    np.sqrt(np.add(out, beside, out=out), out=out)


def _stops(nodes: Nodes, rounding: Rounding, metres: IntMatrix) -> list[Stop]:
    points = _points(nodes)
    always = (Window(start=0, end=_horizon(metres)),)
    stops = []
    for k in range(1, len(nodes.demands)):
        windows = always
        if nodes.windows is not None:
            windows = (_window(nodes.windows[k], rounding),)
        prize = 0 if nodes.prizes is None else scaled(nodes.prizes[k], rounding)
        stops.append(
            Stop(
                id=str(k),
                point=points[k],
                demand=nodes.demands[k],
                service_s=scaled(nodes.services[k], rounding),
                windows=windows,
                leave_out=LeaveOut(kind="post", rupiah=prize) if prize else None,
            )
        )
    return stops


def _shift(nodes: Nodes, rounding: Rounding, metres: IntMatrix) -> Window:
    """From the depot's opening to its closing, or as long as a route may take, or for ever."""
    if nodes.windows is not None:
        return _window(nodes.windows[0], rounding)
    if nodes.longest is not None:
        return _window((0, nodes.longest), rounding)
    return Window(start=0, end=_horizon(metres))


def _window(given: tuple[float, float], rounding: Rounding) -> Window:
    """A window in whole units; one that closes after all time never closes."""
    opens, closes = (scaled(value, rounding) for value in given)
    if opens > LONGEST:
        raise BadInstance(f"a window opens after {opens:.3g} units, more than {LONGEST}")
    return Window(start=opens, end=min(closes, LONGEST))


def _horizon(metres: IntMatrix) -> int:
    """A time no route without windows can reach."""
    return min(LONGEST, len(metres) * int(metres.max(initial=0)) * 2)


def _points(nodes: Nodes) -> list[Point]:
    """The plane shrunk into degrees, so that the instance can be drawn; (0, 0) where there are only distances."""
    if nodes.coordinates is None:
        return [Point(lat=0.0, lon=0.0)] * len(nodes.demands)
    farthest = float(np.abs(nodes.coordinates).max(initial=0.0))
    shrink = min(1e-4, 80 / farthest) if farthest else 1.0
    return [Point(lat=y * shrink, lon=x * shrink) for x, y in nodes.coordinates.tolist()]


def _fleet(nodes: Nodes, metres: IntMatrix, stops: Sequence[Stop], shift: Window) -> int:
    """More vehicles than a good plan wants, but not hundreds, which only cost time; never more than the file allows.

    Without time limits a tenth and three more than the load needs; with them a quarter and five more than somebody
    needs who always rides to the nearest customer still in time. Never fewer than one by one packing needs.
    """
    if nodes.windows is None and nodes.longest is None:
        least = math.ceil(sum(nodes.demands) / max(1, nodes.capacity))
        wanted = max(math.ceil(1.1 * least) + 3, _bins(nodes.demands[1:], nodes.capacity))
    else:
        wanted = math.ceil(1.25 * _nearest_in_time(nodes.capacity, metres, stops, shift)) + 5
    wanted = min(wanted, max(1, len(stops)))
    return wanted if nodes.vehicles is None else min(wanted, nodes.vehicles)


def _bins(demands: Sequence[int], capacity: int) -> int:
    """How many vehicles first fit, largest first, fills."""
    left: list[int] = []
    for demand in sorted(demands, reverse=True):
        at = next((k for k, room in enumerate(left) if room >= demand), None)
        if at is None:
            left.append(capacity - demand)
        else:
            left[at] -= demand
    return len(left)


def _nearest_in_time(capacity: int, metres: IntMatrix, stops: Sequence[Stop], shift: Window) -> int:
    """How many vehicles it takes to ride, from wherever one is, to whom service can start soonest."""
    opens = np.array([0] + [stop.windows[0].start for stop in stops], dtype=np.int64)
    closes = np.array([-1] + [stop.windows[0].end for stop in stops], dtype=np.int64)
    service = np.array([0] + [stop.service_s for stop in stops], dtype=np.int64)
    demand = np.array([0] + [stop.demand for stop in stops], dtype=np.int64)
    back = metres[:, 0].astype(np.int64)
    vehicles, here, clock, room = 1, 0, shift.start, capacity
    for _ in range(2 * len(stops) + 1):
        start = np.maximum(clock + metres[here], opens)
        fits = (start <= closes) & (demand <= room) & (start + service + back <= shift.end)
        if not fits.any():
            if here == 0:
                break  # nobody can reach the rest, not even from the depot
            vehicles, here, clock, room = vehicles + 1, 0, shift.start, capacity
            continue
        here = int(np.argmin(np.where(fits, start, np.iinfo(np.int64).max)))
        clock, room = int(start[here] + service[here]), room - int(demand[here])
        closes[here] = -1
    return vehicles
