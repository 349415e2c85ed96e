"""Times, loads and cost of one route, for compiled code. The arithmetic is that of `routing.tour`."""

from __future__ import annotations

import numpy as np

from routing.search.arrays import Plan, Town
from routing.search.compiled import compiled

NEVER = 1 << 40


@compiled
def first_start(town: Town, stop: int, arrival: int) -> int:
    """When service can start at the earliest; NEVER after the last window."""
    for w in range(town.windows[stop]):
        if arrival <= town.closes[stop, w]:
            return int(max(arrival, town.opens[stop, w]))
    return NEVER


@compiled
def last_start(town: Town, stop: int, limit: int) -> int:
    """The last moment not after `limit` at which service may start; -1 before the first window."""
    for w in range(town.windows[stop] - 1, -1, -1):
        if limit >= town.opens[stop, w]:
            return int(min(limit, town.closes[stop, w]))
    return -1


@compiled
def measure(town: Town, plan: Plan, route: int) -> None:
    """Compute everything about a route again after its ring changed."""
    stops = len(plan.route)
    ring = stops + route
    profile = town.profile[route]
    place = town.start[route]
    clock = town.ready[route]
    metres = np.int64(0)
    load = 0
    size = 0
    stop = plan.nxt[ring]
    while stop < stops:
        metres += town.metres[profile, place, stop]
        clock = first_start(town, stop, clock + town.seconds[profile, place, stop])
        plan.early[stop] = clock
        clock += town.service[stop]
        load += town.demand[stop]
        size += 1
        place = stop
        stop = plan.nxt[stop]
    paid = metres
    if size > 0 or town.driven[route]:
        paid += town.metres[profile, place, town.paid_end[route]]
        metres += town.metres[profile, place, town.end[route]]
    limit = town.due[route]
    place = town.end[route]
    stop = plan.prv[ring]
    while stop < stops:
        limit = last_start(town, stop, limit - town.seconds[profile, stop, place] - town.service[stop])
        plan.late[stop] = limit
        place = stop
        stop = plan.prv[stop]
    plan.load[route] = load
    plan.size[route] = size
    plan.metres[route] = metres
    plan.paid[route] = paid
    plan.cost[route] = _cost(town, plan, route)


@compiled
def _cost(town: Town, plan: Plan, route: int) -> int:
    if plan.size[route] == 0 and not town.driven[route]:
        return 0
    cost = town.once[route] + town.stop[route] * plan.size[route]
    cost += town.metre[route] * max(0, plan.paid[route] - town.base[route])
    if town.second[route] > 0 and plan.size[route] > 0:
        cost += town.second[route] * _paid_seconds(town, plan, route)
    return int(cost)


@compiled
def _paid_seconds(town: Town, plan: Plan, route: int) -> int:
    """From leaving as late as the earliest end allows to that end; from the last departure where part is driven."""
    stops = len(plan.route)
    profile = town.profile[route]
    stop = plan.prv[stops + route]
    end = plan.early[stop] + town.service[stop] + town.seconds[profile, stop, town.paid_end[route]]
    if town.driven[route]:
        return int(end - town.ready[route])
    limit = plan.early[stop]
    before = plan.prv[stop]
    while before < stops:
        limit = last_start(town, before, limit - town.seconds[profile, before, stop] - town.service[before])
        stop = before
        before = plan.prv[stop]
    return int(end - (limit - town.seconds[profile, town.start[route], stop]))
