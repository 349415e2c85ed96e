"""Estimated travel where the land matters: straight line x factor per area, and what crossing between two costs.

A regency's areas are data (`data/<code>.toml`): which kecamatan belong together, how winding their roads are, what lies
between them. A way between two areas takes the more winding factor and the slower speed of both, plus the crossing; the
crossing between areas that do not touch leads through others. Without any data a regency is one area.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.model import UNREACHABLE, Matrix, Point
from routing.travel.straight_line import BLOCK, StraightLine, geodesic_metres

DATA = Path(__file__).parent / "data"
WHOLE = ""  # the one area of a regency without data


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Places among which travel is alike. `factor` and `speed_kmh` None: as the office has it everywhere."""

    name: str = ""
    factor: float | None = None
    speed_kmh: float | None = None

    def over(self, base: StraightLine) -> StraightLine:
        """The office's estimate with what this area knows better."""
        return StraightLine(factor=self.factor or base.factor, speed_kmh=self.speed_kmh or base.speed_kmh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The areas of a regency. `members` gives the area of a code's beginning (a kecamatan's); `crossings` the metres on
    top between two areas that touch."""

    areas: Mapping[str, Area] = field(default_factory=lambda: {WHOLE: Area()})
    members: Mapping[str, str] = field(default_factory=dict)
    crossings: Mapping[frozenset[str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.areas:
            raise ValueError("a region has at least one area")
        for area in self.areas.values():
            area.over(StraightLine())
        for code, area_id in self.members.items():
            if area_id not in self.areas:
                raise ValueError(f"{code} is in the area {area_id!r}, which there is not")
        for pair, metres in self.crossings.items():
            if len(pair) != 2 or not pair <= self.areas.keys():
                raise ValueError(f"a crossing is between two of the areas, not {sorted(pair)}")
            if metres < 0:
                raise ValueError(f"the crossing between {sorted(pair)} cannot be {metres} m")

    def area_of(self, code: str) -> str:
        """The area of a village or kecamatan by its code; the first area where the data does not name it."""
        for prefix, area_id in self.members.items():
            if code.startswith(prefix):
                return area_id
        return next(iter(self.areas))

    def with_measured(self, measured: Mapping[str, Area]) -> "Region":
        """The same region with what was measured in some of its areas; unknown areas are passed over."""
        areas = {
            area_id: replace(area, factor=told.factor or area.factor, speed_kmh=told.speed_kmh or area.speed_kmh)
            if (told := measured.get(area_id))
            else area
            for area_id, area in self.areas.items()
        }
        return replace(self, areas=areas)

    def crossing_metres(self) -> NDArray[np.float64]:
        """Metres on top between every two areas, in their order, the cheapest way round; infinite where none leads."""
        ids = list(self.areas)
        metres = np.full((len(ids), len(ids)), np.inf)
        np.fill_diagonal(metres, 0)
        for (row, one), (column, other) in product(enumerate(ids), repeat=2):
            if one != other:
                metres[row, column] = self.crossings.get(frozenset((one, other)), np.inf)
        for middle in range(len(ids)):
            metres = np.minimum(metres, metres[:, middle, None] + metres[None, middle, :])
        return metres


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaTravel:
    """A TravelModel for a region. `places` says where areas are known: a point takes the area of the nearest of them.

    `base` is the office's own factor and speed, for areas that do not know better.
    """

    region: Region
    places: tuple[tuple[Point, str], ...]
    base: StraightLine = field(default_factory=StraightLine)

    def __post_init__(self) -> None:
        if unknown := {area_id for _, area_id in self.places} - self.region.areas.keys():
            raise ValueError(f"there is no area {sorted(unknown)[0]!r}")

    def matrix(self, points: Sequence[Point], profile: str) -> Matrix:
        """See TravelModel; `source` is "estimate"."""
        lines = [area.over(self.base) for area in self.region.areas.values()]
        factor = np.maximum.outer(*[np.array([line.factor for line in lines])] * 2)
        speed = np.minimum.outer(*[np.array([line.speed_kmh for line in lines])] * 2)
        crossing = self.region.crossing_metres()
        areas = self.areas_of(points)
        degrees = _degrees(points)
        metres = np.zeros((len(points), len(points)), dtype=np.int32)
        seconds = np.zeros_like(metres)
        for first in range(0, len(points), BLOCK):
            rows = slice(first, first + BLOCK)
            pairs = np.ix_(areas[rows], areas)
            way = geodesic_metres(degrees[rows], degrees) * factor[pairs] + crossing[pairs]
            reachable = np.isfinite(way)
            way = np.where(reachable, way, 0)
            metres[rows] = np.where(reachable, np.rint(way), UNREACHABLE)
            seconds[rows] = np.where(reachable, np.rint(way * 3.6 / speed[pairs]), UNREACHABLE)
        return Matrix(metres=metres, seconds=seconds, source="estimate")

    def geometry(self, points: Sequence[Point], profile: str) -> list[tuple[float, float]]:
        """The points themselves, joined by straight lines."""
        return [(point.lat, point.lon) for point in points]

    def areas_of(self, points: Sequence[Point]) -> NDArray[np.intp]:
        """For each point the number of its area, in the region's order."""
        ids = list(self.region.areas)
        if len(ids) == 1 or not self.places or not points:
            return np.zeros(len(points), dtype=np.intp)
        known = np.array([ids.index(area_id) for _, area_id in self.places], dtype=np.intp)
        there = _degrees([point for point, _ in self.places])
        nearest = np.empty(len(points), dtype=np.intp)
        for first in range(0, len(points), BLOCK):
            rows = slice(first, first + BLOCK)
            nearest[rows] = geodesic_metres(_degrees(points[rows]), there).argmin(axis=1)
        return known[nearest]


@lru_cache(maxsize=64)
def region_of(regency_code: str) -> Region:
    """The areas of a regency as they are shipped; one area where nothing is known."""
    path = DATA / f"{regency_code}.toml"
    return read_region(path.read_text("utf-8")) if path.is_file() else Region()


def read_region(text: str) -> Region:
    """A region from TOML. ValueError says what is wrong with it."""
    told = tomllib.loads(text)
    try:
        areas = {
            area_id: Area(name=one["name"], factor=one.get("factor"), speed_kmh=one.get("speed_kmh"))
            for area_id, one in told["areas"].items()
        }
        listed = [(code, area_id) for area_id, one in told["areas"].items() for code in one["districts"]]
        crossings = {frozenset(one["between"]): int(one["metres"]) for one in told.get("crossings", ())}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the areas of a regency are not written as they should be: {error!r}") from error
    if len(dict(listed)) != len(listed):
        raise ValueError("a kecamatan is in two areas")
    return Region(areas=areas, members=dict(listed), crossings=crossings)


def _degrees(points: Sequence[Point]) -> NDArray[np.float64]:
    return np.array([(point.lat, point.lon) for point in points], dtype=np.float64).reshape(-1, 2)
