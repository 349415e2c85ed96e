"""VROOM at its highest exploration level, one thread.

VROOM has no price for leaving a stop out: it serves what it can, and then what does not pay is taken out again, stop by
stop and route by route, by the true tariff. That was the better of two images tried.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import vroom

from benchmarks.routing.image import Fleet, Image, Orders, image_of, may_come
from benchmarks.routing.referee import price_of_route
from routing.model import Problem, Vehicle

LEVEL = 5


def solve(problem: Problem, seconds: float, seed: int) -> Orders:
    """VROOM's answer; it has no seed, and its limit of time does not bound its construction."""
    del seed
    image = image_of(problem)
    asked = vroom.Input()
    vehicles: list[Vehicle] = []
    for k, fleet in enumerate(image.fleets):
        _add_fleet(asked, problem, fleet, f"fleet{k}", len(vehicles))
        vehicles += fleet.vehicles
    asked.add_job(_jobs(problem, image))
    answer = asked.solve(exploration_level=LEVEL, nb_threads=1, timeout=timedelta(seconds=seconds)).routes
    orders: Orders = {}
    for vehicle, kind, job in zip(answer["vehicle_id"], answer["type"], answer["id"], strict=True):
        if kind == "job":
            orders.setdefault(vehicles[int(vehicle) - 1].id, []).append(problem.stops[int(job) - 1].id)
    return _without_what_does_not_pay(problem, orders)


def _add_fleet(asked: vroom.Input, problem: Problem, fleet: Fleet, name: str, before: int) -> None:
    matrix, one = problem.matrices[fleet.one.profile], fleet.one
    asked.set_durations_matrix(name, matrix.seconds.astype(np.uint32))
    asked.set_distances_matrix(name, matrix.metres.astype(np.uint32))
    asked.set_costs_matrix(name, (matrix.metres.astype(np.int64) * fleet.per_metre).astype(np.uint32))
    skills = {k for k, kinds in enumerate(_kinds(problem)) if may_come(one, kinds)}
    limits = {} if one.max_metres is None else {"max_distance": one.max_metres}
    for k in range(len(fleet.vehicles)):
        asked.add_vehicle(
            vroom.Vehicle(
                before + k + 1,
                start=0,
                end=0,
                profile=name,
                capacity=[one.capacity, one.max_stops or len(problem.stops)],
                skills=skills,
                time_window=vroom.TimeWindow(one.shift.start, one.shift.end),
                costs=vroom.VehicleCosts(fixed=fleet.fixed),
                **limits,
            )
        )


def _jobs(problem: Problem, image: Image) -> list[vroom.Job]:
    kinds = _kinds(problem)
    return [
        vroom.Job(
            k,
            location=k,
            delivery=[stop.demand, 1],
            default_service=stop.service_s,
            skills=set() if stop.kinds is None else {kinds.index(stop.kinds)},
            priority=100 if image.prices[k - 1] is None else 0,
            time_windows=[vroom.TimeWindow(window.start, window.end) for window in stop.windows],
        )
        for k, stop in enumerate(problem.stops, start=1)
    ]


def _kinds(problem: Problem) -> list[frozenset[str]]:
    return sorted({stop.kinds for stop in problem.stops if stop.kinds is not None}, key=sorted)


def _without_what_does_not_pay(problem: Problem, orders: Orders) -> Orders:
    """Take out the stop that saves most over its price, as long as there is one; then whole routes."""
    prices = {stop.id: stop.leave_out.rupiah for stop in problem.stops if stop.leave_out is not None}
    if not prices:
        return orders
    kept: Orders = {}
    for vehicle in problem.vehicles:
        order = list(orders.get(vehicle.id, ()))
        while order:
            fare = price_of_route(problem, vehicle, order)
            gains = [
                (fare - price_of_route(problem, vehicle, order[:k] + order[k + 1 :]) - prices[order[k]], k)
                for k in range(len(order))
                if order[k] in prices
            ]
            if not gains or max(gains)[0] <= 0:
                break
            order.pop(max(gains)[1])
        pays = sum(prices.get(stop_id, 0) for stop_id in order) > price_of_route(problem, vehicle, order)
        if order and (pays or any(stop_id not in prices for stop_id in order)):
            kept[vehicle.id] = order
    return kept
