"""The problem as plain numbers, the one form every part of the solver works on.

Stops are numbered from 0 in the problem's order; a place is a row of the matrices (depots first). Money is in grains
(see `routing.fare`). What is already driven is folded into the duties: the vehicle stands at its last visit, with the
room, stops, metres and paid base it has left, and its driven stops are nobody's business any more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.fare import GRAINS, exact_fare, rates
from routing.model import DAY, UNREACHABLE, Driven, IntMatrix, Matrix, Problem, Stop, Tariff, Vehicle
from routing.near import nearest

NO_LIMIT = 1 << 40
"""Stands where a vehicle has no limit of stops or metres, and for a service that can never start."""

LATEST = UNREACHABLE - 1
"""No window or shift ends later, so whoever takes a way that does not exist is too late for everything."""

MOST_COST = 1 << 58
"""In cost units no plan costs more, so that sums stay far inside 64 bits."""

NEAR = 100
"""How many neighbours of a stop are known."""

BLOCK = 256
"""Rows of a matrix looked at together, so that what is computed beside it stays small."""

type Rows = list[memoryview]
"""A matrix as its rows: plain ints come out, and the numbers lie in memory once."""


class Stops(NamedTuple):
    """What compiled code needs to know of all stops, by their numbers."""

    row: NDArray[np.int64]
    demand: NDArray[np.int64]
    service: NDArray[np.int64]
    opens: NDArray[np.int64]  # [stop, window]; a window that is none opens after everything
    closes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Duty:
    """What one vehicle can still do today. `start` and `end` are places (`end` None: open route)."""

    vehicle: Vehicle
    start: int
    end: int | None
    ready: int
    due: int
    room: int
    stops_left: int
    metres_left: int
    metres: Rows
    seconds: Rows
    may: frozenset[int]
    must: frozenset[int]
    locked: dict[int, int]  # stop -> position among the visits still to come
    driven: tuple[int, ...]
    spent: tuple[int, int, int]  # paid metres, stops and paid seconds of the driven part
    leaves: int | None  # when it left, where something is driven

    @property
    def tariff(self) -> Tariff:
        """The vehicle's tariff."""
        return self.vehicle.tariff

    def sunk(self) -> int:
        """Grains the driven part costs whatever comes after it, the ride back apart."""
        return exact_fare(self.tariff, self.spent[0], self.spent[1], self.spent[2])

    def cost(self, paid_metres: int, stops: int, paid_seconds: int) -> int:
        """Grains that so much more paid way, stops and time cost on top of the driven part; 0 for staying at home."""
        if stops == 0 and not self.driven:
            return 0
        metres, before, seconds = self.spent
        return exact_fare(self.tariff, metres + paid_metres, before + stops, seconds + paid_seconds) - self.sunk()


