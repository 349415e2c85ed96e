"""What people make of a solved plan, as a value: who rides which stops in which order, and what was decided by hand.

A draft is small (ids only), so that every edit keeps the one before and the one after. The problem it is judged by is
the one the plan was solved with, and on top of it what a dispatcher allowed in this plan only (`changes`, `vehicles`)
and what was taken off the routes by hand (`out`). Pins follow the stops: they say what a new search must keep, never
that an order made by hand is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.store.models.common import Json
from routing.change import with_change
from routing.jsonform import from_json, to_json
from routing.model import Change, LeaveOut, Pin, Problem, Reason, Solution, Vehicle

CHEAPEST, BY_POST, WAITS = "cheapest", "post", "wait"
WAYS_OUT = (CHEAPEST, BY_POST, WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """One route: its number, which it keeps as long as it has a stop, its vehicle, and its stops in order."""

    number: int
    vehicle_id: str
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The plan as it stands. Stops on no ride are left out; those in `out` by hand, and in which way."""

    rides: tuple[Ride, ...]
    out: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()
    changes: tuple[tuple[str, Change], ...] = ()
    """For which stop a change was made, and the change."""
    vehicles: tuple[Vehicle, ...] = ()
    """Couriers who ride in addition to those the plan was asked for."""
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    """Why the last search left a stop out."""
    later: Mapping[str, str] = field(default_factory=dict)
    """Of the stops in `out`, those that a plan over several days let wait, and the day on which they ride (ISO)."""

    @property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """As `routing.evaluate` takes them."""
        return {ride.vehicle_id: ride.stops for ride in self.rides}

    def place_of(self, stop_id: str) -> tuple[Ride, int] | None:
        """The ride and the position (from 0) of a stop; None when it is left out."""
        for ride in self.rides:
            if stop_id in ride.stops:
                return ride, ride.stops.index(stop_id)
        return None

    def ride(self, number: int) -> Ride:
        """The ride of this number; Invalid when there is none."""
        found = next((ride for ride in self.rides if ride.number == number), None)
        if found is None:
            raise _wrong("route", say("tidak ada rute %(number)s dalam rencana ini", number=number))
        return found


def draft_of(solution: Solution) -> Draft:
    """The draft as the solver left it."""
    rides = (
        Ride(number=number, vehicle_id=route.vehicle_id, stops=route.stop_ids)
        for number, route in enumerate(solution.routes, start=1)
    )
    return Draft(rides=tuple(rides), reasons={one.stop_id: one.reason for one in solution.unassigned})


def problem_of(base: Problem, draft: Draft, prices: Mapping[str, LeaveOut | None]) -> Problem:
    """The problem the draft is judged by. `prices`: of the stops taken out by hand, the way that was chosen."""
    problem = replace(base, vehicles=base.vehicles + draft.vehicles) if draft.vehicles else base
    for stop_id, change in draft.changes:
        problem = with_change(problem, stop_id, change)
    if prices:
        stops = tuple(replace(stop, leave_out=prices[stop.id]) if stop.id in prices else stop for stop in problem.stops)
        problem = replace(problem, stops=stops)
    return replace(problem, pins=draft.pins) if draft.pins else problem


# --- edits: each gives a new draft, or Invalid


def moved(draft: Draft, stop_id: str, to: Ride, position: int) -> Draft:
    """The stop rides there now; a new search keeps it on that route. Positions count from 0, without the stop."""
    rides = [replace(ride, stops=tuple(one for one in ride.stops if one != stop_id)) for ride in draft.rides]
    if all(ride.number != to.number for ride in rides):
        rides.append(replace(to, stops=()))
    rides = [_with_stop(ride, stop_id, position) if ride.number == to.number else ride for ride in rides]
    out = {one: way for one, way in draft.out.items() if one != stop_id}
    later = {one: day for one, day in draft.later.items() if one != stop_id}
    pins = draft.pins
    if all(pin.stop_id != stop_id for pin in pins):
        pins = (*pins, Pin(stop_id=stop_id, vehicle_id=to.vehicle_id))
    return _tidy(replace(draft, rides=tuple(rides), out=out, pins=pins, later=later))


def ordered(draft: Draft, number: int, stop_ids: Sequence[str]) -> Draft:
    """The stops of one route in another order."""
    ride = draft.ride(number)
    if sorted(stop_ids) != sorted(ride.stops):
        raise _wrong(
            "stop_ids", say("susunan baru harus memuat setiap tujuan rute %(number)s satu kali", number=number)
        )
    known = {pin.stop_id for pin in draft.pins}
    shifted = [one for at, one in enumerate(stop_ids) if ride.stops[at] != one and one not in known]
    pins = (*draft.pins, *(Pin(stop_id=one, vehicle_id=ride.vehicle_id) for one in shifted))
    rides = tuple(replace(one, stops=tuple(stop_ids)) if one is ride else one for one in draft.rides)
    return _tidy(replace(draft, rides=rides, pins=pins))


