"""Problem in, Solution out: construct, search, finish with OR-Tools, take the best, say why the rest was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

from routing.construct import construct
from routing.descent import descend
from routing.evaluate import cost_of, evaluate
from routing.explain import explain
from routing.fare import rounded
from routing.finish import finish
from routing.form import Form
from routing.model import Limits, Problem, Progress, Solution
from routing.partition import combine
from routing.search.search import search
from routing.tour import Tour

type OnProgress = Callable[[Progress], bool | None]
"""Gets the best plan's numbers when a better one is found, and now and then in between; a true answer asks the search
to stop."""

HEARTBEAT_S = 0.5
"""A search that finds nothing better still reports about this often."""

type Shares = tuple[float, float, float]
"""Where in the time the search, the putting together of its routes and OR-Tools end."""

ALL_VISITED: Shares = (0.92, 0.95, 0.99)
SOME_LEFT_OUT: Shares = (0.84, 0.91, 0.95)
"""Where stops may be left out the rest is for the reasons."""


def solve(problem: Problem, limits: Limits, on_progress: OnProgress | None = None) -> Solution:
    """The cheapest plan found within the limits; never late, never overloaded, every stop accounted for.

    With `iterations` and without `seconds` in the limits the same problem gives the same plan again. A plan is always
    returned: stops that cannot be served are in it with their reason.
    """
    begun = perf_counter()
    form = Form(problem)
    best = _Best(form, begun, on_progress)
    may_be_left_out = any(form.price[k] < form.mandatory_price for k in form.open_stops)
    searched, combined, finished = SOME_LEFT_OUT if may_be_left_out else ALL_VISITED

    full = [tour.order for tour in construct(form)]
    best.offer(full, "construction")
    if form.open_stops and form.duties and not best.stopped:
        # from full service, not from the cheaper descended plan: see routing.construct
        found = search(form, full, _shared(limits, begun, searched), best.offer_from("search"))
        best.offer(found.tours, "search")
        if not best.stopped:
            together = combine(form, best.orders, found.pool, _left(limits, begun, combined))
            best.offer(together or best.orders, "partition")
    if form.open_stops and form.duties and not best.stopped:
        left = _shared(limits, begun, finished)
        best.offer(finish(form, best.orders, left, best.offer_from("ortools")), "ortools")
    best.offer(_descended(form, best.orders), best.found_by)

    routes = evaluate(problem, form.orders(best.orders))
    return Solution(
        routes=routes,
        unassigned=explain(problem, routes, form=form, seconds=_for_reasons(limits, begun)),
        cost=cost_of(problem, routes),
        seconds=perf_counter() - begun,
        source=", ".join(sorted({matrix.source for matrix in problem.matrices.values()})),
        found_by=best.found_by,
    )


def _for_reasons(limits: Limits, begun: float) -> float | None:
    """Seconds for the reasons: what is left, and no more than their share where the search was stopped early."""
    if limits.seconds is None:
        return None
    return min(limits.seconds - (perf_counter() - begun), limits.seconds * (1 - SOME_LEFT_OUT[-1]))


def _descended(form: Form, orders: Sequence[Sequence[int]]) -> list[list[int]]:
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    descend(form, tours)
    return [tour.order for tour in tours]


def _shared(limits: Limits, begun: float, share: float) -> Limits:
    """What is left of the limits up to this share of the seconds."""
    return limits if limits.seconds is None else replace(limits, seconds=_left(limits, begun, share))


def _left(limits: Limits, begun: float, share: float) -> float | None:
    """The seconds left up to this share of them; None where time is no limit."""
    return None if limits.seconds is None else max(0.05, limits.seconds * share - (perf_counter() - begun))


class _Best:
    """The cheapest feasible plan so far, by the exact fare; every part of the solver offers its plans here."""

    def __init__(self, form: Form, begun: float, on_progress: OnProgress | None) -> None:
        self.form = form
        self.begun = begun
        self.on_progress = on_progress
        self.cost: int | None = None
        self.orders: list[list[int]] = [[] for _ in form.duties]
        self.found_by = "construction"
        self.stopped = False
        self.told = 0.0

    def offer(self, orders: Sequence[Sequence[int]], found_by: str) -> bool:
        """Keep a plan if it is feasible and cheaper; whether the search has been asked to stop."""
        tours = [Tour(self.form, duty, order) for duty, order in zip(self.form.duties, orders, strict=True)]
        cost = self._cost(tours)
        if all(tour.feasible for tour in tours) and (self.cost is None or cost < self.cost):
            self.cost, self.orders, self.found_by = cost, [list(tour.order) for tour in tours], found_by
            self._tell()
        elif perf_counter() - self.told > HEARTBEAT_S:
            self._tell()
        return self.stopped

    def offer_from(self, found_by: str) -> Callable[[Sequence[Sequence[int]]], bool]:
        """`offer` for one part of the solver."""
        return lambda orders: self.offer(orders, found_by)

    def _cost(self, tours: Sequence[Tour]) -> int:
        visited = {stop for tour in tours for stop in tour.order}
        left_out = (self.form.price[stop] for stop in self.form.open_stops if stop not in visited)
        return sum(tour.cost() for tour in tours) + sum(left_out)

    def _tell(self) -> None:
        if self.on_progress is None:
            return
        self.told = perf_counter()
        form = self.form
        tours = [Tour(form, duty, order) for duty, order in zip(form.duties, self.orders, strict=True)]
        visited = {stop for tour in tours for stop in tour.order}
        left_out = (form.problem.stops[k].leave_out for k in form.open_stops if k not in visited)
        progress = Progress(
            seconds=self.told - self.begun,
            cost=sum(rounded(tour.duty.sunk() + tour.cost()) for tour in tours)
            + sum(price.rupiah for price in left_out if price is not None),
            stops_on_routes=len(visited) + sum(len(tour.duty.driven) for tour in tours),
        )
        self.stopped = bool(self.on_progress(progress)) or self.stopped
