"""How hot, how long and at which prices the search runs.

Where every stop must be visited the plan cools once, or a few times where the problem is small. Where stops may be
left out, prices follow a saw-tooth: for the first third of every cycle leaving out is made dearer, so that routes open
and fill, then the true prices return and the plan cools. Without it the first stop of a far group of villages always
looks too dear to open a route for. Every cycle starts from the best plan. Cycles are of uneven length: the long ones
begin hot and change which routes there are, which pays where nearly everybody is visited; the short ones change a few
stops, which pays where most are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from routing.form import Form
from routing.model import Limits
from routing.search.anneal import anneal, total_cost
from routing.search.arrays import (
    METRE,
    NEXT,
    SORT,
    TIMED,
    Field,
    Ints,
    empty_plan,
    field_of,
    route_of,
    set_plan,
)
from routing.search.compiled import COMPILED
from routing.search.measure import measure
from routing.search.pool import Pool
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

STEPS_A_SECOND = 200_000 if COMPILED else 500
"""About what a machine does, to know how many cycles fit into seconds."""

CYCLE_STEPS = (10_000, 160_000)
DEARER_SHARE = 0.35
DEAREST = 2.0
HOTTEST = 2.0
"""Heat at the beginning of the longest cycle; the shortest begins at that of the true prices."""

COOLINGS_MOST, COOLING_STEPS = 6, 3_000
"""A plan whose stops are all visited cools again when there are so many steps for every stop."""
AGAIN = 0.25
"""Every further cooling begins at this share of the first heat."""

REMEMBERED_SHARE = 0.4
"""The routes of this first, hot part of every cooling are not worth remembering."""
REMEMBER_STEPS, REMEMBER_STEPS_A_STOP = 500, 4
"""Routes are remembered after so many steps, and of large plans after so many for every stop."""

OPTIONAL_HEAT = (0.3, 0.01)
REQUIRED_HEAT = (2.0, 0.01)
TIMED_HEAT = (4.0, 0.05)
"""First and last temperature, in costs of the way to a near neighbour. Narrow hours want more heat: a stop in the wrong
route blocks many."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brings: the best tours of every duty, and the routes it has seen."""

    tours: Tours
    pool: Pool


def search(form: Form, start: Sequence[Sequence[int]], limits: Limits, on_better: OnBetter) -> Found:
    """The best tours of every duty found within the limits, from these; duties with locked positions keep theirs."""
    begun = perf_counter()
    field = field_of(form, start)
    if field is None:
        return Found([list(order) for order in start], Pool())
    running = _Search(field, start, _Clock(limits, begun), on_better)
    return Found(running.run(), running.pool)


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

    def expected(self) -> float:
        """About how many steps the limits allow."""
        fit = [] if self.limits.seconds is None else [self.limits.seconds * STEPS_A_SECOND]
        fit += [] if self.limits.iterations is None else [float(self.limits.iterations)]
        return min(fit)


