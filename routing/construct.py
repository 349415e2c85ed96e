"""A first plan that serves as much as it can, before anybody asks whether each stop pays.

Starting from full service matters: a far group of villages pays only when several of them share a route, and a search
that opens routes stop by stop sees the first one's long way and stops there. So savings routes (Clarke and Wright, on
lists of near neighbours) are built as if vehicles were free, the most useful ones are given to the vehicles there are,
and what is left is inserted where it costs least. Taking out what does not pay is for `routing.descent` and the search.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routing.descent import insert_all
from routing.form import NO_LIMIT, Duty, Form
from routing.tour import Tour

NEIGHBOURS = 40
"""How many near neighbours of a stop are tried as the next on its route."""

EAGER = 2
"""A stop is taken into the first plan when its insertion costs less than so many times its price."""


def construct(form: Form) -> list[Tour]:
    """One feasible tour for every duty, in their order; it may serve more than pays."""
    tours = [Tour(form, duty) for duty in form.duties]
    _place_pins(form, tours)
    left = set(form.open_stops).difference(*(tour.order for tour in tours))
    for group in _alike(tours):
        routes = _savings(form, group[0].duty, sorted(left & group[0].duty.may))
        for tour, route in zip(
            group, sorted(routes, key=lambda route: _gain(form, group[0].duty, route)), strict=False
        ):
            if _gain(form, tour.duty, route) < 0 or any(form.price[k] >= form.mandatory_price for k in route):
                tour.order = list(route)
                tour.refresh()
                left.difference_update(route)
    insert_all(form, tours, left, EAGER)
    return tours


def _place_pins(form: Form, tours: Sequence[Tour]) -> None:
    """Pinned stops first, each where it costs least, or at its position once the route is long enough."""
    for tour in tours:
        free = sorted(tour.duty.must - tour.duty.locked.keys())
        locked = sorted(tour.duty.locked.items(), key=lambda item: item[1])
        for stop in free:
            if (offer := tour.best_insertion(stop)) is not None:
                tour.insert(stop, offer[1])
        for stop, position in locked:
            _fill_up_to(form, tours, tour, position)
            if (offer := tour.best_insertion(stop)) is not None:
                tour.insert(stop, offer[1])


def _fill_up_to(form: Form, tours: Sequence[Tour], tour: Tour, length: int) -> None:
    """Lengthen a route by its cheapest stops that nobody else has, so that a later position exists."""
    pinned = {k for duty in form.duties for k in duty.must}
    candidates = tour.duty.may - pinned - {k for one in tours for k in one.order}
    while len(tour.order) < length:
        offers = [(offer[0] - form.price[k], k, offer[1]) for k in candidates if (offer := tour.best_insertion(k))]
        if not offers:
            return
        _, stop, position = min(offers)
        tour.insert(stop, position)
        candidates = candidates - {stop}


def _alike(tours: Sequence[Tour]) -> list[list[Tour]]:
    """Empty tours grouped by interchangeable duties, the largest group first; duties with pins stay out."""
    groups: dict[object, list[Tour]] = {}
    for tour in tours:
        duty = tour.duty
        if tour.order or duty.must:
            continue
        vehicle = duty.vehicle
        key = (duty.start, duty.end, duty.ready, duty.due, duty.room, duty.stops_left, duty.metres_left)
        groups.setdefault((*key, vehicle.tariff, vehicle.profile, duty.may), []).append(tour)
    return sorted(groups.values(), key=len, reverse=True)


def _gain(form: Form, duty: Duty, route: Sequence[int]) -> int:
    """Grains the plan changes by when this route is driven: negative when it pays."""
    return Tour(form, duty, route).cost() - sum(form.price[k] for k in route)


def _savings(form: Form, duty: Duty, stops: list[int]) -> list[list[int]]:
    """Feasible routes for vehicles like this one, as many as it takes, over the stops one of them can serve."""
    stops = [k for k in stops if Tour(form, duty, [k]).feasible]
    if not stops:
        return []
    rows = np.array([form.row[k] for k in stops])
    metres = np.minimum(np.array(duty.metres, dtype=np.int64)[np.ix_(rows, rows)], NO_LIMIT)
    out = np.array([duty.metres[duty.start][row] for row in rows])
    back = np.zeros(len(rows), np.int64) if duty.end is None else np.array([duty.metres[row][duty.end] for row in rows])
    np.fill_diagonal(metres, NO_LIMIT)
    near = np.argsort(metres, axis=1, kind="stable")[:, :NEIGHBOURS]
    first = np.repeat(np.arange(len(rows)), near.shape[1])
    second = near.ravel()
    saved = back[first] + out[second] - metres[first, second]
    ranking = np.argsort(-saved, kind="stable")
    ranking = ranking[saved[ranking] > 0]
    route_of = {k: [k] for k in stops}
    for a, b in zip(first[ranking].tolist(), second[ranking].tolist(), strict=True):
        head, tail = route_of[stops[a]], route_of[stops[b]]
        if head is tail or head[-1] != stops[a] or tail[0] != stops[b]:
            continue
        merged = head + tail
        if Tour(form, duty, merged).feasible:
            for k in merged:
                route_of[k] = merged
    return list({id(route): route for route in route_of.values()}.values())
