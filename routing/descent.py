"""Small steps that make any plan cheaper: drop a stop, insert one, let one take another's place.

The plan that comes out is cheapest against every such step, which is what the reasons for left-out stops rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.form import Form
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
    out: set[int] = set()
    for stop in sorted(left, key=lambda k: (-form.price[k], k)):
        offers = [(offer, t) for t, tour in enumerate(tours) if (offer := tour.best_insertion(stop)) is not None]
        if offers and min(offers)[0][0] < eager * form.price[stop]:
            (_, position), t = min(offers)
            tours[t].insert(stop, position)
        else:
            out.add(stop)
    return out


def descend(form: Form, tours: Sequence[Tour]) -> None:
    """Drop and insert single stops as long as that makes the plan cheaper."""
    left = set(form.open_stops).difference(*(tour.order for tour in tours))
    improved = True
    while improved:
        improved = False
        for tour in tours:
            while (drop := _best_drop(form, tour)) is not None:
                left.add(tour.order.pop(drop))
                tour.refresh()
                improved = True
            if tour.cost() - Tour(form, tour.duty).cost() > sum(form.price[k] for k in tour.order):
                left.update(tour.order)
                tour.order.clear()
                tour.refresh()
                improved = True
        after = insert_all(form, tours, left)
        for stop in sorted(after):
            swap = best_swap(form, tours, stop)
            if swap is not None and swap.more < form.price[stop]:
                after.remove(stop)
                after.add(tours[swap.tour].order.pop(swap.out))
                tours[swap.tour].insert(stop, swap.into)
        improved = improved or after != left
        left = after


def best_swap(form: Form, tours: Sequence[Tour], stop: int) -> Swap | None:
    """The cheapest way to visit a stop in place of a near one that may be left out; None where there is none."""
    visited = [
        (tour.duty.metres[form.row[stop]][form.row[k]], t, position)
        for t, tour in enumerate(tours)
        if stop in tour.duty.may
        for position, k in enumerate(tour.order)
        if form.price[k] < form.mandatory_price
    ]
    swaps = []
    for _, t, position in sorted(visited)[:NEAR]:
        tour = tours[t]
        rest = Tour(form, tour.duty, tour.order[:position] + tour.order[position + 1 :])
        if rest.feasible and (offer := rest.best_insertion(stop)) is not None:
            more = rest.cost() + offer[0] - tour.cost() + form.price[tour.order[position]]
            swaps.append(Swap(more, t, position, offer[1]))
    return min(swaps, default=None)


def _best_drop(form: Form, tour: Tour) -> int | None:
    """The position whose stop costs most over its price; None where all of them pay or are locked."""
    now = tour.cost()
    best: tuple[int, int] | None = None
    for position in range(tour.free_from(), len(tour.order)):
        stop = tour.order[position]
        rest = Tour(form, tour.duty, tour.order[:position] + tour.order[position + 1 :])
        gain = now - rest.cost() - form.price[stop]
        if rest.feasible and gain > 0 and (best is None or gain > best[0]):
            best = (gain, position)
    return None if best is None else best[1]
