"""Why a stop is on no route, and the smallest single change that puts it on one.

Every reason is tried, not guessed: a stop is "too late" because the empty vehicle that goes straight there comes too
late, "dearer" because its cheapest place in this very plan costs so much more. Every change is tried the same way: with
it, the stop fits into the plan as it stands and pays there, so the changed problem has a plan that visits it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.descent import best_swap
from routing.fare import GRAINS
from routing.form import NO_LIMIT, Duty, Form, may_visit
from routing.model import Cause, Change, Problem, Reason, Route, Unassigned
from routing.tour import Tour, first_start


def explain(problem: Problem, routes: Sequence[Route]) -> tuple[Unassigned, ...]:
    """A verified reason for every stop that these routes leave out, in the stops' order."""
    form = Form(problem)
    order_of = {route.vehicle_id: [form.stop_number[stop_id] for stop_id in route.stop_ids] for route in routes}
    tours = [Tour(form, duty, order_of.get(duty.vehicle.id, [])[len(duty.driven) :]) for duty in form.duties]
    visited = {stop for order in order_of.values() for stop in order}
    return tuple(
        Unassigned(stop_id=stop.id, reason=_reason(form, tours, k), leave_out=stop.leave_out)
        for k, stop in enumerate(problem.stops)
        if k not in visited
    )


def _reason(form: Form, tours: Sequence[Tour], stop: int) -> Reason:
    may_come = [tour for tour in tours if stop in tour.duty.may]
    if not may_come:
        allowed = any(may_visit(vehicle, form.problem.stops[stop]) for vehicle in form.problem.vehicles)
        return Reason(cause=Cause.PINNED if allowed else Cause.KIND)
    alone = [_needs(form, replace(tour.duty, locked={}), stop) for tour in may_come]
    if all(alone):
        return _never(min(alone, key=_weight))
    offers = [(offer[0], tour.duty.vehicle.id) for tour in may_come if (offer := tour.best_insertion(stop))]
    if offers:
        more, vehicle_id = min(offers)
        return _dearer(form, stop, more, vehicle_id)
    if any(stop in duty.locked for duty in form.duties):
        return Reason(cause=Cause.PINNED)
    if (stretched := _stretched(form, may_come, stop)) is not None:
        return stretched
    return _crowded_out(form, tours, stop, [t.duty for t, needs in zip(may_come, alone, strict=True) if not needs])


@dataclass(frozen=True, slots=True)
class _Need:
    """One limit in the way of a visit: by how much, and the changed value that would remove it."""

    cause: Cause
    amount: int
    change: Change | None
    share: float


def _needs(form: Form, duty: Duty, stop: int) -> list[_Need]:
    """Everything that keeps a vehicle with nothing else to do from this stop; empty when it can serve it alone."""
    row, vehicle = form.row[stop], duty.vehicle
    there, back = duty.seconds[duty.start][row], 0 if duty.end is None else duty.seconds[row][duty.end]
    if there >= NO_LIMIT or back >= NO_LIMIT:
        return [_Need(Cause.UNREACHABLE, 0, None, float("inf"))]
    needs = list(_room_needs(form, Tour(form, duty), duty, stop))
    arrival = duty.ready + there
    start = first_start(form.windows[stop], arrival)
    if start >= NO_LIMIT:
        late = arrival - form.windows[stop][-1][1]
        needs.append(_Need(Cause.WINDOW, late, Change(field="window_end", value=arrival), late / 3_600))
        start = arrival
    over = start + form.service[stop] + back - duty.due
    if over > 0:
        change = Change(field="shift_end", value=duty.due + over, vehicle_id=vehicle.id)
        needs.append(_Need(Cause.SHIFT, over, change, over / 3_600))
    way = duty.metres[duty.start][row] + (0 if duty.end is None else duty.metres[row][duty.end])
    if way > duty.metres_left:
        needs.append(_distance(duty, way - duty.metres_left))
    return needs


def _room_needs(form: Form, tour: Tour, duty: Duty, stop: int) -> Iterator[_Need]:
    vehicle = duty.vehicle
    over = tour.load + form.demand[stop] - duty.room
    if over > 0:
        change = Change(field="capacity", value=vehicle.capacity + over, vehicle_id=vehicle.id)
        yield _Need(Cause.CAPACITY, over, change, over / max(1, vehicle.capacity))
    if len(tour.order) + 1 > duty.stops_left:
        assert vehicle.max_stops is not None
        more = len(tour.order) + 1 - duty.stops_left
        change = Change(field="max_stops", value=vehicle.max_stops + more, vehicle_id=vehicle.id)
        yield _Need(Cause.STOPS, more, change, more / max(1, vehicle.max_stops))


