"""Problem and plan as arrays, which is what compiled code can work on.

The search numbers its own stops from 0 to n - 1. Places are the stops, then where vehicles start and end, then
"anywhere", the end of open routes, at no distance from everything. A plan is a ring per route: node n + r stands before
the first and after the last stop of route r.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.fare import rates
from routing.form import NO_LIMIT, Duty, Form, in_units
from routing.model import UNREACHABLE

type Ints = NDArray[np.int64]
type SmallInts = NDArray[np.int32]
type Flags = NDArray[np.bool_]

NEAR = 100
"""Neighbours kept for each stop: the strings that a ruin removes come from their routes."""


class Town(NamedTuple):
    """What does not change during a search. Costs are in units of `Form.cost_unit`."""

    metres: SmallInts  # [profile, place, place]
    seconds: SmallInts  # [profile, place, place]
    demand: Ints
    service: Ints
    opens: Ints  # [stop, window]
    closes: Ints  # [stop, window]
    windows: Ints  # how many of them count
    far: Ints  # metres from the nearest depot
    near: Ints  # [stop, neighbour], nearest first
    may: Flags  # [vehicle, stop]
    profile: Ints
    start: Ints
    end: Ints
    paid_end: Ints  # the end, or anywhere where nobody pays the way back
    ready: Ints
    due: Ints
    room: Ints
    stops_left: Ints
    metres_left: Ints
    once: Ints
    metre: Ints
    stop: Ints
    second: Ints
    base: Ints
    driven: Flags  # under way already: costs its way back even with no further stop
    alike: Ints  # the first vehicle that is the same in everything


class Plan(NamedTuple):
    """Routes, and what makes trying a further stop cheap."""

    nxt: Ints  # [stop or ring]
    prv: Ints
    route: Ints  # of each stop; -1: left out
    early: Ints  # earliest start the visits before allow
    late: Ints  # latest start the visits after allow
    load: Ints  # of each route, like all that follows
    size: Ints
    metres: Ints
    paid: Ints
    cost: Ints


class Field(NamedTuple):
    """What the search works on, and how to get from it back to the form."""

    town: Town
    price: Ints
    stops: list[int]  # the form's number of each stop
    duties: list[int]  # the form's number of each vehicle
    optional: bool  # whether any of them may be left out to save money


def field_of(form: Form, start: Sequence[Sequence[int]]) -> Field | None:
    """The part of a form that the search may change, None where there is nothing; duties with locked positions keep
    their tours of `start`."""
    unit = form.cost_unit()
    duties = [v for v, duty in enumerate(form.duties) if not duty.locked]
    frozen = {k for v, duty in enumerate(form.duties) if duty.locked for k in (*duty.must, *start[v])}
    stops = [k for k in form.open_stops if k not in frozen and any(k in form.duties[v].may for v in duties)]
    if not stops:
        return None
    fleet = [form.duties[v] for v in duties]
    price = np.array([in_units(form.price[k], unit) for k in stops], dtype=np.int64)
    optional = any(form.price[k] < form.mandatory_price for k in stops)
    return Field(_town(form, fleet, stops, unit), price, stops, duties, optional)


def _town(form: Form, fleet: Sequence[Duty], stops: Sequence[int], unit: int) -> Town:
    rows = [form.row[k] for k in stops]
    terminals = sorted({duty.start for duty in fleet} | {duty.end for duty in fleet if duty.end is not None})
    place = {row: len(rows) + i for i, row in enumerate(terminals)}
    anywhere = len(rows) + len(terminals)
    profiles = sorted({duty.vehicle.profile for duty in fleet})
    matrices = [form.problem.matrices[name] for name in profiles]
    pick = np.array([*rows, *terminals], dtype=np.int64)
    widest = max((len(form.windows[k]) for k in stops), default=1)
    opens = np.full((len(stops), widest), NO_LIMIT, dtype=np.int64)
    closes = opens.copy()
    for i, k in enumerate(stops):
        for w, (first, last) in enumerate(form.windows[k]):
            opens[i, w], closes[i, w] = first, last
    tariffs = [rates(duty.tariff) for duty in fleet]
    metres = np.stack([_table(matrix.metres, pick) for matrix in matrices])
    starts = sorted({place[duty.start] for duty in fleet})
    column = _column
    return Town(
        metres=metres,
        seconds=np.stack([_table(matrix.seconds, pick) for matrix in matrices]),
        demand=column([form.demand[k] for k in stops]),
        service=column([form.service[k] for k in stops]),
        opens=opens,
        closes=closes,
        windows=column([len(form.windows[k]) for k in stops]),
        far=metres[0][starts][:, : len(stops)].min(axis=0).astype(np.int64),
        near=_near(metres[0], len(stops)),
        may=np.array([[k in duty.may for k in stops] for duty in fleet], dtype=np.bool_),
        profile=column([profiles.index(duty.vehicle.profile) for duty in fleet]),
        start=column([place[duty.start] for duty in fleet]),
        end=column([anywhere if duty.end is None else place[duty.end] for duty in fleet]),
        paid_end=column(
            [anywhere if duty.end is None or not duty.tariff.return_paid else place[duty.end] for duty in fleet]
        ),
        ready=column([duty.ready for duty in fleet]),
        due=column([duty.due for duty in fleet]),
        room=column([duty.room for duty in fleet]),
        stops_left=column([duty.stops_left for duty in fleet]),
        metres_left=column([duty.metres_left for duty in fleet]),
        once=column(
            [0 if duty.driven else in_units(rate.once, unit) for duty, rate in zip(fleet, tariffs, strict=True)]
        ),
        metre=column([in_units(rate.metre, unit) for rate in tariffs]),
        stop=column([in_units(rate.stop, unit) for rate in tariffs]),
        second=column([in_units(rate.second, unit) for rate in tariffs]),
        base=column([max(0, duty.tariff.base_metres - duty.spent[0]) for duty in fleet]),
        driven=np.array([bool(duty.driven) for duty in fleet], dtype=np.bool_),
        alike=column(_first_alike(fleet)),
    )


def _column(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _table(values: SmallInts, pick: Ints) -> SmallInts:
    """The chosen rows and columns, and "anywhere" behind them, at no distance."""
    table = np.zeros((len(pick) + 1, len(pick) + 1), dtype=np.int32)
    table[:-1, :-1] = values[np.ix_(pick, pick)]
    return table


def _near(metres: SmallInts, stops: int) -> Ints:
    """The nearest other stops of each stop, there and back taken together, block by block to spare memory."""
    count = min(NEAR, max(0, stops - 1))
    near = np.zeros((stops, count), dtype=np.int64)
    for i in range(stops):
        both = metres[i, :stops].astype(np.int64) + metres[:stops, i]
        both[i] = 2 * UNREACHABLE + 1
        first = np.argpartition(both, count - 1)[:count] if count < stops - 1 else np.argsort(both)[:count]
        near[i] = first[np.argsort(both[first], kind="stable")]
    return near


def _first_alike(fleet: Sequence[Duty]) -> list[int]:
    seen: dict[object, int] = {}
    result = []
    for v, duty in enumerate(fleet):
        limits = (duty.ready, duty.due, duty.room, duty.stops_left, duty.metres_left)
        key = (duty.start, duty.end, *limits, duty.tariff, duty.vehicle.profile, duty.may, duty.spent, duty.driven)
        result.append(seen.setdefault(key, v))
    return result


def empty_plan(town: Town) -> Plan:
    """Every vehicle at home, every stop left out; `cost` is not yet measured."""
    stops, vehicles = len(town.demand), len(town.start)

    def zeros() -> Ints:
        return np.zeros(vehicles, dtype=np.int64)

    return Plan(
        nxt=np.arange(stops + vehicles),
        prv=np.arange(stops + vehicles),
        route=np.full(stops, -1, dtype=np.int64),
        early=np.zeros(stops, dtype=np.int64),
        late=np.zeros(stops, dtype=np.int64),
        load=zeros(),
        size=zeros(),
        metres=zeros(),
        paid=zeros(),
        cost=zeros(),
    )


def set_route(plan: Plan, route: int, order: Sequence[int]) -> None:
    """Put these stops on an empty route, in this order."""
    ring = len(plan.route) + route
    before = ring
    for stop in order:
        plan.nxt[before], plan.prv[stop], plan.route[stop] = stop, before, route
        before = stop
    plan.nxt[before], plan.prv[ring] = ring, before


def route_of(plan: Plan, route: int) -> list[int]:
    """The stops of a route in their order."""
    stops = len(plan.route)
    order, stop = [], int(plan.nxt[stops + route])
    while stop < stops:
        order.append(stop)
        stop = int(plan.nxt[stop])
    return order
