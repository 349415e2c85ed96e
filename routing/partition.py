"""The best plan that can be put together from routes already seen: set covering with CP-SAT.

A search goes from plan to plan and forgets; one plan had the best routes in the north, another one in the south. Every
stop goes on at least one of the chosen routes or costs its price, and no more routes are chosen than there are vehicles
of their sort (Balinski and Quandt 1964); a stop on two of them is taken off one again. The linear relaxation comes
first: a route whose reduced cost is above the gap between its bound and the best plan is in no cheaper plan, and of
thousands of routes a few hundred remain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from routing.form import Form, in_units
from routing.search.pool import Pool
from routing.tour import Tour

MOST_CHOICES = 500
"""So many routes are chosen from at most, those of the least reduced cost."""

COLUMNS_SHARE, RELAXED_SHARE = 0.3, 0.4
"""Costing the routes, the latest first, and the relaxation may take so much of the time."""


@dataclass(frozen=True, slots=True)
class _Column:
    duty: int  # the first of its sort
    order: tuple[int, ...]
    cost: int  # more than with no further stop, in the form's cost unit


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is chosen from. A stop without a price must be on a route."""

    columns: list[_Column]
    price: dict[int, int | None]
    vehicles: dict[int, int]

    def cost(self, columns: Sequence[_Column]) -> int:
        """What these columns cost, with what they leave out."""
        visited = {stop for column in columns for stop in column.order}
        left_out = sum(price for stop, price in self.price.items() if stop not in visited and price is not None)
        return sum(column.cost for column in columns) + left_out

    def visiting[V](self, variables: Sequence[V]) -> dict[int, list[V]]:
        """The variables of the columns that come to each stop."""
        visiting = defaultdict(list)
        for variable, column in zip(variables, self.columns, strict=True):
            for stop in column.order:
                visiting[stop].append(variable)
        return visiting

    def of_sort[V](self, variables: Sequence[V]) -> dict[int, list[V]]:
        """The variables of the columns of each sort of vehicle."""
        of_sort: dict[int, list[V]] = {first: [] for first in self.vehicles}
        for variable, column in zip(variables, self.columns, strict=True):
            of_sort[column.duty].append(variable)
        return of_sort


def combine(form: Form, best: Sequence[Sequence[int]], pool: Pool, seconds: float | None) -> list[list[int]] | None:
    """The orders of every duty in the cheapest plan made of these routes, not dearer than `best` where the pool has its
    routes too; None where nothing was found.

    Duties the pool knows nothing of keep their orders. Without `seconds` the work is counted, so that it is the same
    on every machine.
    """
    begun = perf_counter()
    kept = {duty for duty in range(len(form.duties)) if not any(duty in alike for alike in pool.alike.values())}
    taken = {stop for duty in kept for stop in best[duty]}
    columns = _columns(form, pool, taken, None if seconds is None else seconds * COLUMNS_SHARE)
    if len(columns) <= len(best):
        return None
    visited = {stop for order in best for stop in order}
    reached = {stop for column in columns for stop in column.order}
    unit = form.cost_unit()
    price = {
        k: in_units(form.price[k], unit) if k not in visited or form.price[k] < form.mandatory_price else None
        for k in form.open_stops
        if k in reached
    }
    choice = _Choice(columns, price, {first: len(alike) for first, alike in pool.alike.items()})
    now = _as_columns(form, best, pool)
    few = _worth_a_try(choice, now, None if seconds is None else seconds * RELAXED_SHARE)
    left = None if seconds is None else max(0.01, seconds - (perf_counter() - begun))
    found = _cheapest(replace(choice, columns=few), now, left)
    if found is None:
        return None
    orders: list[list[int]] = [list(order) if duty in kept else [] for duty, order in enumerate(best)]
    vehicles = {first: iter(alike) for first, alike in pool.alike.items()}
    for column in found:
        orders[next(vehicles[column.duty])] = list(column.order)
    return orders if _visit_once(form, orders) else None


def _columns(form: Form, pool: Pool, taken: set[int], seconds: float | None) -> list[_Column]:
    """Every set of stops once for each sort of vehicle, in its cheapest order seen."""
    begun = perf_counter()
    cheapest: dict[tuple[int, frozenset[int]], _Column] = {}
    for duty, order in pool:
        if seconds is not None and perf_counter() - begun > seconds:
            break
        if not taken.isdisjoint(order) or (column := _column(form, duty, order)) is None:
            continue
        key = (duty, frozenset(order))
        if key not in cheapest or column.cost < cheapest[key].cost:
            cheapest[key] = column
    return list(cheapest.values())


def _column(form: Form, duty: int, order: Sequence[int]) -> _Column | None:
    tour = Tour(form, form.duties[duty], order)
    home = Tour(form, form.duties[duty]).cost()  # a vehicle on its way pays its way back anyway
    cost = in_units(tour.cost() - home, form.cost_unit())
    return _Column(duty, tuple(order), cost) if tour.feasible else None


