"""The loop: ruin, recreate, keep or undo, at one temperature."""

from __future__ import annotations

import math

import numpy as np

from routing.search.arrays import Ints, Plan, Town
from routing.search.compiled import compiled
from routing.search.recreate import recreate
from routing.search.ruin import REMOVED, TOUCHED, Scratch, forget, ruin, undo


@compiled
def total_cost(plan: Plan, price: Ints) -> int:
    """Cost of all routes and of all that is left out."""
    cost = 0
    for route in range(len(plan.cost)):
        cost += plan.cost[route]
    for stop in range(len(price)):
        if plan.route[stop] < 0:
            cost += price[stop]
    return cost


@compiled
def copy_plan(plan: Plan, into: Plan) -> None:
    """Make the second plan equal to the first."""
    into.nxt[:] = plan.nxt
    into.prv[:] = plan.prv
    into.route[:] = plan.route
    into.early[:] = plan.early
    into.late[:] = plan.late
    into.load[:] = plan.load
    into.size[:] = plan.size
    into.metres[:] = plan.metres
    into.paid[:] = plan.paid
    into.cost[:] = plan.cost


@compiled
def anneal(
    rng: np.random.Generator,
    town: Town,
    plan: Plan,
    best: Plan,
    scratch: Scratch,
    price: Ints,
    cost: int,
    best_cost: int,
    steps: int,
    temperature: float,
) -> tuple[int, int]:
    """So many steps on `plan`; `best` takes every plan cheaper than `best_cost`. Returns both costs afterwards."""
    for _ in range(steps):
        forget(scratch)
        together = ruin(rng, town, plan, scratch)
        change = -_out_before(scratch, price)
        recreate(rng, town, plan, price, scratch, together)
        for i in range(scratch.counts[REMOVED]):
            stop = scratch.removed[i]
            if plan.route[stop] < 0:
                change += price[stop]
        for t in range(scratch.counts[TOUCHED]):
            change += plan.cost[scratch.touched[t]] - scratch.cost[t]
        if change < -temperature * math.log(rng.random() + 1e-300):
            cost += change
            if cost < best_cost:
                best_cost = cost
                copy_plan(plan, best)
        else:
            undo(plan, scratch)
    return cost, best_cost


@compiled
def _out_before(scratch: Scratch, price: Ints) -> int:
    """The prices of those removed stops that were on no route before the step either."""
    out = 0
    for i in range(scratch.counts[REMOVED]):
        out += price[scratch.removed[i]]
    for at in range(scratch.offset[scratch.counts[TOUCHED]]):
        if scratch.is_removed[scratch.stops[at]]:
            out -= price[scratch.stops[at]]
    return out
