"""The loop: ruin, recreate, keep or undo, at one temperature."""

from __future__ import annotations

import math

import numpy as np

from routing.search.arrays import COST, NEXT, ROUTE, Ints, Plan, Town
from routing.search.compiled import inlined, tight
from routing.search.recreate import recreate
from routing.search.ruin import DIRTY, KEPT_STOP, REMOVED, TOUCHED, Scratch, forget, ruin, undo


@tight
def total_cost(plan: Plan, price: Ints) -> int:
    """Cost of all routes and of all that is left out."""
    cost = 0
    for route in range(len(plan.routes)):
        cost += plan.routes[route, COST]
    for stop in range(len(price)):
        if plan.node[stop, ROUTE] < 0:
            cost += price[stop]
    return cost


@tight
def anneal(
    rng: np.random.Generator,
    town: Town,
    plan: Plan,
    best: Ints,
    scratch: Scratch,
    price: Ints,
    cost: int,
    best_cost: int,
    steps: int,
    temperature: float,
) -> tuple[int, int]:
    """So many steps on `plan`; `best`, the column NEXT of the best plan, takes every plan cheaper than `best_cost`.

    Returns both costs afterwards.
    """
    for _ in range(steps):
        forget(scratch)
        together = ruin(rng, town, plan, scratch)
        change = -_out_before(scratch, price)
        recreate(rng, town, plan, price, scratch, together)
        for i in range(scratch.counts[REMOVED]):
            stop = scratch.removed[i]
            if plan.node[stop, ROUTE] < 0:
                change += price[stop]
        for t in range(scratch.counts[TOUCHED]):
            change += plan.routes[scratch.touched[t], COST] - scratch.routes[t, COST]
        if change < -temperature * math.log(rng.random() + 1e-300):
            cost += change
            _soil(scratch)
            if cost < best_cost:
                best_cost = cost
                _keep(plan, best, scratch, len(price))
        else:
            undo(town, plan, scratch)
    return cost, best_cost


@inlined
def _out_before(scratch: Scratch, price: Ints) -> int:
    """The prices of those removed stops that were on no route before the step either."""
    out = 0
    for i in range(scratch.counts[REMOVED]):
        out += price[scratch.removed[i]]
    for at in range(scratch.offset[scratch.counts[TOUCHED]]):
        stop = scratch.kept[at, KEPT_STOP]
        if scratch.is_removed[stop]:
            out -= price[stop]
    return out


@inlined
def _soil(scratch: Scratch) -> None:
    """Note that the touched routes are no longer those of the best plan."""
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[t]
        if not scratch.is_dirty[route]:
            scratch.is_dirty[route] = True
            scratch.dirty[scratch.counts[DIRTY]] = route
            scratch.counts[DIRTY] += 1


@inlined
def _keep(plan: Plan, best: Ints, scratch: Scratch, stops: int) -> None:
    """Take over the routes that differ from the best plan's; copying everything would cost more than the step."""
    for i in range(scratch.counts[DIRTY]):
        route = scratch.dirty[i]
        scratch.is_dirty[route] = False
        stop = stops + route
        while True:
            after = plan.node[stop, NEXT]
            best[stop] = after
            stop = after
            if stop >= stops:
                break
    scratch.counts[DIRTY] = 0
