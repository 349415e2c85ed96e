"""Small steps that make any plan cheaper: drop a stop, insert one, let one take another's place.

The plan that comes out is cheapest against every such step, which is what the reasons for left-out stops rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from routing.form import Form
from routing.near import INDEX_BITS
from routing.offers import NONE, drops, insertions, swaps
from routing.tour import Tour

NEAR = 25
"""How many near visited stops are tried as the one to give way."""


@dataclass(frozen=True, slots=True, order=True)
class Swap:
    """One visited stop gives way to a left-out one: grains more, its price included, then where."""

    more: int
    tour: int
    out: int
    into: int


def insert_all(form: Form, tours: Sequence[Tour], left: Iterable[int], eager: int = 1) -> set[int]:
    """Insert what costs less than `eager` times its price, dearest first; returns what stays out."""
    stops = sorted(left, key=lambda k: (-form.price[k], k))
    if not stops or not tours:
        return set(stops)
    # what every stop costs on every tour; only a tour that took one has to be asked again
    costs = np.empty((len(stops), len(tours)), dtype=np.int64)
    into = np.empty((len(stops), len(tours)), dtype=np.int64)
    for t, tour in enumerate(tours):
        costs[:, t], into[:, t] = insertions(form, tour, stops)
    out: set[int] = set()
    for i, stop in enumerate(stops):
        t = int(costs[i].argmin())
        if costs[i, t] == NONE or not _insert(tours[t], stop, int(into[i, t]), eager * form.price[stop]):
            out.add(stop)
        elif i + 1 < len(stops):
            costs[i + 1 :, t], into[i + 1 :, t] = insertions(form, tours[t], stops[i + 1 :])
    return out


def descend(form: Form, tours: Sequence[Tour]) -> None:
    """Drop, insert and exchange single stops as long as that makes the plan cheaper."""
    left = set(form.open_stops).difference(*(tour.order for tour in tours))
    fresh = list(range(len(tours)))
    while left or any(form.price[k] < form.mandatory_price for t in fresh for k in tours[t].order):
        before = [tuple(tour.order) for tour in tours]
        for t in fresh:
            left.update(_drop_what_does_not_pay(form, tours[t]))
        left = _exchange(form, tours, insert_all(form, tours, left))
        fresh = [t for t, tour in enumerate(tours) if tuple(tour.order) != before[t]]
        if not fresh:
            return


def best_swap(form: Form, tours: Sequence[Tour], stop: int) -> Swap | None:
    """The cheapest way to visit a stop in place of a near one that may be left out; None where there is none."""
    return best_swaps(form, tours, [stop]).get(stop)


def best_swaps(form: Form, tours: Sequence[Tour], stops: Sequence[int]) -> dict[int, Swap]:
    """`best_swap` of those stops that have one."""
    best: dict[int, Swap] = {}
    for t, pairs in _near_pairs(form, tours, stops).items():
        tour = tours[t]
        coming, out = [k for _, k in pairs], [position for position, _ in pairs]
        costs, into = swaps(form, tour, coming, out)
        for (position, k), cost, at in zip(pairs, costs.tolist(), into.tolist(), strict=True):
            if cost < NONE:
                swap = Swap(cost * form.cost_unit() + form.price[tour.order[position]], t, position, at)
                if k not in best or swap < best[k]:
                    best[k] = swap
    return best


def _near_pairs(form: Form, tours: Sequence[Tour], stops: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """For each tour which of its positions may give way to which of the stops, sorted by position."""
    where = [
        (t, position, k)
        for t, tour in enumerate(tours)
        for position, k in enumerate(tour.order)
        if position >= tour.free_from() and form.price[k] < form.mandatory_price
    ]
    if not where:
        return {}
    row = np.array([form.row[k] for _, _, k in where])
    groups: dict[tuple[str, frozenset[int]], list[int]] = {}
    for column, (t, _, _) in enumerate(where):
        groups.setdefault((tours[t].duty.vehicle.profile, tours[t].duty.may), []).append(column)
    numbers = np.arange(len(where))
    pairs: dict[int, list[tuple[int, int]]] = {}
    for stop in stops:
        keys = np.full(len(where), NONE, dtype=np.int64)
        for (profile, may), columns in groups.items():
            if stop in may:
                metres = form.problem.matrices[profile].metres[form.row[stop], row[columns]]
                keys[columns] = (metres.astype(np.int64) << INDEX_BITS) | numbers[columns]
        keys = np.partition(keys, NEAR - 1)[:NEAR] if len(keys) > NEAR else keys
        for column in (keys[keys < NONE] & ((1 << INDEX_BITS) - 1)).tolist():
            t, position, _ = where[column]
            pairs.setdefault(t, []).append((position, stop))
    return {t: sorted(some) for t, some in sorted(pairs.items())}


def _exchange(form: Form, tours: Sequence[Tour], left: set[int]) -> set[int]:
    """Let every left-out stop take the place of a visited one where that pays; returns what is left out then."""
    touched: set[int] = set()
    offers: dict[int, Swap | None] = dict(best_swaps(form, tours, sorted(left)))
    for stop, swap in offers.items():
        if swap is not None and swap.tour in touched:
            swap = best_swap(form, tours, stop)
        if swap is None or swap.more >= form.price[stop]:
            continue
        tour = tours[swap.tour]
        gone = tour.order[swap.out]
        rest = tour.order[: swap.out] + tour.order[swap.out + 1 :]
        rest.insert(swap.into, stop)
        if _change(tour, rest, form.price[stop] - form.price[gone]):
            touched.add(swap.tour)
            left = left - {stop} | {gone}
    return left


def _drop_what_does_not_pay(form: Form, tour: Tour) -> list[int]:
    """Take stops off a tour that cost more than their price, one by one, then all of them if together they do."""
    dropped: list[int] = []
    while any(form.price[k] < form.mandatory_price for k in tour.order):
        saved = drops(form, tour).tolist()
        gains = [(saved[i] * form.cost_unit() - form.price[k], -i) for i, k in enumerate(tour.order)]
        gain, at = max(gains)
        stop = tour.order[-at]
        if gain <= 0 or not _change(tour, [k for k in tour.order if k != stop], -form.price[stop]):
            break
        dropped.append(stop)
    stops = list(tour.order)
    if stops and not tour.duty.locked and _change(tour, [], -sum(form.price[k] for k in stops)):
        dropped += stops
    return dropped


def _insert(tour: Tour, stop: int, position: int, price: int) -> bool:
    return _change(tour, [*tour.order[:position], stop, *tour.order[position:]], price)


def _change(tour: Tour, order: list[int], most: int) -> bool:
    """Give a tour another order if it then costs less than so many grains more, counted exactly."""
    before, cost = tour.order, tour.cost()
    tour.order = order
    tour.refresh()
    if tour.feasible and tour.cost() - cost < most:
        return True
    tour.order = before
    tour.refresh()
    return False
