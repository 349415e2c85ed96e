"""When the rest of a route that is being driven will be reached, from the last thing that was confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.evaluate import earliest
from routing.model import UNREACHABLE, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One visit to come. `start` is None where it comes after the last window: nobody will be there any more."""

    stop_id: str
    arrival: int
    start: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The visits to come, and when the vehicle is back (or done, on an open route)."""

    visits: tuple[Ahead, ...]
    back: int


def look_ahead(
    problem: Problem, vehicle_id: str, here: str | None, left_at: int, rest: Sequence[str], not_before: int = 0
) -> Outlook | None:
    """The rest of a route, in this order, for a vehicle that left `here` (a stop; None: its depot) at that second.

    It is nowhere before `not_before`: what has not been confirmed by now has not happened. None where no way leads on.
    """
    vehicle = next(one for one in problem.vehicles if one.id == vehicle_id)
    rows = {place: row for row, place in enumerate([d.id for d in problem.depots] + [s.id for s in problem.stops])}
    stops = {stop.id: stop for stop in problem.stops}
    seconds = problem.matrices[vehicle.profile].seconds
    place, clock = rows[here or vehicle.start], left_at
    visits: list[Ahead] = []
    for stop_id in rest:
        leg = int(seconds[place, rows[stop_id]])
        if leg == UNREACHABLE:
            return None
        arrival = max(clock + leg, not_before)
        start = earliest(stops[stop_id].windows, arrival)
        visits.append(Ahead(stop_id=stop_id, arrival=arrival, start=start))
        clock = (arrival if start is None else start) + stops[stop_id].service_s
        place = rows[stop_id]
    back = 0 if vehicle.end is None else int(seconds[place, rows[vehicle.end]])
    return None if back == UNREACHABLE else Outlook(visits=tuple(visits), back=max(clock + back, not_before))