def _distance(duty: Duty, over: int) -> _Need:
    assert duty.vehicle.max_metres is not None
    change = Change(field="max_metres", value=duty.vehicle.max_metres + over, vehicle_id=duty.vehicle.id)
    return _Need(Cause.DISTANCE, over, change, over / max(1, duty.vehicle.max_metres))


def _weight(needs: list[_Need]) -> tuple[int, float]:
    return len(needs), sum(need.share for need in needs)


def _never(needs: list[_Need]) -> Reason:
    """No vehicle could come even if it had nothing else to do; a change only where a single one is enough."""
    first = needs[0]
    vehicle_id = next((need.change.vehicle_id for need in needs if need.change and need.change.vehicle_id), None)
    return Reason(
        cause=first.cause,
        amount=first.amount or None,
        vehicle_id=vehicle_id,
        change=first.change if len(needs) == 1 else None,
    )


def _dearer(form: Form, stop: int, more: int, vehicle_id: str | None) -> Reason:
    """A visit is possible for so many grains more; worth it only above that price."""
    price = form.price[stop]
    if more <= price:
        return Reason(cause=Cause.FITS, amount=(price - more) // GRAINS, vehicle_id=vehicle_id)
    return Reason(
        cause=Cause.DEARER,
        amount=-((price - more) // GRAINS),
        vehicle_id=vehicle_id,
        change=Change(field="price", value=more // GRAINS + 1),
    )


def _stretched(form: Form, may_come: Sequence[Tour], stop: int) -> Reason | None:
    """The limit of one vehicle, or the stop's last window, that alone stands between the stop and a place that pays."""
    found = [
        need
        for tour in may_come
        for need in _stretches(form, tour, stop)
        if need is not None and need.change is not None
    ]
    if not found:
        return None
    need = min(found, key=lambda need: need.share)
    vehicle_id = need.change.vehicle_id if need.change else None
    return Reason(cause=need.cause, amount=need.amount, vehicle_id=vehicle_id, change=need.change)


def _stretches(form: Form, tour: Tour, stop: int) -> Iterator[_Need | None]:
    duty = tour.duty
    for need in _room_needs(form, tour, duty, stop):
        if need.cause is Cause.CAPACITY:
            yield _if_it_pays(form, tour, replace(duty, room=duty.room + need.amount), stop, need)
        else:
            yield _if_it_pays(form, tour, replace(duty, stops_left=duty.stops_left + need.amount), stop, need)
    longer = _grown(form, tour, replace(duty, metres_left=NO_LIMIT), stop)
    if longer is not None and longer.metres > duty.metres_left:
        yield _distance(duty, longer.metres - duty.metres_left)
    later = _grown(form, tour, replace(duty, due=duty.due + NO_LIMIT), stop)
    if later is not None:
        last = later.order[-1]
        back = 0 if duty.end is None else duty.seconds[form.row[last]][duty.end]
        over = later.early[-1] + form.service[last] + back - duty.due
        if over > 0:
            change = Change(field="shift_end", value=duty.due + over, vehicle_id=duty.vehicle.id)
            yield _Need(Cause.SHIFT, over, change, over / 3_600)


def _if_it_pays(form: Form, tour: Tour, duty: Duty, stop: int, need: _Need) -> _Need | None:
    return need if _grown(form, tour, duty, stop) is not None else None


def _grown(form: Form, tour: Tour, duty: Duty, stop: int) -> Tour | None:
    """The tour with the stop at its cheapest place under a changed duty, if that place exists and pays."""
    grown = Tour(form, duty, tour.order)
    offer = grown.best_insertion(stop)
    if offer is None or offer[0] >= form.price[stop]:
        return None
    grown.insert(stop, offer[1])
    return grown


def _crowded_out(form: Form, tours: Sequence[Tour], stop: int, able: Sequence[Duty]) -> Reason:
    """Every vehicle that could come is busy with what pays better."""
    price = form.price[stop]
    swap = best_swap(form, tours, stop)
    if swap is not None and price < form.mandatory_price:
        return _dearer(form, stop, swap.more, tours[swap.tour].duty.vehicle.id)
    alone = [(Tour(form, duty, [stop]).cost(), duty.vehicle.id) for duty in able if not duty.driven]
    change = None
    if alone and min(alone)[0] < price:
        change = Change(field="vehicles", value=1, vehicle_id=min(alone)[1])
    return Reason(cause=Cause.NO_VEHICLE_FREE, change=change)
