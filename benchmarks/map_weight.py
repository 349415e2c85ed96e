"""How heavy a map is: bytes of page and export for a full regency, and how long Chromium takes to draw it.

    .venv/bin/python -m benchmarks.map_weight

Prints one line per figure with what we aim for; ends with 1 when a weight is over its aim. Times are printed only.
"""

import gzip
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from pathlib import Path
from statistics import median

import folium
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


def plain_folium(content: MapPage) -> str:
    """The same places drawn the way folium's own documentation does, to compare with; it opens only with a network."""
    drawn = folium.Map()
    for layer in content.layers:
        group = folium.FeatureGroup(name=layer.name)
        for area in layer.areas:
            folium.GeoJson({"type": "Feature", "properties": {}, "geometry": area.geometry}).add_to(group)
        for line in layer.lines:
            popup = "<br>".join((line.title, *line.lines))
            folium.PolyLine(line.points, color=line.colour, popup=popup).add_to(group)  # type: ignore[no-untyped-call]
        for marker in layer.markers:
            popup = "<br>".join((marker.title, *marker.lines))
            folium.Marker((marker.lat, marker.lon), popup=popup, tooltip=marker.title).add_to(group)
        group.add_to(drawn)
    folium.LayerControl().add_to(drawn)
    text: str = drawn.get_root().render()
    return text


def against_folium(content: MapPage, rounds: int = 3) -> list[Figure]:
    """Our page beside folium's own, without the libraries folium fetches from elsewhere."""
    begun = time.perf_counter()
    texts = [plain_folium(content) for _ in range(rounds)]
    seconds = (time.perf_counter() - begun) / rounds
    theirs, ours = texts[0].encode(), page(content, "/static/maps", NONCE).encode()
    outside = len(re.findall(r'(?:src|href)="https?://', texts[0]))
    return [
        Figure("plain folium: page alone, gzipped", len(gzip.compress(theirs)) / 1000, "kB"),
        Figure("ours: page alone, gzipped", len(gzip.compress(ours)) / 1000, "kB"),
        Figure("plain folium: page alone, as it is", len(theirs) / 1000, "kB"),
        Figure("ours: page alone, as it is", len(ours) / 1000, "kB"),
        Figure("times as heavy as ours, as it is", len(theirs) / len(ours), "x"),
        Figure("plain folium: libraries from other hosts", outside, ""),
        Figure("plain folium: rendering in Python", seconds * 1000, "ms"),
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
        measured = tab.context.new_cdp_session(tab)
        measured.send("Performance.enable", {"timeDomain": "threadTicks"})
        loading, working = [], []
        for _ in range(rounds):
            loading.append(_load(tab, file.as_uri()))
            told = {one["name"]: one["value"] for one in measured.send("Performance.getMetrics")["metrics"]}
            working.append(told["TaskDuration"] * 1000)
        stops = tab.evaluate(DRAWN)
        chromium.close()
    return [
        Figure("rendering in Python", median(rendering) * 1000, "ms"),
        Figure(f"opened and {stops} stops drawn in Chromium", median(loading), "ms", aim=1500),
        # of the page's own thread; what a machine without other work would need at least
        Figure("of that, processor time of the page's thread", median(working), "ms"),
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
    for figure in [*heavy, *against_folium(on_roads(content)), *times(on_roads(content))]:
        sys.stdout.write(f"{figure}\n")
    return int(any(figure.value > figure.aim for figure in heavy))


if __name__ == "__main__":
    sys.exit(main())
