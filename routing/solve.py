"""Problem in, Solution out: construct, search, take the best, say why the rest was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from routing import ortools_model
from routing.construct import construct
from routing.descent import descend
from routing.evaluate import cost_of, evaluate
from routing.explain import explain
from routing.fare import rounded
from routing.form import Form
from routing.model import Limits, Problem, Progress, Solution
from routing.tour import Tour

type OnProgress = Callable[[Progress], bool | None]
"""Gets the best plan's numbers whenever a better one is found; a true answer asks the search to stop."""


def solve(problem: Problem, limits: Limits, on_progress: OnProgress | None = None) -> Solution:
    """The cheapest plan found within the limits; never late, never overloaded, every stop accounted for.

    With `iterations` and without `seconds` in the limits the same problem gives the same plan again. A plan is always
    returned: stops that cannot be served are in it with their reason.
    """
    begun = perf_counter()
    form = Form(problem)
    best = _Best(form, begun, on_progress)

    full = construct(form)
    best.offer([tour.order for tour in full])
    thrifty = [Tour(form, tour.duty, tour.order) for tour in full]
    descend(form, thrifty)
    stop = best.offer([tour.order for tour in thrifty])

    if form.open_stops and form.duties and not stop:
        left = _what_is_left(limits, begun)
        found = ortools_model.improve(form, [tour.order for tour in full], left, best.offer_from("ortools"))
        if found is not None:
            best.offer(found, "ortools")

    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, best.orders, strict=True)]
    descend(form, tours)
    best.offer([tour.order for tour in tours], best.found_by)

    routes = evaluate(problem, form.orders(best.orders))
    return Solution(
        routes=routes,
        unassigned=explain(problem, routes),
        cost=cost_of(problem, routes),
        seconds=perf_counter() - begun,
        source=", ".join(sorted({matrix.source for matrix in problem.matrices.values()})),
        found_by=best.found_by,
    )


def _what_is_left(limits: Limits, begun: float) -> Limits:
    if limits.seconds is None:
        return limits
    left = max(0.05, limits.seconds - (perf_counter() - begun))
    return Limits(seconds=left, iterations=limits.iterations, seed=limits.seed)


class _Best:
    """The cheapest feasible plan so far, by the exact fare; every part of the solver offers its plans here."""

    def __init__(self, form: Form, begun: float, on_progress: OnProgress | None) -> None:
        self.form = form
        self.begun = begun
        self.on_progress = on_progress
        self.cost: int | None = None
        self.orders: list[list[int]] = [[] for _ in form.duties]
        self.found_by = "construction"

    def offer(self, orders: Sequence[Sequence[int]], found_by: str = "construction") -> bool:
        """Keep a plan if it is feasible and cheaper; whether the search was asked to stop."""
        tours = [Tour(self.form, duty, order) for duty, order in zip(self.form.duties, orders, strict=True)]
        if not all(tour.feasible for tour in tours):
            return False
        visited = {stop for tour in tours for stop in tour.order}
        cost = sum(tour.cost() for tour in tours)
        cost += sum(self.form.price[stop] for stop in self.form.open_stops if stop not in visited)
        if self.cost is not None and cost >= self.cost:
            return False
        self.cost, self.orders, self.found_by = cost, [list(tour.order) for tour in tours], found_by
        return self.on_progress is not None and bool(self.on_progress(self._progress(tours, visited)))

    def offer_from(self, found_by: str) -> Callable[[Sequence[Sequence[int]]], bool]:
        """`offer` for one part of the solver."""
        return lambda orders: self.offer(orders, found_by)

    def _progress(self, tours: Sequence[Tour], visited: set[int]) -> Progress:
        left_out = (self.form.problem.stops[k].leave_out for k in self.form.open_stops if k not in visited)
        return Progress(
            seconds=perf_counter() - self.begun,
            cost=sum(rounded(tour.duty.sunk() + tour.cost()) for tour in tours)
            + sum(price.rupiah for price in left_out if price is not None),
            stops_on_routes=len(visited) + sum(len(tour.duty.driven) for tour in tours),
        )
