"""A Problem as other solvers can take it: one linear price a metre and a fixed price a vehicle, in whole units.

The tariff's base fare, which covers the first metres, has no image in PyVRP or VROOM: a route is taken to be longer
than that (nearly all are), so its fixed price is what the base fare costs beyond those metres. Whatever else they
cannot express is refused here, so that nobody is measured on another problem; every answer is costed by the true
tariff.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import gcd

from routing.model import Problem, Vehicle

type Orders = dict[str, list[str]]
"""An answer: the stop ids of each vehicle's route, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Vehicles that are alike but for their names; prices in units of the Image."""

    vehicles: tuple[Vehicle, ...]
    fixed: int
    per_metre: int

    @property
    def one(self) -> Vehicle:
        """Any of them."""
        return self.vehicles[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Fleets, and the price of leaving out each stop (None: it must be visited), in units of `grain` milli-rupiah."""

    fleets: tuple[Fleet, ...]
    prices: tuple[int | None, ...]
    grain: int


def image_of(problem: Problem) -> Image:
    """The linear image of a problem of one depot."""
    if len(problem.depots) != 1 or problem.pins or problem.driven:
        raise ValueError("the other solvers are given problems of one depot, without pins and driven parts")
    groups = [tuple(group) for _, group in groupby(problem.vehicles, key=_likeness)]
    linear = [(group, *_linear(group[0])) for group in groups]
    prices = [None if stop.leave_out is None else stop.leave_out.rupiah * 1_000 for stop in problem.stops]
    grain = gcd(*(fixed for _, fixed, _ in linear), *(metre for *_, metre in linear), *(p for p in prices if p)) or 1
    return Image(
        fleets=tuple(Fleet(vehicles=g, fixed=fixed // grain, per_metre=metre // grain) for g, fixed, metre in linear),
        prices=tuple(None if price is None else price // grain for price in prices),
        grain=grain,
    )


def _linear(vehicle: Vehicle) -> tuple[int, int]:
    """Milli-rupiah for sending the vehicle, and for each metre."""
    tariff = vehicle.tariff
    if tariff.per_stop or tariff.per_hour or tariff.platform_fee_bp or not tariff.return_paid or vehicle.end is None:
        raise ValueError(f"the tariff of vehicle {vehicle.id!r} has no linear image")
    fixed = (tariff.base_fare + tariff.fixed) * 1_000 - tariff.base_metres * tariff.per_km
    if fixed < 0:
        raise ValueError(f"the base fare of vehicle {vehicle.id!r} is cheaper than the metres it covers")
    return fixed, tariff.per_km


def _likeness(vehicle: Vehicle) -> tuple[object, ...]:
    shift, tariff = vehicle.shift, vehicle.tariff
    limits = (vehicle.capacity, vehicle.max_stops, vehicle.max_metres, shift.start, shift.end)
    return (vehicle.kind, *limits, tariff.base_fare, tariff.base_metres, tariff.per_km, tariff.fixed, vehicle.profile)


def may_come(vehicle: Vehicle, kinds: frozenset[str] | None) -> bool:
    """Whether a stop of these kinds may be visited by this vehicle."""
    return kinds is None or vehicle.kind in kinds
