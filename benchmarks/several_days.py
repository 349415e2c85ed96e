"""Ten days of an office: day by day against several days at once, same engine, same seconds, same documents.

    python -m benchmarks.several_days [--seconds 3] [--days 10] [--couriers 4] [--burst 1500] [--daily 150] [--seed 1]

The villages of Blitar. On the first morning a burst of cards is there, every day some more come, all promised within
five working days. Day by day, a plan weighs today's fares against the post and one more day of waiting, as the product
does (`planning_problem`). Several days at once (`routing.days`) plans the whole week every morning and drives the first
day. What is due is mandatory for both; what finds no place on its last day goes by post, for both at the same price.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.day_plans import DAILY, HOUR, village_points
from maps.gazetteer import gazetteer
from routing.check import check
from routing.days import Waiting, plan_days
from routing.model import Depot, LeaveOut, Limits, Matrix, Point, Problem, Route, Stop, Vehicle, Window
from routing.search.warm import warm
from routing.solve import solve
from routing.travel.straight_line import StraightLine

PROMISE = 5
WAITING = 150  # rupiah for a document, times the square of the days waited
NEAR, FAR, EACH, NEAR_METRES = 7_000, 9_000, 400, 12_000

type Ages = dict[int, list[int]]
"""Village → the days its documents have waited."""


@dataclass
class Ledger:
    """What a way of planning cost and how it served."""

    fares: int = 0
    post: int = 0
    late: int = 0
    waited: int = 0
    waiting: int = 0
    delivered: int = 0
    routes: int = 0
    by_post: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """The office: where, how far, with whom, and what arrives when."""

    office: Point
    places: Sequence[Point]
    ways: Matrix
    fleet: Sequence[Vehicle]
    arrivals: Sequence[dict[int, int]]
    daily: float
    post_times: int

    def post_price(self, village: int, documents: int) -> int:
        near = self.ways.metres[0, village + 1] <= NEAR_METRES
        return self.post_times * ((NEAR if near else FAR) + EACH * documents)

    def stop(self, village: int, documents: int, leave_out: LeaveOut | None) -> Stop:
        return Stop(
            id=str(village),
            point=self.places[village],
            demand=documents,
            service_s=300 + 20 * documents,
            windows=DAILY,
            leave_out=leave_out,
        )

    def among(self, villages: Sequence[int]) -> Matrix:
        rows = [0, *(village + 1 for village in villages)]
        return Matrix(
            metres=self.ways.metres[np.ix_(rows, rows)],
            seconds=self.ways.seconds[np.ix_(rows, rows)],
            source="estimate",
        )


def world(days: int, couriers: int, burst: int, daily: int, seed: int, post_times: int = 1) -> World:
    """The same for a seed."""
    chance = np.random.default_rng(seed)
    places = village_points("35.05")
    position = gazetteer().depot("35.05")
    office = Point(lat=position.lat, lon=position.lon)
    size = chance.lognormal(0, 0.6, len(places))
    share = size / size.sum()
    arrivals = []
    for day in range(days):
        drawn = chance.multinomial(daily + (burst if day == 0 else 0), share)
        arrivals.append({int(n): int(count) for n, count in enumerate(drawn) if count})
    shift = Window(start=8 * HOUR, end=15 * HOUR)
    fleet = [
        Vehicle(id=f"ojek {n}", kind="ojek", start="office", end="office", capacity=150, shift=shift, max_stops=30,
                max_metres=160_000)
        for n in range(couriers)
    ]  # fmt: skip
    ways = StraightLine().matrix([office, *places], "motorbike")
    return World(office, places, ways, fleet, arrivals, daily / len(places), post_times)


def price(ages: Sequence[int], later: int) -> int:
    """Rupiah of waiting so many days more."""
    return sum(WAITING * (age + later) ** 2 for age in ages)


def day_by_day(here: World, waiting: Ages, limits: Limits) -> Sequence[Route]:
    """Today alone: leaving a village out costs the post, or waiting until tomorrow where nothing there is due."""
    villages = sorted(waiting)
    stops = []
    for village in villages:
        ages = waiting[village]
        post = here.post_price(village, len(ages))
        may_wait = max(ages) < PROMISE
        wait = price(ages, 1)
        kind = LeaveOut(kind="wait", rupiah=wait) if may_wait and wait < post else LeaveOut(kind="post", rupiah=post)
        stops.append(here.stop(village, len(ages), kind))
    problem = Problem(
        depots=(Depot(id="office", point=here.office),),
        stops=tuple(stops),
        vehicles=tuple(here.fleet),
        matrices={"motorbike": here.among(villages)},
    )
    found = solve(problem, limits)
    assert not check(problem, found)
    return found.routes


def several_days(here: World, waiting: Ages, limits: Limits) -> Sequence[Route]:
    """The days until the last promise at once; the first is driven."""
    villages = sorted(waiting)
    asked = [
        Waiting(
            stop=here.stop(village, len(ages), LeaveOut(kind="post", rupiah=here.post_price(village, len(ages)))),
            last=max(0, PROMISE - max(ages)),
            prices=tuple(price(ages, day) for day in range(PROMISE + 1)),
            arriving=here.daily,
        )
        for village in villages
        for ages in [waiting[village]]
    ]
    depot = (Depot(id="office", point=here.office),)
    return plan_days(depot, asked, here.fleet, {"motorbike": here.among(villages)}, limits).today


def run(here: World, plan: Callable[[World, Ages, Limits], Sequence[Route]], seconds: float, seed: int) -> Ledger:
    """All days, one after another; what is due and was not taken goes by post that evening."""
    ledger, waiting = Ledger(), defaultdict[int, list[int]](list)
    for arriving in here.arrivals:
        for village, count in arriving.items():
            waiting[village] += [0] * count
        routes = plan(here, waiting, Limits(seconds=seconds, seed=seed)) if waiting else ()
        ledger.routes += len(routes)
        ledger.fares += sum(route.fare for route in routes)
        for village in [int(stop_id) for route in routes for stop_id in route.stop_ids]:
            _hand_over(ledger, waiting.pop(village))
        for village in [village for village, ages in waiting.items() if max(ages) >= PROMISE]:
            ages = waiting.pop(village)
            ledger.post += here.post_price(village, len(ages))
            ledger.by_post += len(ages)
            _hand_over(ledger, ages)
        for village in waiting:
            waiting[village] = [age + 1 for age in waiting[village]]
    for village, ages in waiting.items():  # the evening of the last day: all that is left is posted, by either way
        ledger.post += here.post_price(village, len(ages))
        ledger.by_post += len(ages)
        _hand_over(ledger, ages)
    return ledger


def _hand_over(ledger: Ledger, ages: Sequence[int]) -> None:
    ledger.delivered += len(ages)
    ledger.waited += sum(ages)
    ledger.waiting += price(ages, 0)
    ledger.late += sum(age > PROMISE for age in ages)


def main() -> None:
    """Two lines: what each way cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--couriers", type=int, default=4)
    parser.add_argument("--burst", type=int, default=1_500)
    parser.add_argument("--daily", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--post-times", type=int, default=1, help="the post's prices, so many times as dear")
    asked = parser.parse_args()
    warm()
    here = world(asked.days, asked.couriers, asked.burst, asked.daily, asked.seed, asked.post_times)
    for name, plan in (("day by day", day_by_day), ("several days", several_days)):
        found = run(here, plan, asked.seconds, asked.seed)
        sys.stdout.write(
            f"{name:12} {found.fares + found.post + found.waiting:>11,} rupiah = {found.fares:,} fares + "
            f"{found.post:,} post + {found.waiting:,} waiting; "
            f"{found.delivered} documents, {found.by_post} by post, {found.routes} routes, "
            f"{found.waited / found.delivered:.2f} days waited, {found.late} late\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
