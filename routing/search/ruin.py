"""Tear strings of neighbouring stops out of a few routes, remembering how to put everything back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routing.search.arrays import NEAR, Flags, Ints, Plan, Town
from routing.search.compiled import compiled
from routing.search.measure import measure

TOUCHED, REMOVED, UNTIL_BLINK = 0, 1, 2

LONGEST_STRING = 10
AVERAGE_REMOVED = 10
SPLIT_DEPTH = 0.5
TOGETHER = 0.02
LARGEST_GROUP = 20
ABSENT_NEARBY = 20
"""So many of the nearest stops are looked at for left-out ones that get a new chance."""


class Scratch(NamedTuple):
    """What one step needs to undo itself; made once for a whole search."""

    counts: Ints  # [TOUCHED, REMOVED, UNTIL_BLINK]
    touched: Ints  # routes
    is_touched: Flags
    offset: Ints  # where each touched route's stops begin in `stops`
    stops: Ints
    early: Ints
    late: Ints
    load: Ints  # of touched routes, like the following
    size: Ints
    metres: Ints
    paid: Ints
    cost: Ints
    removed: Ints  # stops that look for a place
    is_removed: Flags
    place: Ints  # nodes behind which a stop may go


def scratch_for(town: Town) -> Scratch:
    """Room for one step on this town."""
    stops, vehicles = len(town.demand), len(town.start)

    def zeros(size: int) -> Ints:
        return np.zeros(size, dtype=np.int64)

    return Scratch(
        counts=zeros(3),
        touched=zeros(vehicles),
        is_touched=np.zeros(vehicles, dtype=np.bool_),
        offset=zeros(vehicles + 1),
        stops=zeros(stops),
        early=zeros(stops),
        late=zeros(stops),
        load=zeros(vehicles),
        size=zeros(vehicles),
        metres=zeros(vehicles),
        paid=zeros(vehicles),
        cost=zeros(vehicles),
        removed=zeros(stops),
        is_removed=np.zeros(stops, dtype=np.bool_),
        place=zeros(2 * NEAR + 3 * vehicles + 2),
    )


@compiled
def touch(plan: Plan, scratch: Scratch, route: int) -> None:
    """Remember a route as it is, once per step."""
    if scratch.is_touched[route]:
        return
    stops = len(plan.route)
    t = scratch.counts[TOUCHED]
    at = scratch.offset[t]
    stop = plan.nxt[stops + route]
    while stop < stops:
        scratch.stops[at] = stop
        scratch.early[at] = plan.early[stop]
        scratch.late[at] = plan.late[stop]
        at += 1
        stop = plan.nxt[stop]
    scratch.touched[t] = route
    scratch.is_touched[route] = True
    scratch.offset[t + 1] = at
    scratch.load[t] = plan.load[route]
    scratch.size[t] = plan.size[route]
    scratch.metres[t] = plan.metres[route]
    scratch.paid[t] = plan.paid[route]
    scratch.cost[t] = plan.cost[route]
    scratch.counts[TOUCHED] = t + 1


@compiled
def forget(scratch: Scratch) -> None:
    """Make the scratch ready for the next step."""
    for t in range(scratch.counts[TOUCHED]):
        scratch.is_touched[scratch.touched[t]] = False
    for i in range(scratch.counts[REMOVED]):
        scratch.is_removed[scratch.removed[i]] = False
    scratch.counts[TOUCHED] = 0
    scratch.counts[REMOVED] = 0


@compiled
def undo(plan: Plan, scratch: Scratch) -> None:
    """Put every touched route back as it was."""
    stops = len(plan.route)
    for i in range(scratch.counts[REMOVED]):
        plan.route[scratch.removed[i]] = -1
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[t]
        before = stops + route
        for at in range(scratch.offset[t], scratch.offset[t + 1]):
            stop = scratch.stops[at]
            plan.nxt[before] = stop
            plan.prv[stop] = before
            plan.route[stop] = route
            plan.early[stop] = scratch.early[at]
            plan.late[stop] = scratch.late[at]
            before = stop
        plan.nxt[before] = stops + route
        plan.prv[stops + route] = before
        plan.load[route] = scratch.load[t]
        plan.size[route] = scratch.size[t]
        plan.metres[route] = scratch.metres[t]
        plan.paid[route] = scratch.paid[t]
        plan.cost[route] = scratch.cost[t]


@compiled
def ruin(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch) -> bool:
    """Remove strings around a stop taken by chance, and let left-out stops near it have another try.

    Now and then nothing is removed and a group of left-out stops is taken together instead; True then: they are to be
    put on routes whatever they cost, for together they may pay for a way that none of them pays alone.
    """
    stops = len(plan.route)
    centre = int(rng.random() * stops)
    near = town.near.shape[1]
    if plan.route[centre] < 0 and rng.random() < TOGETHER:
        _take_together(rng, town, plan, scratch, centre)
        return True
    longest = _longest_string(town, plan, centre)
    strings = int(rng.random() * max(1.0, 4.0 * AVERAGE_REMOVED / (1.0 + longest) - 1.0) + 1.0)
    for q in range(-1, near):
        if scratch.counts[TOUCHED] >= strings:
            break
        stop = centre if q < 0 else town.near[centre, q]
        route = plan.route[stop]
        if route >= 0:
            if not scratch.is_touched[route]:
                touch(plan, scratch, route)
                _remove_string(rng, plan, scratch, route, stop, longest)
                measure(town, plan, route)
        elif q < ABSENT_NEARBY and not scratch.is_removed[stop]:
            _mark(scratch, stop)
    return False


@compiled
def _take_together(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, centre: int) -> None:
    """Mark a left-out stop and a few of the nearest other left-out ones."""
    wanted = 2 + int(rng.random() * (LARGEST_GROUP - 1))
    _mark(scratch, centre)
    for q in range(town.near.shape[1]):
        if scratch.counts[REMOVED] >= wanted:
            break
        stop = town.near[centre, q]
        if plan.route[stop] < 0:
            _mark(scratch, stop)


@compiled
def _longest_string(town: Town, plan: Plan, centre: int) -> float:
    """Strings are as long as the routes around, but not longer than LONGEST_STRING."""
    total = 0
    routes = 0
    for q in range(min(20, town.near.shape[1])):
        route = plan.route[town.near[centre, q]]
        if route >= 0:
            total += plan.size[route]
            routes += 1
    average = total / routes if routes > 0 else 1.0
    return max(1.0, min(float(LONGEST_STRING), average))


@compiled
def _mark(scratch: Scratch, stop: int) -> None:
    scratch.removed[scratch.counts[REMOVED]] = stop
    scratch.is_removed[stop] = True
    scratch.counts[REMOVED] += 1


@compiled
def _remove_string(
    rng: np.random.Generator, plan: Plan, scratch: Scratch, route: int, stop: int, longest: float
) -> None:
    """Remove a string of the just touched route that holds the stop; half the time some inside it stay."""
    first = scratch.offset[scratch.counts[TOUCHED] - 1]
    size = plan.size[route]
    length = min(size, int(rng.random() * min(float(size), longest) + 1.0))
    spared = 0
    if 1 < length < size and rng.random() < 0.5:
        spared = 1
        while length + spared < size and rng.random() > SPLIT_DEPTH:
            spared += 1
    span = length + spared
    position = 0
    while scratch.stops[first + position] != stop:
        position += 1
    lowest = max(0, position - span + 1)
    highest = min(position, size - span)
    begin = first + lowest + int(rng.random() * (highest - lowest + 1))
    spare_from = begin + int(rng.random() * (length + 1)) if spared > 0 else -1
    for at in range(begin, begin + span):
        if spared > 0 and spare_from <= at < spare_from + spared:
            continue
        gone = scratch.stops[at]
        before, after = plan.prv[gone], plan.nxt[gone]
        plan.nxt[before] = after
        plan.prv[after] = before
        plan.route[gone] = -1
        _mark(scratch, gone)
