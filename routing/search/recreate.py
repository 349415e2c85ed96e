"""Find a place for every removed stop, one after the other, each where it costs least, now and then overlooking one.

Now and then all of them are taken for dearer or cheaper than they are: a group pays for a way together that none of its
stops pays alone, and a way is saved where several stay out. Whether the step is kept is decided at the true prices.
"""

from __future__ import annotations

import numpy as np

from routing.search.arrays import (
    AHEAD,
    BASE,
    CHOOSY,
    DEMAND,
    DRIVEN,
    END,
    INTO,
    LATE,
    LEAVES,
    LOAD,
    METRE,
    METRES,
    METRES_LEFT,
    NEXT,
    ONCE,
    OPENS,
    OPTIONAL,
    OUT,
    PAID,
    PREV,
    PROFILE,
    ROOM,
    ROUTE,
    SECOND,
    SERVICE,
    SIZE,
    STOP,
    STOPS_LEFT,
    TIMED,
    WINDOWS,
    Ints,
    Plan,
    Town,
)
from routing.search.compiled import inlined, tight
from routing.search.measure import NEVER, first_start, insert
from routing.search.ruin import REMOVED, TOUCHED, UNTIL_BLINK, Scratch, touch

BLINK = 0.01
"""The share of places that are overlooked, which keeps the rebuilding from always doing the same."""

OTHER_PRICES = 0.3
PRICE_FACTORS = (0.7, 2.0)
"""How often prices are taken for others than they are, and the least and the most of the true ones."""

ANY_COST = 1 << 62

CANDIDATES = 32
"""So many nearest stops offer the places before and behind them."""

ENOUGH = 24
"""Where stops may be left out so many places in which a stop fits are enough: there more steps in the same time are
worth more than the very best place."""


@inlined
def recreate(
    rng: np.random.Generator, town: Town, plan: Plan, price: Ints, scratch: Scratch, whatever_it_costs: bool
) -> None:
    """Insert the removed stops in an order drawn by chance; one whose best place costs its price or more stays out."""
    stops = len(town.far)
    _bring_into_order(rng, town, plan, scratch)
    factor = 1.0
    if rng.random() < OTHER_PRICES:
        factor = PRICE_FACTORS[0] + (PRICE_FACTORS[1] - PRICE_FACTORS[0]) * rng.random()
    for i in range(scratch.counts[REMOVED]):
        stop = scratch.removed[i]
        limit = ANY_COST if whatever_it_costs else int(price[stop] * factor)
        before = _best_place(rng, town, plan, scratch, stop, limit)
        if before < 0:
            continue
        touch(plan, scratch, plan.node[before, ROUTE], stops)
        insert(town, plan, stop, before)


@inlined
def _bring_into_order(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch) -> None:
    """Sort the removed stops by chance, demand, distance, width, start or end of their hours, drawn anew every time."""
    removed, key, node = scratch.removed, scratch.key, plan.node
    draw = int(rng.random() * 17)
    for i in range(scratch.counts[REMOVED]):
        stop = removed[i]
        last = node[stop, WINDOWS] - 1
        if draw < 4:
            mine = rng.random()
        elif draw < 8:
            mine = -node[stop, DEMAND] + 1e-6 * rng.random()
        elif draw < 10:
            mine = -float(town.far[stop])
        elif draw < 11:
            mine = float(town.far[stop])
        elif draw < 13:
            mine = float(town.closes[stop, last] - node[stop, OPENS])
        elif draw < 15:
            mine = float(node[stop, OPENS])
        else:
            mine = -float(town.closes[stop, last])
        at = i
        while at > 0 and key[at - 1] > mine:
            key[at] = key[at - 1]
            removed[at] = removed[at - 1]
            at -= 1
        key[at] = mine
        removed[at] = stop


