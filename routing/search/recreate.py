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
    FREE,
    INTO,
    LATE,
    LEAVES,
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
    ROUTE,
    SECOND,
    SERVICE,
    SIZE,
    STOP,
    TIMED,
    WINDOWS,
    Ints,
    Plan,
    Town,
)
from routing.search.compiled import inlined, nth, tight
from routing.search.measure import NEVER, first_start, insert
from routing.search.ruin import BEHIND, CANDIDATES, MORE, ON, REMOVED, TOUCHED, UNTIL_BLINK, Scratch, touch

BLINK = 0.01
"""The share of places that are overlooked, which keeps the rebuilding from always doing the same."""

OTHER_PRICES = 0.3
PRICE_FACTORS = (0.7, 2.0)
"""How often prices are taken for others than they are, and the least and the most of the true ones."""

ANY_COST = 1 << 62

ENOUGH = 24
"""Where stops may be left out so many places on routes with room are enough: there more steps in the same time are
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
        before = best_place(rng, town, plan, scratch, stop, limit)
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
def best_place(rng: np.random.Generator, town: Town, plan: Plan, scratch: Scratch, stop: int, price: int) -> int:
    """The node behind which the stop costs least, if that is below its price; -1 otherwise.

    Places are looked for beside near stops, at both ends of the touched routes, and on a vehicle of each sort that is
    still at home. They are first gathered, then all costed, then looked at for hours and ways: that is faster than
    asking everything of one place before the next.
    """
    found = _gather(town, plan, scratch, stop)
    _cost_all(town, plan, scratch, stop, found)
    places = scratch.places
    until_blink = scratch.counts[UNTIL_BLINK]
    best = -1
    lowest = price
    for i in range(found):
        until_blink -= 1
        if until_blink <= 0:
            until_blink = rng.geometric(BLINK)
        elif places[nth(i), MORE] < lowest and _fits(town, plan, places[nth(i), ON], stop, places[nth(i), BEHIND]):
            lowest, best = places[nth(i), MORE], places[nth(i), BEHIND]
    scratch.counts[UNTIL_BLINK] = until_blink
    for sort in range(len(plan.spare)):
        route = plan.spare[sort]
        if route >= 0 and _takes(town, plan, route, stop):
            ring = len(town.far) + route
            more = _cost_behind(town, plan, route, stop, ring)
            if more < lowest and _fits(town, plan, route, stop, ring):
                lowest, best = more, ring
    return best


@inlined
def _gather(town: Town, plan: Plan, scratch: Scratch, stop: int) -> int:
    """Write down the places on routes that may take the stop; how many."""
    node, routes, near, places = plan.node, plan.routes, town.near, scratch.places
    enough = ENOUGH if town.facts[OPTIONAL] > 0 else 2 * CANDIDATES
    found = 0
    for q in range(min(CANDIDATES, near.shape[1])):
        other = near[nth(stop), nth(q)]
        route = node[nth(other), ROUTE]
        # written down in any case, and counted where it counts
        takes = (route >= 0) & _takes(town, plan, max(route, 0), stop)
        places[nth(found), BEHIND], places[nth(found), ON] = other, route
        places[nth(found + 1), BEHIND], places[nth(found + 1), ON] = node[nth(other), PREV], route
        found += 2 * int(takes)
        if found >= enough:
            break
    for t in range(scratch.counts[TOUCHED]):
        route = scratch.touched[nth(t)]
        ring = len(town.far) + route
        takes = (routes[nth(route), SIZE] > 0) & _takes(town, plan, route, stop)
        places[nth(found), BEHIND], places[nth(found), ON] = ring, route
        places[nth(found + 1), BEHIND], places[nth(found + 1), ON] = node[nth(ring), PREV], route
        found += 2 * int(takes)
    return found


@inlined
def _takes(town: Town, plan: Plan, route: int, stop: int) -> bool:
    """Whether the vehicle may come to a stop, and has room for it."""
    takes = plan.routes[nth(route), FREE] >= plan.node[nth(stop), DEMAND]
    if town.facts[CHOOSY] > 0:
        takes = takes & town.may[nth(stop), nth(route)]
    return bool(takes)


@inlined
def _cost_all(town: Town, plan: Plan, scratch: Scratch, stop: int, found: int) -> None:
    """Cost the places written down."""
    places = scratch.places
    for i in range(found):
        places[nth(i), MORE] = _cost_behind(town, plan, places[nth(i), ON], stop, places[nth(i), BEHIND])


@inlined
def _cost_behind(town: Town, plan: Plan, route: int, stop: int, before: int) -> int:
    """What a stop costs behind this node."""
    node, routes, fleet = plan.node, plan.routes, town.fleet
    after = node[nth(before), NEXT]
    profile = fleet[nth(route), PROFILE]
    here, there = node[nth(before), OUT], node[nth(after), INTO]
    longer = int(town.back[nth(profile), nth(stop), nth(here)]) + town.metres[nth(profile), nth(stop), nth(there)]
    longer -= node[nth(before), AHEAD]
    now = routes[nth(route), PAID] - fleet[nth(route), BASE]
    more = fleet[nth(route), STOP] + fleet[nth(route), METRE] * (max(0, now + longer) - max(0, now))
    if _idle(town, plan, route):
        more += fleet[nth(route), ONCE]
    if fleet[nth(route), SECOND] > 0:
        # waiting may change as well, but the exact cost is measured once the stop is in
        later = int(town.seconds_back[nth(profile), nth(stop), nth(here)]) + node[nth(stop), SERVICE]
        later += town.seconds[nth(profile), nth(stop), nth(there)]
        if not _idle(town, plan, route):
            later -= town.seconds[nth(profile), nth(here), nth(there)]
        more += fleet[nth(route), SECOND] * max(0, later)
    return int(more)


@inlined
def _idle(town: Town, plan: Plan, route: int) -> bool:
    """Whether the vehicle stays at home so far."""
    return bool((plan.routes[nth(route), SIZE] == 0) & (town.fleet[nth(route), DRIVEN] == 0))


@inlined
def _fits(town: Town, plan: Plan, route: int, stop: int, before: int) -> bool:
    """Whether everybody is still reached in time, and the way is not too long, with the stop behind this node."""
    node, fleet = plan.node, town.fleet
    after = node[nth(before), NEXT]
    profile = fleet[nth(route), PROFILE]
    here, home = node[nth(before), OUT], node[nth(after), END]
    if town.facts[TIMED] > 0:
        arrival = node[nth(before), LEAVES] + town.seconds_back[nth(profile), nth(stop), nth(here)]
        start = first_start(node, town, stop, arrival)
        end = start + node[nth(stop), SERVICE] + town.seconds[nth(profile), nth(stop), nth(home)]
        if start >= NEVER or end > node[nth(after), LATE]:
            return False
    if fleet[nth(route), METRES_LEFT] < NEVER:
        longer = int(town.back[nth(profile), nth(stop), nth(here)]) + town.metres[nth(profile), nth(stop), nth(home)]
        if not _idle(town, plan, route):
            longer -= town.metres[nth(profile), nth(here), nth(home)]
        return bool(plan.routes[nth(route), METRES] + longer <= fleet[nth(route), METRES_LEFT])
    return True
