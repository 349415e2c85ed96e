"""Find a place for every removed stop, one after the other, each where it costs least, now and then overlooking one."""

from __future__ import annotations

import numpy as np

from routing.search.arrays import Ints, Plan, Town
from routing.search.compiled import compiled
from routing.search.measure import NEVER, measure
from routing.search.ruin import REMOVED, TOUCHED, UNTIL_BLINK, Scratch, touch

BLINK = 0.01
"""The share of places that are overlooked, which keeps the rebuilding from always doing the same."""

ANY_COST = 1 << 62

CANDIDATES = 32
"""So many nearest stops offer the places before and behind them."""


@compiled
def recreate(
    rng: np.random.Generator, town: Town, plan: Plan, price: Ints, scratch: Scratch, whatever_it_costs: bool
) -> None:
    """Insert the removed stops in an order drawn by chance; one whose best place costs its price or more stays out."""
    stops = len(plan.route)
    for i in _order(rng, town, scratch):
        stop = scratch.removed[i]
        before = _best_place(rng, town, plan, scratch, stop, ANY_COST if whatever_it_costs else price[stop])
        if before < 0:
            continue
        route = before - stops if before >= stops else plan.route[before]
        touch(plan, scratch, route)
        after = plan.nxt[before]
        plan.nxt[before] = stop
        plan.prv[stop] = before
        plan.nxt[stop] = after
        plan.prv[after] = stop
        plan.route[stop] = route
        measure(town, plan, route)


@compiled
def _order(rng: np.random.Generator, town: Town, scratch: Scratch) -> Ints:
    """The removed stops by chance, demand, distance, width, start or end of their hours, drawn anew every time."""
    count = scratch.counts[REMOVED]
    key = np.empty(count, dtype=np.float64)
    draw = int(rng.random() * 17)
    for i in range(count):
        stop = scratch.removed[i]
        last = town.windows[stop] - 1
        if draw < 4:
            key[i] = rng.random()
        elif draw < 8:
            key[i] = -town.demand[stop] + 1e-6 * rng.random()
        elif draw < 10:
            key[i] = -town.far[stop]
        elif draw < 11:
            key[i] = town.far[stop]
        elif draw < 13:
            key[i] = town.closes[stop, last] - town.opens[stop, 0]
        elif draw < 15:
            key[i] = town.opens[stop, 0]
        else:
            key[i] = -town.closes[stop, last]
    return np.argsort(key, kind="mergesort")  # stable, so that compiled and plain code agree on ties


@compiled
def _best_place(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, stop: int, price: int) -> int:
    """The node behind which the stop costs least, if that is below its price; -1 otherwise."""
    count = _candidates(rng, town, plan, scratch, stop)
    return _cheapest(town, plan, scratch, count, stop, price)


@compiled
def _candidates(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, stop: int) -> int:
    """Fill scratch.place with nodes behind which the stop may go, and say how many: beside near stops, at both ends of
    the touched routes, and on one empty route of each sort."""
    near, route_of, prv = town.near, plan.route, plan.prv
    load, size, room, stops_left, may = plan.load, plan.size, town.room, town.stops_left, town.may
    alike, place, touched = town.alike, scratch.place, scratch.touched
    demand = town.demand[stop]
    stops = len(route_of)
    until_blink = scratch.counts[UNTIL_BLINK]
    count = 0
    for q in range(min(CANDIDATES, near.shape[1])):
        other = near[stop, q]
        route = route_of[other]
        if route < 0 or not may[route, stop]:
            continue
        if load[route] + demand > room[route] or size[route] >= stops_left[route]:
            continue
        place[count] = other
        place[count + 1] = prv[other]
        count += 2
    for t in range(scratch.counts[TOUCHED]):
        route = touched[t]
        if size[route] == 0 or not may[route, stop]:
            continue
        if load[route] + demand > room[route] or size[route] >= stops_left[route]:
            continue
        place[count] = stops + route
        place[count + 1] = prv[stops + route]
        count += 2
    kept = 0
    for i in range(count):
        until_blink -= 1
        if until_blink > 0:
            place[kept] = place[i]
            kept += 1
        else:
            until_blink = rng.geometric(BLINK)
    scratch.counts[UNTIL_BLINK] = until_blink
    tried = -1
    for route in range(len(size)):
        if size[route] > 0 or alike[route] == tried or not may[route, stop]:
            continue
        if load[route] + demand > room[route] or stops_left[route] <= 0:
            continue
        tried = alike[route]
        place[kept] = stops + route
        kept += 1
    return kept


@compiled
def _cheapest(town: Town, plan: Plan, scratch: Scratch, count: int, stop: int, lowest: int) -> int:
    """Of the candidate places the one that costs least and less than `lowest`; -1 where none does or none fits."""
    metres, seconds, opens, closes = town.metres, town.seconds, town.opens, town.closes
    nxt, route_of, early, late = plan.nxt, plan.route, plan.early, plan.late
    size, paid, driven = plan.size, plan.paid, town.driven
    place, service = scratch.place, town.service
    stops, windows, stay = len(route_of), town.windows[stop], town.service[stop]
    best = -1
    for i in range(count):
        before = place[i]
        after = nxt[before]
        route = before - stops if before >= stops else route_of[before]
        profile = town.profile[route]
        here = town.start[route] if before >= stops else before
        there = town.paid_end[route] if after >= stops else after
        idle = size[route] == 0 and not driven[route]
        longer = np.int64(metres[profile, here, stop]) + metres[profile, stop, there]
        if not idle:
            longer -= metres[profile, here, there]
        now = paid[route] - town.base[route]
        more = town.stop[route] + town.metre[route] * (max(0, now + longer) - max(0, now))
        if idle:
            more += town.once[route]
        if more >= lowest and town.second[route] == 0:
            continue
        if after >= stops:
            there = town.end[route]
            due = town.due[route]
        else:
            due = late[after]
        clock = np.int64(seconds[profile, here, stop])
        clock += town.ready[route] if before >= stops else early[before] + service[before]
        start = NEVER
        for w in range(windows):
            if clock <= closes[stop, w]:
                start = max(clock, opens[stop, w])
                break
        if start >= NEVER or start + stay + seconds[profile, stop, there] > due:
            continue
        if town.metres_left[route] < NEVER:
            longer = np.int64(metres[profile, here, stop]) + metres[profile, stop, there]
            if not idle:
                longer -= metres[profile, here, there]
            if plan.metres[route] + longer > town.metres_left[route]:
                continue
        if town.second[route] > 0:
            # waiting may change as well, but the exact cost is measured once the stop is in
            later = np.int64(seconds[profile, here, stop]) + stay + seconds[profile, stop, there]
            if not idle:
                later -= seconds[profile, here, there]
            more += town.second[route] * max(0, later)
        if more < lowest:
            lowest = more
            best = before
    return best
