"""What is measured: which problems, for how many seconds, by whom."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Literal, cast

from benchmarks.routing.day_plan import day_plan, fingerprint
from routing.instances import Instance, Rounding, read
from routing.model import Problem

FOLDER = Path(__file__).parents[1]
INSTANCES = FOLDER / "instances"
REFERENCE = FOLDER / "instances" / "day_plans.json"

type Solver = Literal["antar", "pyvrp", "vroom", "ortools"]
SOLVERS: tuple[Solver, ...] = ("antar", "pyvrp", "vroom", "ortools")

REGENCIES = ("35.03", "35.05", "35.17")
DAYS = ((1, True), (2, False))
"""Seed and whether it is a Friday."""

SHORT = ("X-n200-k36", "X-n439-k37", "X-n1001-k43", "R104", "RC206", "C1_10_2", "R2_10_9", "RC1_10_5")
SHORT_PRIZES = ("PC_R1_10_2", "PC_RC2_10_3")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One problem. `reference` is the cost gaps are measured from; None where none is stored yet."""

    name: str
    group: str
    reference: int | None
    rounding: Rounding | None = None
    path: Path | None = None
    regency: str = ""
    seed: int = 0
    friday: bool = False

    @cached_property
    def instance(self) -> Instance:
        """The problem itself."""
        if self.path is not None:
            return read(self.path, rounding=self.rounding)
        problem = day_plan(self.regency, self.seed, friday=self.friday)
        return Instance(name=self.name, problem=problem, rounding=None)

    @property
    def problem(self) -> Problem:
        """The problem every solver is given."""
        return self.instance.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One case under one budget, by these solvers in turn."""

    case: Case
    seconds: float
    solvers: tuple[Solver, ...]
    seed: int = 1


def benchmark_cases() -> dict[str, Case]:
    """Every instance of bks.csv by its name."""
    with (INSTANCES / "bks.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: _benchmark(row) for row in csv.DictReader(file)}


def _benchmark(row: dict[str, str]) -> Case:
    group = row["class"]
    if group.startswith("vrptw"):
        letters = "".join(takewhile(str.isalpha, row["name"]))
        group += f"-{letters}{_wide(row['name'])}"
    return Case(
        name=row["name"],
        group=group,
        reference=int(row["bks_int_cost"]),
        rounding=cast(Rounding, row["rounding"]),
        path=INSTANCES / row["instance"],
    )


def _wide(name: str) -> str:
    """1 for narrow windows and small vehicles, 2 for wide ones and large: the first digit of the name."""
    return next(letter for letter in name if letter.isdigit())


def day_name(regency: str, seed: int, *, friday: bool) -> str:
    """What a day plan is called."""
    return f"{regency} {'friday' if friday else 'weekday'} {seed}"


def day_cases() -> dict[str, Case]:
    """The day plans by their names, with the stored reference where it is of the same problem."""
    stored = json.loads(REFERENCE.read_text(encoding="utf-8"))["plans"] if REFERENCE.exists() else {}
    cases = {}
    for regency in REGENCIES:
        for seed, friday in DAYS:
            name = day_name(regency, seed, friday=friday)
            known = stored.get(name)
            if known is not None and known["fingerprint"] != fingerprint(day_plan(regency, seed, friday=friday)):
                raise ValueError(f"the stored reference of {name} is of another problem; make it again")
            reference = None if known is None else int(known["cost"])
            cases[name] = Case(
                name=name, group="day plan", reference=reference, regency=regency, seed=seed, friday=friday
            )
    return cases


def case_named(name: str) -> Case:
    """One case; ValueError where there is none of this name. The days are only made where one of them is asked for."""
    known = benchmark_cases()
    known = known if name in known else known | day_cases()
    if name not in known:
        raise ValueError(f"there is no case {name!r}; there are {', '.join(known)}")
    return known[name]


def rounds(*, full: bool) -> Iterator[Round]:
    """The bench, in order. The full one measures benchmark instances against the strongest peer alone, PyVRP, and
    those under a minute by themselves: VROOM takes minutes over its limit on 1,000 stops."""
    known = benchmark_cases()
    days = [case for case in day_cases().values() if full or case.friday]
    for name in known if full else (*SHORT, *SHORT_PRIZES):
        case = known[name]
        if case.group != "cvrp-xxl":
            yield Round(case=case, seconds=10.0, solvers=("antar", "pyvrp") if full else _solvers(case))
    for name, budget in (("Leuven1", 30.0), ("Antwerp2", 60.0), ("Ghent1", 60.0)) if full else ():
        yield Round(case=known[name], seconds=budget, solvers=("antar", "pyvrp"))
    for budget in (2.0, 10.0):
        for case in days:
            yield Round(case=case, seconds=budget, solvers=SOLVERS)
    for case in known.values() if full else ():
        if case.group == "cvrp-x":
            yield Round(case=case, seconds=60.0, solvers=("antar",))


def _solvers(case: Case) -> tuple[Solver, ...]:
    return tuple(one for one in SOLVERS if one != "vroom" or case.group != "pcvrptw")


def chosen(names: Sequence[str], seconds: float, solvers: Sequence[Solver]) -> Iterator[Round]:
    """Some cases by name, all under one budget."""
    for name in names:
        case = case_named(name)
        wanted = tuple(solver for solver in solvers if solver in _solvers(case))
        yield Round(case=case, seconds=seconds, solvers=wanted)
