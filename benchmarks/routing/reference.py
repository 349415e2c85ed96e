"""The stored reference of the day plans: a long PyVRP run of each, mapped as closely as PyVRP allows.

    python -m benchmarks.routing.reference [--seconds 600] [--only "35.05 friday 1"] [--seed 1]

Seconds are of processor time, so that a busy machine makes the run longer and not worse. Each plan is costed by the
referee with the true tariff; what is stored is the cheaper of this run and what is there of the same problem. A made
change of the days themselves shows as another fingerprint, and the bench then refuses the stored number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.routing.by_pyvrp import solve_until
from benchmarks.routing.cases import DAYS, REFERENCE, REGENCIES, day_name
from benchmarks.routing.day_plan import day_plan, fingerprint
from benchmarks.routing.referee import price_of_plan


def main() -> None:
    """Make and store the reference of every day plan, one after the other."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=600.0, help="of processor time for each plan")
    options.add_argument("--only", help="one day plan by its name")
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    for regency in REGENCIES:
        for seed, friday in DAYS:
            if asked.only in (None, day_name(regency, seed, friday=friday)):
                _make(regency, seed, friday, asked.seconds, asked.seed)


def _make(regency: str, seed: int, friday: bool, seconds: float, solver_seed: int) -> None:
    name = day_name(regency, seed, friday=friday)
    problem = day_plan(regency, seed, friday=friday)
    cost = price_of_plan(problem, solve_until(problem, _processor_time(seconds), solver_seed))
    made = {
        "cost": cost,
        "fingerprint": fingerprint(problem),
        "made_on": datetime.now(UTC).date().isoformat(),
        "solver": f"pyvrp {version('pyvrp')}",
        "processor_seconds": seconds,
        "seed": solver_seed,
    }
    # read again just before writing: two of these may run side by side
    stored = json.loads(REFERENCE.read_text(encoding="utf-8")) if REFERENCE.exists() else {"plans": {}}
    before = stored["plans"].get(name)
    if before is None or before["fingerprint"] != made["fingerprint"] or before["cost"] > cost:
        stored["plans"][name] = made
        REFERENCE.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {cost:,}\n")
    sys.stdout.flush()


def _processor_time(seconds: float) -> Callable[[float], bool]:
    began = time.process_time()
    return lambda _: time.process_time() - began >= seconds


if __name__ == "__main__":
    main()
