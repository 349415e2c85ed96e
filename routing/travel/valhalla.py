"""Travel over real roads, asked of a Valhalla server elsewhere; the same promises as with OSRM.

Protocol: Valhalla HTTP API (locate, sources_to_targets, route), costing "motor_scooter". Its distances are kilometres.
Valhalla's matrix is slow (a minute for 300 places): meant for an office that has such a server already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import numpy as np

from routing.model import Matrix, Point
from routing.travel import road_http
from routing.travel.errors import ServerRefused
from routing.travel.polyline import decode
from routing.travel.road_http import Json, halves, straight, understood
from routing.travel.straight_line import geodesic_metres
from routing.travel.survey import Draft, Survey, blocks

_NO_EDGE = "171"  # no suitable road near a location
_NO_WAY = {"170", "442", _NO_EDGE}  # unconnected regions, no path
_TOO_MUCH = {"150", "154", "413"}  # locations, distance
_ROUTE_POINTS = 20  # Valhalla's own limit for a route


@dataclass(frozen=True, slots=True, kw_only=True)
class ValhallaTravel:
    """A RoadTravel on a Valhalla server; see OsrmTravel for errors and fields."""

    base_url: str
    costing: str = "motor_scooter"
    radius_m: int = 3_000
    timeout_s: float = 300.0
    block: int = 50

    @property
    def identity(self) -> str:
        """See RoadTravel."""
        return f"valhalla:{httpx.URL(self.base_url).netloc.decode()}"[:40]

    def check(self) -> None:
        """Return when the server answers; its error otherwise."""
        with self._client() as http:
            self._ask(http, "status")

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel; `source` names the server."""
        return self.survey(points, profile).matrix

    def survey(self, points: Sequence[Point], profile: str) -> Survey:
        """See RoadTravel."""
        draft = Draft.of(points)
        with self._client() as http:
            snapped: list[int | None] = []
            for first in range(0, len(draft.places), self.block):
                snapped += self._snap(http, draft.places[first : first + self.block])
            on_roads = [n for n, metres in enumerate(snapped) if metres is not None]
            for sources, targets in blocks(on_roads, self.block):
                self._table(http, draft, sources, targets)
        return draft.survey(snapped, self.identity)

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """See TravelModel; where no way leads, a straight piece."""
        line: list[tuple[float, float]] = []
        with self._client() as http:
            for first in range(0, max(len(points) - 1, 0), _ROUTE_POINTS - 1):
                line += self._way(http, points[first : first + _ROUTE_POINTS])
        return line or straight(points)

    def _snap(self, http: httpx.Client, places: Sequence[Point]) -> list[int | None]:
        """Metres to the nearest road of each place. The server is asked for one within the radius, and measured."""
        try:
            told = self._ask(http, "locate", locations=self._written(places), costing=self.costing, verbose=False)
        except ServerRefused as error:
            if error.code != _NO_EDGE:
                raise
            if len(places) == 1:
                return [None]
            return [metres for place in places for metres in self._snap(http, [place])]
        with understood("Valhalla"):
            assert isinstance(told, list)
            found = [one["edges"] or [] for one in told]
            if len(found) != len(places):
                raise ValueError("as many answers as places")
            return [self._nearest(place, edges) for place, edges in zip(places, found, strict=True)]

    def _nearest(self, place: Point, edges: Sequence[Any]) -> int | None:
        if not edges:
            return None
        here = np.array([[place.lat, place.lon]])
        there = np.array([[edge["correlated_lat"], edge["correlated_lon"]] for edge in edges], dtype=np.float64)
        metres = round(float(geodesic_metres(here, there).min()))
        return metres if metres <= self.radius_m else None

    def _table(self, http: httpx.Client, draft: Draft, sources: Sequence[int], targets: Sequence[int]) -> None:
        """Ask one block into the draft; in halves where it is too big, or where some of it has no way."""
        try:
            told = self._ask(
                http,
                "sources_to_targets",
                sources=self._written([draft.places[n] for n in sources]),
                targets=self._written([draft.places[n] for n in targets]),
                costing=self.costing,
                units="kilometers",
                verbose=False,
            )
        except ServerRefused as error:
            if error.code not in _TOO_MUCH | _NO_WAY:
                raise
            if len(sources) == len(targets) == 1:
                if error.code in _TOO_MUCH:
                    raise
                return  # unreachable, as the draft has it
            for half in halves(sources):
                for other in halves(targets):
                    if half and other:
                        self._table(http, draft, half, other)
            return
        with understood("Valhalla"):
            assert isinstance(told, dict)
            found = told["sources_to_targets"]
            km, seconds = (np.array(found[name], dtype=np.float64) for name in ("distances", "durations"))
            draft.fill(sources, targets, km * 1000, seconds)

    def _way(self, http: httpx.Client, points: Sequence[Point]) -> list[tuple[float, float]]:
        try:
            told = self._ask(
                http, "route", locations=self._written(points), costing=self.costing, directions_type="none"
            )
        except ServerRefused as error:
            if error.code not in _NO_WAY:
                raise
            if len(points) == 2:
                return straight(points)
            return [at for leg in pairwise(points) for at in self._way(http, leg)]
        with understood("Valhalla"):
            assert isinstance(told, dict)
            return [at for leg in told["trip"]["legs"] for at in decode(leg["shape"])]

    def _written(self, places: Sequence[Point]) -> list[Json]:
        # `search_cutoff` is what leaves a place without a road; `radius` alone takes the nearest one all the same
        return [{"lat": place.lat, "lon": place.lon, "search_cutoff": self.radius_m} for place in places]

    def _client(self) -> httpx.Client:
        return road_http.client(self.base_url, self.timeout_s)

    def _ask(self, http: httpx.Client, action: str, **body: Json) -> Any:
        status, told = road_http.ask(http, action, body or None)
        if status != 200 or told is None:
            said = told if isinstance(told, dict) else {}
            code = str(said.get("error_code", status))
            raise ServerRefused(f"the road server says {code}: {str(said.get('error', ''))[:200]}", code)
        return told