def pinned(draft: Draft, stop_id: str, to: str) -> Draft:
    """Keep a stop on its route, or at its position, when the rest is searched again; "none" lets it go."""
    place = draft.place_of(stop_id)
    if place is None:
        raise _wrong("stop_id", "tujuan ini tidak ada di rute mana pun")
    ride, position = place
    pins = tuple(pin for pin in draft.pins if pin.stop_id != stop_id)
    if to != "none":
        at = position if to == "position" else None
        pins = (*pins, Pin(stop_id=stop_id, vehicle_id=ride.vehicle_id, position=at))
    return replace(draft, pins=pins)


def taken_out(draft: Draft, stop_id: str, way: str) -> Draft:
    """No route visits the stop; a new search leaves it out, too."""
    rides = tuple(replace(ride, stops=tuple(one for one in ride.stops if one != stop_id)) for ride in draft.rides)
    later = {one: day for one, day in draft.later.items() if one != stop_id}
    return _tidy(replace(draft, rides=rides, out={**draft.out, stop_id: way}, later=later))


def swapped(draft: Draft, number: int, vehicle_id: str) -> Draft:
    """Somebody else rides this route; who has a route already takes this one's in exchange."""
    ride = draft.ride(number)
    other = next((one for one in draft.rides if one.vehicle_id == vehicle_id), None)
    if other is ride:
        raise _wrong("courier_id", "kurir ini sudah membawa rute itu")
    riders = {ride.number: vehicle_id} | ({other.number: ride.vehicle_id} if other is not None else {})
    rides = tuple(replace(one, vehicle_id=riders.get(one.number, one.vehicle_id)) for one in draft.rides)
    return _tidy(replace(draft, rides=rides))


def changed(draft: Draft, stop_id: str, change: Change) -> Draft:
    """Something is allowed in this plan that the office's rules do not."""
    return replace(draft, changes=(*draft.changes, (stop_id, change)))


def with_vehicle(draft: Draft, vehicle: Vehicle) -> Draft:
    """One more courier may ride."""
    return replace(draft, vehicles=(*draft.vehicles, vehicle))


def free_number(draft: Draft) -> int:
    """The number of the next new route."""
    return max((ride.number for ride in draft.rides), default=0) + 1


def _with_stop(ride: Ride, stop_id: str, position: int) -> Ride:
    at = max(0, min(position, len(ride.stops)))
    return replace(ride, stops=(*ride.stops[:at], stop_id, *ride.stops[at:]))


def _tidy(draft: Draft) -> Draft:
    """Empty rides are gone, and pins are where their stops are."""
    rides = tuple(ride for ride in draft.rides if ride.stops)
    kept = replace(draft, rides=rides)
    pins = []
    for pin in draft.pins:
        place = kept.place_of(pin.stop_id)
        if place is not None:
            at = None if pin.position is None else place[1]
            pins.append(replace(pin, vehicle_id=place[0].vehicle_id, position=at))
    return replace(kept, pins=tuple(pins))


# --- as it is kept


def to_row(draft: Draft) -> Json:
    """The draft as JSON."""
    return {
        "rides": [
            {"number": ride.number, "vehicle_id": ride.vehicle_id, "stops": list(ride.stops)} for ride in draft.rides
        ],
        "out": dict(draft.out),
        "pins": [to_json(pin) for pin in draft.pins],
        "changes": [{"stop_id": stop_id, "change": to_json(change)} for stop_id, change in draft.changes],
        "vehicles": [to_json(vehicle) for vehicle in draft.vehicles],
        "reasons": {stop_id: to_json(reason) for stop_id, reason in draft.reasons.items()},
        "later": dict(draft.later),
    }


def from_row(row: Mapping[str, Any]) -> Draft:
    """The draft that `to_row` wrote."""
    return Draft(
        rides=tuple(
            Ride(number=one["number"], vehicle_id=one["vehicle_id"], stops=tuple(one["stops"])) for one in row["rides"]
        ),
        out=dict(row["out"]),
        pins=tuple(from_json(Pin, one) for one in row["pins"]),
        changes=tuple((one["stop_id"], from_json(Change, one["change"])) for one in row["changes"]),
        vehicles=tuple(from_json(Vehicle, one) for one in row["vehicles"]),
        reasons={stop_id: from_json(Reason, one) for stop_id, one in row["reasons"].items()},
        later=dict(row.get("later", {})),  # none in drafts of before plans looked ahead
    )


def _wrong(name: str, reason: str) -> Invalid:
    return Invalid(fields=[FieldError(name, reason)])
