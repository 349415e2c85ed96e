"""Problem and plan as arrays, which is what compiled code can work on.

The search numbers its own stops from 0 to n - 1. Places are the stops, then where vehicles start and end, then
"anywhere", the end of open routes, at no distance from everything. A plan is a ring per route: node n + r stands before
the first and after the last stop of route r. What belongs to one node, one route or one vehicle lies in one row, side
by side in memory: the search spends its time looking at nodes, and most of that waiting for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.fare import rates
from routing.form import BLOCK, NEAR, NO_LIMIT, Duty, Form, in_units
from routing.near import nearest

type Ints = NDArray[np.int64]
type SmallInts = NDArray[np.int32]
type Flags = NDArray[np.bool_]

# columns of Plan.node
NEXT, PREV, ROUTE = 0, 1, 2  # ROUTE of a stop that is left out: -1
EARLY, LATE = 3, 4  # earliest start the visits before allow, latest start the visits after allow
LEAVES = 5  # earliest departure
OUT, INTO, END = 6, 7, 8  # the place as seen from the next node, from the one before as far as paid, and in full
AHEAD = 9  # paid metres to the next node; 0 on the ring of a vehicle that stays at home
DEMAND, SERVICE, OPENS, CLOSES, WINDOWS = 10, 11, 12, 13, 14  # of the first window; how many there are
TIME_AHEAD = 15  # seconds to the next node, the way back included
NODE_COLUMNS = 16

# columns of Plan.routes
LOAD, SIZE, METRES, PAID, COST = 0, 1, 2, 3, 4
FREE = 5  # room that is left; -1 where no further stop is allowed
ROUTE_COLUMNS = 8

# columns of Town.fleet; costs are in units of Form.cost_unit
PROFILE, ROOM, STOPS_LEFT, METRES_LEFT, BASE = 0, 1, 2, 3, 4
ONCE, METRE, STOP, SECOND = 5, 6, 7, 8
DRIVEN = 9  # under way already: costs its way back even with no further stop
SORT = 10  # vehicles of one sort are the same in everything
READY = 11
FLEET_COLUMNS = 12

# places of Town.facts
TIMED, CHOOSY = 0, 1  # whether time can bind at all; whether some vehicle may not come to some stop
OPTIONAL = 2  # whether some stop may be left out to save money


class Town(NamedTuple):
    """What does not change during a search."""

    metres: SmallInts  # [profile, place, place], from the first to the second
    back: SmallInts  # the same the other way round, so that all ways to and from a stop lie in its row
    seconds: SmallInts
    seconds_back: SmallInts
    near: SmallInts  # [stop, neighbour], nearest first
    opens: Ints  # [stop, window]
    closes: Ints
    far: Ints  # metres from the nearest depot
    may: Flags  # [stop, vehicle]
    fleet: Ints  # [vehicle, column]
    facts: Ints
    nodes: Ints  # the nodes of an empty plan


class Plan(NamedTuple):
    """Routes, and what makes trying a further stop cheap."""

    node: Ints  # [stop or ring, column]
    routes: Ints  # [vehicle, column]
    spare: Ints  # of each sort a vehicle at home; -1: none


class Field(NamedTuple):
    """What the search works on, and how to get from it back to the form."""

    town: Town
    price: Ints
    stops: list[int]  # the form's number of each stop
    duties: list[int]  # the form's number of each vehicle
    optional: bool  # whether any of them may be left out to save money


def field_of(form: Form, start: Sequence[Sequence[int]]) -> Field | None:
    """The part of a form that the search may change, None where there is nothing; duties with locked positions keep
    their tours of `start`.

    Stops are numbered along those tours: what is near is then near in memory too, which decides the pace of the search
    where the matrix is larger than the processor's cache.
    """
    unit = form.cost_unit()
    duties = [v for v, duty in enumerate(form.duties) if not duty.locked]
    frozen = {k for v, duty in enumerate(form.duties) if duty.locked for k in (*duty.must, *start[v])}
    able = frozenset[int]().union(*{id(form.duties[v].may): form.duties[v].may for v in duties}.values()) - frozen
    toured = [k for v in duties for k in start[v]]
    stops = list(dict.fromkeys(k for k in (*toured, *form.open_stops) if k in able))
    if not stops:
        return None
    fleet = [form.duties[v] for v in duties]
    price = np.array([in_units(form.price[k], unit) for k in stops], dtype=np.int64)
    optional = any(form.price[k] < form.mandatory_price for k in stops)
    return Field(_town(form, fleet, stops, unit, optional=optional), price, stops, duties, optional)


def _town(form: Form, fleet: Sequence[Duty], stops: Sequence[int], unit: int, *, optional: bool) -> Town:
    rows = [form.row[k] for k in stops]
    terminals = sorted({duty.start for duty in fleet} | {duty.end for duty in fleet if duty.end is not None})
    place = {row: len(rows) + i for i, row in enumerate(terminals)}
    anywhere = len(rows) + len(terminals)
    profiles = sorted({duty.vehicle.profile for duty in fleet})
    matrices = [form.problem.matrices[name] for name in profiles]
    pick = np.array([*rows, *terminals], dtype=np.int64)
    metres = _tables([matrix.metres for matrix in matrices], pick)
    alike = all(matrix.seconds is matrix.metres for matrix in matrices)
    seconds = metres if alike else _tables([matrix.seconds for matrix in matrices], pick)
    metres_back = _back(metres)
    opens, closes = _windows(form, stops)
    nodes = _nodes(form, fleet, stops, place, anywhere)
    nodes[: len(stops), OPENS], nodes[: len(stops), CLOSES] = opens[:, 0], closes[:, 0]
    may = {id(duty.may): [k in duty.may for k in stops] for duty in fleet}
    allowed = np.array([may[id(duty.may)] for duty in fleet], dtype=np.bool_).T.copy()
    starts = sorted({place[duty.start] for duty in fleet})
    table = _fleet(fleet, profiles, unit)
    return Town(
        metres=metres,
        back=metres_back,
        seconds=seconds,
        seconds_back=metres_back if alike else _back(seconds),
        near=_near(form, profiles[0], stops, metres[0]),
        opens=opens,
        closes=closes,
        far=metres[0][starts][:, : len(stops)].min(axis=0).astype(np.int64),
        may=allowed,
        fleet=table,
        facts=np.array(
            [_time_can_bind(fleet, nodes, opens, closes, seconds, table), not allowed.all(), optional], dtype=np.int64
        ),
        nodes=nodes,
    )


def _tables(matrices: Sequence[SmallInts], pick: Ints) -> SmallInts:
    """The chosen rows and columns of every matrix, and "anywhere" behind them, at no distance."""
    tables = np.zeros((len(matrices), len(pick) + 1, len(pick) + 1), dtype=np.int32)
    for table, values in zip(tables, matrices, strict=True):
        for line, row in zip(table, pick.tolist(), strict=False):
            np.take(values[row], pick, out=line[:-1], mode="clip")  # clip: straight into its place
    return tables


def _near(form: Form, profile: str, stops: Sequence[int], metres: SmallInts) -> SmallInts:
    """The nearest other stops of each stop; the form's, where it knows them of all."""
    if len(stops) < len(form.row):
        return nearest(metres, np.arange(len(stops)), NEAR)
    number = np.argsort(stops).astype(np.int32)
    return number[form.near(profile)[stops]]


