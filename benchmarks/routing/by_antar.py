"""Our own engine, and its own check on top of the bench's referee."""

from __future__ import annotations

from benchmarks.routing.image import Orders
from benchmarks.routing.referee import Refused
from routing.check import check
from routing.model import Limits, Problem
from routing.solve import solve as solve_problem


def solve(problem: Problem, seconds: float, seed: int) -> Orders:
    """The engine's plan after so many seconds."""
    solution = solve_problem(problem, Limits(seconds=seconds, seed=seed))
    if wrong := check(problem, solution):
        raise Refused(str(wrong[0]))
    return {route.vehicle_id: list(route.stop_ids) for route in solution.routes}
