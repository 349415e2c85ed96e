"""A first plan that serves as much as it can, before anybody asks whether each stop pays.

Starting from full service matters: a far group of villages pays only when several of them share a route, and a search
that opens routes stop by stop sees the first one's long way and stops there. So savings routes (Clarke and Wright, on
lists of near neighbours) are built as if vehicles were free, the most useful ones are given to the vehicles there are,
and what is left is inserted where it costs least. Taking out what does not pay is for `routing.descent` and the search.
"""

from __future__ import annotations

from collections.abc import Sequence

from routing.descent import insert_all
from routing.form import Duty, Form
from routing.savings import savings_routes
from routing.tour import Tour

EAGER = 2
"""A stop is taken into the first plan when its insertion costs less than so many times its price."""


def construct(form: Form) -> list[Tour]:
    """One feasible tour for every duty, in their order; it may serve more than pays."""
    tours = [Tour(form, duty) for duty in form.duties]
    _place_pins(form, tours)
    left = set(form.open_stops).difference(*(tour.order for tour in tours))
    for group in _alike(tours):
        routes = savings_routes(form, group[0].duty, sorted(left & group[0].duty.may))
        gains = sorted((_gain(form, group[0].duty, route), route) for route in routes)
        for tour, (gain, route) in zip(group, gains, strict=False):
            if gain < 0 or any(form.price[k] >= form.mandatory_price for k in route):
                tour.order = route
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