@tight
def _best_place(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, stop: int, price: int) -> int:
    """The node behind which the stop costs least, if that is below its price; -1 otherwise.

    Places are looked for beside near stops, at both ends of the touched routes, and on a vehicle of each sort that is
    still at home.
    """
    node, routes, fleet, near = plan.node, plan.routes, town.fleet, town.near
    stops = len(town.far)
    demand = node[stop, DEMAND]
    until_blink = scratch.counts[UNTIL_BLINK]
    best = -1
    lowest = price
    enough = ENOUGH if town.facts[OPTIONAL] > 0 else 2 * CANDIDATES
    fits = 0
    for q in range(min(CANDIDATES, near.shape[1])):
        if fits >= enough:
            break
        other = int(near[stop, q])
        route = node[other, ROUTE]
        if route < 0 or not _takes(town, routes, fleet, route, stop, demand):
            continue
        for side in range(2):
            until_blink -= 1
            if until_blink > 0:
                before = other if side == 0 else node[other, PREV]
                more = _cost_behind(town, node, routes, fleet, route, stop, before, lowest)
                if more < lowest:
                    lowest, best = more, before
                if more < ANY_COST:
                    fits += 1
            else:
                until_blink = rng.geometric(BLINK)
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[t]
        if routes[route, SIZE] == 0 or not _takes(town, routes, fleet, route, stop, demand):
            continue
        for end in range(2):
            until_blink -= 1
            if until_blink > 0:
                before = stops + route if end == 0 else node[stops + route, PREV]
                more = _cost_behind(town, node, routes, fleet, route, stop, before, lowest)
                if more < lowest:
                    lowest, best = more, before
            else:
                until_blink = rng.geometric(BLINK)
    for sort in range(len(plan.spare)):
        route = plan.spare[sort]
        if route >= 0 and _takes(town, routes, fleet, route, stop, demand):
            more = _cost_behind(town, node, routes, fleet, route, stop, stops + route, lowest)
            if more < lowest:
                lowest, best = more, stops + route
    scratch.counts[UNTIL_BLINK] = until_blink
    return best


@inlined
def _takes(town: Town, routes: Ints, fleet: Ints, route: int, stop: int, demand: int) -> bool:
    """Whether the vehicle may come to a stop, and has room for it."""
    if routes[route, LOAD] + demand > fleet[route, ROOM] or routes[route, SIZE] >= fleet[route, STOPS_LEFT]:
        return False
    return town.facts[CHOOSY] == 0 or bool(town.may[stop, route])


@inlined
def _cost_behind(
    town: Town, node: Ints, routes: Ints, fleet: Ints, route: int, stop: int, before: int, lowest: int
) -> int:
    """What a stop costs behind this node, `lowest` where that or more; ANY_COST where it does not fit."""
    after = node[before, NEXT]
    profile = fleet[route, PROFILE]
    here, there = node[before, OUT], node[after, INTO]
    longer = int(town.back[profile, stop, here]) + town.metres[profile, stop, there] - node[before, AHEAD]
    now = routes[route, PAID] - fleet[route, BASE]
    more = fleet[route, STOP] + fleet[route, METRE] * (max(0, now + longer) - max(0, now))
    idle = routes[route, SIZE] == 0 and fleet[route, DRIVEN] == 0
    if idle:
        more += fleet[route, ONCE]
    if more >= lowest and fleet[route, SECOND] == 0:
        return lowest
    if town.facts[TIMED] > 0:
        arrival = node[before, LEAVES] + town.seconds_back[profile, stop, here]
        start = first_start(node, town, stop, arrival)
        home = node[after, END]
        if start >= NEVER or start + node[stop, SERVICE] + town.seconds[profile, stop, home] > node[after, LATE]:
            return ANY_COST
    if fleet[route, METRES_LEFT] < NEVER:
        longer = int(town.back[profile, stop, here]) + town.metres[profile, stop, node[after, END]]
        if not idle:
            longer -= town.metres[profile, here, node[after, END]]
        if routes[route, METRES] + longer > fleet[route, METRES_LEFT]:
            return ANY_COST
    if fleet[route, SECOND] > 0:
        # waiting may change as well, but the exact cost is measured once the stop is in
        later = int(town.seconds_back[profile, stop, here]) + node[stop, SERVICE]
        later += town.seconds[profile, stop, there]
        if not idle:
            later -= town.seconds[profile, here, there]
        more += fleet[route, SECOND] * max(0, later)
    return int(more)
