"""The problem as an OR-Tools routing model: every constraint and the exact tariff. The only file that imports ortools.

Costs are the tariff's grains divided by their greatest common divisor, so that they are exact and small. The base
fare is a hinge on the paid metres of a route. Where it is worth its metres at the full rate or more, the arcs cost the
full rate, the fixed cost is what the base fare is more worth, and a soft lower bound at the route's end adds what a
shorter route saves too much. A cheaper base cannot be written so (fixed costs are not negative): there the base fare is
the fixed cost, the arcs are free, and a soft upper bound charges the metres beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_FALSE, BOOL_TRUE

from routing.fare import rates
from routing.form import NO_LIMIT, Duty, Form, Rows, in_units
from routing.model import DAY, IntMatrix, Limits, Matrix
from routing.tour import Tour, Windows

type Tours = list[list[int]]
type Table = NDArray[np.int64]
type OnSolution = Callable[[Tours], bool]
"""Gets the tours of every duty whenever OR-Tools accepts a plan; True asks it to stop."""

OPERATORS = frozenset(
    {
        "relocate",
        "exchange",
        "cross",
        "two_opt",
        "or_opt",
        "lin_kernighan",
        "make_active",
        "make_inactive",
        "swap_active",
    }
)
"""The steps of the finishing descent; with all the others it takes four times as long and finds the same plan."""

BRANCHES_PER_ITERATION = 1_000
"""An iteration is a plan OR-Tools accepts; a search that accepts none ends after so many branches for each instead."""


def improve(
    form: Form, start: Tours | None, limits: Limits, on_solution: OnSolution | None = None, *, guided: bool = True
) -> Tours | None:
    """Tours of every duty after a local search from `start`, or from OR-Tools' own first plan.

    A `guided` search goes on to the limits, otherwise it ends where no step makes the plan cheaper, and every visit
    of `start` stays in the window it is in: holes in the windows cost OR-Tools seconds, and the search before has
    looked at the other windows. `start` None, or one that breaks a rule, begins cold: first with one window a stop,
    then with all of them. The last plan is returned, which need not be the best one offered to `on_solution`; None
    when OR-Tools found no plan at all.
    """
    begun = perf_counter()
    if start is not None and not _feasible(form, start):
        start = None
    windows = {} if start is None or guided else _windows_used(form, start)
    if start is None and any(len(form.windows[k]) > 1 for k in form.open_stops):
        narrow = _Model(form, limits.seed, guided, {k: _longest(form, k) for k in form.open_stops})
        half = None if limits.seconds is None else limits.seconds / 2
        start = narrow.solve(None, replace(limits, seconds=half), on_solution)
        windows = {}
    model = _Model(form, limits.seed, guided, windows)
    left = None if limits.seconds is None else max(0.01, limits.seconds - (perf_counter() - begun))
    return model.solve(start, replace(limits, seconds=left), on_solution)


def _feasible(form: Form, tours: Tours) -> bool:
    return all(Tour(form, duty, order).feasible for duty, order in zip(form.duties, tours, strict=True))


def _windows_used(form: Form, tours: Tours) -> dict[int, Windows]:
    """Of every stop the one window it is visited in; of a stop left out its longest."""
    used = {k: _longest(form, k) for k in form.open_stops}
    for duty, order in zip(form.duties, tours, strict=True):
        for k, start in zip(order, Tour(form, duty, order).early, strict=True):
            used[k] = tuple(window for window in form.windows[k] if window[0] <= start <= window[1])
    return used


def _longest(form: Form, stop: int) -> Windows:
    """The window of a stop that the vehicles have most of."""
    first, last = min(duty.ready for duty in form.duties), max(duty.due for duty in form.duties)
    return (max(form.windows[stop], key=lambda window: min(window[1], last) - max(window[0], first)),)


class _Model:
    """Nodes: the places where vehicles start and end, one node 'anywhere' for open routes, then the stops."""

    def __init__(self, form: Form, seed: int, guided: bool, windows: dict[int, Windows]) -> None:
        """`windows` replaces those of the form."""
        self.form = form
        self.guided = guided
        self.windows = {k: windows.get(k, form.windows[k]) for k in form.open_stops}
        # a vehicle whose day is over can do nothing more, but may still be on its way back
        self.due = [max(duty.due, duty.ready + _back(duty, duty.seconds)) for duty in form.duties]
        self.horizon = max(self.due)
        in_reach = [k for k in form.open_stops if any(k in duty.may for duty in form.duties)]
        self.stops = _shuffled([k for k in in_reach if self.windows[k][0][0] <= self.horizon], seed)
        ends = [(duty.start, bool(duty.driven)) for duty in form.duties]
        ends += [(duty.end, False) for duty in form.duties if duty.end is not None]
        terminals = sorted(set(ends))
        # None: the place of an open route's end, reached from everywhere at once; made only where a route ends there,
        # for to OR-Tools a node where nothing starts or ends is a stop
        self.places: list[int | None] = [place for place, _ in terminals]
        if any(duty.end is None for duty in form.duties):
            self.places.append(None)
        self.anywhere = len(terminals)
        self.first_stop = len(self.places)
        self.places += [form.row[k] for k in self.stops]
        number = {terminal: node for node, terminal in enumerate(terminals)}
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.places),
            len(form.duties),
            [number[duty.start, bool(duty.driven)] for duty in form.duties],
            [self.anywhere if duty.end is None else number[duty.end, False] for duty in form.duties],
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.index = {k: self.manager.NodeToIndex(self.first_stop + i) for i, k in enumerate(self.stops)}
        self.rates = [rates(duty.tariff) for duty in form.duties]
        self.unit = form.cost_unit()
        self.paid: pywrapcp.RoutingDimension | None = None
        self.transits: dict[tuple[object, ...], int] = {}
        self._add_costs()
        self._add_time()
        self._add_room()
        self._add_stops()

    # --- costs

    def _cost(self, grains: int) -> int:
        return in_units(grains, self.unit)

    def _add_costs(self) -> None:
        base = [max(0, duty.tariff.base_metres - duty.spent[0]) for duty in self.form.duties]
        for v, (duty, rate) in enumerate(zip(self.form.duties, self.rates, strict=True)):
            worth = base[v] * rate.metre
            on_arcs = duty.driven or worth <= rate.once
            key = ("cost", *_profile(duty), rate.metre if on_arcs else 0, rate.stop, duty.tariff.return_paid)
            self.routing.SetArcCostEvaluatorOfVehicle(self._transit(key, v), v)
            if duty.driven:
                self.routing.SetVehicleUsedWhenEmpty(True, v)
            else:
                self.routing.SetFixedCostOfVehicle(self._cost(rate.once - worth if on_arcs else rate.once), v)
            if worth:
                paid = self._paid_dimension()
                bound = paid.SetCumulVarSoftLowerBound if on_arcs else paid.SetCumulVarSoftUpperBound
                bound(self.routing.End(v), base[v], self._cost(rate.metre))

    def _paid_dimension(self) -> pywrapcp.RoutingDimension:
        if self.paid is None:
            transits = [
                self._transit(("paid", *_profile(duty), duty.tariff.return_paid), v)
                for v, duty in enumerate(self.form.duties)
            ]
            self.routing.AddDimensionWithVehicleTransits(transits, 0, NO_LIMIT, True, "paid")
            self.paid = self.routing.GetDimensionOrDie("paid")
        return self.paid

    def _transit(self, key: tuple[object, ...], vehicle: int) -> int:
        """A registered matrix of the kind key[0] for vehicles like this one; equal keys share one."""
        if key not in self.transits:
            duty = self.form.duties[vehicle]
            if key[0] == "cost":
                table = self._costs(duty, self.rates[vehicle].metre if key[-3] else 0, self.rates[vehicle].stop)
            else:
                table = {"paid": self._paid, "metres": self._metres, "time": self._time}[str(key[0])](duty)
            self.transits[key] = self.routing.RegisterTransitMatrix(table.tolist())
        return self.transits[key]

    def _ways(self, matrix: IntMatrix) -> Table:
        """Metres or seconds from node to node; 0 to anywhere, and between two depots, where nobody rides."""
        row = np.array([0 if place is None else place for place in self.places])
        ways = matrix[np.ix_(row, row)].astype(np.int64)
        nowhere = np.array([place is None for place in self.places])
        ways[nowhere, :] = ways[:, nowhere] = 0
        depots = np.flatnonzero([place is not None and place < len(self.form.problem.depots) for place in self.places])
        ways[np.ix_(depots, np.arange(self.first_stop))] = 0
        return ways

    def _matrix(self, duty: Duty) -> Matrix:
        return self.form.problem.matrices[duty.vehicle.profile]

    def _costs(self, duty: Duty, metre: int, stop: int) -> Table:
        # a way that does not exist is kept out by the time; its price only has to fit
        metres = np.minimum(self._ways(self._matrix(duty).metres), 100 * DAY)
        costs: Table = (metres * metre + self.unit // 2) // self.unit
        costs[:, self.first_stop :] += in_units(stop, self.unit)
        return self._unpaid_back(duty, costs)

    def _paid(self, duty: Duty) -> Table:
        return self._unpaid_back(duty, self._ways(self._matrix(duty).metres))

    def _unpaid_back(self, duty: Duty, table: Table) -> Table:
        if not duty.tariff.return_paid:
            table[:, : self.first_stop] = 0
        return table

    def _metres(self, duty: Duty) -> Table:
        return self._ways(self._matrix(duty).metres)

    def _time(self, duty: Duty) -> Table:
        service = [0] * self.first_stop + [self.form.service[k] for k in self.stops]
        seconds = self._ways(self._matrix(duty).seconds) + np.array(service, dtype=np.int64)[:, None]
        np.fill_diagonal(seconds, 0)
        return seconds

    # --- constraints

    def _add_time(self) -> None:
        duties, routing = self.form.duties, self.routing
        horizon = self.horizon
        transits = [self._transit(("time", *_profile(duty)), v) for v, duty in enumerate(duties)]
        routing.AddDimensionWithVehicleTransits(transits, horizon, horizon, False, "time")
        time = routing.GetDimensionOrDie("time")
        for v, duty in enumerate(duties):
            time.CumulVar(routing.Start(v)).SetRange(duty.ready, duty.ready if duty.driven else self.due[v])
            time.CumulVar(routing.End(v)).SetRange(duty.ready, self.due[v])
            if self.rates[v].second:
                time.SetSpanCostCoefficientForVehicle(self._cost(self.rates[v].second), v)
        for k in self.stops:
            windows = self.windows[k]
            start = time.CumulVar(self.index[k])
            start.SetRange(windows[0][0], min(windows[-1][1], horizon))
            for (_, closes), (opens, _) in pairwise(windows):
                if closes + 1 < opens:
                    start.RemoveInterval(closes + 1, opens - 1)

    def _add_room(self) -> None:
        duties, routing = self.form.duties, self.routing
        nowhere = [0] * self.first_stop
        load = routing.RegisterUnaryTransitVector(nowhere + [self.form.demand[k] for k in self.stops])
        routing.AddDimensionWithVehicleCapacity(load, 0, [max(0, duty.room) for duty in duties], True, "load")
        if any(duty.stops_left < NO_LIMIT or duty.locked for duty in duties):
            one = routing.RegisterUnaryTransitVector(nowhere + [1 for _ in self.stops])
            most = [max(0, min(duty.stops_left, len(self.stops))) for duty in duties]
            routing.AddDimensionWithVehicleCapacity(one, 0, most, True, "visits")
        if any(duty.metres_left < NO_LIMIT for duty in duties):
            metres = [self._transit(("metres", *_profile(duty)), v) for v, duty in enumerate(duties)]
            limits = [max(duty.metres_left, _back(duty, duty.metres)) for duty in duties]
            routing.AddDimensionWithVehicleTransitAndCapacity(metres, 0, limits, True, "metres")

    def _add_stops(self) -> None:
        locked = {k: position for duty in self.form.duties for k, position in duty.locked.items()}
        for k in self.stops:
            index = self.index[k]
            self.routing.AddDisjunction([index], self._cost(self.form.price[k]))
            vehicles = [v for v, duty in enumerate(self.form.duties) if k in duty.may]
            if len(vehicles) < len(self.form.duties):
                # SetAllowedVehiclesForIndex cannot be called from Python in 9.15; -1 is "on no route"
                self.routing.VehicleVar(index).SetValues([-1, *vehicles])
            if k in locked:
                self.routing.GetDimensionOrDie("visits").CumulVar(index).SetValue(locked[k])

    # --- search

    def solve(self, start: Tours | None, limits: Limits, on_solution: OnSolution | None) -> Tours | None:
        """See `improve`. Limits in seconds count from here, the model is built before."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        if self.guided and len(self.stops) > 2:
            meta = routing_enums_pb2.LocalSearchMetaheuristic
            parameters.local_search_metaheuristic = meta.GUIDED_LOCAL_SEARCH
        elif start is not None:
            operators = parameters.local_search_operators
            for field in operators.DESCRIPTOR.fields:
                wanted = field.name.removeprefix("use_") in OPERATORS
                setattr(operators, field.name, BOOL_TRUE if wanted else BOOL_FALSE)
        if limits.iterations is not None:
            parameters.solution_limit = limits.iterations
            # where no further plan exists guided local search would look for it for ever
            branches = self.routing.solver().BranchesLimit(BRANCHES_PER_ITERATION * limits.iterations)
            self.routing.AddSearchMonitor(branches)
        if limits.seconds is not None:
            parameters.time_limit.FromMilliseconds(math.ceil(limits.seconds * 1000))
        self.routing.CloseModelWithParameters(parameters)
        if on_solution is not None:
            self._listen(on_solution)
        solution = None
        if start is not None:
            routes = [[self.index[k] for k in tour] for tour in start]
            warm = self.routing.ReadAssignmentFromRoutes(routes, True)
            if warm is not None:
                solution = self.routing.SolveFromAssignmentWithParameters(warm, parameters)
        if solution is None:
            solution = self.routing.SolveWithParameters(parameters)
        return None if solution is None else self._tours(lambda index: solution.Value(self.routing.NextVar(index)))

    def _listen(self, on_solution: OnSolution) -> None:
        def at_solution() -> None:
            if on_solution(self._tours(lambda index: self.routing.NextVar(index).Value())):
                self.routing.CancelSearch()

        self.routing.AddAtSolutionCallback(at_solution)

    def _tours(self, next_of: Callable[[int], int]) -> Tours:
        tours: Tours = []
        for v in range(len(self.form.duties)):
            tour = []
            index = next_of(self.routing.Start(v))
            while not self.routing.IsEnd(index):
                tour.append(self.stops[self.manager.IndexToNode(index) - self.first_stop])
                index = next_of(index)
            tours.append(tour)
        return tours


def _back(duty: Duty, rows: Rows) -> int:
    """The way home for a vehicle that has already driven; 0 for one that is at home."""
    return rows[duty.start][duty.end] if duty.driven and duty.end is not None else 0


def _profile(duty: Duty) -> tuple[object, ...]:
    return (duty.vehicle.profile,)


def _shuffled(stops: list[int], seed: int) -> list[int]:
    """OR-Tools has no seed; the order of the nodes is what makes two searches differ. Seed 0 leaves it alone."""
    if seed == 0 or not stops:
        return stops
    # a full cycle through the list with a step that shares no divisor with its length
    step = next(step for step in range(seed + 1, seed + 2 + len(stops)) if math.gcd(step, len(stops)) == 1)
    return [stops[(seed + i * step) % len(stops)] for i in range(len(stops))]
