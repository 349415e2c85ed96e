"""Why a stop is on no route, and the smallest single change that puts it on one.

Every reason is tried, not guessed: a stop is "too late" because the empty vehicle that goes straight there comes too
late, "dearer" because its cheapest place in this very plan costs so much more. A change is proposed only after trying
it on the plan: the stop must fit and pay, also against the other left-out stops that the same change would let in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.descent import best_swap
from routing.fare import GRAINS
from routing.form import LATEST, NO_LIMIT, Duty, Form, may_visit
from routing.model import UNREACHABLE, Cause, Change, Problem, Reason, Route, Unassigned
from routing.tour import Tour, first_start


def explain(problem: Problem, routes: Sequence[Route]) -> tuple[Unassigned, ...]:
    """A verified reason for every stop that these routes leave out, in the stops' order."""
    form = Form(problem)
    order_of = {route.vehicle_id: [form.stop_number[stop_id] for stop_id in route.stop_ids] for route in routes}
    tours = [Tour(form, duty, order_of.get(duty.vehicle.id, [])[len(duty.driven) :]) for duty in form.duties]
    visited = {stop for order in order_of.values() for stop in order}
    plan = _Plan(form, tours, [stop for stop in form.open_stops if stop not in visited])
    return tuple(
        Unassigned(stop_id=problem.stops[k].id, reason=_reason(plan, k), leave_out=problem.stops[k].leave_out)
        for k in plan.left
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The routes as they stand, and what they leave out."""

    form: Form
    tours: list[Tour]
    left: list[int]


@dataclass(frozen=True, slots=True)
class _Need:
    """One limit in the way of a visit: by how much, the change that removes it, and how large a change that is."""

    cause: Cause
    amount: int
    change: Change | None
    share: float


def _reason(plan: _Plan, stop: int) -> Reason:
    form = plan.form
    may_come = [tour for tour in plan.tours if stop in tour.duty.may]
    if not may_come:
        allowed = any(may_visit(vehicle, form.problem.stops[stop]) for vehicle in form.problem.vehicles)
        return Reason(cause=Cause.PINNED if allowed else Cause.KIND)
    alone = [_alone(form, replace(tour.duty, locked={}), stop) for tour in may_come]
    if all(alone):
        return _never(plan, stop, may_come, min(alone, key=_weight)[0])
    offers = [(offer[0], tour.duty.vehicle.id) for tour in may_come if (offer := tour.best_insertion(stop))]
    if offers:
        return _dearer(form, stop, *min(offers))
    if any(stop in duty.locked for duty in form.duties):
        return Reason(cause=Cause.PINNED)
    stretches = _stretches_of_all(plan.form, may_come, stop)
    need = _smallest_change(plan, stop, stretches)
    if need is not None:
        return Reason(cause=need.cause, amount=need.amount, vehicle_id=_vehicle_of(need), change=need.change)
    crowded = _crowded_out(plan, stop, [t.duty for t, needs in zip(may_come, alone, strict=True) if not needs])
    if stretches:  # a limit is in the way, but stretching it would let others in first
        need = stretches[0][0]
        return replace(crowded, cause=need.cause, amount=need.amount, vehicle_id=_vehicle_of(need))
    return crowded


# --- with nothing else to do


def _alone(form: Form, duty: Duty, stop: int) -> list[_Need]:
    """Everything that keeps a vehicle with nothing else to do from this stop; empty when it can serve it alone."""
    row = form.row[stop]
    there, back = duty.seconds[duty.start][row], 0 if duty.end is None else duty.seconds[row][duty.end]
    if UNREACHABLE in (there, back):
        return [_Need(Cause.UNREACHABLE, 0, None, float("inf"))]
    needs = list(_room(form, Tour(form, duty), stop))
    arrival = duty.ready + there
    start = first_start(form.windows[stop], arrival)
    if start >= NO_LIMIT:
        needs.append(_window(form, stop, arrival, duty.vehicle.id))
        start = arrival
    needs += _over_limit(duty, start + form.service[stop] + back, duty.metres[duty.start][row] + _back(duty, row))
    return needs


def _back(duty: Duty, row: int) -> int:
    return 0 if duty.end is None else duty.metres[row][duty.end]


def _weight(needs: list[_Need]) -> tuple[int, float]:
    return len(needs), sum(need.share for need in needs)


def _never(plan: _Plan, stop: int, may_come: Sequence[Tour], first: _Need) -> Reason:
    """No vehicle could come even if it had nothing else to do."""
    if first.cause is Cause.UNREACHABLE:
        return Reason(cause=first.cause)
    need = _smallest_change(plan, stop, _stretches_of_all(plan.form, may_come, stop))
    return Reason(
        cause=first.cause,
        amount=first.amount,
        vehicle_id=_vehicle_of(first),
        change=None if need is None else need.change,
    )


# --- in the plan as it stands


def _dearer(form: Form, stop: int, more: int, vehicle_id: str) -> Reason:
    """A visit is possible for so many grains more; it pays only above that price."""
    price = form.price[stop]
    if more <= price:
        return Reason(cause=Cause.FITS, amount=(price - more) // GRAINS, vehicle_id=vehicle_id)
    change = Change(field="price", value=more // GRAINS + 1)
    return Reason(cause=Cause.DEARER, amount=-((price - more) // GRAINS), vehicle_id=vehicle_id, change=change)


def _smallest_change(plan: _Plan, stop: int, stretches: Sequence[tuple[_Need, Tour]]) -> _Need | None:
    """The smallest stretch of one limit that lets this stop in, and not only others who come first."""
    return next((need for need, stretched in stretches if _gets_in(plan, stop, stretched)), None)


def _stretches_of_all(form: Form, may_come: Sequence[Tour], stop: int) -> list[tuple[_Need, Tour]]:
    found = [stretch for tour in may_come for stretch in _stretches(form, tour, stop)]
    return sorted(found, key=lambda stretch: stretch[0].share)


def _stretches(form: Form, tour: Tour, stop: int) -> Iterator[tuple[_Need, Tour]]:
    """Every single limit whose stretching gives the stop a place that pays, with the tour under the new limit."""
    duty = tour.duty
    for need in _room(form, tour, stop):
        more = replace(duty, room=duty.room + need.amount)
        if need.cause is Cause.STOPS:
            more = replace(duty, stops_left=duty.stops_left + need.amount)
        if _grown(form, tour, more, stop) is not None:
            yield need, Tour(form, more, tour.order)
    longer = _grown(form, tour, replace(duty, metres_left=NO_LIMIT), stop)
    later = _grown(form, tour, replace(duty, due=LATEST), stop)
    for grown in (longer, later):
        for need in _over_limit(duty, grown.ends(), grown.metres) if grown is not None else ():
            due = duty.due + (need.amount if need.cause is Cause.SHIFT else 0)
            metres = duty.metres_left + (need.amount if need.cause is Cause.DISTANCE else 0)
            yield need, Tour(form, replace(duty, due=due, metres_left=metres), tour.order)
    open_end = form.with_open_end(stop)
    grown = _grown(open_end, tour, duty, stop)
    if grown is not None:
        start = grown.early[grown.order.index(stop)]
        if start > form.windows[stop][-1][1]:
            yield _window(form, stop, start, duty.vehicle.id), Tour(open_end, duty, tour.order)


def _grown(form: Form, tour: Tour, duty: Duty, stop: int) -> Tour | None:
    """The tour with the stop at its cheapest place under a changed duty, if that place exists and pays."""
    grown = Tour(form, duty, tour.order)
    offer = grown.best_insertion(stop)
    if offer is None or offer[0] >= form.price[stop]:
        return None
    grown.insert(stop, offer[1])
    return grown


def _gets_in(plan: _Plan, stop: int, tour: Tour) -> bool:
    """Whether the stop is inserted into the changed tour when those of the left-out stops who gain most go first."""
    left = set(plan.left)
    while True:
        offers = [
            (offer[0] - plan.form.price[k], k, offer[1])
            for k in left
            if (offer := tour.best_insertion(k)) is not None and offer[0] < plan.form.price[k]
        ]
        if not offers:
            return False
        _, first, position = min(offers)
        if first == stop:
            return True
        tour.insert(first, position)
        left.remove(first)


def _crowded_out(plan: _Plan, stop: int, able: Sequence[Duty]) -> Reason:
    """Every vehicle that could come is busy with what pays better."""
    form, price = plan.form, plan.form.price[stop]
    swap = best_swap(form, plan.tours, stop)
    if swap is not None and price < form.mandatory_price:
        return _dearer(form, stop, swap.more, plan.tours[swap.tour].duty.vehicle.id)
    fresh = [duty for duty in able if not duty.driven and not duty.must]
    for duty in sorted(fresh, key=lambda duty: Tour(form, duty, [stop]).cost()):
        if _gets_in(plan, stop, Tour(form, duty)):
            change = Change(field="vehicles", value=1, vehicle_id=duty.vehicle.id)
            return Reason(cause=Cause.NO_VEHICLE_FREE, change=change)
    return Reason(cause=Cause.NO_VEHICLE_FREE)


# --- limits as needs


def _room(form: Form, tour: Tour, stop: int) -> Iterator[_Need]:
    duty, vehicle = tour.duty, tour.duty.vehicle
    over = tour.load + form.demand[stop] - duty.room
    if over > 0:
        change = Change(field="capacity", value=vehicle.capacity + over, vehicle_id=vehicle.id)
        yield _Need(Cause.CAPACITY, over, change, over / max(1, vehicle.capacity))
    more = len(tour.order) + 1 - duty.stops_left
    if more > 0:
        allowed = len(duty.driven) + duty.stops_left
        change = Change(field="max_stops", value=allowed + more, vehicle_id=vehicle.id)
        yield _Need(Cause.STOPS, more, change, more / max(1, allowed))


def _over_limit(duty: Duty, ends: int, metres: int) -> Iterator[_Need]:
    over = ends - duty.due
    if over > 0:
        change = Change(field="shift_end", value=duty.due + over, vehicle_id=duty.vehicle.id)
        yield _Need(Cause.SHIFT, over, change, over / 3_600)
    over = metres - duty.metres_left
    if over > 0:
        allowed = duty.spent[0] + duty.metres_left
        change = Change(field="max_metres", value=allowed + over, vehicle_id=duty.vehicle.id)
        yield _Need(Cause.DISTANCE, over, change, over / max(1, allowed))


def _window(form: Form, stop: int, start: int, vehicle_id: str) -> _Need:
    late = start - form.windows[stop][-1][1]
    return _Need(Cause.WINDOW, late, Change(field="window_end", value=start, vehicle_id=vehicle_id), late / 3_600)


def _vehicle_of(need: _Need) -> str | None:
    return None if need.change is None else need.change.vehicle_id
