"""What a plan becomes around one stop when something changes: a short search of the routes and stops near it.

A proposed change is believed when the neighbourhood, searched again under it, is cheaper with the stop on a route than
without it. A problem of a few dozen stops is its own neighbourhood.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from routing.form import Duty, Form
from routing.model import Limits
from routing.search.compiled import COMPILED
from routing.search.search import search
from routing.tour import Tour

SMALL = 30
"""Up to so many open stops the whole problem is the neighbourhood, and the search finds its best plan."""

TOURS = 3
"""Routes nearest to a stop that are searched with it, beside an idle vehicle of each sort."""

LEFT_OUT = 25
"""Left-out stops nearest to a stop that compete with it."""

STEPS = 1_000 if COMPILED else 60
"""Of the search, for each question asked."""

FIRST_SEED, SEARCHES = 1, 2
"""The seeds of the searches, and how many must agree."""

NOISE = 200
"""Of a larger problem nobody knows the best plan: a stop has to be worth one part in so many of the routes around it
before a change is said to admit it."""


class Setting:
    """The plan as it stands: every duty's tour, and which stops are on none."""

    def __init__(self, form: Form, tours: list[Tour], left: list[int]) -> None:
        self.form = form
        self.tours = tours
        self.left = left
        kinds: dict[object, int] = {}
        self.sorts = [kinds.setdefault(_sort_of(tour.duty), len(kinds)) for tour in tours]  # equal: the same vehicle
        self.starts = np.array([tour.duty.start for tour in tours], dtype=np.int64)
        self.rows_of_visits = np.array([form.row[k] for tour in tours for k in tour.order], dtype=np.int64)
        self.tour_of_visit = np.repeat(np.arange(len(tours)), [len(tour.order) for tour in tours])

    @property
    def is_small(self) -> bool:
        """Whether the whole problem can be searched again."""
        return len(self.form.open_stops) <= SMALL


