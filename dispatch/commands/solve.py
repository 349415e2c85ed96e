"""`antar solve FILE`: routes for a benchmark instance or a problem in our own JSON, without an office or a database.

Needs no settings: it reads one file, solves, lets the referee look at the answer and prints it in CVRPLIB's form.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from types import FrameType

import click

from routing.check import check
from routing.instances import BadInstance, Instance, gap, read, read_routes, reference_cost, write_routes
from routing.instances.nodes import ROUNDINGS, Rounding
from routing.model import Limits, Problem, Solution
from routing.search.warm import warm
from routing.solve import solve as solve_problem

FORKED = multiprocessing.get_context("fork")

LONGEST_S = 86_400
UNSERVED = 1
"""How the command ends when customers who must be visited are on no route."""


@click.command(
    "solve", help="Find routes for an instance file (VRPLIB, Solomon or our own JSON). Ctrl-C: the best so far."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(0, LONGEST_S, min_open=True),
    help="Time to solve in, reading and compiling not counted (default: 10, without --iterations).",
)
@click.option("--iterations", type=click.IntRange(1), help="Stop after so many steps; repeatable for a seed.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Search so many seeds at once.")
@click.option("--rounding", type=click.Choice(ROUNDINGS), help="Of distances; default: the benchmarks' own.")
@click.option("--fleet", type=click.IntRange(1), help="Vehicles at hand (default: the file's, or generously many).")
@click.option("--sol", type=click.Path(dir_okay=False, path_type=Path), help="Write the routes to this .sol file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def solve_command(
    file: Path,
    seconds: float | None,
    iterations: int | None,
    seed: int,
    threads: int,
    rounding: Rounding | None,
    fleet: int | None,
    sol: Path | None,
    as_json: bool,
) -> None:
    if not file.is_file():
        raise click.ClickException(f"{file} is no file")  # one line, as for every other file that cannot be solved
    try:
        instance = read(file, rounding=rounding, fleet=fleet)
    except BadInstance as error:
        raise click.ClickException(str(error)) from error
    except (OSError, MemoryError) as error:
        raise click.ClickException(f"{file.name} cannot be read: {error or 'it is too large'}") from error
    if seconds is None and iterations is None:
        seconds = 10.0
    warm()  # so that compiling takes none of the seconds
    with _asked_to_stop() as stop:
        if not as_json:
            click.echo(f"{instance.name}: searching; Ctrl-C ends with the best so far", err=True)
        limits = Limits(seconds=seconds, iterations=iterations, seed=seed)
        solution = _search(instance.problem, limits, threads, stop)
    if wrong := check(instance.problem, solution):
        raise click.ClickException(f"the answer is not valid ({len(wrong)} violations): {wrong[0]}")
    reference = _reference(instance, file)
    routes = _numbered(instance.problem, solution)
    if sol is not None:
        _write(sol, write_routes(routes, solution.cost))
    (_say_json if as_json else _say)(instance, solution, routes, reference)
    if _unserved(instance.problem, solution):
        sys.exit(UNSERVED)


def _search(problem: Problem, limits: Limits, threads: int, stop: Event) -> Solution:
    """The best answer of as many seeds as there are threads, each in a process of its own."""
    if threads == 1:
        return solve_problem(problem, limits, lambda _: stop.is_set())
    seeds = [replace(limits, seed=limits.seed + k) for k in range(threads)]
    with ProcessPoolExecutor(threads, FORKED, initializer=_enter, initargs=(problem, stop)) as pool:
        found = list(pool.map(_search_inherited, seeds))
    return min(found, key=lambda one: (len(_unserved(problem, one)), one.cost))


_inherited: tuple[Problem, Event] | None = None
"""In a process of the pool: what it searches for. Inherited by the fork, because a large matrix is not to be copied."""


def _enter(problem: Problem, stop: Event) -> None:
    global _inherited
    _inherited = (problem, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches every process; the first one tells the others


def _search_inherited(limits: Limits) -> Solution:
    assert _inherited is not None
    return _search(_inherited[0], limits, 1, _inherited[1])


@contextmanager
def _asked_to_stop() -> Iterator[Event]:
    """Set by the first Ctrl-C or SIGTERM, which end the search and not the command; a second one ends the command."""
    stop = FORKED.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reference(instance: Instance, file: Path) -> float | None:
    """The cost of the routes in the `.sol` beside the file, if there is one that can be read."""
    beside = file.with_suffix(".sol")
    if not beside.is_file():
        return None
    try:
        return reference_cost(instance, read_routes(beside))
    except (BadInstance, OSError) as error:
        click.echo(f"antar: no gap, as {error}", err=True)
        return None


def _numbered(problem: Problem, solution: Solution) -> list[list[int]]:
    """The routes with the customers numbered from 1, in the order of the problem."""
    number = {stop.id: k for k, stop in enumerate(problem.stops, start=1)}
    return [[number[stop_id] for stop_id in route.stop_ids] for route in solution.routes]


def _unserved(problem: Problem, solution: Solution) -> list[int]:
    """Customers who must be visited and are not."""
    number = {stop.id: k for k, stop in enumerate(problem.stops, start=1)}
    return [number[one.stop_id] for one in solution.unassigned if one.leave_out is None]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error}") from error


def _say(instance: Instance, solution: Solution, routes: list[list[int]], reference: float | None) -> None:
    click.echo(write_routes(routes, solution.cost), nl=False)
    left_out = len(solution.unassigned)
    beside = f", {left_out} customers left out" if left_out else ""
    click.echo(f"{len(routes)} routes{beside}, {solution.seconds:.1f} s, found by {solution.found_by}")
    if reference is not None:
        click.echo(f"Gap {gap(solution.cost, reference):.2f} % over the {reference:.10g} of the .sol beside the file")
    if unserved := _unserved(instance.problem, solution):
        click.echo(f"antar: {len(unserved)} customers could not be served: {_some(unserved)}", err=True)


def _some(customers: list[int]) -> str:
    return " ".join(map(str, customers[:20])) + (" …" if len(customers) > 20 else "")


def _say_json(instance: Instance, solution: Solution, routes: list[list[int]], reference: float | None) -> None:
    number = {stop.id: k for k, stop in enumerate(instance.problem.stops, start=1)}
    answer = {
        "name": instance.name,
        "cost": solution.cost,
        "routes": routes,
        "left_out": [number[one.stop_id] for one in solution.unassigned],
        "unserved": _unserved(instance.problem, solution),
        "seconds": round(solution.seconds, 3),
        "rounding": instance.rounding,
        "reference": reference,
        "gap_percent": None if reference is None else round(gap(solution.cost, reference), 4),
        "found_by": solution.found_by,
    }
    click.echo(json.dumps(answer))