def _as_columns(form: Form, best: Sequence[Sequence[int]], pool: Pool) -> list[_Column]:
    first_of = {duty: first for first, alike in pool.alike.items() for duty in alike}
    routes = [(first_of[duty], order) for duty, order in enumerate(best) if order and duty in first_of]
    return [column for first, order in routes if (column := _column(form, first, order)) is not None]


def _worth_a_try(choice: _Choice, now: Sequence[_Column], seconds: float | None) -> list[_Column]:
    """The columns that can be in a cheaper plan than the one of now, the most promising first; the latest
    where the relaxation is not solved in time. Those of now are always among them."""
    columns = choice.columns
    driven = {(column.duty, frozenset(column.order)) for column in now}
    is_new = [(column.duty, frozenset(column.order)) not in driven for column in columns]
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    chosen = [model.new_num_var(0.0, float("inf"), "") for _ in columns]
    left_out = {k: model.new_num_var(0.0, float("inf"), "") for k, price in choice.price.items() if price is not None}
    visits = {
        stop: model.add(
            model_builder.LinearExpr.sum([*variables, *([left_out[stop]] if stop in left_out else [])]) >= 1
        )
        for stop, variables in choice.visiting(chosen).items()
    }
    fleets = {
        first: model.add(model_builder.LinearExpr.sum(variables) <= choice.vehicles[first])
        for first, variables in choice.of_sort(chosen).items()
    }
    costs = [float(column.cost) for column in columns] + [float(choice.price[k] or 0) for k in left_out]
    model.minimize(model_builder.LinearExpr.weighted_sum([*chosen, *left_out.values()], costs))
    solver = model_builder.Solver("glop")
    if seconds is not None:
        solver.set_time_limit_in_seconds(seconds)
    if solver.solve(model) != model_builder.SolveStatus.OPTIMAL:
        return [columns[i] for _, i in sorted((new, i) for i, new in enumerate(is_new))[:MOST_CHOICES]]
    dual = {stop: solver.dual_value(visit) for stop, visit in visits.items()}
    sort_dual = {first: solver.dual_value(fleet) for first, fleet in fleets.items()}
    reduced = [c.cost - sum(dual[stop] for stop in c.order) - sort_dual[c.duty] for c in columns]
    gap = choice.cost(now) - solver.objective_value
    promising = sorted((new, cost, i) for i, (new, cost) in enumerate(zip(is_new, reduced, strict=True)))
    return [columns[i] for new, cost, i in promising[:MOST_CHOICES] if not new or cost <= gap]


def _cheapest(choice: _Choice, now: Sequence[_Column], seconds: float | None) -> list[_Column] | None:
    """The columns of the cheapest plan found, from that of now on."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in choice.columns]
    left_out = {stop: model.new_bool_var("") for stop, price in choice.price.items() if price is not None}
    visiting = choice.visiting(chosen)
    for stop in choice.price:
        model.add_at_least_one(visiting[stop] + ([left_out[stop]] if stop in left_out else []))
    for first, variables in choice.of_sort(chosen).items():
        model.add(sum(variables) <= choice.vehicles[first])
    costs = [column.cost for column in choice.columns] + [choice.price[stop] or 0 for stop in left_out]
    model.minimize(cp_model.LinearExpr.weighted_sum([*chosen, *left_out.values()], costs))
    driven = {(column.duty, frozenset(column.order)) for column in now}
    visited = {stop for column in now for stop in column.order}
    for variable, column in zip(chosen, choice.columns, strict=True):  # so that even a moment brings nothing worse
        model.add_hint(variable, (column.duty, frozenset(column.order)) in driven)
    for stop, variable in left_out.items():
        model.add_hint(variable, stop not in visited)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2  # the relaxation of a covering is nearly whole
    if seconds is None:
        solver.parameters.max_deterministic_time = 1.0
    else:
        solver.parameters.max_time_in_seconds = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [c for variable, c in zip(chosen, choice.columns, strict=True) if solver.boolean_value(variable)]


def _visit_once(form: Form, orders: list[list[int]]) -> bool:
    """Take stops that are on several routes off all but one, each where it saves most; whether that could be done."""
    routes_of = defaultdict(list)
    for route, order in enumerate(orders):
        for stop in order:
            routes_of[stop].append(route)
    for stop, routes in routes_of.items():
        while len(routes) > 1:
            offers = [offer for route in routes if (offer := _without(form, route, orders[route], stop)) is not None]
            if not offers:
                return False
            _, route = max(offers)
            orders[route].remove(stop)
            routes.remove(route)
    return True


def _without(form: Form, route: int, order: Sequence[int], stop: int) -> tuple[int, int] | None:
    duty = form.duties[route]
    shorter = Tour(form, duty, [k for k in order if k != stop])
    return (Tour(form, duty, order).cost() - shorter.cost(), route) if shorter.feasible else None
