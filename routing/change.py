"""A proposed change, made: the problem as it would be if somebody followed the advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from routing.model import Change, Problem, Stop, Vehicle


def with_change(problem: Problem, stop_id: str, change: Change) -> Problem:
    """The problem after the change that was proposed for a stop. ValueError when it names nothing of the problem."""
    if change.field == "vehicles":
        return replace(problem, vehicles=problem.vehicles + _more_like(problem, change))
    if change.field in ("price", "window_end", "kinds", "not_with"):
        vehicle = next((one for one in problem.vehicles if one.id == change.vehicle_id), None)
        stops = tuple(_changed_stop(one, change, vehicle) if one.id == stop_id else one for one in problem.stops)
        return replace(problem, stops=stops)
    if all(one.id != change.vehicle_id for one in problem.vehicles):
        raise ValueError(f"vehicle {change.vehicle_id!r} is not in the problem")
    make = _VEHICLE_CHANGES[change.field]
    return replace(
        problem,
        vehicles=tuple(make(one, change.value) if one.id == change.vehicle_id else one for one in problem.vehicles),
    )


def _more_like(problem: Problem, change: Change) -> tuple[Vehicle, ...]:
    model = next((one for one in problem.vehicles if one.id == change.vehicle_id), None)
    if model is None:
        raise ValueError(f"vehicle {change.vehicle_id!r} is not in the problem")
    return tuple(replace(model, id=f"{model.id} +{n}") for n in range(1, change.value + 1))


def _changed_stop(stop: Stop, change: Change, vehicle: Vehicle | None) -> Stop:
    if change.field == "price" and stop.leave_out is not None:
        return replace(stop, leave_out=replace(stop.leave_out, rupiah=change.value))
    if change.field == "window_end":
        return replace(stop, windows=(*stop.windows[:-1], replace(stop.windows[-1], end=change.value)))
    if change.field == "kinds" and vehicle is not None and stop.kinds is not None:
        return replace(stop, kinds=stop.kinds | {vehicle.kind})
    if change.field == "not_with" and vehicle is not None:
        return replace(stop, not_with=stop.not_with - {vehicle.id})
    raise ValueError(f"the {change.field} of stop {stop.id!r} cannot be changed")


_VEHICLE_CHANGES: dict[str, Callable[[Vehicle, int], Vehicle]] = {
    "capacity": lambda vehicle, value: replace(vehicle, capacity=value),
    "shift_end": lambda vehicle, value: replace(vehicle, shift=replace(vehicle.shift, end=value)),
    "max_metres": lambda vehicle, value: replace(vehicle, max_metres=value),
    "max_stops": lambda vehicle, value: replace(vehicle, max_stops=value),
}
