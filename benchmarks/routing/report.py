"""The bench's results as Markdown: one table a budget, means by class, and beside each what was to be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.routing.cases import SOLVERS

FAMILIES = {
    "cvrp-x": "CVRPLIB X",
    "cvrp-xxl": "Belgium",
    "pcvrptw": "Optional stops (PCVRPTW)",
    "day plan": "Day plans",
}

BEGIN, END = "<!-- bench: made by `make bench` -->", "<!-- bench: end -->"

type Run = Mapping[str, Any]


def write_report(results: Mapping[str, Any], path: Path) -> None:
    """Write the tables of these results to a Markdown file."""
    path.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def write_into_docs(results: Mapping[str, Any], page: Path) -> None:
    """Put the tables between the two markers of a page of the docs."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n".join(_lines(results))
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def _lines(results: Mapping[str, Any]) -> Iterable[str]:
    made = results["made"]
    yield f"Made on {made['on']} with `{made['command']}`, seed {made['seed']}, commit {made['commit']}."
    versions = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    yield f"{made['machine']}. {versions}."
    if not results["complete"]:
        yield "**Interrupted: these are the rounds it had finished.**"
    yield ""
    yield (
        "Gaps in per cent over the best known cost; for day plans over the stored reference, in rupiah where there is "
        "none. `!` marks an answer that came more than a tenth of the budget and half a second late, `–` no valid "
        "answer."
    )
    tables: dict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in results["runs"]:
        tables[_family(run["group"]), run["seconds"]].append(run)
    for (family, seconds), runs in tables.items():
        yield from ("", f"### {family}, {seconds:g} s", "")
        yield from _table(runs)
    yield from _hand_move(results.get("hand_move"))
    yield from _refused(results["runs"])


def _family(group: str) -> str:
    return FAMILIES.get(group, "Solomon" if "solomon" in group else "Gehring-Homberger 1000")


def _table(runs: Sequence[Run]) -> Iterable[str]:
    solvers = [solver for solver in SOLVERS if any(run["solver"] == solver for run in runs)]
    cells = {(run["case"], run["solver"]): run for run in runs}
    yield f"| | {' | '.join(solvers)} |"
    yield f"| --- |{' ---: |' * len(solvers)}"
    for case in dict.fromkeys(run["case"] for run in runs):
        yield f"| {case} | {' | '.join(_cell(cells.get((case, solver))) for solver in solvers)} |"
    groups = list(dict.fromkeys(run["group"] for run in runs))
    for group in groups if len(groups) > 1 else []:
        yield _means(f"mean {group.split('-')[-1]}", [run for run in runs if run["group"] == group], solvers)
    yield _means("**mean**", runs, solvers)


def _cell(run: Run | None) -> str:
    if run is None:
        return ""
    if "cost" not in run:
        return "–"
    late = "!" if run["took"] > 1.1 * run["seconds"] + 0.5 else ""
    return f"{run['gap']:.2f}{late}" if "gap" in run else f"{run['cost']:,}{late}"


def _means(name: str, runs: Sequence[Run], solvers: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(_mean([r for r in runs if r['solver'] == solver]) for solver in solvers)} |"


def _mean(runs: Sequence[Run]) -> str:
    """Of the valid answers, with their number where some are missing."""
    gaps = [run["gap"] for run in runs if "gap" in run]
    if not gaps:
        return ""
    return f"{mean(gaps):.2f}" if len(gaps) == len(runs) else f"{mean(gaps):.2f} ({len(gaps)} of {len(runs)})"


def _hand_move(measured: Mapping[str, Any] | None) -> Iterable[str]:
    if measured is not None:
        yield ""
        yield (
            f"Timing and costing a plan of {measured['visited']} visits ({measured['stops']} stops) again after one "
            f"hand move: {measured['median_ms']} ms in the median, {measured['worst_of_20_ms']} ms in one of twenty."
        )


def _refused(runs: Sequence[Run]) -> Iterable[str]:
    refused = [run for run in runs if "cost" not in run]
    if refused:
        yield from ("", "Without a valid answer:", "")
        yield from (f"- {run['solver']}, {run['case']}, {run['seconds']:g} s: {run['refused']}" for run in refused)
