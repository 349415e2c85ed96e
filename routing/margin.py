"""What a single stop is worth: the rupiah its visit adds to its route, and the cheapest place for one more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from routing.evaluate import evaluate
from routing.form import Form
from routing.model import Problem, Route
from routing.tour import Tour


def adds(problem: Problem, routes: Iterable[Route]) -> dict[str, int]:
    """By stop, what its route costs more than without it, to the rupiah.

    Stops that are driven already, and those without which no way would lead on, are not in it.
    """
    driven = {part.vehicle_id: len(part.visits) for part in problem.driven}
    found: dict[str, int] = {}
    for route in routes:
        order = route.stop_ids
        for at in range(driven.get(route.vehicle_id, 0), len(order)):
            try:
                without = evaluate(problem, {route.vehicle_id: (*order[:at], *order[at + 1 :])})
            except ValueError:
                continue
            found[order[at]] = route.fare - sum(one.fare for one in without)
    return found


def cheapest_place(
    problem: Problem, orders: Mapping[str, Sequence[str]], stop_id: str, vehicle_ids: Iterable[str] | None = None
) -> tuple[str, int] | None:
    """(vehicle, position from 0) where one more stop costs least and breaks no limit; None where it fits nowhere.

    `vehicle_ids` are the vehicles asked; None: all. Positions count what is driven.
    """
    form = Form(problem)
    stop = form.stop_number[stop_id]
    asked = None if vehicle_ids is None else set(vehicle_ids)
    offers: list[tuple[int, int, str, int]] = []
    for number, duty in enumerate(form.duties):
        if stop not in duty.may or (asked is not None and duty.vehicle.id not in asked):
            continue
        gone = len(duty.driven)
        order = [form.stop_number[one] for one in orders.get(duty.vehicle.id, ())][gone:]
        offer = Tour(form, duty, order).best_insertion(stop)
        if offer is not None:
            offers.append((offer[0], number, duty.vehicle.id, offer[1] + gone))
    if not offers:
        return None
    _, _, vehicle_id, position = min(offers)
    return vehicle_id, position
