"""What each part of the engine brings: the same problems without it, one after the other.

    python -m benchmarks.routing.ablation [--seconds 10] [--seed 1] [--cases "35.03 friday 1,X-n303-k21"]

Every run is a process of its own, with one thread and its own compiled code. Prints a Markdown table: gaps in per cent
above the best-known cost, or above the cheapest of these runs where no such cost is stored.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

CASES = ("35.03 friday 1", "35.17 weekday 2", "X-n303-k21", "R104", "RC1_10_5", "PC_R1_10_2")


def _nothing() -> None:
    pass


def _no_saw_tooth() -> None:
    from routing.search import search

    search.DEAREST = 1.0


def _even_cycles() -> None:
    from routing.search import search

    search.CYCLE_STEPS = (30_000, 30_000)
    search.HOTTEST = search.OPTIONAL_HEAT[0]


def _no_other_prices() -> None:
    from routing.search import recreate

    recreate.OTHER_PRICES = 0.0


def _all_near_places() -> None:
    from routing.search import recreate, ruin

    recreate.ENOUGH = 2 * ruin.CANDIDATES


def _no_whole_routes() -> None:
    from routing.search import ruin

    ruin.WHOLE = 0.0


def _no_groups() -> None:
    from routing.search import ruin

    ruin.TOGETHER = 0.0


def _one_cooling() -> None:
    from routing.search import search

    search.COOLINGS_MOST = 1


def _no_partition() -> None:
    from routing import solve

    vars(solve)["combine"] = lambda form, best, pool, seconds: None


def _no_ortools() -> None:
    from routing import solve

    vars(solve)["finish"] = lambda form, start, limits, on_better: start


def _no_search() -> None:
    from routing import solve
    from routing.search.pool import Pool
    from routing.search.search import Found

    vars(solve)["search"] = lambda form, start, limits, on_better: Found([list(order) for order in start], Pool())


WITHOUT: dict[str, Callable[[], None]] = {
    "nothing": _nothing,
    "the search (OR-Tools from the first plan)": _no_search,
    "saw-tooth prices": _no_saw_tooth,
    "cycles of uneven length and heat": _even_cycles,
    "other prices in a single step": _no_other_prices,
    "an end to looking once enough places are found": _all_near_places,
    "closing routes and changing vehicles": _no_whole_routes,
    "groups of left-out stops taken together": _no_groups,
    "further coolings": _one_cooling,
    "set covering": _no_partition,
    "OR-Tools": _no_ortools,
}


def main() -> None:
    """Run all variants on all cases, or with `--variant` one of them here."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--cases", default=",".join(CASES))
    options.add_argument("--variant", choices=tuple(WITHOUT), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.variant is not None:
        _run_here(asked.variant, asked.cases.split(","), asked.seconds, asked.seed)
        return
    costs = {variant: _in_a_process(variant, asked.cases, asked.seconds, asked.seed) for variant in WITHOUT}
    _print(asked.cases.split(","), costs)


def _run_here(variant: str, cases: list[str], seconds: float, seed: int) -> None:
    WITHOUT[variant]()
    from benchmarks.routing.cases import case_named
    from routing.model import Limits
    from routing.search.warm import warm
    from routing.solve import solve

    warm()
    for name in cases:
        cost = solve(case_named(name).problem, Limits(seconds=seconds, seed=seed)).cost
        sys.stdout.write(f"{cost}\n")


def _in_a_process(variant: str, cases: str, seconds: float, seed: int) -> list[int]:
    command = [sys.executable, "-m", "benchmarks.routing.ablation", "--variant", variant, "--cases", cases]
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(  # noqa: S603 - our own module with our own words
            [*command, "--seconds", str(seconds), "--seed", str(seed)],
            env=os.environ | {"NUMBA_CACHE_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return [int(line) for line in ran.stdout.splitlines()]


def _print(cases: list[str], costs: dict[str, list[int]]) -> None:
    from benchmarks.routing.cases import case_named

    cheapest = [min(column) for column in zip(*costs.values(), strict=True)]
    base = [case_named(name).reference or low for name, low in zip(cases, cheapest, strict=True)]
    lines = [" | ".join(["without", *cases]), " | ".join("---" for _ in range(len(cases) + 1))]
    for variant, row in costs.items():
        gaps = [f"{100 * (cost / low - 1):+.2f}" for cost, low in zip(row, base, strict=True)]
        lines.append(" | ".join([variant, *gaps]))
    sys.stdout.write("".join(f"| {line} |\n" for line in lines))


if __name__ == "__main__":
    main()
