"""How long roads take to build and to ask, and how large the server is.

    python benchmarks/roads.py [EXTRACT.osm.pbf --bbox W,S,E,N] [--places 50,300,1000] [--seed 1]

Without an extract: Liechtenstein's of the tests, all of it. Places are drawn inside the box; those off the network are
counted, not replaced. Wall seconds on this machine, one thread for building, two for the server; the second matrix of
the same places comes out of the cache. The last column says how many times longer a way is than its straight line.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from routing.model import UNREACHABLE, Point
from routing.travel.cache import Cached
from routing.travel.clip import Area, box
from routing.travel.dataset import Dataset
from routing.travel.osrm import OsrmTravel
from routing.travel.osrm_server import address, command, free_port, wait_until_answers
from routing.travel.prepare import Progress, build
from routing.travel.straight_line import geodesic_metres

ROOT = Path(__file__).parents[1]
EXTRACT = ROOT / "tests" / "routing" / "travel" / "data" / "liechtenstein-2015.osm.pbf"
BBOX = "9.47,47.05,9.64,47.27"


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("extract", nargs="?", type=Path, default=EXTRACT)
    asked.add_argument("--bbox", default=BBOX)
    asked.add_argument("--places", default="50,300,1000")
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    west, south, east, north = (float(edge) for edge in told.bbox.split(","))
    with tempfile.TemporaryDirectory() as folder:
        dataset = built(told.extract, box(west, south, east, north), Path(folder))
        port = free_port()
        started = time.perf_counter()
        with subprocess.Popen(command(dataset, port), stdout=subprocess.DEVNULL) as server:  # noqa: S603  # our own command
            try:
                travel = OsrmTravel(base_url=address(port), dataset_id=dataset.id)
                wait_until_answers(travel)
                say(f"server answers after {time.perf_counter() - started:.2f} s\n")
                say("| places | off | survey s | from cache s | line of 30 stops s | server MB | factor 25/50/75 % |")
                say("| --- | --- | --- | --- | --- | --- | --- |")
                chance = np.random.default_rng(told.seed)
                for size in (int(one) for one in told.places.split(",")):
                    lats, lons = chance.uniform(south, north, size), chance.uniform(west, east, size)
                    places = [Point(lat=float(lat), lon=float(lon)) for lat, lon in zip(lats, lons, strict=True)]
                    measured(travel, places, Path(folder) / "matrices", server.pid)
            finally:
                server.terminate()


def built(extract: Path, area: Area, folder: Path) -> Dataset:
    """The dataset, with the seconds of each step."""
    steps: list[tuple[str, float]] = []

    def tell(progress: Progress) -> None:
        if not steps or steps[-1][0] != progress.step:
            steps.append((progress.step, time.perf_counter()))

    dataset = build(extract, area, name="bench", folder=folder, made_at=datetime.now(UTC), tell=tell)
    ends = [at for _, at in steps[1:]] + [time.perf_counter()]
    took = ", ".join(f"{step} {end - at:.1f} s" for (step, at), end in zip(steps, ends, strict=True))
    size = sum(path.stat().st_size for path in dataset.folder.iterdir()) / 1e6
    say(f"{extract.name} ({extract.stat().st_size / 1e6:.1f} MB): {dataset.ways} ways, {size:.1f} MB of files; {took}")
    return dataset


def measured(travel: OsrmTravel, places: Sequence[Point], folder: Path, pid: int) -> None:
    """One line of the table."""
    cached = Cached(travel=travel, folder=folder)
    seconds: list[float] = []
    for ask in (
        lambda: cached.survey(places, "motorbike"),
        lambda: cached.survey(places, "motorbike"),
        lambda: travel.geometry(places[:30], "motorbike"),
    ):
        begun = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begun)
    survey = cached.survey(places, "motorbike")
    degrees = np.array([(place.lat, place.lon) for place in places])
    line = geodesic_metres(degrees, degrees)
    there = (survey.matrix.metres < UNREACHABLE) & (line > 1_000)
    factors = np.percentile(survey.matrix.metres[there] / line[there], (25, 50, 75))
    say(
        f"| {len(places)} | {len(survey.off_network)} | {seconds[0]:.2f} | {seconds[1]:.3f} | {seconds[2]:.2f} "
        f"| {memory_mb(pid):.0f} | {' / '.join(f'{factor:.2f}' for factor in factors)} |"
    )


def memory_mb(pid: int) -> float:
    """Resident memory of a process, 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    main()
