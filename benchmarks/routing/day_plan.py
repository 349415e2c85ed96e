"""Seeded days of a registration office: every village of a regency, the shipped tariffs, a Friday, two vehicle kinds.

Documents per village are skewed (a few villages have many); a tenth of the villages lies on roads too narrow for the
service car, and one in thirty is urgent and must be visited. Everybody else may go by post.
"""

from __future__ import annotations

import hashlib
from math import log

import numpy as np

from maps.gazetteer import gazetteer
from routing.model import Depot, LeaveOut, Point, Problem, Stop, Tariff, Vehicle, Window
from routing.travel.straight_line import StraightLine

HOUR = 3_600
WEEKDAY = (Window(start=8 * HOUR, end=14 * HOUR),)
FRIDAY = (Window(start=8 * HOUR, end=11 * HOUR), Window(start=13 * HOUR, end=14 * HOUR + 1_800))
OJEKS, CARS = 14, 2
CAR = Tariff(base_fare=0, base_metres=0, per_km=1_500, fixed=60_000)
NEAR_M = 12_000


def day_plan(
    regency: str, seed: int, *, friday: bool, ojeks: int = OJEKS, cars: int = CARS, urgent_share: float = 1 / 30
) -> Problem:
    """One day of one regency; the same arguments give the same problem."""
    dice = np.random.default_rng([seed, int(regency.replace(".", ""))])
    villages, office = gazetteer().villages(regency), gazetteer().depot(regency)
    points = [Point(lat=office.lat, lon=office.lon), *(Point(lat=v.lat, lon=v.lon) for v in villages)]
    matrix = StraightLine().matrix(points, "motorbike")
    documents = np.clip(np.rint(dice.lognormal(log(8) - 0.5, 1.0, len(villages))), 1, 60).astype(int).tolist()
    narrow, urgent = dice.random(len(villages)) < 0.1, dice.random(len(villages)) < urgent_share
    stops = []
    for k, village in enumerate(villages):
        post = (7_000 if matrix.metres[0, k + 1] <= NEAR_M else 9_000) + 400 * documents[k]
        stops.append(
            Stop(
                id=village.code,
                point=points[k + 1],
                demand=documents[k],
                service_s=300 + 20 * documents[k],
                windows=FRIDAY if friday else WEEKDAY,
                kinds=frozenset({"ojek"}) if narrow[k] else None,
                leave_out=None if urgent[k] else LeaveOut(kind="post", rupiah=post),
            )
        )
    return Problem(
        depots=(Depot(id="office", point=points[0]),),
        stops=tuple(stops),
        vehicles=(*(_ojek(k) for k in range(ojeks)), *(_car(k) for k in range(cars))),
        matrices={"motorbike": matrix},
    )


def _ojek(k: int) -> Vehicle:
    return Vehicle(
        id=f"ojek {k + 1}",
        kind="ojek",
        start="office",
        end="office",
        capacity=150,
        shift=Window(start=8 * HOUR, end=15 * HOUR),
        max_stops=30,
        max_metres=160_000,
    )


def _car(k: int) -> Vehicle:
    return Vehicle(
        id=f"car {k + 1}",
        kind="car",
        start="office",
        end="office",
        capacity=600,
        shift=Window(start=8 * HOUR, end=14 * HOUR + 1_800),
        max_stops=45,
        tariff=CAR,
    )


def fingerprint(problem: Problem) -> str:
    """Changes with whatever a plan's cost could depend on."""
    matrices = b"".join(m.metres.tobytes() + m.seconds.tobytes() for m in problem.matrices.values())
    return hashlib.sha256(repr((problem.stops, problem.vehicles)).encode() + matrices).hexdigest()[:16]
