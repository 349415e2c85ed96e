"""What a visit more, or one visit instead of another, costs on one tour: the arithmetic of `routing.tour`, compiled.

Many stops are asked about at once, because a call costs more than an answer. Costs are in units of `Form.cost_unit`,
which is exact wherever a plan fits into 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.fare import rates
from routing.form import NO_LIMIT, Form, Stops, in_units
from routing.model import IntMatrix
from routing.search.compiled import compiled
from routing.tour import Tour

type Ints = NDArray[np.int64]

NONE = 1 << 62
"""The cost of what is not possible."""


class Trip(NamedTuple):
    """A tour as compiled code reads it; `end` -1 is an open route."""

    metres: IntMatrix
    seconds: IntMatrix
    order: Ints
    start: int
    end: int
    ready: int
    due: int
    room: int
    most_stops: int
    most_metres: int
    first: int  # the first position that may change
    driven: bool
    on_clock: bool  # paid from a departure that has already been
    return_paid: bool
    once: int
    metre: int
    stop: int
    second: int
    paid_before: int  # metres
    base: int  # metres


def trip_of(form: Form, tour: Tour) -> Trip:
    """The numbers of a tour as it stands; its duty may not hold positions."""
    duty, unit = tour.duty, form.cost_unit()
    matrix, rate = form.problem.matrices[duty.vehicle.profile], rates(duty.tariff)
    return Trip(
        metres=matrix.metres,
        seconds=matrix.seconds,
        order=np.array(tour.order, dtype=np.int64),
        start=duty.start,
        end=-1 if duty.end is None else duty.end,
        ready=duty.ready,
        due=duty.due,
        room=duty.room,
        most_stops=duty.stops_left,
        most_metres=duty.metres_left,
        first=tour.free_from(),
        driven=bool(duty.driven),
        on_clock=duty.leaves is not None,
        return_paid=duty.tariff.return_paid,
        once=0 if duty.driven else in_units(rate.once, unit),
        metre=in_units(rate.metre, unit),
        stop=in_units(rate.stop, unit),
        second=in_units(rate.second, unit),
        paid_before=duty.spent[0],
        base=duty.tariff.base_metres,
    )


def insertions(form: Form, tour: Tour, stops: Sequence[int]) -> tuple[Ints, Ints]:
    """Of each stop the cost of its cheapest place on the tour (NONE where there is none), and the position."""
    return swaps(form, tour, stops, [-1] * len(stops))


def swaps(form: Form, tour: Tour, stops: Sequence[int], out: Sequence[int]) -> tuple[Ints, Ints]:
    """The same, if in exchange the visit at position `out[i]` is dropped (-1: none, else at least `tour.free_from()`);
    positions are counted without that visit, its price is not counted."""
    costs, into = _offers(form.stops, trip_of(form, tour), _ints(stops), _ints(out))
    for i, stop in enumerate(stops):
        if stop not in tour.duty.may:
            costs[i], into[i] = NONE, -1
        elif stop in tour.duty.locked:
            costs[i], into[i] = _at_its_position(form, tour, stop, out[i])
    return costs, into


def _at_its_position(form: Form, tour: Tour, stop: int, out: int) -> tuple[int, int]:
    """`swaps` for a stop that may only stand at one position."""
    rest = Tour(form, tour.duty, [k for position, k in enumerate(tour.order) if position != out])
    offer = rest.best_insertion(stop) if rest.feasible else None
    if offer is None:
        return NONE, -1
    return in_units(rest.cost() + offer[0] - tour.cost(), form.cost_unit()), offer[1]


def drops(form: Form, tour: Tour) -> Ints:
    """What dropping each visit saves; -NONE where the rest cannot be driven or the position is held."""
    return _drops(form.stops, trip_of(form, tour))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


@compiled
def _first_start(known: Stops, stop: int, arrival: int) -> int:
    for w in range(known.opens.shape[1]):
        if arrival <= known.closes[stop, w]:
            return int(max(arrival, known.opens[stop, w]))
    return NO_LIMIT


@compiled
def _last_start(known: Stops, stop: int, limit: int) -> int:
    for w in range(known.opens.shape[1] - 1, -1, -1):
        if limit >= known.opens[stop, w]:
            return int(min(limit, known.closes[stop, w]))
    return -1


@compiled
def _way(table: IntMatrix, here: int, there: int) -> int:
    """Metres or seconds; 0 to the end of an open route."""
    return 0 if there < 0 else int(table[here, there])


@compiled
def _cost(trip: Trip, paid_metres: int, stops: int, paid_seconds: int) -> int:
    if stops == 0 and not trip.driven:
        return 0
    beyond = max(0, trip.paid_before + paid_metres - trip.base) - max(0, trip.paid_before - trip.base)
    return int(trip.once + trip.metre * beyond + trip.stop * stops + trip.second * paid_seconds)


@compiled
def _times(known: Stops, trip: Trip, order: Ints, early: Ints, late: Ints) -> tuple[bool, int]:
    """Fill in the earliest and latest starts along an order; whether it is in time, and its metres."""
    place, clock, metres, in_time = trip.start, trip.ready, 0, True
    for i in range(len(order)):
        here = known.row[order[i]]
        metres += _way(trip.metres, place, here)
        clock = _first_start(known, order[i], clock + _way(trip.seconds, place, here))
        early[i] = clock
        in_time = in_time and clock < NO_LIMIT
        clock += known.service[order[i]]
        place = here
    if len(order) > 0 or trip.driven:
        metres += _way(trip.metres, place, trip.end)
        clock += _way(trip.seconds, place, trip.end)
    after, limit = trip.end, trip.due
    for i in range(len(order) - 1, -1, -1):
        here = known.row[order[i]]
        limit = _last_start(known, order[i], limit - _way(trip.seconds, here, after) - known.service[order[i]])
        late[i] = limit
        after = here
    return len(order) == 0 or (in_time and clock <= trip.due), metres


@compiled
def _paid_metres(known: Stops, trip: Trip, order: Ints, metres: int) -> int:
    if trip.return_paid or trip.end < 0 or (len(order) == 0 and not trip.driven):
        return metres
    last = known.row[order[-1]] if len(order) > 0 else trip.start
    return metres - _way(trip.metres, last, trip.end)


@compiled
def _paid_seconds(known: Stops, trip: Trip, order: Ints) -> int:
    """As in `Tour.paid_seconds`."""
    if trip.second == 0 or len(order) == 0:
        return 0
    place, clock = trip.start, trip.ready
    start = clock
    for i in range(len(order)):
        here = known.row[order[i]]
        start = _first_start(known, order[i], clock + _way(trip.seconds, place, here))
        clock = start + known.service[order[i]]
        place = here
    end = clock + (_way(trip.seconds, place, trip.end) if trip.return_paid else 0)
    if trip.on_clock:
        return int(end - trip.ready)
    limit = start
    for i in range(len(order) - 2, -1, -1):
        here, after = known.row[order[i]], known.row[order[i + 1]]
        limit = _last_start(known, order[i], limit - _way(trip.seconds, here, after) - known.service[order[i]])
    return int(end - (limit - _way(trip.seconds, trip.start, known.row[order[0]])))


@compiled
def _without(order: Ints, out: int) -> Ints:
    rest = np.empty(len(order) - 1, dtype=np.int64)
    rest[:out] = order[:out]
    rest[out:] = order[out + 1 :]
    return rest


@compiled
def _with(order: Ints, stop: int, position: int) -> Ints:
    more = np.empty(len(order) + 1, dtype=np.int64)
    more[:position] = order[:position]
    more[position] = stop
    more[position + 1 :] = order[position:]
    return more


@compiled
def _offers(known: Stops, trip: Trip, stops: Ints, outs: Ints) -> tuple[Ints, Ints]:
    """See `swaps`; an `out` of -1 drops nothing."""
    costs = np.full(len(stops), NONE, dtype=np.int64)
    into = np.full(len(stops), -1, dtype=np.int64)
    early, late = np.empty(len(trip.order), dtype=np.int64), np.empty(len(trip.order), dtype=np.int64)
    load = 0
    for stop in trip.order:
        load += known.demand[stop]
    _, whole = _times(known, trip, trip.order, early, late)
    before = _cost(
        trip,
        _paid_metres(known, trip, trip.order, whole),
        len(trip.order),
        _paid_seconds(known, trip, trip.order),
    )
    order, metres, prepared, fine = trip.order, whole, -1, True
    for i in range(len(stops)):
        out = outs[i]
        lighter = load + known.demand[stops[i]] - (known.demand[trip.order[out]] if out >= 0 else 0)
        if lighter > trip.room or len(trip.order) + (1 if out < 0 else 0) > trip.most_stops:
            continue
        if out != prepared:
            order = trip.order if out < 0 else _without(trip.order, out)
            fine, metres = _times(known, trip, order, early, late)
            prepared = out
            fine = len(order) == 0 or (fine and metres <= trip.most_metres)
        if out >= 0 and not fine:
            continue
        costs[i], into[i] = _cheapest(known, trip, order, early, late, metres, stops[i])
        if into[i] >= 0:
            costs[i] -= before
    return costs, into


@compiled
def _cheapest(
    known: Stops, trip: Trip, order: Ints, early: Ints, late: Ints, metres: int, stop: int
) -> tuple[int, int]:
    """The cost of a tour with one stop more, at its best position; -1 where it fits nowhere."""
    best, at, last, row = NONE, -1, len(order), known.row[stop]
    paid = _paid_metres(known, trip, order, metres)
    for position in range(trip.first, last + 1):
        place, clock = trip.start, trip.ready
        if position > 0:
            prior = order[position - 1]
            place, clock = known.row[prior], early[position - 1] + known.service[prior]
        after, due = trip.end, trip.due
        if position < last:
            after, due = known.row[order[position]], late[position]
        start = _first_start(known, stop, clock + _way(trip.seconds, place, row))
        if start >= NO_LIMIT or start + known.service[stop] + _way(trip.seconds, row, after) > due:
            continue
        there = _way(trip.metres, place, row)
        more = there + _way(trip.metres, row, after)
        if last > 0 or trip.driven:
            more -= _way(trip.metres, place, after)
        if metres + more > trip.most_metres:
            continue
        if trip.second > 0:
            grown = _with(order, stop, position)
            cost = _cost(
                trip, _paid_metres(known, trip, grown, metres + more), last + 1, _paid_seconds(known, trip, grown)
            )
        else:
            unpaid_back = position == last and trip.end >= 0 and not trip.return_paid
            cost = _cost(trip, paid + (there if unpaid_back else more), last + 1, 0)
        if cost < best:
            best, at = cost, position
    return best, at


@compiled
def _drops(known: Stops, trip: Trip) -> Ints:
    """See `drops`."""
    size = len(trip.order)
    saved = np.full(size, -NONE, dtype=np.int64)
    early, late = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    _, metres = _times(known, trip, trip.order, early, late)
    now = _cost(trip, _paid_metres(known, trip, trip.order, metres), size, _paid_seconds(known, trip, trip.order))
    for out in range(trip.first, size):
        rest = _without(trip.order, out)
        fine, metres = _times(known, trip, rest, early, late)
        if len(rest) == 0 or (fine and metres <= trip.most_metres):
            paid = _paid_metres(known, trip, rest, metres)
            saved[out] = now - _cost(trip, paid, size - 1, _paid_seconds(known, trip, rest))
    return saved