def _back(tables: SmallInts) -> SmallInts:
    """The ways the other way round; the same array where there is no difference."""
    firsts = range(0, tables.shape[1], BLOCK)
    if all(np.array_equal(table[i : i + BLOCK], table[:, i : i + BLOCK].T) for table in tables for i in firsts):
        return tables
    return np.ascontiguousarray(tables.transpose(0, 2, 1))


def _windows(form: Form, stops: Sequence[int]) -> tuple[Ints, Ints]:
    widest = max((len(form.windows[k]) for k in stops), default=1)
    opens = np.full((len(stops), widest), NO_LIMIT, dtype=np.int64)
    closes = opens.copy()
    for i, k in enumerate(stops):
        for w, (first, last) in enumerate(form.windows[k]):
            opens[i, w], closes[i, w] = first, last
    return opens, closes


def _nodes(form: Form, fleet: Sequence[Duty], stops: Sequence[int], place: dict[int, int], anywhere: int) -> Ints:
    """Every stop left out, every vehicle at home."""
    count = len(stops)
    nodes = np.zeros((count + len(fleet), NODE_COLUMNS), dtype=np.int64)
    nodes[:, NEXT] = nodes[:, PREV] = np.arange(len(nodes))
    nodes[:count, ROUTE] = -1
    nodes[:count, OUT] = nodes[:count, INTO] = nodes[:count, END] = np.arange(count)
    nodes[:count, DEMAND] = [form.demand[k] for k in stops]
    nodes[:count, SERVICE] = [form.service[k] for k in stops]
    nodes[:count, WINDOWS] = [len(form.windows[k]) for k in stops]
    for route, duty in enumerate(fleet):
        ring = nodes[count + route]
        ring[ROUTE], ring[OUT] = route, place[duty.start]
        ring[EARLY] = ring[LEAVES] = duty.ready
        ring[LATE] = duty.due
        ring[END] = anywhere if duty.end is None else place[duty.end]
        ring[INTO] = ring[END] if duty.tariff.return_paid else anywhere
    return nodes


