"""Solutions in CVRPLIB's form: `Route #1: 5 8 …` with the customers numbered from 1, then `Cost 27591`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from routing.instances.nodes import BadInstance, Instance
from routing.instances.numbers import Line, lines_of, number
from routing.model import Problem

ROUTE = re.compile(r"\s*route\s*#?\s*[0-9]+\s*:(.*)$", re.IGNORECASE)
COST = re.compile(r"\s*cost\s*:?\s+(\S+)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRoutes:
    """What a `.sol` file says: the customers of each route, from 1, and its own idea of their cost, if any."""

    routes: tuple[tuple[int, ...], ...]
    cost: float | None


def write_routes(routes: Iterable[Sequence[int]], cost: int) -> str:
    """The text of a `.sol` file; customers are numbered from 1."""
    lines = [f"Route #{k}: {' '.join(map(str, route))}\n" for k, route in enumerate(routes, start=1)]
    return "".join(lines) + f"Cost {cost}\n"


def read_routes(path: Path) -> KnownRoutes:
    """The routes of a `.sol` file. Lines of other words are passed over, as such files carry them; a route that is not
    made of customers is a BadInstance."""
    try:
        lines = lines_of(path.read_text(encoding="utf-8-sig", errors="replace"))
        routes = tuple(_customers(found[1], line) for line in lines if (found := ROUTE.match(line.text)))
        costs = [number(found[1], "the cost", line) for line in lines if (found := COST.match(line.text))]
    except BadInstance as error:
        raise BadInstance(error.rule, line=error.line, name=path.name) from error
    return KnownRoutes(routes=routes, cost=costs[-1] if costs else None)


def reference_cost(instance: Instance, known: KnownRoutes) -> float | None:
    """What known routes cost in the instance's own units; None where that cannot be told.

    Benchmarks state costs in several units, so routes are costed again where the instance is one of distances.
    """
    if instance.rounding is None or not known.routes:
        return known.cost
    problem = instance.problem
    visited = {customer for route in known.routes for customer in route}
    if not visited or min(visited) < 1 or max(visited) > len(problem.stops):
        return None
    left_out = (stop.leave_out for k, stop in enumerate(problem.stops, start=1) if k not in visited)
    return _distance(problem, known) + sum(price.rupiah for price in left_out if price is not None)


def gap(cost: float, reference: float) -> float:
    """How many per cent dearer than the reference."""
    return 100 * (cost / reference - 1) if reference else 0.0


def _distance(problem: Problem, known: KnownRoutes) -> int:
    (matrix,) = problem.matrices.values()
    return sum(int(matrix.metres[a, b]) for route in known.routes for a, b in pairwise((0, *route, 0)))


def _customers(text: str, line: Line) -> tuple[int, ...]:
    words = text.split()
    if not all(word.isdecimal() for word in words):
        raise BadInstance(f"a route is made of customers' numbers, not {line}", line=line.number)
    return tuple(int(word) for word in words)
