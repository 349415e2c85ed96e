"""What the routing asks for and what it answers, as values that cannot be changed and are checked when they are made.

Units: metres, seconds, whole documents, whole rupiah. Times are seconds after local midnight of the service date.
Every value refuses nonsense with a ValueError of one plain sentence, so nobody downstream checks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

type IntMatrix = NDArray[np.int32]

UNREACHABLE = 2_147_483_647
"""Stands in a Matrix, in metres and in seconds alike, where no way leads from one place to the other."""

DAY = 86_400


def _whole(what: str, value: int, least: int = 0) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{what} must be at least {least}, not {value}")


def _named(what: str, value: str) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{what} needs an id")


def _unique(what: str, ids: Iterable[str]) -> None:
    for one, times in Counter(ids).items():
        if times > 1:
            raise ValueError(f"two {what} share the id {one!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A position in degrees (WGS 84)."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"there is no position at lat {self.lat}, lon {self.lon}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When service may start, in seconds after local midnight; both ends count."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _whole("a window's start", self.start)
        _whole("a window's end", self.end)
        if self.start > self.end:
            raise ValueError(f"a window cannot run from {self.start} to {self.end}")
        if self.end >= UNREACHABLE:
            raise ValueError(f"a window must end before second {UNREACHABLE}, not at {self.end}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """A place where vehicles start or end."""

    id: str
    point: Point

    def __post_init__(self) -> None:
        _named("a depot", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """What it costs not to visit a stop today: it goes by post, or waits another day."""

    kind: Literal["post", "wait"]
    rupiah: int

    def __post_init__(self) -> None:
        if self.kind not in ("post", "wait"):
            raise ValueError(f"a stop is left out by post or by waiting, not by {self.kind!r}")
        _whole("the price of leaving a stop out", self.rupiah)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit to one place.

    `demand` is in documents. `windows` are sorted and apart. `kinds` are the vehicle kinds that may come (None: all),
    `not_with` vehicles that may not, `depot` where its documents lie (None: at every depot). Without `leave_out` the
    stop is mandatory; where not all mandatory stops fit, one of priority p counts as much as 1 + p of priority 0.
    """

    id: str
    point: Point
    demand: int
    service_s: int
    windows: tuple[Window, ...]
    kinds: frozenset[str] | None = None
    priority: int = 0
    leave_out: LeaveOut | None = None
    not_with: frozenset[str] = frozenset()
    depot: str | None = None

    def __post_init__(self) -> None:
        _named("a stop", self.id)
        for what, value in (("demand", self.demand), ("service time", self.service_s), ("priority", self.priority)):
            _whole(f"the {what} of stop {self.id!r}", value)
        if self.priority > 9:
            raise ValueError(f"the priority of stop {self.id!r} must be at most 9, not {self.priority}")
        if not self.windows:
            raise ValueError(f"stop {self.id!r} has no time window")
        for one, next_one in zip(self.windows, self.windows[1:], strict=False):
            if one.end >= next_one.start:
                raise ValueError(f"the windows of stop {self.id!r} must be sorted and apart")
        if self.kinds is not None and not self.kinds:
            raise ValueError(f"stop {self.id!r} allows no vehicle kind at all; None allows every kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What one vehicle is paid for one route; `routing.fare` says how the parts add up.

    `base_fare` covers the first `base_metres`; every metre beyond costs `per_km` / 1000 rupiah. `platform_fee_bp` is in
    basis points (1/10,000) on top of the fare; `fixed` is the office's own cost of sending the vehicle, without fee.
    """

    base_fare: int = 10_000
    base_metres: int = 4_000
    per_km: int = 2_500
    per_stop: int = 0
    per_hour: int = 0
    platform_fee_bp: int = 0
    fixed: int = 0
    return_paid: bool = True

    def __post_init__(self) -> None:
        for name in ("base_fare", "base_metres", "per_km", "per_stop", "per_hour", "platform_fee_bp", "fixed"):
            _whole(f"the tariff's {name}", getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle in one shift: it leaves `start` not before the shift and is back at `end` before it is over.

    `end` None is an open route: done when the last service is done. `max_metres` counts the ride back where there is
    an end depot, whoever pays it. `profile` names the travel matrix.
    """

    id: str
    kind: str
    start: str
    end: str | None
    capacity: int
    shift: Window
    max_stops: int | None = None
    max_metres: int | None = None
    tariff: Tariff = Tariff()
    profile: str = "motorbike"

    def __post_init__(self) -> None:
        _named("a vehicle", self.id)
        _named(f"the kind of vehicle {self.id!r}", self.kind)
        for what, limit in (("capacity", self.capacity), ("stops", self.max_stops), ("distance", self.max_metres)):
            _whole(f"the {what} of vehicle {self.id!r}", limit or 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """Travel between all places of a problem, from row to column, in its order: depots, then stops.

    `metres` and `seconds` are int32[n, n]; both hold UNREACHABLE where no way leads. `source` says where the numbers
    come from ("estimate" for a straight line times a factor). The arrays are frozen, not copied; where both hold the
    same numbers they become one, which halves what a large problem takes.
    """

    metres: IntMatrix
    seconds: IntMatrix
    source: str

    def __post_init__(self) -> None:
        metres = _frozen("metres", self.metres)
        seconds = metres if self.seconds is self.metres else _frozen("seconds", self.seconds)
        if metres.shape != seconds.shape:
            raise ValueError("the metres and the seconds of a matrix must have one size")
        if seconds is not metres and all(
            np.array_equal(one, other) for one, other in zip(metres, seconds, strict=True)
        ):
            seconds = metres
        object.__setattr__(self, "metres", metres)
        object.__setattr__(self, "seconds", seconds)
        if seconds is not metres and not _same_gaps(metres, seconds):
            raise ValueError("a pair of places must be unreachable in metres and in seconds alike")

    @property
    def size(self) -> int:
        """How many places the matrix knows."""
        return int(self.metres.shape[0])


def _frozen(name: str, values: IntMatrix) -> IntMatrix:
    """The array as nobody can write to it, found to be a table of distances."""
    if values.dtype != np.int32 or values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"the {name} of a matrix must be int32[n, n], not {values.dtype}{list(values.shape)}")
    if values.size and int(values.min()) < 0:
        raise ValueError(f"the {name} of a matrix cannot be negative")
    if np.diagonal(values).any():
        raise ValueError(f"the {name} from a place to itself must be 0")
    frozen = np.ascontiguousarray(values).view()
    frozen.setflags(write=False)
    return frozen


def _same_gaps(metres: IntMatrix, seconds: IntMatrix) -> bool:
    """Whether no way leads in both tables alike; row by row, for large tables."""
    return all(
        np.array_equal(one == UNREACHABLE, other == UNREACHABLE) for one, other in zip(metres, seconds, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A dispatcher's decision: this stop rides with this vehicle, and if `position` is given, as its visit number
    `position` (from 0, what is already driven included). A pinned stop is never left out to save money."""

    stop_id: str
    vehicle_id: str
    position: int | None = None

    def __post_init__(self) -> None:
        _whole(f"the position of stop {self.stop_id!r}", self.position or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenVisit:
    """A visit that has already happened, with its true times."""

    stop_id: str
    arrival: int
    start: int
    departure: int

    def __post_init__(self) -> None:
        _whole(f"the arrival at stop {self.stop_id!r}", self.arrival)
        if not self.arrival <= self.start <= self.departure:
            raise ValueError(f"the times of the visit at stop {self.stop_id!r} run backwards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What a vehicle has already done today: facts, which no window or shift can forbid any more.

    The rest of its route continues from the last of these visits, not before that visit's departure.
    """

    vehicle_id: str
    leaves: int
    visits: tuple[DrivenVisit, ...]

    def __post_init__(self) -> None:
        if not self.visits:
            raise ValueError(f"vehicle {self.vehicle_id!r} has driven nowhere; leave its driven part away")
        _whole(f"the start of vehicle {self.vehicle_id!r}", self.leaves)
        clock = self.leaves
        for visit in self.visits:
            if visit.arrival < clock:
                raise ValueError(f"vehicle {self.vehicle_id!r} cannot be at stop {visit.stop_id!r} before it left")
            clock = visit.departure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Everything one solve needs. `matrices` holds one Matrix for every profile a vehicle names."""

    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    matrices: Mapping[str, Matrix]
    pins: tuple[Pin, ...] = ()
    driven: tuple[Driven, ...] = ()

    def __post_init__(self) -> None:
        _unique("places", [d.id for d in self.depots] + [s.id for s in self.stops])
        _unique("vehicles", (v.id for v in self.vehicles))
        depots = {d.id for d in self.depots}
        for vehicle in self.vehicles:
            if vehicle.start not in depots or (vehicle.end is not None and vehicle.end not in depots):
                raise ValueError(f"vehicle {vehicle.id!r} starts or ends at a depot that is not in the problem")
            if vehicle.profile not in self.matrices:
                raise ValueError(f"no travel matrix is given for the profile {vehicle.profile!r}")
        for stop in self.stops:
            if stop.depot is not None and stop.depot not in depots:
                raise ValueError(f"stop {stop.id!r} names a depot that is not in the problem")
        places = len(self.depots) + len(self.stops)
        for profile, matrix in self.matrices.items():
            if matrix.size != places:
                raise ValueError(f"the matrix {profile!r} knows {matrix.size} places, the problem has {places}")
        self._check_pins()

    def _check_pins(self) -> None:
        stops, vehicles = {s.id for s in self.stops}, {v.id for v in self.vehicles}
        for vehicle_id, stop_id in [(p.vehicle_id, p.stop_id) for p in self.pins] + [
            (d.vehicle_id, v.stop_id) for d in self.driven for v in d.visits
        ]:
            if vehicle_id not in vehicles or stop_id not in stops:
                raise ValueError(f"stop {stop_id!r} or vehicle {vehicle_id!r} of a pin is not in the problem")
        _unique("driven parts", (d.vehicle_id for d in self.driven))
        _unique(
            "pins or driven visits", [v.stop_id for d in self.driven for v in d.visits] + [p.stop_id for p in self.pins]
        )
        for part in self.driven:
            self._check_ways(part)
        driven = {d.vehicle_id: len(d.visits) for d in self.driven}
        fixed = [pin for pin in self.pins if pin.position is not None]
        _unique("pins to one position", (f"{pin.vehicle_id}: {pin.position}" for pin in fixed))
        for pin in fixed:
            if pin.position is not None and pin.position < driven.get(pin.vehicle_id, 0):
                raise ValueError(f"position {pin.position} of vehicle {pin.vehicle_id!r} is already driven")

    def _check_ways(self, part: Driven) -> None:
        vehicle = next(v for v in self.vehicles if v.id == part.vehicle_id)
        ids = [d.id for d in self.depots] + [s.id for s in self.stops]
        path = [vehicle.start, *(v.stop_id for v in part.visits), *([] if vehicle.end is None else [vehicle.end])]
        rows = [ids.index(place) for place in path]
        ways = self.matrices[vehicle.profile].metres
        if any(ways[here, there] == UNREACHABLE for here, there in pairwise(rows)):
            raise ValueError(f"vehicle {vehicle.id!r} has been where no way leads, or has no way back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to search: wall-clock seconds, or improvements tried (`iterations`, repeatable for a seed), or both."""

    seconds: float | None = None
    iterations: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            raise ValueError("a search needs a limit in seconds or in iterations")
        if self.seconds is not None and not 0 < self.seconds <= DAY:
            raise ValueError(f"a search cannot take {self.seconds} seconds")
        _whole("the iterations of a search", 1 if self.iterations is None else self.iterations, least=1)
        _whole("the seed", self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running solve has come: seconds so far, rupiah of its best plan, stops that plan visits."""

    seconds: float
    cost: int
    stops_on_routes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop of a route. `metres` and `seconds` are the leg from the place before; `load_after` is what is still
    in the bag when leaving. Between `arrival` and `start` the courier waits; service ends at `departure`."""

    stop_id: str
    arrival: int
    start: int
    departure: int
    metres: int
    seconds: int
    load_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The ordered visits of one vehicle; never empty.

    `metres` and `seconds` are the whole way and the whole time from `leaves` to `returns` (the end depot, or the end
    of the last service of an open route), waiting included; `back_metres` and `back_seconds` are the ride back.
    `paid_metres` and `paid_seconds` are the part the fare counts. `load` is what the vehicle carries at the start.
    """

    vehicle_id: str
    visits: tuple[Visit, ...]
    leaves: int
    returns: int
    metres: int
    seconds: int
    back_metres: int
    back_seconds: int
    paid_metres: int
    paid_seconds: int
    load: int
    fare: int

    @property
    def stop_ids(self) -> tuple[str, ...]:
        """The stops in their order."""
        return tuple(visit.stop_id for visit in self.visits)


class Cause(StrEnum):
    """Why a stop is on no route. What `Reason.amount` counts stands behind each."""

    UNREACHABLE = "unreachable"  # no way leads there and back for any vehicle that may come
    KIND = "kind"  # no vehicle in the problem may come: its kind, its depot, or forbidden by hand
    CAPACITY = "capacity"  # documents too many for the vehicle
    WINDOW = "window"  # seconds the vehicle comes after the last window
    SHIFT = "shift"  # seconds over the end of the vehicle's shift
    DISTANCE = "distance"  # metres over what the vehicle may drive
    STOPS = "stops"  # stops over what the vehicle may make
    NO_VEHICLE_FREE = "no_vehicle_free"  # an empty vehicle could come, but all are taken
    DEARER = "dearer"  # rupiah a visit costs more than leaving the stop out
    FITS = "fits"  # rupiah a visit would save: solve again, or insert it
    PINNED = "pinned"  # its pin leaves no place


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The smallest single change found that puts a stop on a route, verified by trying it.

    `field` names what changes on the vehicle or stop; `value` is its new value (for "price": the new price of leaving
    the stop out; for "vehicles": how many more vehicles like `vehicle_id`; for "kinds" and "not_with" 1: the stop takes
    vehicles of that vehicle's kind too, or that vehicle after all). `routing.change` makes it.
    """

    field: Literal[
        "capacity", "shift_end", "window_end", "max_metres", "max_stops", "price", "vehicles", "kinds", "not_with"
    ]
    value: int
    vehicle_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a stop was left out: the cause, how much is missing in the cause's unit, for which vehicle at best."""

    cause: Cause
    amount: int | None = None
    vehicle_id: str | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A stop on no route. `leave_out` None means it was mandatory and a person has to act."""

    stop_id: str
    reason: Reason
    leave_out: LeaveOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The answer to a Problem: fares plus prices of what is left out make `cost`, in rupiah.

    A mandatory stop left out adds nothing to `cost`. `seconds` is how long solving took, `source` where the travel
    numbers come from, `found_by` which part of the solver found the routes.
    """

    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    cost: int
    seconds: float
    source: str
    found_by: str