class _Search:
    def __init__(self, field: Field, start: Sequence[Sequence[int]], clock: _Clock, on_better: OnBetter) -> None:
        self.field = field
        self.tours = [list(order) for order in start]
        self.on_better = on_better
        self.clock = clock
        self.limits = clock.limits
        self.rng = np.random.default_rng(self.limits.seed)
        self.plan = empty_plan(field.town)
        self.scratch = scratch_for(field.town)
        number = {k: i for i, k in enumerate(field.stops)}
        self._set([[number[k] for k in start[duty]] for duty in field.duties])
        self.best = self.plan.node[:, NEXT].copy()
        self.best_cost = int(total_cost(self.plan, field.price))
        self.pool = Pool(_alike(field))
        self.remember_at = 0
        self.stopped = False
        self.reported = self.clock.begun
        self.scale = _way_to_a_neighbour(field)

    def run(self) -> Tours:
        """See `search`."""
        if self.field.optional:
            self._saw()
        else:
            self._coolings()
        self._remember(self.best)
        return self._best_tours()

    def _coolings(self) -> None:
        heat = TIMED_HEAT if self.field.town.facts[TIMED] > 0 else REQUIRED_HEAT
        for_every_stop = self.clock.expected() / len(self.field.stops)
        coolings = max(1, min(COOLINGS_MOST, round(for_every_stop / COOLING_STEPS)))
        for part, begin, end in self._parts(coolings):
            self._cool(self.field.price, (begin, end), heat if part == 0 else (heat[0] * AGAIN, heat[1]))

    def _saw(self) -> None:
        price = self.field.price
        for begin, end, heat in self._teeth():
            turn = begin + (end - begin) * DEARER_SHARE
            factor = 1.0 + (DEAREST - 1.0) * (0.3 + 0.7 * self.rng.random())
            self._hold((price * factor).astype(np.int64), (begin, turn), (heat, OPTIONAL_HEAT[0]))
            self._cool(price, (turn, end), OPTIONAL_HEAT)
            self._remember(self.plan.node[:, NEXT])
            self._set(self._best_orders())

    def _teeth(self) -> Iterator[tuple[float, float, float]]:
        """(begin, end, first heat) of cycles of a length drawn by chance, in what is left of the limits."""
        shortest, longest = (steps / self.clock.expected() for steps in CYCLE_STEPS)
        size = 0.5
        while (begin := self.clock.used()) < 1.0 and not self.stopped:
            length = shortest * (longest / shortest) ** size
            end = begin + length if begin + 1.5 * length < 1.0 else 1.0
            yield begin, end, OPTIONAL_HEAT[0] * (HOTTEST / OPTIONAL_HEAT[0]) ** size
            size = self.rng.random()

    def _parts(self, count: int) -> Iterator[tuple[int, float, float]]:
        """(number, begin, end) of so many even parts of what is left of the limits."""
        for part in range(count):
            begin = self.clock.used()
            yield part, begin, begin + max(0.0, 1.0 - begin) / (count - part)

    def _hold(self, price: Ints, part: tuple[float, float], heat: tuple[float, float]) -> None:
        """Search at other prices than the true ones while the temperature falls; finds no best plan."""
        cost = int(total_cost(self.plan, price))
        for share in self._shares(part):
            cost, _ = self._steps(price, cost, 0, heat[0] * (heat[1] / heat[0]) ** share)

    def _cool(self, price: Ints, part: tuple[float, float], heat: tuple[float, float]) -> None:
        """Search at the true prices while the temperature falls."""
        cost = int(total_cost(self.plan, price))
        for share in self._shares(part):
            cost, self.best_cost = self._steps(price, cost, self.best_cost, heat[0] * (heat[1] / heat[0]) ** share)

    def _shares(self, part: tuple[float, float]) -> Iterator[float]:
        """How much of a part of the limits is over, before every few steps until it is; in between shows and remembers
        what was found."""
        while (used := self.clock.used()) < part[1] and not self.stopped:
            share = max(0.0, used - part[0]) / (part[1] - part[0])
            yield share
            self._report()
            if share >= REMEMBERED_SHARE and self.clock.steps >= self.remember_at:
                self._remember(self.plan.node[:, NEXT])
                self.remember_at = self.clock.steps + max(REMEMBER_STEPS, REMEMBER_STEPS_A_STOP * len(self.field.stops))

    def _steps(self, price: Ints, cost: int, best_cost: int, heat: float) -> tuple[int, int]:
        steps = STEPS_AT_ONCE
        if self.limits.iterations is not None:
            steps = max(1, min(COUNTED_STEPS_AT_ONCE, self.limits.iterations - self.clock.steps))
        self.clock.steps += steps
        town, temperature = self.field.town, heat * self.scale
        found = anneal(self.rng, town, self.plan, self.best, self.scratch, price, cost, best_cost, steps, temperature)
        return int(found[0]), int(found[1])

    def _report(self) -> None:
        """Show the best plan now and then."""
        now = perf_counter()
        if now - self.reported > REPORT_S:
            self.reported = now
            self.stopped = self.on_better(self._best_tours())

    def _set(self, orders: Sequence[Sequence[int]]) -> None:
        """Make these routes the plan, as they are nothing but the best plan or the first."""
        set_plan(self.field.town, self.plan, orders)
        for route in range(len(orders)):
            measure(self.field.town, self.plan, route)
        self.scratch = scratch_for(self.field.town)

    def _best_orders(self) -> list[list[int]]:
        return [route_of(self.best, len(self.field.stops), route) for route in range(len(self.field.duties))]

    def _best_tours(self) -> Tours:
        for duty, order in zip(self.field.duties, self._best_orders(), strict=True):
            self.tours[duty] = [self.field.stops[i] for i in order]
        return [list(order) for order in self.tours]

    def _remember(self, following: Ints) -> None:
        """Put the routes of a plan into the pool."""
        first_of = {duty: first for first, alike in self.pool.alike.items() for duty in alike}
        column = following.tolist()  # a list is walked much faster than an array
        for route, duty in enumerate(self.field.duties):
            order = route_of(column, len(self.field.stops), route)
            if order:
                self.pool.add(first_of[duty], [self.field.stops[i] for i in order])


def _alike(field: Field) -> dict[int, list[int]]:
    """The duties that are the same in everything, under the first of them."""
    sorts: dict[int, list[int]] = {}
    for duty, sort in zip(field.duties, field.town.fleet[:, SORT].tolist(), strict=True):
        sorts.setdefault(sort, []).append(duty)
    return {duties[0]: duties for duties in sorts.values()}


def _way_to_a_neighbour(field: Field) -> float:
    """The typical cost of riding to one of the ten nearest stops, the unit of temperature."""
    town = field.town
    near = town.near[:, :10]
    if near.size == 0:
        return 1.0
    metres = town.metres[0][np.arange(len(near))[:, None], near]
    return max(1.0, float(np.median(metres)) * float(town.fleet[:, METRE].max()))
