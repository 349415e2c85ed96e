"""OR-Tools' share of a plan at every size: the whole of it as one model, or neighbouring routes as many small ones.

A descent in the full model grows with the square of the stops, and only its search can be stopped, not the making of
its tables. So the size of a model follows from the time there is: a day's plan of a regency is one model, of thousands
of stops a few routes that lie near each other are taken out, improved and put back, then the next ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from routing import ortools_model
from routing.form import Form
from routing.model import UNREACHABLE, Limits
from routing.ortools_model import OnSolution, Tours
from routing.tour import Tour

MOST_STOPS = 1_500
"""Up to so many stops are one model, if there is time for it."""

PART_STOPS, FEWEST_STOPS = 250, 40
"""How many stops a part has at most, and how few are not worth the trouble."""

LEFT_OUT_SHARE = 0.25
"""So many of a part's stops may be such as are on no route."""

MAKING_S = 1.2e-6
"""Seconds that making the model and reading the plan into it take, for every pair of stops, on a slow machine."""

DESCENT_S = 4e-6
"""The same for a descent to its end."""


def finish(form: Form, start: Tours, limits: Limits, on_better: OnSolution) -> Tours:
    """The plan after OR-Tools has tried to improve it, never a dearer one; routes with held positions are searched
    longer, as no other part of the solver moves them.

    Seconds in the limits are kept to about a tenth of a second. `on_better` gets whole plans; a true answer ends it.
    """
    guided = any(duty.locked for duty in form.duties)
    stops = len(form.open_stops)
    if stops <= MOST_STOPS and (guided or limits.seconds is None or limits.seconds >= DESCENT_S * stops**2):
        found = ortools_model.improve(form, start, limits, on_better, guided=guided)
        return start if found is None or _cost(form, found) >= _cost(form, start) else found
    size = PART_STOPS if limits.seconds is None else min(PART_STOPS, int((limits.seconds / DESCENT_S) ** 0.5))
    return start if size < FEWEST_STOPS else finish_by_parts(form, start, limits, on_better, size)


def finish_by_parts(form: Form, start: Tours, limits: Limits, on_better: OnSolution, size: int) -> Tours:
    """`finish` with every route once, together with its neighbours, in models of about `size` stops, if there is
    time."""
    return _Parts(form, start, limits, on_better, size).run()


class _Parts:
    """Neighbouring routes, a few at a time."""

    def __init__(self, form: Form, start: Tours, limits: Limits, on_better: OnSolution, size: int) -> None:
        self.form = form
        self.tours = [list(order) for order in start]
        self.limits = limits
        self.on_better = on_better
        self.begun = perf_counter()
        self.size = size

    def run(self) -> Tours:
        """See `finish_by_parts`."""
        rng = np.random.default_rng(self.limits.seed)
        waiting = [v for v in rng.permutation(len(self.tours)).tolist() if self.tours[v]]
        waiting.sort(key=lambda v: not self.form.duties[v].locked)
        stopped = False
        while waiting and not stopped and self._time_left() > MAKING_S * self.size**2:
            duties = self._near_routes(waiting[0])
            stopped = self._improve(duties)
            waiting = [v for v in waiting if v not in duties]
        return self.tours

    def _time_left(self) -> float:
        if self.limits.seconds is None:
            return float("inf")
        return self.limits.seconds - (perf_counter() - self.begun)

    def _near_routes(self, seed: int) -> list[int]:
        """A route and those nearest to it, up to the size of a part; with them one idle vehicle of each kind."""
        ways = self._ways_from(seed)
        near = sorted((float(ways[self._rows(v)].mean()), v) for v, order in enumerate(self.tours) if order)
        duties, stops = [seed], len(self.tours[seed])
        for _, v in near:
            if v != seed and stops + len(self.tours[v]) <= (1 - LEFT_OUT_SHARE) * self.size:
                duties.append(v)
                stops += len(self.tours[v])
        return sorted(duties + self._idle())

    def _idle(self) -> list[int]:
        kinds: dict[tuple[object, ...], int] = {}
        for v, duty in enumerate(self.form.duties):
            if not self.tours[v] and duty.stops_left > 0 and not duty.driven:
                key = (duty.start, duty.end, duty.ready, duty.due, duty.room, duty.tariff, duty.vehicle.profile)
                kinds.setdefault((*key, id(duty.may)), v)
        return list(kinds.values())

    def _improve(self, duties: Sequence[int]) -> bool:
        """Improve these routes as a problem of their own; whether to stop."""
        orders = [self.tours[v] for v in duties]
        stops = [k for order in orders for k in order]
        part = self.form.part(duties, sorted(stops + self._near_left_out(duties, self.size - len(stops))))
        left = None if self.limits.seconds is None else self._time_left()
        if left is not None and left <= 0:  # cutting the part out took what there was
            return True
        limits = replace(self.limits, seconds=left)
        guided = any(duty.locked for duty in part.duties)
        if guided and limits.seconds is not None:
            limits = replace(limits, seconds=limits.seconds / 2)
        found = ortools_model.improve(part, orders, limits, guided=guided)
        if found is None or _cost(part, found) >= _cost(part, orders):
            return False
        for v, order in zip(duties, found, strict=True):
            self.tours[v] = order
        return self.on_better([list(order) for order in self.tours])

    def _near_left_out(self, duties: Sequence[int], most: int) -> list[int]:
        """The stops on no route that lie nearest to these routes."""
        visited = {k for order in self.tours for k in order}
        left = [
            k for k in self.form.open_stops if k not in visited and any(k in self.form.duties[v].may for v in duties)
        ]
        ways = np.min([self._ways_from(v) for v in duties if self.tours[v]], axis=0)
        left.sort(key=lambda k: (float(ways[self.form.row[k]]), k))
        return left[: max(0, most)]

    def _rows(self, v: int) -> NDArray[np.int64]:
        return self.form.stops.row[self.tours[v]]

    def _ways_from(self, v: int) -> NDArray[np.float64]:
        """Metres from a route to every place, from its stops on the average."""
        metres = self.form.problem.matrices[self.form.duties[v].vehicle.profile].metres[self._rows(v)]
        return np.where(metres < UNREACHABLE, metres, 100 * metres[metres < UNREACHABLE].max()).mean(axis=0)


def _cost(form: Form, tours: Tours) -> tuple[int, int]:
    """How many tours of a plan break a rule, then its grains, what it leaves out included."""
    made = [Tour(form, duty, order) for duty, order in zip(form.duties, tours, strict=True)]
    visited = {k for order in tours for k in order}
    left_out = sum(form.price[k] for k in form.open_stops if k not in visited)
    return sum(not tour.feasible for tour in made), sum(tour.cost() for tour in made) + left_out
