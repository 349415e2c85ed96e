"""How heavy a map is: bytes of page and export for a full regency, and how long Chromium takes to draw it.

    .venv/bin/python -m benchmarks.map_weight

Prints one line per figure with what we aim for; ends with 1 when a weight is over its aim. Times are printed only.
"""

import gzip
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from maps.layers import MapPage
from maps.render import STATIC, export, page
from tests.browser import ARGUMENTS, installed
from tests.maps.blitar import day

NONCE = "bWVhc3VyZS1ub25jZS0w"
DRAWN = "document.querySelectorAll('.leaflet-marker-icon.pin-stop').length"


@dataclass(frozen=True)
class Figure:
    """One measured number beside its aim, if there is one, both in `unit`."""

    name: str
    value: float
    unit: str
    aim: float = inf

    def __str__(self) -> str:
        return f"{self.name:<58}{self.value:>9.1f} {self.unit:<3}" + (f"(aim {self.aim:g})" if self.aim < inf else "")


def full_regency() -> MapPage:
    """20 routes with 250 stops, on the 248 villages and 22 kecamatan of Blitar; twelve or thirteen stops each."""
    content = day(routes=20, stops=12, post=20, waiting=10, unassigned=2)
    longer = [layer for layer in content.layers if layer.lines][:10]
    layers = [
        replace(layer, markers=(*layer.markers, replace(layer.markers[-1], label="13"))) if layer in longer else layer
        for layer in content.layers
    ]
    return replace(content, layers=tuple(layers))


def on_roads(content: MapPage) -> MapPage:
    """The same with 30 points on every leg, as lines that follow roads have."""
    return replace(
        content,
        layers=tuple(
            replace(layer, lines=tuple(replace(line, points=_winding(line.points)) for line in layer.lines))
            for layer in content.layers
        ),
    )


def _winding(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    wound = []
    for (lat, lon), (next_lat, next_lon) in pairwise(points):
        for step in range(30):
            share, aside = step / 30, 0.002 * ((step * 7919) % 11 - 5) / 5
            wound.append((lat + (next_lat - lat) * share + aside, lon + (next_lon - lon) * share - aside))
    return (*wound, points[-1])


def weights(name: str, content: MapPage) -> list[Figure]:
    libraries = [file.read_bytes() for file in STATIC.rglob("*") if file.suffix in (".js", ".css")]
    packed = sum(len(gzip.compress(part)) for part in [page(content, "/static/maps", NONCE).encode(), *libraries])
    return [
        Figure(f"{name}: page with its libraries, gzipped", packed / 1000, "kB", aim=250),
        Figure(f"{name}: export", len(export(content).encode()) / 1000, "kB", aim=900),
    ]


def times(content: MapPage, rounds: int = 5) -> list[Figure]:
    rendering = []
    for _ in range(rounds):
        begun = time.perf_counter()
        document = export(content)
        rendering.append(time.perf_counter() - begun)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "peta.html"
        file.write_text(document, "utf-8")
        chromium = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        tab = chromium.new_page(viewport={"width": 1366, "height": 768})
        loading = [_load(tab, file.as_uri()) for _ in range(rounds)]
        stops = tab.evaluate(DRAWN)
        chromium.close()
    return [
        Figure("rendering in Python", median(rendering) * 1000, "ms"),
        Figure(f"opened and {stops} stops drawn in Chromium", median(loading), "ms", aim=1500),
    ]


def _load(tab: Page, address: str) -> float:
    tab.goto(address)
    # to the second frame after loading: by then the first one with everything on it has been painted
    milliseconds: float = tab.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
    )
    return milliseconds


def main() -> int:
    content = full_regency()
    heavy = [*weights("straight lines", content), *weights("lines on roads", on_roads(content))]
    for figure in [*heavy, *times(on_roads(content))]:
        sys.stdout.write(f"{figure}\n")
    return int(any(figure.value > figure.aim for figure in heavy))


if __name__ == "__main__":
    sys.exit(main())
