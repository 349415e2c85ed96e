"""Why a stop is on no route, and the smallest single change that puts it on one.

Every reason is tried, not guessed: a stop is "too late" because the empty vehicle that goes straight there comes too
late, "dearer" because the cheapest plan found that visits it costs so much more. A change is proposed only when the
routes and stops around, searched again under it, are cheaper with the stop than without it (`routing.trial`), also
against the other left-out stops that the same change would let in. Where the time for that runs out, insertion into the
plan as it stands has to do; the stops nearest to being visited are tried first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from time import perf_counter

from routing.descent import best_swap
from routing.fare import GRAINS
from routing.form import Duty, Form, may_visit
from routing.model import Cause, Change, Problem, Reason, Route, Unassigned
from routing.remedy import (
    Need,
    Remedy,
    allowances,
    alone,
    gets_in,
    more_vehicles,
    stretches,
    stretching,
    weight,
)
from routing.tour import Tour
from routing.trial import NO_TWIST, Found, Setting, comes_in, near_tours, try_out

NEAR_TOURS, FAR_TOURS = 8, 60
"""Routes nearest to a stop that are asked for a place in it, and those asked where they have none."""

MANY = 1_000
"""From so many left-out stops on a quarter of these routes has to do for each."""

MOST_TRIED = 200
"""Stops whose changes are tried out where no time is set."""

TRIES = 6
"""Changes that are tried for one stop before it is left without one."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """A stop's reason without its change; the changes that may admit it, the smallest first; and grains that visiting
    it costs in the plan as it stands (None: it fits nowhere)."""

    stop: int
    reason: Reason
    remedies: Iterable[Remedy] = ()
    more: int | None = None


def explain(
    problem: Problem, routes: Sequence[Route], *, form: Form | None = None, seconds: float | None = None
) -> tuple[Unassigned, ...]:
    """A verified reason for every stop that these routes leave out, in the stops' order.

    `form` saves building it again. After `seconds` no further change is tried out; without them the changes of the
    first `MOST_TRIED` stops are, and the same routes give the same reasons.
    """
    begun = perf_counter()
    form = Form(problem) if form is None else form
    order_of = {route.vehicle_id: [form.stop_number[stop_id] for stop_id in route.stop_ids] for route in routes}
    tours = [Tour(form, duty, order_of.get(duty.vehicle.id, [])[len(duty.driven) :]) for duty in form.duties]
    visited = {stop for order in order_of.values() for stop in order}
    setting = Setting(form, tours, [stop for stop in form.open_stops if stop not in visited])
    findings = [_finding(setting, stop) for stop in setting.left]
    reasons: dict[int, Reason] = {}
    for number, finding in enumerate(sorted(findings, key=lambda one: _closeness(form, one))):
        has_time = number < MOST_TRIED if seconds is None else perf_counter() - begun < seconds
        reasons[finding.stop] = _tried(setting, finding) if has_time else _believed(setting, finding)
    return tuple(
        Unassigned(stop_id=problem.stops[k].id, reason=reasons[k], leave_out=problem.stops[k].leave_out)
        for k in setting.left
    )


def _closeness(form: Form, finding: _Finding) -> tuple[bool, int, int]:
    """Orders findings: what must be visited, then what is nearest to paying."""
    is_optional = form.price[finding.stop] < form.mandatory_price
    missing = 0 if finding.more is None else finding.more - form.price[finding.stop]
    return is_optional, missing if is_optional else 0, finding.stop


# --- the cause


def _finding(setting: Setting, stop: int) -> _Finding:
    form, tours = setting.form, setting.tours
    may_come = [number for number, tour in enumerate(tours) if stop in tour.duty.may]
    if not may_come:
        allowed = any(may_visit(vehicle, form.problem.stops[stop]) for vehicle in form.problem.vehicles)
        cause = Cause.PINNED if allowed else Cause.KIND
        return _Finding(stop, Reason(cause=cause), () if allowed else allowances(setting, stop))
    sorts: dict[int, Duty] = {}
    for number in may_come:
        sorts.setdefault(setting.sorts[number], tours[number].duty)
    needs = {sort: alone(form, replace(duty, locked={}), stop) for sort, duty in sorts.items()}
    if all(needs.values()):
        first = min(needs.values(), key=weight)[0]
        if first.cause is Cause.UNREACHABLE:
            return _Finding(stop, Reason(cause=first.cause))
        return _Finding(stop, _reason(first), _stretching(setting, stop, may_come))
    if (offer := _offer(setting, stop, may_come)) is not None:
        more, vehicle_id = offer
        return _Finding(stop, _dearer(form, stop, more, vehicle_id), more=more)
    if any(stop in duty.locked for duty in form.duties):
        return _Finding(stop, Reason(cause=Cause.PINNED))
    able = [duty for sort, duty in sorts.items() if not needs[sort] and not duty.driven]
    return _crowded_out(setting, stop, may_come, able)


def _offer(setting: Setting, stop: int, may_come: Sequence[int]) -> tuple[int, str] | None:
    """(grains more, vehicle) of the cheapest place for the stop in the plan; one idle vehicle speaks for its sort."""
    tours, busy, at_home = setting.tours, list[int](), list[int]()
    idle = set[int]()
    for number in may_come:
        tour = tours[number]
        if tour.order or tour.duty.driven or tour.duty.must:
            busy.append(number)
        elif setting.sorts[number] not in idle:
            idle.add(setting.sorts[number])
            at_home.append(number)
    near = near_tours(setting, stop, busy)
    first, last = (NEAR_TOURS, FAR_TOURS) if len(setting.left) < MANY else (NEAR_TOURS // 4, FAR_TOURS // 4)
    offers = _offers(tours, stop, [*near[:first], *at_home]) or _offers(tours, stop, near[first:last])
    return min(offers, default=None)


def _offers(tours: Sequence[Tour], stop: int, numbers: Sequence[int]) -> list[tuple[int, str]]:
    return [
        (offer[0], tours[number].duty.vehicle.id)
        for number in numbers
        if (offer := tours[number].best_insertion(stop)) is not None
    ]


def _crowded_out(setting: Setting, stop: int, may_come: Sequence[int], able: Sequence[Duty]) -> _Finding:
    """Every vehicle that could come is busy with what pays better."""
    form = setting.form
    fresh = sorted(able, key=lambda duty: Tour(form, replace(duty, must=frozenset(), locked={}), [stop]).cost())
    found = stretches(setting, may_come, stop)
    limits = chain.from_iterable(islice(stretching(setting, stop, one), 2 if found[1:] else None) for one in found)
    ways = chain(limits, more_vehicles(setting, fresh))
    if found:
        return _Finding(stop, _reason(found[0].need), ways)
    near = near_tours(setting, stop, may_come)[:NEAR_TOURS]
    swap = best_swap(form, [setting.tours[number] for number in near], stop)
    if swap is not None and form.price[stop] < form.mandatory_price and swap.more >= form.price[stop]:
        vehicle_id = setting.tours[near[swap.tour]].duty.vehicle.id
        return _Finding(stop, _dearer(form, stop, swap.more, vehicle_id), more=swap.more)
    return _Finding(stop, Reason(cause=Cause.NO_VEHICLE_FREE), ways)


def _stretching(setting: Setting, stop: int, may_come: Sequence[int]) -> Iterable[Remedy]:
    return chain.from_iterable(stretching(setting, stop, one) for one in stretches(setting, may_come, stop))


def _reason(need: Need) -> Reason:
    return Reason(cause=need.cause, amount=need.amount, vehicle_id=need.vehicle_id)


def _dearer(form: Form, stop: int, more: int, vehicle_id: str | None) -> Reason:
    """A visit is possible for so many grains more; it pays only above that price."""
    price = form.price[stop]
    if more <= price:
        return Reason(cause=Cause.FITS, amount=(price - more) // GRAINS, vehicle_id=vehicle_id)
    amount = -((price - more) // GRAINS)
    return Reason(cause=Cause.DEARER, amount=amount, vehicle_id=vehicle_id, change=_price_change(more))


# --- the change


def _tried(setting: Setting, finding: _Finding) -> Reason:
    """The reason with the first of the changes that the neighbourhood, searched again, lets the stop in by."""
    form, stop = setting.form, finding.stop
    if finding.reason.cause is Cause.FITS:
        return finding.reason
    if finding.more is not None:
        return _priced(setting, finding)
    for remedy in islice(finding.remedies, TRIES):
        price = form.price[stop]
        if try_out(setting, stop, remedy.twist).pays(price) and comes_in(setting, stop, remedy.twist, price):
            return replace(finding.reason, change=remedy.change)
    if form.price[stop] >= form.mandatory_price or finding.reason.cause in (Cause.PINNED, Cause.UNREACHABLE):
        return finding.reason
    # nothing else lets it in: a price at which it is worth another's place
    found = try_out(setting, stop, NO_TWIST)
    if found.dearer is None or found.dearer >= form.mandatory_price // 2:
        return finding.reason
    admitting = _admitting(setting, stop, found, None)
    return replace(finding.reason, change=None if admitting is None else _price_change(admitting))


def _priced(setting: Setting, finding: _Finding) -> Reason:
    """What a visit truly costs: seldom more than inserting the stop, often less where others come along."""
    form, stop, more = setting.form, finding.stop, finding.more
    assert more is not None
    found = try_out(setting, stop, NO_TWIST)
    reason = _dearer(form, stop, more if found.dearer is None else min(more, found.dearer), finding.reason.vehicle_id)
    if reason.cause is Cause.FITS:
        return reason
    price = _admitting(setting, stop, found, more)
    return replace(reason, change=None if price is None else _price_change(price))


def _admitting(setting: Setting, stop: int, found: Found, inserted: int | None) -> int | None:
    """The lowest price tried, in grains, at which a search visits the stop: what a visit costs, somewhat more, and what
    inserting it costs in the plan as it stands, where no search is needed to see it."""
    least = inserted if found.dearer is None else found.dearer
    if least is None:
        return None
    least += found.noise
    most = max(least, 2 * least if inserted is None else inserted + found.noise)
    for price in sorted({least + least // 100, (least + most) // 2}):
        if price < most and comes_in(setting, stop, NO_TWIST, price):
            return price
    return most if inserted is not None or comes_in(setting, stop, NO_TWIST, most) else None


def _price_change(grains: int) -> Change:
    return Change(field="price", value=grains // GRAINS + 1)


def _believed(setting: Setting, finding: _Finding) -> Reason:
    """The reason with a change that no search has tried: a price is one, and the first remedy by which the stop is
    inserted before all others who gain from it."""
    if finding.more is not None:
        return finding.reason
    for remedy in islice(finding.remedies, 1):
        changed = [*remedy.twist.duties.values(), *([] if remedy.twist.extra is None else [remedy.twist.extra])]
        numbers = {duty.vehicle.id: number for number, duty in enumerate(setting.form.duties)}
        for duty in changed:
            order = () if duty is remedy.twist.extra else setting.tours[numbers[duty.vehicle.id]].order
            if gets_in(setting, finding.stop, Tour(setting.form, duty, order)):
                return replace(finding.reason, change=remedy.change)
    return finding.reason
