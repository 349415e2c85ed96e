"""How long it takes to time and cost a plan again after a dispatcher moved one stop by hand."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from benchmarks.routing.cases import day_cases
from routing.evaluate import cost_of, evaluate, orders_of
from routing.model import Limits
from routing.solve import solve

MOVES = 200


def measure_hand_move() -> dict[str, object]:
    """Milliseconds for `evaluate` and `cost_of` on the whole plan of Jombang's 306 villages, one stop moved."""
    problem = next(case.problem for case in day_cases().values() if case.regency == "35.17" and case.friday)
    routes = solve(problem, Limits(seconds=2)).routes
    orders = {vehicle: list(order) for vehicle, order in orders_of(routes).items()}
    giver, taker = sorted(orders, key=lambda vehicle: len(orders[vehicle]))[-2:]
    times = []
    for k in range(MOVES):
        into = k % (len(orders[taker]) + 1)
        longer = [*orders[taker][:into], orders[giver][0], *orders[taker][into:]]
        moved = orders | {giver: orders[giver][1:], taker: longer}
        began = perf_counter()
        cost_of(problem, evaluate(problem, moved))
        times.append(1_000 * (perf_counter() - began))
    times.sort()
    visited = sum(len(order) for order in orders.values())
    return {
        "stops": len(problem.stops),
        "visited": visited,
        "median_ms": round(median(times), 2),
        "worst_of_20_ms": round(times[-MOVES // 20], 2),
    }
