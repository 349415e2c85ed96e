"""Several days at once: which stops go today, which tomorrow, under what every day can carry.

One problem holds all stops that are known and the fleet once for each day; a stop may not ride later than its last day.
So tours are as good as the whole horizon allows, and nothing is put off until more is due than a day can do. Then the
tours are given to days: the one whose waiting costs most goes first, no stop after its last day. A tour that may wait
stays when what a day of waiting costs is less than what tomorrow's documents for the same places are expected to save.

Planned again every morning with what came in since; only the first day is driven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.model import Depot, Limits, Matrix, Problem, Route, Solution, Stop, Vehicle
from routing.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One stop and how long it may wait. `last`: the last day (0 is today) on which it may be visited; `prices`: rupiah
    of being visited on each day; `arriving`: documents expected there for every day that passes.

    The stop's own `leave_out` is the price of not being visited in all these days.
    """

    stop: Stop
    last: int
    prices: tuple[int, ...]
    arriving: float = 0.0

    def __post_init__(self) -> None:
        if not self.prices:
            raise ValueError(f"stop {self.stop.id!r} needs a price for every day")
        if not 0 <= self.last < len(self.prices):
            raise ValueError(f"the last day of stop {self.stop.id!r} must be one of the {len(self.prices)} days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The tours of each day, and the solution they were taken from. A vehicle is called as in the fleet."""

    tours: tuple[tuple[Route, ...], ...]
    solution: Solution

    @property
    def today(self) -> tuple[Route, ...]:
        """What is driven; the rest is planned again tomorrow."""
        return self.tours[0]


def plan_days(
    depots: Sequence[Depot],
    waiting: Sequence[Waiting],
    fleet: Sequence[Vehicle],
    matrices: Mapping[str, Matrix],
    limits: Limits,
    search: Callable[[Problem, Limits], Solution] = solve,
) -> Days:
    """Tours for as many days as the stops have prices, and their days. The fleet drives on every one of them."""
    days = len(waiting[0].prices) if waiting else 1
    if any(len(one.prices) != days for one in waiting):
        raise ValueError("every stop needs a price for each of the same days")
    of_day = {day: [replace(vehicle, id=f"{vehicle.id}@{day}") for vehicle in fleet] for day in range(days)}
    later = {day: frozenset(v.id for d in range(day + 1, days) for v in of_day[d]) for day in range(days)}
    problem = Problem(
        depots=tuple(depots),
        stops=tuple(replace(one.stop, not_with=one.stop.not_with | later[one.last]) for one in waiting),
        vehicles=tuple(vehicle for day in range(days) for vehicle in of_day[day]),
        matrices=matrices,
    )
    solution = search(problem, limits)
    known = {one.stop.id: one for one in waiting}
    tours: list[list[Route]] = [[] for _ in range(days)]
    for route, day in _given_days(solution.routes, known, fleet, days):
        tours[day].append(route)
    return Days(tours=tuple(tuple(found) for found in tours), solution=solution)


def _given_days(
    routes: Sequence[Route], known: Mapping[str, Waiting], fleet: Sequence[Vehicle], days: int
) -> list[tuple[Route, int]]:
    """Every tour with its day. A vehicle is the same on every day, so its tours may change days among themselves.

    Whose last day comes first chooses first, then whose waiting costs most; each takes the first day its vehicle is
    free. That never misses a last day where the search missed none. Then tours of today that gain by waiting move on.
    """
    free = {(vehicle.id, day) for vehicle in fleet for day in range(days)}
    placed: list[tuple[Route, int, int]] = []
    for route in sorted(routes, key=lambda route: _urgency(route, known)):
        own = route.vehicle_id.rpartition("@")[0]
        day = min(day for vehicle, day in free if vehicle == own)
        free.discard((own, day))
        placed.append((replace(route, vehicle_id=own), day, min(known[stop_id].last for stop_id in route.stop_ids)))
    given = []
    for route, day, last in placed:
        rest = [later for later in range(1, last + 1) if (route.vehicle_id, later) in free]
        if day == 0 and rest and _waiting_pays(route, [known[stop_id] for stop_id in route.stop_ids]):
            free.discard((route.vehicle_id, rest[0]))
            free.add((route.vehicle_id, 0))
            day = rest[0]
        given.append((route, day))
    return given


def _urgency(route: Route, known: Mapping[str, Waiting]) -> tuple[int, int, str]:
    stops = [known[stop_id] for stop_id in route.stop_ids]
    dearer = sum(one.prices[min(1, len(one.prices) - 1)] - one.prices[0] for one in stops)
    return min(one.last for one in stops), -dearer, route.vehicle_id


def _waiting_pays(route: Route, stops: Sequence[Waiting]) -> bool:
    """Whether a day of waiting costs less than what the documents that arrive meanwhile save: they ride along instead
    of needing, later, their own share of such a tour."""
    arriving = sum(one.arriving for one in stops)
    saved = route.fare * arriving / (route.load + arriving) if arriving else 0.0
    return sum(one.prices[1] - one.prices[0] for one in stops) < saved
