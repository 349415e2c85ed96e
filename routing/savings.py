"""Savings routes (Clarke and Wright) on lists of near neighbours, as if vehicles of one kind were free.

Every stop begins on a route of its own; the pair of route ends whose joining saves most is joined first, as long as one
vehicle can drive the result. An end of a route knows when its last service can start at the earliest and its first at
the latest, so a join is tried in constant time; that holds with several windows a stop (see `routing.tour`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.form import NO_LIMIT, Duty, Form
from routing.model import UNREACHABLE, IntMatrix
from routing.search.compiled import compiled

type Ints = NDArray[np.int64]

NEIGHBOURS = 60
"""How many near neighbours of a stop are tried as the next on its route."""


class _Yard(NamedTuple):
    """One kind of vehicle and the stops it can serve alone, numbered from 0; ways by the rows of the matrix."""

    metres: IntMatrix
    seconds: IntMatrix
    row: Ints
    out: Ints  # metres from the start to each stop
    back: Ints  # metres from each stop to the end, 0 where the route is open
    out_s: Ints
    back_s: Ints
    demand: Ints
    service: Ints
    opens: Ints  # [stop, window]; windows that do not count open after everything
    closes: Ints
    ready: int
    due: int
    room: int
    most_stops: int
    most_metres: int


def savings_routes(form: Form, duty: Duty, stops: Sequence[int]) -> list[list[int]]:
    """Feasible routes for vehicles like this one, as many as it takes, over those stops that one of them can serve."""
    yard, able = _yard(form, duty, stops)
    if not able:
        return []
    first, second, reversible = _ranked_pairs(yard, *_near_pairs(form, duty, able))
    following, heads = _join(yard, first, second, reversible)
    routes = []
    for head in heads.tolist():
        route, stop = [], head
        while stop >= 0:
            route.append(able[stop])
            stop = int(following[stop])
        routes.append(route)
    return routes


def _yard(form: Form, duty: Duty, stops: Sequence[int]) -> tuple[_Yard, list[int]]:
    """The numbers of these stops, and which of them a vehicle with nothing else to do can serve."""
    matrix = form.problem.matrices[duty.vehicle.profile]
    chosen = np.array(stops, dtype=np.int64)
    known = form.stops
    row = known.row[chosen]
    nothing = np.zeros(len(stops), dtype=np.int64)
    yard = _Yard(
        metres=matrix.metres,
        seconds=matrix.seconds,
        row=row,
        out=matrix.metres[duty.start, row].astype(np.int64),
        back=nothing if duty.end is None else matrix.metres[row, duty.end].astype(np.int64),
        out_s=matrix.seconds[duty.start, row].astype(np.int64),
        back_s=nothing if duty.end is None else matrix.seconds[row, duty.end].astype(np.int64),
        demand=known.demand[chosen],
        service=known.service[chosen],
        opens=known.opens[chosen],
        closes=known.closes[chosen],
        ready=duty.ready,
        due=duty.due,
        room=duty.room,
        most_stops=duty.stops_left,
        most_metres=duty.metres_left,
    )
    able = np.flatnonzero(_serves_alone(yard))
    names = ("row", "out", "back", "out_s", "back_s", "demand", "service", "opens", "closes")
    return yard._replace(**{name: getattr(yard, name)[able] for name in names}), [stops[i] for i in able.tolist()]


def _serves_alone(yard: _Yard) -> NDArray[np.bool_]:
    arrival = (yard.ready + yard.out_s)[:, None]
    start = np.where(arrival <= yard.closes, np.maximum(arrival, yard.opens), NO_LIMIT).min(axis=1, initial=NO_LIMIT)
    in_time = (start < NO_LIMIT) & (start + yard.service + yard.back_s <= yard.due)
    room = (yard.demand <= yard.room) & (yard.out + yard.back <= yard.most_metres) & (yard.most_stops > 0)
    able: NDArray[np.bool_] = in_time & room
    return able


def _near_pairs(form: Form, duty: Duty, able: Sequence[int]) -> tuple[Ints, Ints]:
    """Pairs of these stops of which one is near the other, both ways round, numbered as they stand here."""
    number = np.full(len(form.row), -1, dtype=np.int64)
    number[able] = np.arange(len(able))
    near = number[form.near(duty.vehicle.profile)[able, :NEIGHBOURS]]
    one, other = np.repeat(np.arange(len(able)), near.shape[1]), near.ravel()
    one, other = one[other >= 0], other[other >= 0]
    pairs = np.sort(np.concatenate([one * len(able) + other, other * len(able) + one]))
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return pairs // len(able), pairs % len(able)


def _ranked_pairs(yard: _Yard, first: Ints, second: Ints) -> tuple[Ints, Ints, bool]:
    """The pairs worth riding one after the other, those that save most first; whether a route of such pairs may as
    well be driven backwards, and each pair is named only once."""
    row_1, row_2 = yard.row[first], yard.row[second]
    metres = yard.metres[row_1, row_2]
    both_ways = np.array_equal(yard.out, yard.back) and np.array_equal(yard.out_s, yard.back_s)
    both_ways = both_ways and np.array_equal(metres, yard.metres[row_2, row_1])
    both_ways = both_ways and np.array_equal(yard.seconds[row_1, row_2], yard.seconds[row_2, row_1])
    reversible = both_ways and bool((yard.opens[:, 0] <= yard.ready).all() and (yard.closes[:, 0] >= yard.due).all())
    saved = yard.back[first] + yard.out[second] - metres
    keep = (metres < UNREACHABLE) & (saved > 0)
    if reversible:
        keep &= first < second
    first, second, saved = first[keep], second[keep], saved[keep]
    ranking = np.argsort(-saved, kind="stable")
    return first[ranking], second[ranking], reversible


@compiled
def _first_start(yard: _Yard, stop: int, arrival: int) -> int:
    for w in range(yard.opens.shape[1]):
        if arrival <= yard.closes[stop, w]:
            return int(max(arrival, yard.opens[stop, w]))
    return NO_LIMIT


@compiled
def _last_start(yard: _Yard, stop: int, limit: int) -> int:
    for w in range(yard.opens.shape[1] - 1, -1, -1):
        if limit >= yard.opens[stop, w]:
            return int(min(limit, yard.closes[stop, w]))
    return -1


@compiled
def _turn(head: int, following: Ints, before: Ints) -> None:
    """Drive a route the other way round."""
    stop = head
    while stop >= 0:
        after = following[stop]
        following[stop], before[stop] = before[stop], after
        stop = after


@compiled
def _earliest_on(yard: _Yard, stop: int, start: int, following: Ints) -> int:
    """When the last service of a route starts at the earliest, if the one at `stop` starts then."""
    while following[stop] >= 0:
        after = following[stop]
        way = yard.seconds[yard.row[stop], yard.row[after]]
        start = _first_start(yard, after, start + yard.service[stop] + way)
        stop = after
    return start


@compiled
def _latest_on(yard: _Yard, stop: int, start: int, before: Ints) -> int:
    """When the first service of a route must start at the latest, if the one at `stop` starts then."""
    while before[stop] >= 0:
        prior = before[stop]
        way = yard.seconds[yard.row[prior], yard.row[stop]]
        start = _last_start(yard, prior, start - way - yard.service[prior])
        stop = prior
    return start


@compiled
def _join(yard: _Yard, first: Ints, second: Ints, reversible: bool) -> tuple[Ints, Ints]:
    """Join routes pair by pair: what follows each stop (-1: nothing), and the first stops of the routes."""
    size = len(yard.row)
    following = np.full(size, -1, dtype=np.int64)
    before = np.full(size, -1, dtype=np.int64)
    # of each route, kept at both of its ends: the other end, and what the whole route carries and drives
    other_end = np.arange(size)
    load = yard.demand.copy()
    stops = np.ones(size, dtype=np.int64)
    metres = yard.out + yard.back
    early = np.empty(size, dtype=np.int64)  # kept at the tail
    late = np.empty(size, dtype=np.int64)  # kept at the head
    for k in range(size):
        early[k] = _first_start(yard, k, yard.ready + yard.out_s[k])
        late[k] = _last_start(yard, k, yard.due - yard.back_s[k] - yard.service[k])
    for p in range(len(first)):
        a, b = first[p], second[p]
        if other_end[a] == b:
            continue
        if following[a] >= 0 and (before[a] >= 0 or not reversible):
            continue
        if before[b] >= 0 and (following[b] >= 0 or not reversible):
            continue
        if load[a] + load[b] > yard.room or stops[a] + stops[b] > yard.most_stops:
            continue
        way = yard.metres[yard.row[a], yard.row[b]]
        together = metres[a] + metres[b] - yard.back[a] - yard.out[b] + way
        if together > yard.most_metres:
            continue
        if following[a] >= 0:
            tail = other_end[a]
            _turn(a, following, before)
            early[a] = _earliest_on(yard, tail, _first_start(yard, tail, yard.ready + yard.out_s[tail]), following)
            late[tail] = _latest_on(yard, a, _last_start(yard, a, yard.due - yard.back_s[a] - yard.service[a]), before)
        if before[b] >= 0:
            head = other_end[b]
            _turn(head, following, before)
            early[head] = _earliest_on(yard, b, _first_start(yard, b, yard.ready + yard.out_s[b]), following)
            limit = yard.due - yard.back_s[head] - yard.service[head]
            late[b] = _latest_on(yard, head, _last_start(yard, head, limit), before)
        way_s = yard.seconds[yard.row[a], yard.row[b]]
        start = _first_start(yard, b, early[a] + yard.service[a] + way_s)
        if start > late[b]:
            continue
        head, tail = other_end[a], other_end[b]
        early[tail] = _earliest_on(yard, b, start, following)
        late[head] = _latest_on(yard, a, _last_start(yard, a, late[b] - way_s - yard.service[a]), before)
        following[a], before[b] = b, a
        other_end[head], other_end[tail] = tail, head
        load[head] = load[tail] = load[a] + load[b]
        stops[head] = stops[tail] = stops[a] + stops[b]
        metres[head] = metres[tail] = together
    return following, np.flatnonzero(before < 0)
