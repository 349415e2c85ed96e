"""`python -m benchmarks.routing`: Antar, PyVRP, VROOM and OR-Tools on the same problems, one after the other.

    make bench                      under 15 minutes
    make bench BENCH=full           every instance and budget
    python -m benchmarks.routing --only "X-n200-k36,35.05 friday 1" --seconds 10 --solvers antar,pyvrp

Every run is one process with one thread; who goes first changes from case to case. The results are written after
every case, so an interrupted bench keeps what it has.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

from benchmarks.routing.cases import SOLVERS, Round, Solver, chosen, rounds
from benchmarks.routing.hand_move import measure_hand_move
from benchmarks.routing.report import write_into_docs, write_report

RESULTS = Path(__file__).parents[1] / "results"
DOCS = Path(__file__).parents[2] / "docs" / "performance.md"
ENGINE = ("routing/*.py", "routing/search", ":!routing/travel")
PATIENCE = 8
"""Seconds over the budget, times this, after which a solver that does not end is stopped."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    """Run what is asked for and write the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--full", action="store_true", help="every instance and budget")
    options.add_argument("--only", help="these cases, separated by commas")
    options.add_argument("--seconds", type=float, default=10.0, help="with --only")
    options.add_argument("--solvers", default=",".join(SOLVERS), help="with --only")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", type=Path, default=RESULTS / "routing.json")
    options.add_argument("--resume", action="store_true", help="keep what an interrupted bench of this commit has")
    asked = options.parse_args()
    wanted = [cast(Solver, one) for one in asked.solvers.split(",")]
    plan = list(chosen(asked.only.split(","), asked.seconds, wanted) if asked.only else rounds(full=asked.full))
    made = _made(sys.argv[1:], asked.seed)
    done = _done(asked.out, made) if asked.resume else {}
    results: dict[str, object] = {"made": made, "complete": False, "runs": (runs := [])}
    for number, one in enumerate(plan):
        for solver in _in_turn(one.solvers, number):
            run = done.get((one.case.name, one.seconds, solver)) or _run(one, solver, asked.seed)
            runs.append(run)
            outcome = f"{run['gap']:+.2f} %" if run.get("gap") is not None else str(run.get("cost", run.get("refused")))
            _say(f"{one.case.name:20} {one.seconds:4.0f} s  {solver:8} {outcome}")
        results["complete"] = number + 1 == len(plan)
        _write(asked.out, results)
    if asked.only:
        return
    results["hand_move"] = measure_hand_move()
    _write(asked.out, results)
    write_into_docs(results, DOCS)


def _in_turn(solvers: Sequence[Solver], number: int) -> list[Solver]:
    first = number % len(solvers)
    return [*solvers[first:], *solvers[:first]]


def _done(path: Path, made: dict[str, object]) -> dict[tuple[str, float, str], dict[str, object]]:
    """The runs an interrupted bench has written, if it measured the same engine with the same seed."""
    if not path.exists():
        return {}
    before = json.loads(path.read_text(encoding="utf-8"))
    same = all(before["made"][what] == made[what] for what in ("commit", "seed", "versions"))
    return {(run["case"], run["seconds"], run["solver"]): run for run in before["runs"]} if same else {}


def _run(one: Round, solver: Solver, seed: int) -> dict[str, object]:
    """One solver's answer to one case, costed by the referee."""
    run: dict[str, object] = {
        "case": one.case.name,
        "group": one.case.group,
        "solver": solver,
        "seconds": one.seconds,
        "seed": seed,
    }
    command = [sys.executable, "-m", "benchmarks.routing.one", one.case.name, solver, str(one.seconds), str(seed)]
    try:
        ended = subprocess.run(  # noqa: S603 - our own module with our own words
            command,
            capture_output=True,
            text=True,
            timeout=60 + PATIENCE * one.seconds,
            check=False,
            env=os.environ | ONE_THREAD,
        )
    except subprocess.TimeoutExpired:
        return run | {"refused": f"stopped after {60 + PATIENCE * one.seconds:.0f} s"}
    if ended.returncode:
        return run | {"refused": (ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"])[-1][:200]}
    run |= json.loads(ended.stdout.splitlines()[-1])
    if "cost" in run and one.case.reference is not None:
        run["gap"] = round(100 * (int(str(run["cost"])) / one.case.reference - 1), 3)
    return run


def _made(words: Sequence[str], seed: int) -> dict[str, object]:
    packages = ("numpy", "numba", "ortools", "pyvrp", "pyvroom")
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python -m benchmarks.routing", *words]),
        "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "seed": seed,
    }


def _commit() -> str:
    """What was measured: the engine's last commit, and whether it had changes on top."""
    return _git("log", "-1", "--format=%h", "--", *ENGINE) + (" with changes" if _git("diff", "HEAD", *ENGINE) else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603, S607


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def _write(path: Path, results: dict[str, object]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_report(results, path.with_suffix(".md"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
