"""Limits in the way of a visit, and the single changes that remove them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.form import LATEST, NO_LIMIT, Duty, Form, may_visit
from routing.model import UNREACHABLE, Cause, Change
from routing.tour import Tour, first_start
from routing.trial import Setting, Twist, idle_copy, near_tours

GROWTHS = (1, 2, 4)
"""How many times the least amount a limit is stretched: with less, others get in and not the stop."""

NEAR_TOURS = 6
"""Routes nearest to a stop whose limits are looked at."""


@dataclass(frozen=True, slots=True)
class Need:
    """One limit of a vehicle in the way of a visit: by how much, and how large a change that is (a share of the limit,
    or hours)."""

    cause: Cause
    amount: int
    share: float
    vehicle_id: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A limit of one tour that would have to give way for a stop to find a place there that pays."""

    need: Need
    tour: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that may admit a stop, and what it makes of the duties or of the stop's windows."""

    change: Change
    twist: Twist


def alone(form: Form, duty: Duty, stop: int) -> list[Need]:
    """Everything that keeps a vehicle with nothing else to do from this stop; empty when it can serve it alone."""
    row = form.row[stop]
    there, back = duty.seconds[duty.start][row], 0 if duty.end is None else duty.seconds[row][duty.end]
    if UNREACHABLE in (there, back):
        return [Need(Cause.UNREACHABLE, 0, float("inf"), duty.vehicle.id)]
    needs = list(_room(form, Tour(form, duty), stop))
    start = first_start(form.windows[stop], duty.ready + there)
    if start >= NO_LIMIT:
        start = duty.ready + there
        needs.append(_late(form, stop, start, duty.vehicle.id))
    back_metres = 0 if duty.end is None else duty.metres[row][duty.end]
    needs += _over_limit(duty, start + form.service[stop] + back, duty.metres[duty.start][row] + back_metres)
    return needs


def weight(needs: Sequence[Need]) -> tuple[int, float]:
    """Orders what keeps several vehicles away: the fewest limits, then the smallest."""
    return len(needs), sum(need.share for need in needs)


def stretches(setting: Setting, numbers: Sequence[int], stop: int) -> list[Stretch]:
    """The single limits of the nearest tours whose stretching gives the stop a place that pays, the smallest first."""
    near = near_tours(setting, stop, numbers)[:NEAR_TOURS]
    open_end = setting.form.with_open_end(stop)
    found = [Stretch(need, number) for number in near for need in _stretches(setting, number, stop, open_end)]
    return sorted(found, key=lambda stretch: stretch.need.share)


def stretching(setting: Setting, stop: int, stretch: Stretch) -> Iterator[Remedy]:
    """The changes that stretch this limit, from the least to several times as much."""
    form, need = setting.form, stretch.need
    duty = setting.tours[stretch.tour].duty
    closes = form.windows[stop][-1][1]
    for growth in GROWTHS:
        amount = need.amount * growth
        if need.cause is Cause.WINDOW:
            change = Change(field="window_end", value=closes + amount, vehicle_id=duty.vehicle.id)
            yield Remedy(change, Twist(duties={}, closes=closes + amount))
        else:
            change, stretched = _stretched(duty, need.cause, amount)
            yield Remedy(change, Twist(duties={stretch.tour: stretched}))


def more_vehicles(setting: Setting, able: Sequence[Duty]) -> Iterator[Remedy]:
    """One more vehicle like each of these."""
    for duty in able:
        change = Change(field="vehicles", value=1, vehicle_id=duty.vehicle.id)
        yield Remedy(change, Twist(duties={}, extra=idle_copy(duty)))


def allowances(setting: Setting, stop: int) -> Iterator[Remedy]:
    """A vehicle kind, or a vehicle that was forbidden by hand, let in where that alone keeps it away."""
    form, wanted = setting.form, setting.form.problem.stops[stop]
    kinds: dict[str, dict[int, Duty]] = {}
    owner = next((pin.vehicle_id for pin in form.problem.pins if pin.stop_id == wanted.id), None)
    for number, tour in enumerate(setting.tours):
        vehicle = tour.duty.vehicle
        if owner not in (None, vehicle.id):
            continue
        let_in = replace(tour.duty, may=tour.duty.may | {stop})
        if may_visit(vehicle, replace(wanted, not_with=wanted.not_with - {vehicle.id})):
            yield Remedy(Change(field="not_with", value=1, vehicle_id=vehicle.id), Twist(duties={number: let_in}))
        elif may_visit(vehicle, replace(wanted, kinds=None)):
            kinds.setdefault(vehicle.kind, {})[number] = let_in
    for duties in kinds.values():
        nearest = near_tours(setting, stop, list(duties))[:NEAR_TOURS]
        chosen = {number: duties[number] for number in nearest} | _idle_of(setting, duties)
        change = Change(field="kinds", value=1, vehicle_id=form.duties[nearest[0]].vehicle.id)
        yield Remedy(change, Twist(duties=chosen))