def _sort_of(duty: Duty) -> object:
    """Equal for duties that are the same in everything but the vehicle's name."""
    vehicle = duty.vehicle
    return (
        *(duty.start, duty.end, duty.ready, duty.due, duty.room, duty.stops_left, duty.metres_left, duty.spent),
        *(vehicle.kind, vehicle.tariff, vehicle.profile, id(duty.may), duty.must, duty.driven),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Twist:
    """What is different: duties under other limits, one more vehicle, a later end of the stop's last window."""

    duties: dict[int, Duty]
    extra: Duty | None = None
    closes: int | None = None


NO_TWIST = Twist(duties={})


@dataclass(frozen=True, slots=True)
class Found:
    """Grains of the neighbourhood's best plan with the stop on a route (None: no such plan was found) and without it,
    the price of leaving that one stop out in neither; and how far two searches may differ by chance."""

    visited: int | None
    left_out: int
    noise: int

    @property
    def dearer(self) -> int | None:
        """Grains that a visit costs."""
        return None if self.visited is None else self.visited - self.left_out

    def pays(self, price: int) -> bool:
        """Whether a stop of this price is worth a visit beyond chance."""
        return self.visited is not None and self.visited + self.noise < self.left_out + price


def near_tours(setting: Setting, stop: int, among: Sequence[int]) -> list[int]:
    """These tours' numbers, the one with the visit nearest to the stop first."""
    if len(among) < 2:
        return list(among)
    metres = np.asarray(setting.form.duties[among[0]].metres[setting.form.row[stop]])
    ways = metres[setting.starts].astype(np.int64)
    np.minimum.at(ways, setting.tour_of_visit, metres[setting.rows_of_visits])
    chosen = np.asarray(among)
    order: list[int] = chosen[np.argsort(ways[chosen], kind="stable")].tolist()
    return order


def try_out(setting: Setting, stop: int, twist: Twist) -> Found:
    """Search the neighbourhood of a stop twice under a twist: with the stop as a must, and without it."""
    part, orders = _neighbourhood(setting, stop, twist)
    without = copy(part)
    without.open_stops = [k for k in part.open_stops if k != stop]
    left_out, orders = _searched(without, orders, FIRST_SEED)
    routes = sum(Tour(part, duty, order).cost() for duty, order in zip(part.duties, orders, strict=True))
    part.price = list(part.price)
    part.price[stop] = 10 * setting.form.mandatory_price
    visited, orders = _searched(part, _with_stop(part, orders, stop), FIRST_SEED)
    is_visited = any(stop in order for order in orders)
    return Found(visited if is_visited else None, left_out, 0 if setting.is_small else routes // NOISE)


def comes_in(setting: Setting, stop: int, twist: Twist, price: int) -> bool:
    """Whether searches that know nothing of the stop's visit find one that pays, with this price for leaving it out."""
    part, orders = _neighbourhood(setting, stop, twist)
    part.price = list(part.price)
    part.price[stop] = price
    return all(
        any(stop in order for order in _searched(part, orders, FIRST_SEED + n)[1]) for n in range(1, 1 + SEARCHES)
    )


def _neighbourhood(setting: Setting, stop: int, twist: Twist) -> tuple[Form, list[list[int]]]:
    """The duties and stops around a stop under a twist, that stop among them, and the orders as they are."""
    form = setting.form
    duties, orders = _duties(setting, stop, twist)
    others = [k for k in setting.left if k != stop]
    if not setting.is_small and len(others) > LEFT_OUT:
        ways = duties[0].metres[form.row[stop]]
        others = sorted(others, key=lambda k: (ways[form.row[k]], k))[:LEFT_OUT]
    part = copy(form) if twist.closes is None else form.with_last_window(stop, twist.closes)
    part.duties = duties
    part.open_stops = sorted([stop, *others, *(k for order in orders for k in order)])
    return part, orders


def _duties(setting: Setting, stop: int, twist: Twist) -> tuple[list[Duty], list[list[int]]]:
    """The duties of the neighbourhood as the twist makes them, and their orders."""
    tours = setting.tours
    if setting.is_small:
        chosen = list(range(len(tours)))
    else:
        busy = near_tours(setting, stop, [t for t, tour in enumerate(tours) if tour.order])
        chosen = sorted({*twist.duties, *busy[:TOURS], *_idle(setting, stop)})
    duties = [twist.duties.get(t, tours[t].duty) for t in chosen]
    orders = [list(tours[t].order) for t in chosen]
    if twist.extra is not None:
        duties.append(twist.extra)
        orders.append([])
    return duties, orders


def _idle(setting: Setting, stop: int) -> list[int]:
    """One vehicle at home of each sort that may come to the stop."""
    sorts: dict[int, int] = {}
    for number, tour in enumerate(setting.tours):
        if not tour.order and not tour.duty.driven and stop in tour.duty.may:
            sorts.setdefault(setting.sorts[number], number)
    return list(sorts.values())


def idle_copy(duty: Duty) -> Duty:
    """One more vehicle like this one, at home and with nothing pinned to it."""
    return replace(duty, must=frozenset(), locked={})


def _with_stop(form: Form, orders: list[list[int]], stop: int) -> list[list[int]]:
    """The orders with the stop inserted where it costs least, for the search to begin from; as they are where it
    fits nowhere."""
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    offers = [(offer, t) for t, tour in enumerate(tours) if (offer := tour.best_insertion(stop)) is not None]
    if offers:
        (_, position), t = min(offers)
        tours[t].insert(stop, position)
    return [tour.order for tour in tours]


def _searched(form: Form, orders: list[list[int]], seed: int) -> tuple[int, list[list[int]]]:
    """The cheapest plan of a form and its grains, not worse than these orders."""
    begun = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    found = search(form, orders, Limits(iterations=STEPS, seed=seed), lambda _: False)
    ended = [Tour(form, duty, order) for duty, order in zip(form.duties, found.tours, strict=True)]
    plans = [(_cost(form, begun), 0, begun)]
    if all(tour.feasible for tour in ended):
        plans.append((_cost(form, ended), 1, ended))
    cost, _, tours = min(plans)
    return cost, [tour.order for tour in tours]


def _cost(form: Form, tours: Sequence[Tour]) -> int:
    visited = {k for tour in tours for k in tour.order}
    return sum(tour.cost() for tour in tours) + sum(form.price[k] for k in form.open_stops if k not in visited)
