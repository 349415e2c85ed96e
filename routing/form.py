"""The problem as plain numbers, the one form every part of the solver works on.

Stops are numbered from 0 in the problem's order; a place is a row of the matrices (depots first). Money is in grains
(see `routing.fare`). What is already driven is folded into the duties: the vehicle stands at its last visit, with the
room, stops, metres and paid base it has left, and its driven stops are nobody's business any more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from routing.fare import GRAINS, exact_fare, rates
from routing.model import DAY, UNREACHABLE, Driven, Problem, Stop, Tariff, Vehicle

NO_LIMIT = 1 << 40
"""Stands where a vehicle has no limit of stops or metres, and for a way that does not exist."""

MOST_COST = 1 << 58
"""In cost units no plan costs more, so that sums stay far inside 64 bits."""

type Rows = list[list[int]]


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
        "open_stops",
        "places",
        "price",
        "problem",
        "row",
        "service",
        "stop_number",
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
        driven = {part.vehicle_id: part for part in problem.driven}
        gone = {visit.stop_id for part in problem.driven for visit in part.visits}
        self.open_stops = [k for k, stop in enumerate(stops) if stop.id not in gone]
        rows = {name: (_rows(m.metres.tolist()), _rows(m.seconds.tolist())) for name, m in problem.matrices.items()}
        self.duties = [
            self._duty(vehicle, driven.get(vehicle.id), rows[vehicle.profile]) for vehicle in problem.vehicles
        ]
        self.mandatory_price = self._dearer_than_any_plan()
        pinned = {pin.stop_id for pin in problem.pins}
        self.price = [self._price(stop, stop.id in pinned) for stop in stops]

    def _price(self, stop: Stop, pinned: bool) -> int:
        if stop.leave_out is None or pinned:
            return self.mandatory_price * (1 + stop.priority)
        return stop.leave_out.rupiah * GRAINS

    def _dearer_than_any_plan(self) -> int:
        """Grains no plan can cost: the price that makes a stop mandatory as far as possible."""
        prices = sum(stop.leave_out.rupiah * GRAINS for stop in self.problem.stops if stop.leave_out is not None)
        stops, tariffs = len(self.problem.stops), [rates(duty.tariff) for duty in self.duties]
        ways = {id(duty.metres): duty.metres for duty in self.duties}.values()  # riders of one profile share theirs
        longest = max((m for metres in ways for row in metres for m in row if m < NO_LIMIT), default=0)
        way = (stops + len(self.duties)) * longest * max((rate.metre for rate in tariffs), default=0)
        visits = stops * max((rate.stop for rate in tariffs), default=0)
        return prices + way + visits + sum(rate.once + rate.second * DAY for rate in tariffs) + GRAINS

    def _duty(self, vehicle: Vehicle, driven: Driven | None, rows: tuple[Rows, Rows]) -> Duty:
        metres, seconds = rows
        depots = {depot.id: k for k, depot in enumerate(self.problem.depots)}
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
        elsewhere = {self.stop_number[pin.stop_id] for pin in self.problem.pins if pin.vehicle_id != vehicle.id}
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
            may=frozenset(k for k in self.open_stops if may_visit(vehicle, self.problem.stops[k])) - elsewhere,
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
        tariffs = [rates(duty.tariff) for duty in self.duties]
        amounts = [part for rate in tariffs for part in (rate.once, rate.metre, rate.stop, rate.second)]
        whole = self.mandatory_price * 2 + sum(self.price[k] for k in self.open_stops)
        return max(math.gcd(*amounts, *(self.price[k] for k in self.open_stops)), -(-whole // MOST_COST), 1)

    def with_open_end(self, stop: int) -> Form:
        """The same numbers, but for one stop whose last window never closes."""
        form = copy(self)
        form.windows = list(self.windows)
        form.windows[stop] = (*self.windows[stop][:-1], (self.windows[stop][-1][0], NO_LIMIT - 1))
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


def _rows(values: Rows) -> Rows:
    """The matrix as lists, with NO_LIMIT where no way leads: longer than any limit and later than any window."""
    return [[NO_LIMIT if value == UNREACHABLE else value for value in row] for row in values]