def _fleet(fleet: Sequence[Duty], profiles: Sequence[str], unit: int) -> Ints:
    table = np.zeros((len(fleet), FLEET_COLUMNS), dtype=np.int64)
    sorts: dict[object, int] = {}
    for row, duty in zip(table, fleet, strict=True):
        rate = rates(duty.tariff)
        row[PROFILE] = profiles.index(duty.vehicle.profile)
        row[ROOM], row[STOPS_LEFT], row[METRES_LEFT] = duty.room, duty.stops_left, duty.metres_left
        row[BASE] = max(0, duty.tariff.base_metres - duty.spent[0])
        row[ONCE] = 0 if duty.driven else in_units(rate.once, unit)
        row[METRE], row[STOP], row[SECOND] = (in_units(part, unit) for part in (rate.metre, rate.stop, rate.second))
        row[DRIVEN], row[READY] = bool(duty.driven), duty.ready
        limits = (duty.ready, duty.due, duty.room, duty.stops_left, duty.metres_left)
        sort = (duty.start, duty.end, *limits, duty.tariff, duty.vehicle.profile, duty.may, duty.spent, duty.driven)
        row[SORT] = sorts.setdefault(sort, len(sorts))
    return table


def _time_can_bind(
    fleet: Sequence[Duty], nodes: Ints, opens: Ints, closes: Ints, seconds: SmallInts, table: Ints
) -> bool:
    """Whether any order of stops could come too early or too late, or costs time."""
    stops = len(opens)
    longest = nodes[:stops, SERVICE].sum() + (stops + 1) * int(seconds.max())
    ends = max(duty.ready for duty in fleet) + longest
    free = opens[:, 0].max() <= min(duty.ready for duty in fleet) and ends <= closes[:, 0].min()
    return not (free and ends <= min(duty.due for duty in fleet) and not table[:, SECOND].any())


def empty_plan(town: Town) -> Plan:
    """Every vehicle at home, every stop left out; not yet measured."""
    sorts = town.fleet[:, SORT]
    return Plan(
        node=town.nodes.copy(),
        routes=np.zeros((len(town.fleet), ROUTE_COLUMNS), dtype=np.int64),
        spare=np.full(int(sorts.max()) + 1, -1, dtype=np.int64),
    )


def set_plan(town: Town, plan: Plan, orders: Sequence[Sequence[int]]) -> None:
    """Make these the routes, one for each vehicle, and everything else left out; not yet measured."""
    plan.node[:] = town.nodes
    plan.routes[:] = 0
    plan.spare[:] = -1
    stops = len(town.far)
    for route, order in enumerate(orders):
        ring = before = stops + route
        for stop in order:
            plan.node[before, NEXT], plan.node[stop, PREV], plan.node[stop, ROUTE] = stop, before, route
            before = stop
        plan.node[before, NEXT], plan.node[ring, PREV] = ring, before


def route_of(following: Ints | list[int], stops: int, route: int) -> list[int]:
    """The stops of a route in their order; `following` is the column NEXT of a plan."""
    order, stop = [], int(following[stops + route])
    while stop < stops:
        order.append(stop)
        stop = int(following[stop])
    return order
