"""Random small problems in which every constraint may appear, and the best plan of tiny ones by trying everything."""

from itertools import permutations, product
from random import Random

import numpy as np

from routing.check import check
from routing.evaluate import cost_of, evaluate
from routing.model import (
    UNREACHABLE,
    Cause,
    Depot,
    Driven,
    DrivenVisit,
    LeaveOut,
    Matrix,
    Pin,
    Point,
    Problem,
    Reason,
    Solution,
    Stop,
    Tariff,
    Unassigned,
    Vehicle,
    Window,
)

EIGHT, HOUR = 28_800, 3_600
KINDS = ("ojek", "car")


def a_problem(seed: int, *, stops: int, vehicles: int, mandatory: float = 0.3, extras: bool = True) -> Problem:
    """A town on a 30 km square; with `extras` also pins, driven parts, unreachable pairs and unpaid returns."""
    chance = Random(seed)
    depots = [f"D{k}" for k in range(chance.choice([1, 1, 2]))]
    names = [f"s{k}" for k in range(stops)]
    fleet = tuple(_vehicle(chance, f"v{k}", depots, extras) for k in range(vehicles))
    places = tuple(_stop(chance, name, depots, fleet, mandatory, extras) for name in names)
    profiles = sorted({vehicle.profile for vehicle in fleet} | {"motorbike"})
    grid = np.array([(chance.randrange(30_000), chance.randrange(30_000)) for _ in (*depots, *names)])
    problem = Problem(
        depots=tuple(Depot(id=name, point=Point(lat=0, lon=0)) for name in depots),
        stops=places,
        vehicles=fleet,
        matrices={profile: _matrix(chance, grid, extras) for profile in profiles},
    )
    return _with_pins(chance, problem) if extras and stops and vehicles else problem


def _matrix(chance: Random, grid: np.ndarray, extras: bool) -> Matrix:
    metres = np.abs(grid[:, None] - grid[None, :]).sum(axis=2).astype(np.int32)
    seconds = (metres // chance.randint(5, 14)).astype(np.int32)
    if extras and chance.random() < 0.2 and len(grid) > 2:
        island = chance.randrange(1, len(grid))
        for values in (metres, seconds):
            values[island, :] = values[:, island] = UNREACHABLE
            values[island, island] = 0
    return Matrix(metres=metres, seconds=seconds, source="estimate")


def _vehicle(chance: Random, name: str, depots: list[str], extras: bool) -> Vehicle:
    starts = EIGHT + chance.choice([0, 0, HOUR])
    tariff = Tariff(
        base_fare=chance.choice([0, 5_000, 10_000]),
        base_metres=chance.choice([0, 4_000, 10_000]),
        per_km=chance.choice([1_000, 2_500]),
        per_stop=chance.choice([0, 0, 500]),
        per_hour=chance.choice([0, 0, 9_000]) if extras else 0,
        platform_fee_bp=chance.choice([0, 0, 500]),
        fixed=chance.choice([0, 0, 8_000]),
        return_paid=chance.random() < 0.8,
    )
    return Vehicle(
        id=name,
        kind=chance.choice(KINDS),
        start=chance.choice(depots),
        end=chance.choice([*depots, *depots, None]),
        capacity=chance.choice([10, 30, 150]),
        shift=Window(start=starts, end=starts + chance.choice([2, 4, 7]) * HOUR),
        max_stops=chance.choice([None, None, 3]),
        max_metres=chance.choice([None, None, 60_000]),
        tariff=tariff,
        profile=chance.choice(["motorbike", "motorbike", "car"]) if extras else "motorbike",
    )


def _stop(
    chance: Random, name: str, depots: list[str], fleet: tuple[Vehicle, ...], mandatory: float, extras: bool
) -> Stop:
    opens = EIGHT + chance.choice([0, 0, HOUR, 2 * HOUR])
    windows = chance.choice(
        [
            (Window(start=EIGHT, end=15 * HOUR),),
            (Window(start=opens, end=opens + chance.choice([900, 2 * HOUR])),),
            (Window(start=EIGHT, end=11 * HOUR), Window(start=13 * HOUR, end=14 * HOUR + 1_800)),
        ]
    )
    optional = chance.random() >= mandatory
    return Stop(
        id=name,
        point=Point(lat=0, lon=0),
        demand=chance.randint(0, 12),
        service_s=chance.choice([0, 300, 900]),
        windows=windows,
        kinds=chance.choice([None, None, None, frozenset({"ojek"})]),
        priority=0 if optional else chance.choice([0, 0, 1]),
        leave_out=LeaveOut(kind=chance.choice(["post", "wait"]), rupiah=chance.randint(0, 40_000))
        if optional
        else None,
        not_with=frozenset({chance.choice(fleet).id}) if extras and fleet and chance.random() < 0.1 else frozenset(),
        depot=chance.choice(depots) if extras and chance.random() < 0.1 else None,
    )


def _with_pins(chance: Random, problem: Problem) -> Problem:
    free = [stop.id for stop in problem.stops]
    chance.shuffle(free)
    pins, driven = [], []
    islands = any((matrix.metres == UNREACHABLE).any() for matrix in problem.matrices.values())
    for vehicle in problem.vehicles:
        before = 0
        if free and chance.random() < 0.2 and not islands:
            first, clock = free.pop(), vehicle.shift.start + chance.randint(0, 1_800)
            visit = DrivenVisit(stop_id=first, arrival=clock + 600, start=clock + 650, departure=clock + 900)
            driven.append(Driven(vehicle_id=vehicle.id, leaves=clock, visits=(visit,)))
            before = 1
        if free and chance.random() < 0.2:
            position = chance.choice([None, before, before + 1])
            pins.append(Pin(stop_id=free.pop(), vehicle_id=vehicle.id, position=position))
    return Problem(
        depots=problem.depots,
        stops=problem.stops,
        vehicles=problem.vehicles,
        matrices=problem.matrices,
        pins=tuple(pins),
        driven=tuple(driven),
    )


def best_cost(problem: Problem) -> int:
    """The lowest rupiah of any plan that breaks nothing, by trying every plan; only for optional, unpinned stops."""
    fleet = [vehicle.id for vehicle in problem.vehicles]
    best = sum(stop.leave_out.rupiah for stop in problem.stops if stop.leave_out is not None)
    for owners in product([None, *fleet], repeat=len(problem.stops)):
        choices = []
        for vehicle in fleet:
            mine = [stop.id for stop, owner in zip(problem.stops, owners, strict=True) if owner == vehicle]
            fares = [route.fare for order in permutations(mine) for route in _driven(problem, vehicle, order)]
            choices.append(min(fares, default=None) if mine else 0)
        if None not in choices:
            left = sum(s.leave_out.rupiah for s, owner in zip(problem.stops, owners, strict=True) if owner is None)
            best = min(best, sum(choices) + left)
    return best


def _driven(problem: Problem, vehicle_id: str, order: tuple[str, ...]):
    """The route in this order, if it breaks nothing."""
    routes = evaluate(problem, {vehicle_id: order})
    left = tuple(
        Unassigned(stop_id=stop.id, reason=Reason(cause=Cause.DEARER), leave_out=stop.leave_out)
        for stop in problem.stops
        if stop.id not in order
    )
    plan = Solution(
        routes=routes, unassigned=left, cost=cost_of(problem, routes), seconds=0, source="estimate", found_by="trying"
    )
    return routes if not check(problem, plan) else ()