class Form:
    """All numbers of a problem; see the module."""

    __slots__ = (
        "demand",
        "duties",
        "mandatory_price",
        "neighbours",
        "open_stops",
        "places",
        "price",
        "problem",
        "row",
        "service",
        "stop_number",
        "stops",
        "unit",
        "windows",
    )

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        stops = problem.stops
        self.places = len(problem.depots) + len(stops)
        self.row = [len(problem.depots) + k for k in range(len(stops))]
        self.stop_number = {stop.id: k for k, stop in enumerate(stops)}
        self.demand = [stop.demand for stop in stops]
        self.service = [stop.service_s for stop in stops]
        self.windows = [tuple((w.start, w.end) for w in stop.windows) for stop in stops]
        self.stops = self._arrays()
        driven = {part.vehicle_id: part for part in problem.driven}
        gone = {visit.stop_id for part in problem.driven for visit in part.visits}
        self.open_stops = [k for k, stop in enumerate(stops) if stop.id not in gone]
        rows = {name: _rows(matrix) for name, matrix in problem.matrices.items()}
        may = self._who_may()
        depots = {depot.id: k for k, depot in enumerate(problem.depots)}
        self.duties = [
            self._duty(vehicle, driven.get(vehicle.id), rows[vehicle.profile], depots, may[vehicle.id])
            for vehicle in problem.vehicles
        ]
        self.mandatory_price = self._dearer_than_any_plan()
        pinned = {pin.stop_id for pin in problem.pins}
        self.price = [self._price(stop, stop.id in pinned) for stop in stops]
        self.unit = self._common_unit()
        self.neighbours: dict[str, NDArray[np.int32]] = {}

    def _arrays(self) -> Stops:
        widest = max(map(len, self.windows), default=1)
        never = ((NO_LIMIT, NO_LIMIT),)
        windows = np.array([one + never * (widest - len(one)) for one in self.windows], dtype=np.int64)
        opens, closes = windows.reshape(len(self.windows), widest, 2).transpose(2, 0, 1).copy()
        row, demand, service = (np.array(values, np.int64) for values in (self.row, self.demand, self.service))
        return Stops(row=row, demand=demand, service=service, opens=opens, closes=closes)

    def _price(self, stop: Stop, pinned: bool) -> int:
        if stop.leave_out is None or pinned:
            return self.mandatory_price * (1 + stop.priority)
        return stop.leave_out.rupiah * GRAINS

    def _dearer_than_any_plan(self) -> int:
        """Grains no plan can cost: the price that makes a stop mandatory as far as possible."""
        prices = sum(stop.leave_out.rupiah * GRAINS for stop in self.problem.stops if stop.leave_out is not None)
        stops, tariffs = len(self.problem.stops), [rates(tariff) for tariff in {duty.tariff for duty in self.duties}]
        profiles = {duty.vehicle.profile for duty in self.duties}
        longest = max((_longest(self.problem.matrices[profile].metres) for profile in profiles), default=0)
        way = (stops + len(self.duties)) * longest * max((rate.metre for rate in tariffs), default=0)
        visits = stops * max((rate.stop for rate in tariffs), default=0)
        dearest = max((rate.once + rate.second * DAY for rate in tariffs), default=0)
        return prices + way + visits + len(self.duties) * dearest + GRAINS

    def _who_may(self) -> dict[str, frozenset[int]]:
        """The open stops every vehicle may visit; vehicles of one kind and depot share one set."""
        stops = self.problem.stops
        pins = {self.stop_number[pin.stop_id]: pin.vehicle_id for pin in self.problem.pins}
        singled_out = {vehicle_id for stop in stops for vehicle_id in stop.not_with}
        shared: dict[tuple[str, str, str], frozenset[int]] = {}
        may = {}
        for vehicle in self.problem.vehicles:
            key = (vehicle.kind, vehicle.start, vehicle.id if vehicle.id in singled_out else "")
            if key not in shared:
                able = (k for k in self.open_stops if k not in pins and may_visit(vehicle, stops[k]))
                shared[key] = frozenset(able)
            mine = (k for k, owner in pins.items() if owner == vehicle.id and may_visit(vehicle, stops[k]))
            pinned = frozenset(mine).intersection(self.open_stops)
            may[vehicle.id] = shared[key] | pinned if pinned else shared[key]
        return may

    def _duty(
        self,
        vehicle: Vehicle,
        driven: Driven | None,
        rows: tuple[Rows, Rows],
        depots: dict[str, int],
        may: frozenset[int],
    ) -> Duty:
        metres, seconds = rows
        before = [self.stop_number[visit.stop_id] for visit in driven.visits] if driven else []
        place = depots[vehicle.start]
        way = 0
        for stop in before:
            way += metres[place][self.row[stop]]
            place = self.row[stop]
        end = None if vehicle.end is None else depots[vehicle.end]
        ready = driven.visits[-1].departure if driven else vehicle.shift.start
        metres_left = NO_LIMIT if vehicle.max_metres is None else vehicle.max_metres - way
        stops_left = NO_LIMIT if vehicle.max_stops is None else max(0, vehicle.max_stops - len(before))
        room = vehicle.capacity - sum(self.demand[stop] for stop in before)
        back = (0, 0) if end is None else (metres[place][end], seconds[place][end])
        if driven and (room < 0 or back[0] > metres_left or ready + back[1] > vehicle.shift.end):
            stops_left = 0  # too full, too far or too late already: it rides home
        pins = [pin for pin in self.problem.pins if pin.vehicle_id == vehicle.id]
        return Duty(
            vehicle=vehicle,
            start=place,
            end=end,
            ready=ready,
            due=vehicle.shift.end,
            room=room,
            stops_left=stops_left,
            metres_left=metres_left,
            metres=metres,
            seconds=seconds,
            may=may,
            must=frozenset(self.stop_number[pin.stop_id] for pin in pins),
            locked={
                self.stop_number[pin.stop_id]: pin.position - len(before) for pin in pins if pin.position is not None
            },
            driven=tuple(before),
            spent=(way, len(before), driven.visits[-1].departure - driven.leaves if driven else 0),
            leaves=driven.leaves if driven else None,
        )

    def cost_unit(self) -> int:
        """Grains in the unit that solvers count in: all that divides every rate and price, or more where a plan
        would not fit into 64 bits."""
        return self.unit

    def _common_unit(self) -> int:
        tariffs = [rates(tariff) for tariff in {duty.tariff for duty in self.duties}]
        amounts = [part for rate in tariffs for part in (rate.once, rate.metre, rate.stop, rate.second)]
        whole = self.mandatory_price * 2 + sum(self.price[k] for k in self.open_stops)
        return max(math.gcd(*amounts, *(self.price[k] for k in self.open_stops)), -(-whole // MOST_COST), 1)

    def near(self, profile: str) -> NDArray[np.int32]:
        """The NEAR nearest other stops of every stop (all of them where there are fewer), nearest first; looked for
        once."""
        if profile not in self.neighbours:
            rows = np.array(self.row, dtype=np.int64)
            self.neighbours[profile] = nearest(self.problem.matrices[profile].metres, rows, NEAR)
        return self.neighbours[profile]

    def with_open_end(self, stop: int) -> Form:
        """The same numbers, but for one stop whose last window never closes."""
        return self.with_last_window(stop, LATEST)

    def with_last_window(self, stop: int, closes: int) -> Form:
        """The same numbers, but for one stop whose last window closes then."""
        form = copy(self)
        form.windows = list(self.windows)
        form.windows[stop] = (*self.windows[stop][:-1], (self.windows[stop][-1][0], closes))
        column = self.stops.closes.copy()
        column[stop, len(self.windows[stop]) - 1] = closes
        form.stops = self.stops._replace(closes=column)
        return form

    def part(self, duties: Sequence[int], stops: Sequence[int]) -> Form:
        """The same numbers, but only these of the duties, in this order, and these of the open stops."""
        form = copy(self)
        form.duties = [self.duties[v] for v in duties]
        form.open_stops = list(stops)
        return form

    def orders(self, tours: Sequence[Sequence[int]]) -> dict[str, list[str]]:
        """Stop ids of every vehicle's whole route, the driven part first; as `routing.evaluate` takes them."""
        ids = [stop.id for stop in self.problem.stops]
        return {
            duty.vehicle.id: [ids[k] for k in (*duty.driven, *tour)]
            for duty, tour in zip(self.duties, tours, strict=True)
            if duty.driven or tour
        }


def in_units(grains: int, unit: int) -> int:
    """An amount in cost units, rounded half up."""
    return (grains + unit // 2) // unit


def may_visit(vehicle: Vehicle, stop: Stop) -> bool:
    """Whether kind, depot and the dispatcher let this vehicle come to this stop."""
    return (
        (stop.kinds is None or vehicle.kind in stop.kinds)
        and vehicle.id not in stop.not_with
        and (stop.depot is None or stop.depot == vehicle.start)
    )


def _rows(matrix: Matrix) -> tuple[Rows, Rows]:
    """The metres and the seconds of a matrix; one list twice where they are the same array."""
    metres = [memoryview(row) for row in matrix.metres]
    return metres, metres if matrix.seconds is matrix.metres else [memoryview(row) for row in matrix.seconds]


def blocks(values: IntMatrix) -> Iterator[IntMatrix]:
    """The rows of a matrix, some at a time."""
    return (values[first : first + BLOCK] for first in range(0, len(values), BLOCK))


def _longest(metres: IntMatrix) -> int:
    """The longest way there is; 0 where there is none."""
    longest = 0
    for block in blocks(metres):
        most = int(block.max())
        longest = max(longest, most if most < UNREACHABLE else int(block[block < UNREACHABLE].max(initial=0)))
    return longest