def _idle_of(setting: Setting, duties: dict[int, Duty]) -> dict[int, Duty]:
    """One vehicle of each sort among these that is at home."""
    sorts: dict[int, int] = {}
    for number in duties:
        if not setting.tours[number].order:
            sorts.setdefault(setting.sorts[number], number)
    return {number: duties[number] for number in sorts.values()}


def gets_in(setting: Setting, stop: int, tour: Tour) -> bool:
    """Whether the stop is inserted into a tour when those of the left-out stops who gain most go first."""
    form, left = tour.form, set(setting.left)
    while True:
        offers = [
            (offer[0] - form.price[k], k, offer[1])
            for k in left
            if (offer := tour.best_insertion(k)) is not None and offer[0] < form.price[k]
        ]
        if not offers:
            return False
        _, first, position = min(offers)
        if first == stop:
            return True
        tour.insert(first, position)
        left.remove(first)


# --- limits as needs


def _stretches(setting: Setting, number: int, stop: int, open_end: Form) -> Iterator[Need]:
    form, tour = setting.form, setting.tours[number]
    duty = tour.duty
    for need in _room(form, tour, stop):
        if _grown(form, tour, _stretched(duty, need.cause, need.amount)[1], stop) is not None:
            yield need
    for free in (replace(duty, metres_left=NO_LIMIT), replace(duty, due=LATEST)):
        grown = _grown(form, tour, free, stop)
        if grown is not None:
            yield from _over_limit(duty, grown.ends(), grown.metres)
    grown = _grown(open_end, tour, duty, stop)
    if grown is not None:
        start = grown.early[grown.order.index(stop)]
        if start > form.windows[stop][-1][1]:
            yield _late(form, stop, start, duty.vehicle.id)


def _grown(form: Form, tour: Tour, duty: Duty, stop: int) -> Tour | None:
    """The tour with the stop at its cheapest place under a changed duty, if that place exists and pays."""
    grown = Tour(form, duty, tour.order)
    offer = grown.best_insertion(stop)
    if offer is None or offer[0] >= form.price[stop]:
        return None
    grown.insert(stop, offer[1])
    return grown


def _stretched(duty: Duty, cause: Cause, amount: int) -> tuple[Change, Duty]:
    """A limit of the vehicle raised by so much: as a change to propose, and as a duty to try."""
    name = duty.vehicle.id
    match cause:
        case Cause.CAPACITY:
            change = Change(field="capacity", value=duty.vehicle.capacity + amount, vehicle_id=name)
            return change, replace(duty, room=duty.room + amount)
        case Cause.STOPS:
            allowed = len(duty.driven) + duty.stops_left + amount
            return Change(field="max_stops", value=allowed, vehicle_id=name), replace(
                duty, stops_left=duty.stops_left + amount
            )
        case Cause.SHIFT:
            change = Change(field="shift_end", value=duty.due + amount, vehicle_id=name)
            return change, replace(duty, due=duty.due + amount)
        case Cause.DISTANCE:
            allowed = duty.spent[0] + duty.metres_left + amount
            return Change(field="max_metres", value=allowed, vehicle_id=name), replace(
                duty, metres_left=duty.metres_left + amount
            )
        case _:
            raise ValueError(f"{cause} is no limit of a vehicle")


def _room(form: Form, tour: Tour, stop: int) -> Iterator[Need]:
    duty, name = tour.duty, tour.duty.vehicle.id
    over = tour.load + form.demand[stop] - duty.room
    if over > 0:
        yield Need(Cause.CAPACITY, over, over / max(1, duty.vehicle.capacity), name)
    more = len(tour.order) + 1 - duty.stops_left
    if more > 0:
        yield Need(Cause.STOPS, more, more / max(1, len(duty.driven) + duty.stops_left), name)


def _over_limit(duty: Duty, ends: int, metres: int) -> Iterator[Need]:
    if (over := ends - duty.due) > 0:
        yield Need(Cause.SHIFT, over, over / 3_600, duty.vehicle.id)
    if (over := metres - duty.metres_left) > 0:
        yield Need(Cause.DISTANCE, over, over / max(1, duty.spent[0] + duty.metres_left), duty.vehicle.id)


def _late(form: Form, stop: int, start: int, vehicle_id: str) -> Need:
    late = start - form.windows[stop][-1][1]
    return Need(Cause.WINDOW, late, late / 3_600, vehicle_id)
