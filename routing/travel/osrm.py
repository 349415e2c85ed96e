"""Travel over real roads, asked of an OSRM server over HTTP: the one that comes along, or one elsewhere.

OSRM puts every point on the nearest road, however far; so each point is looked up first with a radius, and one without
a road in reach is reported and unreachable. Every call stands alone: the server keeps nothing of us.
Protocol: OSRM HTTP API v1 (nearest, table, route), coordinates as lon,lat.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import numpy as np

from routing.model import Matrix, Point
from routing.travel import road_http
from routing.travel.errors import ServerRefused
from routing.travel.polyline import decode
from routing.travel.road_http import halves, straight, understood
from routing.travel.survey import Draft, Survey, blocks

_TOO_MUCH = {"TooBig", "413", "414", "431"}  # OSRM's own limit, or that of a proxy before it
_NO_WAY = {"NoRoute", "NoSegment"}
_LEAST_BLOCK = 10
_ROUTE_POINTS = 80  # per request; OSRM allows 500, a proxy's limit for addresses is often 8 kB
_ASKERS = 4  # requests under way together while points are looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class OsrmTravel:
    """A RoadTravel on an OSRM server. `dataset_id` is what its answers must come from, where it is ours; a server
    elsewhere may leave it away and is then named by its address.

    ServerUnreachable when nobody answers within `timeout_s`, ServerRefused when the answer is not one. `radius_m` is
    how far a point may lie from a road; `block` how many places one table request takes on each side.
    """

    base_url: str
    dataset_id: str = ""
    radius_m: int = 3_000
    timeout_s: float = 60.0
    block: int = 400

    @property
    def identity(self) -> str:
        """See RoadTravel."""
        return f"osrm:{self.dataset_id or httpx.URL(self.base_url).netloc.decode()}"[:40]

    def check(self) -> None:
        """Return when the server answers with these roads; its error otherwise."""
        with self._client() as http:
            self._get(http, "nearest", "motorbike", "0,0")  # without a radius there is always a nearest road

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel; `source` names the dataset."""
        return self.survey(points, profile).matrix

    def survey(self, points: Sequence[Point], profile: str) -> Survey:
        """See RoadTravel."""
        draft = Draft.of(points)
        with self._client() as http:
            with ThreadPoolExecutor(_ASKERS) as askers:
                snapped = list(askers.map(lambda place: self._snap(http, profile, place), draft.places))
            on_roads = [n for n, metres in enumerate(snapped) if metres is not None]
            for sources, targets in blocks(on_roads, self.block):
                self._table(http, profile, draft, sources, targets)
        return draft.survey(snapped, self.identity)

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """See TravelModel; where no way leads, a straight piece."""
        line: list[tuple[float, float]] = []
        with self._client() as http:
            for first in range(0, max(len(points) - 1, 0), _ROUTE_POINTS - 1):
                line += self._way(http, profile, points[first : first + _ROUTE_POINTS])
        return line or straight(points)

    def _snap(self, http: httpx.Client, profile: str, place: Point) -> int | None:
        try:
            told = self._get(http, "nearest", profile, _written([place]), radiuses=self.radius_m)
        except ServerRefused as error:
            if error.code == "NoSegment":
                return None
            raise
        with understood("OSRM"):
            metres: float = told["waypoints"][0]["distance"]
            return round(metres)

    def _table(
        self, http: httpx.Client, profile: str, draft: Draft, sources: Sequence[int], targets: Sequence[int]
    ) -> None:
        """Ask one block into the draft; in halves where the server finds it too big."""
        if sources is targets and len(sources) == 1:
            return  # from a place to itself the draft knows, and OSRM wants two
        places = sources if sources is targets else [*sources, *targets]
        first = 0 if sources is targets else len(sources)
        try:
            told = self._get(
                http,
                "table",
                profile,
                _written([draft.places[n] for n in places]),
                annotations="duration,distance",
                sources=_numbers(range(len(sources))),
                destinations=_numbers(range(first, first + len(targets))),
                radiuses=_numbers([self.radius_m] * len(places)),
                skip_waypoints="true",
            )
        except ServerRefused as error:
            if error.code not in _TOO_MUCH or max(len(sources), len(targets)) < _LEAST_BLOCK:
                raise
            for half in halves(sources):
                for other in halves(targets):
                    if half and other:
                        self._table(http, profile, draft, half, other)
            return
        with understood("OSRM"):
            metres, seconds = (np.array(told[name], dtype=np.float64) for name in ("distances", "durations"))
            draft.fill(sources, targets, metres, seconds)

    def _way(self, http: httpx.Client, profile: str, points: Sequence[Point]) -> list[tuple[float, float]]:
        """One line through all the points; leg by leg where one of them has no way."""
        try:
            told = self._get(
                http,
                "route",
                profile,
                _written(points),
                overview="full",
                geometries="polyline6",
                continue_straight="false",  # as in a table: out of a yard either way
                radiuses=_numbers([self.radius_m] * len(points)),
            )
        except ServerRefused as error:
            if error.code not in _NO_WAY:
                raise
            if len(points) == 2:
                return straight(points)
            return [at for leg in pairwise(points) for at in self._way(http, profile, leg)]
        with understood("OSRM"):
            return decode(told["routes"][0]["geometry"])

    def _client(self) -> httpx.Client:
        return road_http.client(self.base_url, self.timeout_s)

    def _get(
        self, http: httpx.Client, service: str, profile: str, coordinates: str, **options: str | int
    ) -> dict[str, Any]:
        query = "&".join(f"{name}={value}" for name, value in {**options, "generate_hints": "false"}.items())
        status, told = road_http.ask(http, f"{service}/v1/{profile}/{coordinates}?{query}")
        if not isinstance(told, dict):
            raise ServerRefused(f"the road server answers {status} without JSON", str(status))
        if told.get("code") != "Ok":
            code = str(told.get("code", status))
            raise ServerRefused(f"the road server says {code}: {str(told.get('message', ''))[:200]}", code)
        version = told.get("data_version")
        if self.dataset_id and version != self.dataset_id:
            raise ServerRefused(f"the server has the roads {version or 'of nobody'}, not {self.dataset_id}", "Other")
        return told


def _written(points: Sequence[Point]) -> str:
    return ";".join(f"{point.lon:.6f},{point.lat:.6f}" for point in points)


def _numbers(values: Sequence[int]) -> str:
    return ";".join(str(value) for value in values)
