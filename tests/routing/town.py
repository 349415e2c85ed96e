"""Small problems whose answers can be worked out by hand: places along one straight road.

A place is given by its metres along the road; everybody rides at 10 m/s. The office "D" lies at 0.
"""

from collections.abc import Iterable

import numpy as np

from routing.model import Depot, LeaveOut, Limits, Matrix, Pin, Point, Problem, Stop, Tariff, Vehicle, Window
from routing.solve import solve

EIGHT = 8 * 3600
THREE = 15 * 3600
ALL_DAY = (Window(start=EIGHT, end=THREE),)
FRIDAY = (Window(start=EIGHT, end=11 * 3600), Window(start=13 * 3600, end=14 * 3600 + 1800))
HERE = Point(lat=-8.1, lon=112.16)
SHORT = Limits(iterations=100)
PER_KM = Tariff(base_fare=0, base_metres=0, per_km=1_000)


def stop(name: str, *, demand=1, service_s=0, windows=ALL_DAY, post: int | None = None, **more) -> Stop:
    """A stop that must be visited, or may go by post for so many rupiah."""
    leave_out = None if post is None else LeaveOut(kind="post", rupiah=post)
    return Stop(id=name, point=HERE, demand=demand, service_s=service_s, windows=windows, leave_out=leave_out, **more)


def rider(name="V", *, kind="ojek", start="D", end="D", capacity=100, tariff=PER_KM, **more) -> Vehicle:
    """A courier from eight to three."""
    shift = more.pop("shift", Window(start=EIGHT, end=THREE))
    return Vehicle(id=name, kind=kind, start=start, end=end, capacity=capacity, shift=shift, tariff=tariff, **more)


def road(
    stops: dict[Stop, int], vehicles: Iterable[Vehicle], *, depots: dict[str, int] | None = None, **more
) -> Problem:
    """The problem of these stops at these metres along the road."""
    depots = depots or {"D": 0}
    at = np.array([*depots.values(), *stops.values()], dtype=np.int32)
    metres = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    matrix = Matrix(metres=metres, seconds=(metres // 10).astype(np.int32), source="estimate")
    return Problem(
        depots=tuple(Depot(id=name, point=HERE) for name in depots),
        stops=tuple(stops),
        vehicles=tuple(vehicles),
        matrices={"motorbike": matrix},
        **more,
    )


def solved(problem: Problem):
    """The solution after a short, repeatable search."""
    return solve(problem, SHORT)


def orders(solution) -> dict[str, list[str]]:
    """Who visits what, in order."""
    return {route.vehicle_id: list(route.stop_ids) for route in solution.routes}


def pinned(stop_id: str, vehicle_id: str, position: int | None = None) -> tuple[Pin, ...]:
    """One pin."""
    return (Pin(stop_id=stop_id, vehicle_id=vehicle_id, position=position),)
