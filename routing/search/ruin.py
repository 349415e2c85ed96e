"""Tear strings of neighbouring stops out of a few routes, remembering how to put everything back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.search.arrays import (
    AHEAD,
    DEMAND,
    EARLY,
    LATE,
    LEAVES,
    METRES,
    METRES_LEFT,
    NEXT,
    PREV,
    ROOM,
    ROUTE,
    ROUTE_COLUMNS,
    SERVICE,
    SIZE,
    SORT,
    STOPS_LEFT,
    TIME_AHEAD,
    TIMED,
    Flags,
    Ints,
    Plan,
    Town,
)
from routing.search.compiled import inlined, tight
from routing.search.measure import at_home, measure, settle, take_out

# places of Scratch.counts
TOUCHED, REMOVED, UNTIL_BLINK, DIRTY = 0, 1, 2, 3

# columns of Scratch.kept
KEPT_STOP, KEPT_EARLY, KEPT_LATE, KEPT_AHEAD, KEPT_TIME_AHEAD = 0, 1, 2, 3, 4
RING_AHEAD, RING_TIME_AHEAD = ROUTE_COLUMNS - 2, ROUTE_COLUMNS - 1
"""The columns of Scratch.routes that remember the ring, which have no use in Plan.routes."""

# columns of Scratch.places
BEHIND, ON, MORE = 0, 1, 2  # the node to go behind, its route, what that costs
PLACE_COLUMNS = 4

CANDIDATES = 32
"""So many nearest stops offer the places before and behind them."""

LONGEST_STRING = 10
AVERAGE_REMOVED = 10
SPLIT_DEPTH = 0.5
TOGETHER = 0.02
WHOLE = 0.05
"""How often a whole route is removed, or given to another sort of vehicle: neither pays stop by stop."""
LARGEST_GROUP = 20
ABSENT_NEARBY = 20
"""So many of the nearest stops are looked at for left-out ones that get a new chance."""


class Scratch(NamedTuple):
    """What one step needs to undo itself, and what changed since the best plan; made once for a whole search."""

    counts: Ints
    touched: Ints  # routes
    is_touched: Flags
    offset: Ints  # where each touched route's stops begin in `kept`
    kept: Ints  # [position, column]: the stops of the touched routes as they were
    routes: Ints  # [touched, column]: Plan.routes as they were
    removed: Ints  # stops that look for a place
    is_removed: Flags
    key: NDArray[np.float64]  # what the removed stops are ordered by
    dirty: Ints  # routes that differ from the best plan's
    is_dirty: Flags
    places: Ints  # [place, column]: where the stop in hand could go


def scratch_for(town: Town) -> Scratch:
    """Room for one step on this town."""
    stops, vehicles = len(town.far), len(town.fleet)
    return Scratch(
        counts=np.zeros(4, dtype=np.int64),
        touched=np.zeros(vehicles, dtype=np.int64),
        is_touched=np.zeros(vehicles, dtype=np.bool_),
        offset=np.zeros(vehicles + 1, dtype=np.int64),
        kept=np.zeros((stops, 5), dtype=np.int64),
        routes=np.zeros((vehicles, ROUTE_COLUMNS), dtype=np.int64),
        removed=np.zeros(stops, dtype=np.int64),
        is_removed=np.zeros(stops, dtype=np.bool_),
        key=np.zeros(stops, dtype=np.float64),
        dirty=np.zeros(vehicles, dtype=np.int64),
        is_dirty=np.zeros(vehicles, dtype=np.bool_),
        places=np.zeros((2 * (CANDIDATES + vehicles + 1), PLACE_COLUMNS), dtype=np.int64),
    )


@inlined
def touch(plan: Plan, scratch: Scratch, route: int, stops: int) -> None:
    """Remember a route as it is, once per step."""
    if scratch.is_touched[route]:
        return
    node, kept = plan.node, scratch.kept
    t = scratch.counts[TOUCHED]
    at = scratch.offset[t]
    ring = stops + route
    stop = node[ring, NEXT]
    while stop < stops:
        kept[at, KEPT_STOP] = stop
        kept[at, KEPT_EARLY] = node[stop, EARLY]
        kept[at, KEPT_LATE] = node[stop, LATE]
        kept[at, KEPT_AHEAD] = node[stop, AHEAD]
        kept[at, KEPT_TIME_AHEAD] = node[stop, TIME_AHEAD]
        at += 1
        stop = node[stop, NEXT]
    scratch.touched[t] = route
    scratch.is_touched[route] = True
    scratch.offset[t + 1] = at
    for column in range(RING_AHEAD):
        scratch.routes[t, column] = plan.routes[route, column]
    scratch.routes[t, RING_AHEAD] = node[ring, AHEAD]
    scratch.routes[t, RING_TIME_AHEAD] = node[ring, TIME_AHEAD]
    scratch.counts[TOUCHED] = t + 1


@inlined
def forget(scratch: Scratch) -> None:
    """Make the scratch ready for the next step."""
    for t in range(scratch.counts[TOUCHED]):
        scratch.is_touched[scratch.touched[t]] = False
    for i in range(scratch.counts[REMOVED]):
        scratch.is_removed[scratch.removed[i]] = False
    scratch.counts[TOUCHED] = 0
    scratch.counts[REMOVED] = 0


@inlined
def undo(town: Town, plan: Plan, scratch: Scratch) -> None:
    """Put every touched route back as it was."""
    node, kept = plan.node, scratch.kept
    stops = len(town.far)
    for i in range(scratch.counts[REMOVED]):
        node[scratch.removed[i], ROUTE] = -1
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[t]
        before = stops + route
        node[before, AHEAD] = scratch.routes[t, RING_AHEAD]
        node[before, TIME_AHEAD] = scratch.routes[t, RING_TIME_AHEAD]
        for at in range(scratch.offset[t], scratch.offset[t + 1]):
            stop = kept[at, KEPT_STOP]
            node[before, NEXT] = stop
            node[stop, PREV] = before
            node[stop, ROUTE] = route
            node[stop, EARLY] = kept[at, KEPT_EARLY]
            node[stop, LATE] = kept[at, KEPT_LATE]
            node[stop, LEAVES] = kept[at, KEPT_EARLY] + node[stop, SERVICE]
            node[stop, AHEAD] = kept[at, KEPT_AHEAD]
            node[stop, TIME_AHEAD] = kept[at, KEPT_TIME_AHEAD]
            before = stop
        node[before, NEXT] = stops + route
        node[stops + route, PREV] = before
        for column in range(RING_AHEAD):
            plan.routes[route, column] = scratch.routes[t, column]
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[t]
        sort = town.fleet[route, SORT]
        spare = plan.spare[sort]
        if spare < 0 or plan.routes[spare, SIZE] > 0:
            plan.spare[sort] = at_home(town, plan.routes, sort)


@inlined
def ruin(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch) -> bool:
    """Remove strings around a stop taken by chance, and let left-out stops near it have another try.

    Now and then nothing is removed and a group of left-out stops is taken together instead; True then: they are to be
    put on routes whatever they cost, for together they may pay for a way that none of them pays alone.
    """
    node = plan.node
    stops = len(town.far)
    centre = int(rng.random() * stops)
    near = town.near.shape[1]
    if node[centre, ROUTE] < 0 and rng.random() < TOGETHER:
        _take_together(rng, town, plan, scratch, centre)
        return True
    if node[centre, ROUTE] >= 0 and rng.random() < WHOLE:
        sort = int(rng.random() * len(plan.spare))
        if plan.spare[sort] < 0 or sort == town.fleet[node[centre, ROUTE], SORT]:
            _remove_route(town, plan, scratch, node[centre, ROUTE])
            return False
        _change_vehicle(town, plan, scratch, node[centre, ROUTE], plan.spare[sort])
    longest = _longest_string(town, plan, centre)
    strings = int(rng.random() * max(1.0, 4.0 * AVERAGE_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    for q in range(-1, near):
        if scratch.counts[TOUCHED] >= strings:
            break
        stop = centre if q < 0 else int(town.near[centre, q])
        route = node[stop, ROUTE]
        if route >= 0:
            if not scratch.is_touched[route]:
                touch(plan, scratch, route, stops)
                _remove_string(rng, town, plan, scratch, route, stop, longest)
                settle(town, plan, route)
        elif q < ABSENT_NEARBY and not scratch.is_removed[stop]:
            _mark(scratch, stop)
    return False


@tight
def _take_together(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, centre: int) -> None:
    """Mark a left-out stop and a few of the nearest other left-out ones."""
    wanted = 2 + int(rng.random() * (LARGEST_GROUP - 1))
    _mark(scratch, centre)
    for q in range(town.near.shape[1]):
        if scratch.counts[REMOVED] >= wanted:
            break
        stop = town.near[centre, q]
        if plan.node[stop, ROUTE] < 0:
            _mark(scratch, stop)


@tight
def _remove_route(town: Town, plan: Plan, scratch: Scratch, route: int) -> None:
    """Remove everything from a route."""
    stops = len(town.far)
    touch(plan, scratch, route, stops)
    _remove_all(plan, scratch, route, stops)
    measure(town, plan, route)


@tight
def _change_vehicle(town: Town, plan: Plan, scratch: Scratch, route: int, spare: int) -> None:
    """Give a whole route to a vehicle of another sort that is still at home; what it may not or cannot take along
    looks for a place of its own."""
    node, fleet = plan.node, town.fleet
    stops = len(town.far)
    touch(plan, scratch, route, stops)
    touch(plan, scratch, spare, stops)
    load = 0
    size = 0
    before = stops + spare
    stop = node[stops + route, NEXT]
    while stop < stops:
        after = node[stop, NEXT]
        fits = load + node[stop, DEMAND] <= fleet[spare, ROOM] and size < fleet[spare, STOPS_LEFT]
        if fits and town.may[stop, spare]:
            node[before, NEXT] = stop
            node[stop, PREV] = before
            node[stop, ROUTE] = spare
            load += node[stop, DEMAND]
            size += 1
            before = stop
        else:
            node[stop, ROUTE] = -1
            _mark(scratch, stop)
        stop = after
    node[before, NEXT] = stops + spare
    node[stops + spare, PREV] = before
    node[stops + route, NEXT] = node[stops + route, PREV] = stops + route
    measure(town, plan, route)
    measure(town, plan, spare)
    if not _can_be_driven(town, plan, spare):
        _remove_all(plan, scratch, spare, stops)
        measure(town, plan, spare)
    if plan.routes[spare, SIZE] > 0:
        plan.spare[fleet[spare, SORT]] = at_home(town, plan.routes, fleet[spare, SORT])


@inlined
def _can_be_driven(town: Town, plan: Plan, route: int) -> bool:
    node = plan.node
    stops = len(town.far)
    if plan.routes[route, METRES] > town.fleet[route, METRES_LEFT]:
        return False
    if town.facts[TIMED] > 0:
        stop = node[stops + route, NEXT]
        while stop < stops:
            if node[stop, EARLY] > node[stop, LATE]:
                return False
            stop = node[stop, NEXT]
    return True


@inlined
def _remove_all(plan: Plan, scratch: Scratch, route: int, stops: int) -> None:
    node = plan.node
    stop = node[stops + route, NEXT]
    while stop < stops:
        after = node[stop, NEXT]
        node[stop, ROUTE] = -1
        _mark(scratch, stop)
        stop = after
    node[stops + route, NEXT] = node[stops + route, PREV] = stops + route


@inlined
def _longest_string(town: Town, plan: Plan, centre: int) -> float:
    """Strings are as long as the routes around, but not longer than LONGEST_STRING."""
    total = 0
    routes = 0
    for q in range(min(20, town.near.shape[1])):
        route = plan.node[town.near[centre, q], ROUTE]
        if route >= 0:
            total += plan.routes[route, SIZE]
            routes += 1
    average = total / routes if routes > 0 else 1.0
    return max(1.0, min(float(LONGEST_STRING), average))


@inlined
def _mark(scratch: Scratch, stop: int) -> None:
    scratch.removed[scratch.counts[REMOVED]] = stop
    scratch.is_removed[stop] = True
    scratch.counts[REMOVED] += 1


@inlined
def _remove_string(
    rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, route: int, stop: int, longest: float
) -> None:
    """Remove a string of the just touched route that holds the stop; half the time some inside it stay."""
    kept = scratch.kept
    first = scratch.offset[scratch.counts[TOUCHED] - 1]
    size = plan.routes[route, SIZE]
    length = min(size, int(rng.random() * min(float(size), longest) + 1.0))
    spared = 0
    if 1 < length < size and rng.random() < 0.5:
        spared = 1
        while length + spared < size and rng.random() > SPLIT_DEPTH:
            spared += 1
    span = length + spared
    position = 0
    while kept[first + position, KEPT_STOP] != stop:
        position += 1
    lowest = max(0, position - span + 1)
    highest = min(position, size - span)
    begin = first + lowest + int(rng.random() * (highest - lowest + 1))
    spare_from = begin + int(rng.random() * (length + 1)) if spared > 0 else -1
    for at in range(begin, begin + span):
        if spared > 0 and spare_from <= at < spare_from + spared:
            continue
        gone = kept[at, KEPT_STOP]
        take_out(town, plan, gone)
        _mark(scratch, gone)
