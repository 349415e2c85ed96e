"""Times, loads and cost of one route, for compiled code. The arithmetic is that of `routing.tour`."""

from __future__ import annotations

from routing.search.arrays import (
    AHEAD,
    BASE,
    CLOSES,
    COST,
    DEMAND,
    DRIVEN,
    EARLY,
    END,
    FREE,
    INTO,
    LATE,
    LEAVES,
    LOAD,
    METRE,
    METRES,
    NEXT,
    ONCE,
    OPENS,
    OUT,
    PAID,
    PREV,
    PROFILE,
    READY,
    ROOM,
    ROUTE,
    SECOND,
    SERVICE,
    SIZE,
    SORT,
    STOP,
    STOPS_LEFT,
    TIME_AHEAD,
    TIMED,
    WINDOWS,
    Ints,
    Plan,
    Town,
)
from routing.search.compiled import inlined, nth, tight

NEVER = 1 << 40


@inlined
def first_start(node: Ints, town: Town, stop: int, arrival: int) -> int:
    """When service can start at the earliest; NEVER after the last window."""
    if arrival <= node[nth(stop), CLOSES]:
        return int(max(arrival, node[nth(stop), OPENS]))
    for w in range(1, node[nth(stop), WINDOWS]):
        if arrival <= town.closes[nth(stop), nth(w)]:
            return int(max(arrival, town.opens[nth(stop), nth(w)]))
    return NEVER


@inlined
def last_start(node: Ints, town: Town, stop: int, limit: int) -> int:
    """The last moment not after `limit` at which service may start; -1 before the first window."""
    for w in range(node[stop, WINDOWS] - 1, 0, -1):
        if limit >= town.opens[stop, w]:
            return int(min(limit, town.closes[stop, w]))
    if limit >= node[stop, OPENS]:
        return int(min(limit, node[stop, CLOSES]))
    return -1


@tight
def measure(town: Town, plan: Plan, route: int) -> None:
    """Compute everything about a route again after its ring changed."""
    node, routes, fleet = plan.node, plan.routes, town.fleet
    stops = len(town.far)
    ring = stops + route
    profile = fleet[route, PROFILE]
    load = 0
    size = 0
    metres = 0
    before = ring
    stop = node[ring, NEXT]
    while stop < stops:
        way = int(town.metres[profile, node[before, OUT], stop])
        node[before, AHEAD] = way
        node[before, TIME_AHEAD] = town.seconds[profile, node[before, OUT], stop]
        metres += way
        load += node[stop, DEMAND]
        size += 1
        before = stop
        stop = node[stop, NEXT]
    paid = metres
    node[before, AHEAD] = 0
    node[before, TIME_AHEAD] = town.seconds[profile, node[before, OUT], node[ring, END]]
    if size > 0 or fleet[route, DRIVEN] > 0:
        back = int(town.metres[profile, node[before, OUT], node[ring, INTO]])
        node[before, AHEAD] = back
        paid += back
        metres += town.metres[profile, node[before, OUT], node[ring, END]]
    routes[route, LOAD] = load
    routes[route, SIZE] = size
    routes[route, METRES] = metres
    routes[route, PAID] = paid
    settle(town, plan, route)


@tight
def settle(town: Town, plan: Plan, route: int) -> None:
    """Compute times and cost of a route again whose ring, ways and load are right."""
    node = plan.node
    stops = len(town.far)
    if town.facts[TIMED] > 0:
        _set_early(town, node, node[stops + route, NEXT], stops, stops)
        _set_late(town, node, node[stops + route, PREV], stops, stops)
    _sum_up(town, plan, route)
    sort = town.fleet[route, SORT]
    if plan.routes[route, SIZE] == 0 and plan.spare[sort] < 0:
        plan.spare[sort] = route


@inlined
def take_out(town: Town, plan: Plan, stop: int) -> None:
    """Take a stop off its route; the route is to be settled afterwards."""
    node, routes, fleet = plan.node, plan.routes, town.fleet
    route = node[stop, ROUTE]
    before, after = node[stop, PREV], node[stop, NEXT]
    profile = fleet[route, PROFILE]
    here = node[before, OUT]
    routes[route, LOAD] -= node[stop, DEMAND]
    routes[route, SIZE] -= 1
    way = 0
    real = 0
    if routes[route, SIZE] > 0 or fleet[route, DRIVEN] > 0:
        way = int(town.metres[profile, here, node[after, INTO]])
        real = int(town.metres[profile, here, node[after, END]])
    routes[route, PAID] += way - node[before, AHEAD] - node[stop, AHEAD]
    routes[route, METRES] += real - node[before, AHEAD] - town.metres[profile, stop, node[after, END]]
    node[before, AHEAD] = way
    node[before, TIME_AHEAD] = town.seconds[profile, here, node[after, END]]
    node[before, NEXT] = after
    node[after, PREV] = before
    node[stop, ROUTE] = -1


