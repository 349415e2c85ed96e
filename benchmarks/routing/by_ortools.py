"""OR-Tools' routing solver alone: its own first plan, then guided local search; no line of ours but the model."""

from __future__ import annotations

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.routing.image import Fleet, Image, Orders, image_of, may_come
from routing.model import Problem, Vehicle

REQUIRED = 1_000
"""Leaving out a stop that must be visited costs so many times the dearest price: without it there is often no first
plan at all, and much larger prices blind the guided search."""


def solve(problem: Problem, seconds: float, seed: int) -> Orders:
    """The best plan found; OR-Tools has no seed."""
    del seed
    image = image_of(problem)
    vehicles = [(vehicle, fleet) for fleet in image.fleets for vehicle in fleet.vehicles]
    manager = pywrapcp.RoutingIndexManager(len(problem.stops) + 1, len(vehicles), 0)
    routing = pywrapcp.RoutingModel(manager)
    _prices(routing, manager, problem, image, vehicles)
    _loads(routing, problem, vehicles)
    _times(routing, manager, problem, vehicles)
    _kinds(routing, manager, problem, vehicles)
    limits = pywrapcp.DefaultRoutingSearchParameters()
    first = routing_enums_pb2.FirstSolutionStrategy
    # the better of the two by measurement; with holes in the windows PATH_CHEAPEST_ARC finds no plan in ten seconds
    plain = any(price is not None for price in image.prices) and all(len(stop.windows) == 1 for stop in problem.stops)
    limits.first_solution_strategy = first.PATH_CHEAPEST_ARC if plain else first.SAVINGS
    limits.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    limits.time_limit.FromMilliseconds(int(seconds * 1_000))
    found = routing.SolveWithParameters(limits)
    if found is None:
        return {}
    orders: Orders = {}
    for k, (vehicle, _) in enumerate(vehicles):
        at = found.Value(routing.NextVar(routing.Start(k)))
        while not routing.IsEnd(at):
            orders.setdefault(vehicle.id, []).append(problem.stops[manager.IndexToNode(at) - 1].id)
            at = found.Value(routing.NextVar(at))
    return orders


def _prices(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    problem: Problem,
    image: Image,
    vehicles: list[tuple[Vehicle, Fleet]],
) -> None:
    arcs: dict[int, int] = {}
    for k, (vehicle, fleet) in enumerate(vehicles):
        if id(fleet) not in arcs:
            costs = problem.matrices[vehicle.profile].metres.astype("int64") * fleet.per_metre
            arcs[id(fleet)] = routing.RegisterTransitMatrix(costs.tolist())
        routing.SetArcCostEvaluatorOfVehicle(arcs[id(fleet)], k)
        routing.SetFixedCostOfVehicle(fleet.fixed, k)
    farthest = max(int(matrix.metres.max()) for matrix in problem.matrices.values())
    dearest = max(
        2 * farthest * max(fleet.per_metre for fleet in image.fleets), *(price or 0 for price in image.prices)
    )
    for k, price in enumerate(image.prices, start=1):
        routing.AddDisjunction([manager.NodeToIndex(k)], REQUIRED * dearest if price is None else price)


def _loads(routing: pywrapcp.RoutingModel, problem: Problem, vehicles: list[tuple[Vehicle, Fleet]]) -> None:
    demand = routing.RegisterUnaryTransitVector([0, *(stop.demand for stop in problem.stops)])
    routing.AddDimensionWithVehicleCapacity(demand, 0, [vehicle.capacity for vehicle, _ in vehicles], True, "load")
    if any(vehicle.max_stops is not None for vehicle, _ in vehicles):
        one = routing.RegisterUnaryTransitVector([0, *(1 for _ in problem.stops)])
        most = [vehicle.max_stops or len(problem.stops) for vehicle, _ in vehicles]
        routing.AddDimensionWithVehicleCapacity(one, 0, most, True, "stops")
    if any(vehicle.max_metres is not None for vehicle, _ in vehicles):
        metres = problem.matrices[vehicles[0][0].profile].metres
        way = routing.RegisterTransitMatrix(metres.tolist())
        farthest = [vehicle.max_metres or 1 << 40 for vehicle, _ in vehicles]
        routing.AddDimensionWithVehicleCapacity(way, 0, farthest, True, "metres")


def _times(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    problem: Problem,
    vehicles: list[tuple[Vehicle, Fleet]],
) -> None:
    """The clock; left out where no window and no shift can ever bind, as for plain capacity instances."""
    seconds = problem.matrices[vehicles[0][0].profile].seconds
    longest = (len(problem.stops) + 1) * int(seconds.max()) + sum(stop.service_s for stop in problem.stops)
    if all(stop.windows[0].end >= longest for stop in problem.stops):
        return
    clock = seconds.astype("int64")
    clock[1:] += [[stop.service_s] for stop in problem.stops]
    for k in range(len(clock)):
        clock[k, k] = 0
    horizon = max(vehicle.shift.end for vehicle, _ in vehicles)
    routing.AddDimension(routing.RegisterTransitMatrix(clock.tolist()), horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for k, stop in enumerate(problem.stops, start=1):
        start = time.CumulVar(manager.NodeToIndex(k))
        start.SetRange(stop.windows[0].start, min(horizon, stop.windows[-1].end))
        for one, after in zip(stop.windows, stop.windows[1:], strict=False):
            start.RemoveInterval(one.end + 1, after.start - 1)
    for k, (vehicle, _) in enumerate(vehicles):
        time.CumulVar(routing.Start(k)).SetRange(vehicle.shift.start, vehicle.shift.end)
        time.CumulVar(routing.End(k)).SetRange(vehicle.shift.start, vehicle.shift.end)


def _kinds(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    problem: Problem,
    vehicles: list[tuple[Vehicle, Fleet]],
) -> None:
    for k, stop in enumerate(problem.stops, start=1):
        if stop.kinds is not None:
            allowed = [v for v, (vehicle, _) in enumerate(vehicles) if may_come(vehicle, stop.kinds)]
            routing.VehicleVar(manager.NodeToIndex(k)).SetValues([-1, *allowed])  # -1: on no route
