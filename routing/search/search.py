"""How hot, how long and at which prices the search runs.

Where stops may be left out, prices follow a saw-tooth: for the first third of every cycle leaving out is made dearer,
so that routes open and fill, then the true prices return and the plan cools. Without it the first stop of a far group
of villages always looks too dear to open a route for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from routing.form import Form
from routing.model import Limits
from routing.search.anneal import anneal, total_cost
from routing.search.arrays import METRE, NEXT, Field, Ints, empty_plan, field_of, route_of, set_route
from routing.search.compiled import COMPILED
from routing.search.measure import measure
from routing.search.ruin import scratch_for

type Tours = list[list[int]]
type OnBetter = Callable[[Tours], bool]
"""Gets the best tours so far; a true answer stops the search."""

STEPS_AT_ONCE = 500 if COMPILED else 10
"""Steps between two looks at the clock."""

COUNTED_STEPS_AT_ONCE = 100
"""The same where steps are counted: the temperature changes with every look, and may not depend on the machine."""

REPORT_S = 0.25
"""How often the best plan is shown to whoever asked for progress."""

CYCLE_S = 0.5
CYCLE_STEPS = 30_000
DEARER_SHARE = 0.35
DEAREST = 2.5

OPTIONAL_HEAT = (0.3, 0.01)
REQUIRED_HEAT = (1.0, 0.05)
"""First and last temperature, in costs of the way to a near neighbour."""


def search(form: Form, start: Sequence[Sequence[int]], limits: Limits, on_better: OnBetter) -> Tours:
    """The best tours of every duty found within the limits, from these; duties with locked positions keep theirs."""
    field = field_of(form, start)
    if field is None:
        return [list(order) for order in start]
    return _Search(field, start, limits, on_better).run()


@dataclass(slots=True)
class _Clock:
    """How much of the limits is used: seconds, steps, or whichever is further."""

    limits: Limits
    begun: float
    steps: int = 0

    def used(self) -> float:
        """From 0 to 1 and beyond."""
        by_time = 0.0 if self.limits.seconds is None else (perf_counter() - self.begun) / self.limits.seconds
        by_steps = 0.0 if self.limits.iterations is None else self.steps / self.limits.iterations
        return max(by_time, by_steps)

    def cycles(self) -> int:
        """How many whole saw-teeth fit."""
        fit = [] if self.limits.seconds is None else [self.limits.seconds / CYCLE_S]
        fit += [] if self.limits.iterations is None else [self.limits.iterations / CYCLE_STEPS]
        return max(1, round(min(fit)))


class _Search:
    def __init__(self, field: Field, start: Sequence[Sequence[int]], limits: Limits, on_better: OnBetter) -> None:
        self.field = field
        self.tours = [list(order) for order in start]
        self.on_better = on_better
        self.limits = limits
        self.clock = _Clock(limits, perf_counter())
        self.rng = np.random.default_rng(limits.seed)
        self.plan = empty_plan(field.town)
        self.scratch = scratch_for(field.town)
        number = {k: i for i, k in enumerate(field.stops)}
        for route, duty in enumerate(field.duties):
            set_route(self.plan, route, [number[k] for k in start[duty]])
            measure(field.town, self.plan, route)
        self.best = self.plan.node[:, NEXT].copy()
        self.best_cost = int(total_cost(self.plan, field.price))
        self.stopped = False
        self.reported = self.clock.begun
        self.scale = _way_to_a_neighbour(field)

    def run(self) -> Tours:
        """See `search`."""
        price = self.field.price
        if not self.field.optional:
            self._cool(price, (0.0, 1.0), REQUIRED_HEAT)
            return self._best_tours()
        cycles = self.clock.cycles()
        for cycle in range(cycles):
            begin = self.clock.used()
            end = begin + max(0.0, 1.0 - begin) / (cycles - cycle)
            turn = begin + (end - begin) * DEARER_SHARE
            factor = 1.0 + (DEAREST - 1.0) * (0.3 + 0.7 * self.rng.random())
            self._hold((price * factor).astype(np.int64), (begin, turn), OPTIONAL_HEAT[0])
            self._cool(price, (turn, end), OPTIONAL_HEAT)
        return self._best_tours()

    def _hold(self, price: Ints, part: tuple[float, float], heat: float) -> None:
        """Search at one temperature and other prices than the true ones; finds no best plan."""
        cost = int(total_cost(self.plan, price))
        while self.clock.used() < part[1] and not self.stopped:
            cost, _ = self._steps(price, cost, 0, heat)
            self._report()

    def _cool(self, price: Ints, part: tuple[float, float], heat: tuple[float, float]) -> None:
        """Search at the true prices while the temperature falls."""
        cost = int(total_cost(self.plan, price))
        while (used := self.clock.used()) < part[1] and not self.stopped:
            share = max(0.0, used - part[0]) / (part[1] - part[0])
            cost, self.best_cost = self._steps(price, cost, self.best_cost, heat[0] * (heat[1] / heat[0]) ** share)
            self._report()

    def _steps(self, price: Ints, cost: int, best_cost: int, heat: float) -> tuple[int, int]:
        steps = STEPS_AT_ONCE
        if self.limits.iterations is not None:
            steps = max(1, min(COUNTED_STEPS_AT_ONCE, self.limits.iterations - self.clock.steps))
        self.clock.steps += steps
        town, temperature = self.field.town, heat * self.scale
        found = anneal(self.rng, town, self.plan, self.best, self.scratch, price, cost, best_cost, steps, temperature)
        return int(found[0]), int(found[1])

    def _report(self) -> None:
        now = perf_counter()
        if now - self.reported > REPORT_S:
            self.reported = now
            self.stopped = self.on_better(self._best_tours())

    def _best_tours(self) -> Tours:
        for route, duty in enumerate(self.field.duties):
            order = route_of(self.best, len(self.field.stops), route)
            self.tours[duty] = [self.field.stops[i] for i in order]
        return [list(order) for order in self.tours]


def _way_to_a_neighbour(field: Field) -> float:
    """The typical cost of riding to one of the ten nearest stops, the unit of temperature."""
    town = field.town
    near = town.near[:, :10]
    if near.size == 0:
        return 1.0
    metres = town.metres[0][np.arange(len(near))[:, None], near]
    return max(1.0, float(np.median(metres)) * float(town.fleet[:, METRE].max()))