@tight
def insert(town: Town, plan: Plan, stop: int, before: int) -> None:
    """Put a left-out stop behind a node of some route."""
    node, routes, fleet = plan.node, plan.routes, town.fleet
    stops = len(town.far)
    route = node[before, ROUTE]
    after = node[before, NEXT]
    profile = fleet[route, PROFILE]
    here = node[before, OUT]
    was_home = routes[route, SIZE] == 0
    to = int(town.metres[profile, here, stop])
    on = int(town.metres[profile, stop, node[after, INTO]])
    routes[route, PAID] += to + on - node[before, AHEAD]
    routes[route, METRES] += to + town.metres[profile, stop, node[after, END]]
    if not was_home or fleet[route, DRIVEN] > 0:
        routes[route, METRES] -= town.metres[profile, here, node[after, END]]
    routes[route, LOAD] += node[stop, DEMAND]
    routes[route, SIZE] += 1
    node[before, AHEAD] = to
    node[stop, AHEAD] = on
    node[before, TIME_AHEAD] = town.seconds[profile, here, stop]
    node[stop, TIME_AHEAD] = town.seconds[profile, stop, node[after, END]]
    node[before, NEXT] = stop
    node[stop, PREV] = before
    node[stop, NEXT] = after
    node[after, PREV] = stop
    node[stop, ROUTE] = route
    if town.facts[TIMED] > 0:
        _set_early(town, node, stop, after, stops)
        _set_late(town, node, stop, before, stops)
    _sum_up(town, plan, route)
    if was_home and plan.spare[fleet[route, SORT]] == route:
        plan.spare[fleet[route, SORT]] = at_home(town, routes, fleet[route, SORT])


@tight
def at_home(town: Town, routes: Ints, sort: int) -> int:
    for route in range(len(routes)):
        if routes[route, SIZE] == 0 and town.fleet[route, SORT] == sort:
            return route
    return -1


@inlined
def _set_early(town: Town, node: Ints, first: int, settled: int, stops: int) -> None:
    """Set the earliest starts from `first` on, until from the stop `settled` on nothing changes any more."""
    stop = first
    if stop >= stops:
        return
    before = node[stop, PREV]
    clock = node[before, LEAVES] + node[before, TIME_AHEAD]
    sure = True
    while stop < stops:
        clock = first_start(node, town, stop, clock)
        if stop == settled:
            sure = False
        if not sure and clock == node[stop, EARLY]:
            return
        node[stop, EARLY] = clock
        clock += node[stop, SERVICE]
        node[stop, LEAVES] = clock
        clock += node[stop, TIME_AHEAD]
        stop = node[stop, NEXT]


@inlined
def _set_late(town: Town, node: Ints, last: int, settled: int, stops: int) -> None:
    """Set the latest starts from `last` back, until from the stop `settled` back nothing changes any more."""
    stop = last
    if stop >= stops:
        return
    after = node[stop, NEXT]
    limit = node[after, LATE]
    sure = True
    while stop < stops:
        limit = last_start(node, town, stop, limit - node[stop, TIME_AHEAD] - node[stop, SERVICE])
        if stop == settled:
            sure = False
        if not sure and limit == node[stop, LATE]:
            return
        node[stop, LATE] = limit
        stop = node[stop, PREV]


@inlined
def _sum_up(town: Town, plan: Plan, route: int) -> None:
    """Set the cost of a route and the room it has left."""
    routes, fleet = plan.routes, town.fleet
    size = routes[route, SIZE]
    free = fleet[route, ROOM] - routes[route, LOAD]
    routes[route, FREE] = free if size < fleet[route, STOPS_LEFT] else -1
    if size == 0 and fleet[route, DRIVEN] == 0:
        routes[route, COST] = 0
        return
    cost = fleet[route, ONCE] + fleet[route, STOP] * size
    cost += fleet[route, METRE] * max(0, routes[route, PAID] - fleet[route, BASE])
    if fleet[route, SECOND] > 0 and size > 0:
        cost += fleet[route, SECOND] * _paid_seconds(town, plan.node, route)
    routes[route, COST] = cost


@tight
def _paid_seconds(town: Town, node: Ints, route: int) -> int:
    """From leaving as late as the earliest end allows to that end; from the last departure where part is driven."""
    stops = len(town.far)
    ring = stops + route
    profile = town.fleet[route, PROFILE]
    stop = node[ring, PREV]
    end = node[stop, LEAVES] + town.seconds[profile, stop, node[ring, INTO]]
    if town.fleet[route, DRIVEN] > 0:
        return int(end - town.fleet[route, READY])
    limit = node[stop, EARLY]
    before = node[stop, PREV]
    while before < stops:
        way = town.seconds[profile, before, stop]
        limit = last_start(node, town, before, limit - way - node[before, SERVICE])
        stop = before
        before = node[stop, PREV]
    return int(end - (limit - town.seconds[profile, node[ring, OUT], stop]))
