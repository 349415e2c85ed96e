"""The best plan that can be put together from routes already seen: set partitioning with CP-SAT.

A search goes from plan to plan and forgets; one plan had the best routes in the north, another one in the south. Every
stop goes on at most one of the chosen routes or costs its price, and no more routes are chosen than there are vehicles
of their sort (Balinski and Quandt 1964).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from routing.form import Form, in_units
from routing.search.pool import Pool
from routing.tour import Tour


@dataclass(frozen=True, slots=True)
class _Column:
    duty: int  # the first of its sort
    order: tuple[int, ...]
    cost: int  # more than with no further stop, in the form's cost unit


def combine(form: Form, best: Sequence[Sequence[int]], pool: Pool, seconds: float | None) -> list[list[int]] | None:
    """The orders of every duty in the cheapest plan made of these routes, not dearer than `best` where the pool has its
    routes too; None where nothing was found.

    Duties the pool knows nothing of keep their orders. Without `seconds` the work is counted, so that it is the same
    on every machine.
    """
    kept = {duty for duty in range(len(form.duties)) if not any(duty in alike for alike in pool.alike.values())}
    taken = {stop for duty in kept for stop in best[duty]}
    stops = [stop for stop in form.open_stops if stop not in taken]
    columns = _columns(form, pool, taken)
    if len(columns) <= len(best):
        return None
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    visiting = defaultdict(list)
    for variable, column in zip(chosen, columns, strict=True):
        for stop in column.order:
            visiting[stop].append(variable)
    unit = form.cost_unit()
    visited = {stop for order in best for stop in order}
    may_stay_out = [k for k in stops if k not in visited or form.price[k] < form.mandatory_price]
    left_out = {stop: model.new_bool_var("") for stop in may_stay_out}
    for stop in stops:
        if stop in visiting:
            model.add_exactly_one(visiting[stop] + ([left_out[stop]] if stop in left_out else []))
    for first, alike in pool.alike.items():
        model.add(sum(v for v, c in zip(chosen, columns, strict=True) if c.duty == first) <= len(alike))
    model.minimize(
        sum(column.cost * variable for variable, column in zip(chosen, columns, strict=True))
        + sum(in_units(form.price[stop], unit) * variable for stop, variable in left_out.items())
    )
    _hint(model, best, pool, columns, chosen, left_out)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if seconds is None:
        solver.parameters.max_deterministic_time = 1.0
    else:
        solver.parameters.max_time_in_seconds = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    orders: list[list[int]] = [list(order) if duty in kept else [] for duty, order in enumerate(best)]
    vehicles = {first: iter(alike) for first, alike in pool.alike.items()}
    for variable, column in zip(chosen, columns, strict=True):
        if solver.boolean_value(variable):
            orders[next(vehicles[column.duty])] = list(column.order)
    return orders


def _columns(form: Form, pool: Pool, taken: set[int]) -> list[_Column]:
    """Every set of stops once for each sort of vehicle, in its cheapest order seen."""
    unit = form.cost_unit()
    cheapest: dict[tuple[int, frozenset[int]], _Column] = {}
    for duty, order in pool:
        tour = Tour(form, form.duties[duty], order)
        if not tour.feasible or not taken.isdisjoint(order):
            continue
        home = Tour(form, form.duties[duty]).cost()  # a vehicle on its way pays its way back anyway
        column = _Column(duty, order, in_units(tour.cost() - home, unit))
        key = (duty, frozenset(order))
        if key not in cheapest or column.cost < cheapest[key].cost:
            cheapest[key] = column
    return list(cheapest.values())


def _hint(
    model: cp_model.CpModel,
    best: Sequence[Sequence[int]],
    pool: Pool,
    columns: Sequence[_Column],
    chosen: Sequence[cp_model.IntVar],
    left_out: dict[int, cp_model.IntVar],
) -> None:
    """Begin with the best plan, so that even a moment brings nothing worse."""
    first_of = {duty: first for first, alike in pool.alike.items() for duty in alike}
    driven = {(first_of[duty], frozenset(order)) for duty, order in enumerate(best) if order and duty in first_of}
    visited = {stop for order in best for stop in order}
    for variable, column in zip(chosen, columns, strict=True):
        model.add_hint(variable, (column.duty, frozenset(column.order)) in driven)
    for stop, variable in left_out.items():
        model.add_hint(variable, stop not in visited)
