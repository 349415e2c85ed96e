"""One solver on one case, in a process of its own: `python -m benchmarks.routing.one CASE SOLVER SECONDS SEED`.

Prints one line of JSON. Reading, importing and compiling are over before the solver's seconds begin; the answer is
costed by the referee afterwards.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import cast

from benchmarks.routing.benchmark_file import price_of_benchmark
from benchmarks.routing.cases import Case, case_named
from benchmarks.routing.image import Orders
from benchmarks.routing.referee import Refused, price_of_plan
from routing.model import Problem
from routing.search.warm import warm

type Solve = Callable[[Problem, float, int], Orders]


def main() -> None:
    """Solve, cost, print."""
    name, solver, seconds, seed = sys.argv[1:]
    case = case_named(name)
    solve = cast(Solve, import_module(f"benchmarks.routing.by_{solver}").solve)
    problem = case.problem
    if solver == "antar":
        warm()
    began = perf_counter()
    orders = solve(problem, float(seconds), int(seed))
    took = perf_counter() - began
    result: dict[str, object] = {
        "took": round(took, 2),
        "routes": len(orders),
        "left_out": len(problem.stops) - sum(len(order) for order in orders.values()),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    try:
        result["cost"] = _cost(case, orders)
    except Refused as refused:
        result["refused"] = str(refused)
    sys.stdout.write(json.dumps(result) + "\n")


def _cost(case: Case, orders: Orders) -> int:
    """By the referee; a benchmark's twice, from its own file and from our problem, which must agree."""
    cost = price_of_plan(case.problem, orders)
    if case.path is not None and case.rounding is not None:
        routes = [[int(stop_id) for stop_id in order] for order in orders.values()]
        again = price_of_benchmark(case.path, case.rounding, routes)
        if again != cost:
            raise Refused(f"the file says {again}, the problem {cost}")
    return cost


if __name__ == "__main__":
    main()
