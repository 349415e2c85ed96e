"""Day plans of three regencies' real villages: our solver against OR-Tools alone, same time, same machine, one run.

    python -m benchmarks.day_plans [--seconds 2 10] [--seed 1] [--regency 35.03 35.05 35.17]

A seeded day: lognormal documents for every village with a position, two vehicle kinds, Friday hours, the ojek tariff,
and the post as the alternative. OR-Tools is given the same model twice: cold, and from our first plan. Every answer is
judged by `routing.check` or counted tour by tour. Prints one line per plan; costs are comparable only within one run.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from maps.gazetteer import gazetteer
from routing import ortools_model
from routing.check import check
from routing.construct import construct
from routing.evaluate import cost_of, evaluate
from routing.form import Form
from routing.model import Depot, LeaveOut, Limits, Point, Problem, Stop, Tariff, Vehicle, Window
from routing.search.warm import warm
from routing.solve import solve
from routing.travel.straight_line import StraightLine

HOUR = 3_600
FRIDAY = (Window(start=8 * HOUR, end=11 * HOUR), Window(start=13 * HOUR, end=14 * HOUR + 1_800))
DAILY = (Window(start=8 * HOUR, end=14 * HOUR),)


def day_problem(regency: str, seed: int) -> Problem:
    """The villages of a regency on one day: Friday for even seeds, another day for odd ones."""
    chance = np.random.default_rng([seed, int(regency.replace(".", ""))])
    places = village_points(regency)
    position = gazetteer().depot(regency)
    office = Point(lat=position.lat, lon=position.lon)
    matrix = StraightLine().matrix([office, *places], "motorbike")
    documents = np.clip(np.rint(chance.lognormal(math.log(8) - 0.5, 1.0, len(places))), 1, 60).astype(int).tolist()
    near = matrix.metres[0, 1:] <= 12_000 * 1.4
    stops = tuple(
        Stop(
            id=f"village {k}",
            point=place,
            demand=documents[k],
            service_s=300 + 20 * documents[k],
            windows=DAILY if seed % 2 else FRIDAY,
            leave_out=LeaveOut(kind="post", rupiah=(7_000 if near[k] else 9_000) + 400 * documents[k]),
        )
        for k, place in enumerate(places)
    )
    return Problem(
        depots=(Depot(id="office", point=office),),
        stops=stops,
        vehicles=tuple(fleet()),
        matrices={"motorbike": matrix},
    )


def fleet() -> Sequence[Vehicle]:
    """Fourteen ojek riders, and two office cars that cost more to send and less to drive."""
    shift = Window(start=8 * HOUR, end=15 * HOUR)
    rider = Vehicle(
        id="ojek",
        kind="ojek",
        start="office",
        end="office",
        capacity=150,
        shift=shift,
        max_stops=30,
        max_metres=160_000,
    )
    riders = [replace(rider, id=f"ojek {k}") for k in range(14)]
    by_car = Tariff(base_fare=0, base_metres=0, per_km=1_500, fixed=60_000)
    cars = [
        Vehicle(id=f"car {k}", kind="car", start="office", end="office", capacity=600, shift=shift, tariff=by_car)
        for k in range(2)
    ]
    return [*riders, *cars]


def village_points(regency: str) -> list[Point]:
    """Every village of the regency."""
    return [Point(lat=village.lat, lon=village.lon) for village in gazetteer().villages(regency)]


def ortools_cost(problem: Problem, seconds: float, *, warm_start: bool) -> int | None:
    """Rupiah of the plan OR-Tools' guided local search finds; None where it finds none."""
    form = Form(problem)
    start = [tour.order for tour in construct(form)] if warm_start else None
    found = ortools_model.improve(form, start, Limits(seconds=seconds))
    return None if found is None else cost_of(problem, evaluate(problem, form.orders(found)))


def main() -> None:
    """One line for every regency and time budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, nargs="+", default=[2.0, 10.0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--regency", nargs="+", default=["35.03", "35.05", "35.17"])
    asked = parser.parse_args()
    warm()
    for seconds in asked.seconds:
        for regency in asked.regency:
            problem = day_problem(regency, asked.seed)
            plan = solve(problem, Limits(seconds=seconds, seed=asked.seed))
            faults = check(problem, plan)
            others = {
                name: ortools_cost(problem, seconds, warm_start=start)
                for name, start in (("cold", False), ("warm", True))
            }
            gaps = "  ".join(
                f"OR-Tools {name} {'-' if cost is None else f'{cost:,} ({100 * (cost / plan.cost - 1):+.2f} %)'}"
                for name, cost in others.items()
            )
            post = sum(stop.leave_out.rupiah for stop in problem.stops if stop.leave_out is not None)
            sys.stdout.write(
                f"{regency} {len(problem.stops)} villages {seconds:g} s: {plan.cost:,} of {post:,} by post, "
                f"{len(plan.routes)} routes, {plan.seconds:.1f} s, {len(faults)} faults  {gaps}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
